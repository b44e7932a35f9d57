//! `cargo xtask bench --apply`: `bimpe apply` for many agents of a sandbox, with and without kills.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::paths;
use xtask::processes::{ChildProcess, ReadyLine};
use xtask::task::log;

use super::Arguments;
use super::figures::{self, Figure};
use super::sandbox::{CLIENT, build_client, mebibytes};

/// Agents of the runs that are killed and of those that are not.
const AGENTS: u64 = 1_000;
/// Agents of the run that shows that memory is bounded.
const MANY: u64 = 100_000;
const KILLS: u32 = 20;
/// How often the memory of a run is read.
const SAMPLE: Duration = Duration::from_millis(50);

/// Three integrations for each agent.
const FILE: &str = "\
each_agent:
  integrations:
    bimpeai:
      - name: bumpa
        token: ${clear:token}
    custom_api:
      - name: Order system
        base_url: https://orders.example.com/v1
        auth_type: bearer
        auth_config:
          token: ${clear:token}
    mcp_server:
      - name: Stock room
        server_url: https://stock.example.com/mcp
";

/// Measures all figures and shows them.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    build_client()?;
    let agents = arguments.scaled(AGENTS);
    let whole = World::start("whole", agents)?;
    let run = whole.apply(&[])?;
    whole.assert_complete(agents)?;
    let killed = World::start("killed", agents)?;
    let duplicates = killed.apply_with_kills(run.time)?;
    ensure!(killed.export()? == whole.export()?, "the end states of the runs with and without kills differ");
    drop((whole, killed));
    let many = arguments.scaled(MANY);
    let resumed = World::start("many", many)?.apply_in_two(many)?;
    let (time, memory) = (run.time.as_secs_f64(), mebibytes(resumed.memory));
    let figures = [
        Figure::at_most("1,000 agents with 3 integrations each", time, " s", 60.0),
        Figure::at_most("Duplicates after 20 kills of two runs at once", duplicates, "", 0.0),
        Figure::at_most("Resident memory with 100,000 agents, at most", memory, " MiB", 300.0),
    ];
    figures::show("apply", "`bimpe apply`", &figures, arguments.docs)
}

/// A sandbox with agents, and a folder with the file.
struct World {
    ready: ReadyLine,
    folder: PathBuf,
    _team: ChildProcess,
}

/// The time and the highest memory of a run, in KiB.
struct Run {
    time: Duration,
    memory: u64,
    status: ExitStatus,
}

impl World {
    fn start(name: &str, agents: u64) -> Result<Self> {
        let folder = paths::target().join("bench/apply").join(name);
        paths::clear(&folder)?;
        fs::write(folder.join("bimpe.yaml"), FILE)?;
        let mut team = Command::new(paths::program(CLIENT));
        team.args(["team", &agents.to_string()]).stdin(Stdio::piped());
        let (team, line) = ChildProcess::announced(team, "the sandbox")?;
        let ready = serde_json::from_str(&line).with_context(|| format!("unexpected output: {line}"))?;
        Ok(Self { ready, folder, _team: team })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(paths::bimpe());
        command.args(arguments).current_dir(&self.folder);
        command.env("BIMPEAI_BASE_URL", &self.ready.url).env("BIMPEAI_API_KEY", &self.ready.api_key);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start_apply(&self, options: &[&str]) -> Result<Child> {
        let arguments = [&["apply", "--all", "--yes"], options].concat();
        self.command(&arguments).spawn().context("cannot start the command")
    }

    /// Starts a run that continues a report, if it exists.
    fn continue_report(&self, report: &str) -> Result<Child> {
        let option = if self.folder.join(report).exists() { "--resume" } else { "--report" };
        self.start_apply(&[option, report])
    }

    /// Applies the file, which must succeed.
    fn apply(&self, options: &[&str]) -> Result<Run> {
        let run = measure(self.start_apply(options)?, || false)?;
        ensure!(run.status.success(), "`bimpe apply` ended with {}", run.status);
        Ok(run)
    }

    /// Kills two runs at once again and again, and applies the file to the end. Returns the number of duplicates.
    fn apply_with_kills(&self, time: Duration) -> Result<f64> {
        for _ in 0..KILLS {
            let both = [self.continue_report("a.csv")?, self.continue_report("b.csv")?].map(ChildProcess);
            // All rounds together last about as long as one run.
            std::thread::sleep(time.mul_f64(fastrand::f64() * 2.0 / f64::from(KILLS)));
            drop(both);
        }
        self.apply(&["--resume", "a.csv"])?;
        // Several objects of one name below an agent are an error of a plan.
        let plan = self.command(&["plan", "--all", "--json"]).stdout(Stdio::piped()).output()?;
        let text = String::from_utf8(plan.stdout)?;
        let duplicates = text.lines().filter(|line| line.contains("has several of this name")).count();
        ensure!(plan.status.success() || duplicates > 0, "`bimpe plan` ended with {}", plan.status);
        Ok(u32::try_from(duplicates)?.into())
    }

    /// Applies the file with a report, kills the run in the middle, and resumes it.
    fn apply_in_two(&self, agents: u64) -> Result<Run> {
        let child = self.start_apply(&["--report", "report.csv"])?;
        let report = self.folder.join("report.csv");
        let first = measure(child, || lines(&report) > agents / 2)?;
        let second = self.apply(&["--resume", "report.csv"])?;
        // The agents, and the names of the columns.
        ensure!(lines(&report) == agents + 1, "the report has {} lines", lines(&report));
        log(&format!(
            "{agents} agents: {:.0} s, then {:.0} s",
            first.time.as_secs_f32(),
            second.time.as_secs_f32()
        ));
        Ok(Run {
            time: first.time + second.time,
            memory: first.memory.max(second.memory),
            status: second.status,
        })
    }

    /// Fails if an agent lacks something.
    fn assert_complete(&self, agents: u64) -> Result<()> {
        let plan = self.command(&["plan", "--all"]).stderr(Stdio::piped()).output()?;
        let text = String::from_utf8(plan.stderr)?;
        ensure!(text == format!("Agents: {agents} unchanged.\n"), "unexpected plan: {text}");
        Ok(())
    }

    /// Returns the text of each agent and workflow, sorted: agents are created several at a time, in any order.
    fn export(&self) -> Result<Vec<String>> {
        let export = self.command(&["export", "--all"]).stdout(Stdio::piped()).output()?;
        ensure!(export.status.success(), "`bimpe export` ended with {}", export.status);
        let text = String::from_utf8(export.stdout)?;
        let mut objects: Vec<_> = text.trim_end().split("\n  - name: ").map(str::to_owned).collect();
        objects.sort();
        Ok(objects)
    }
}

/// Waits for the end of a run, or kills it when `is_enough`.
fn measure(child: Child, is_enough: impl Fn() -> bool) -> Result<Run> {
    let started = Instant::now();
    let mut child = ChildProcess(child);
    let mut memory = 0;
    loop {
        // A process that has just ended has no memory.
        memory = highest_memory(child.0.id()).unwrap_or(memory);
        if let Some(status) = child.0.try_wait()? {
            return Ok(Run { time: started.elapsed(), memory, status });
        }
        if is_enough() {
            child.0.kill()?;
        }
        std::thread::sleep(SAMPLE);
    }
}

/// Returns the highest resident memory of a process so far, in KiB.
fn highest_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The number of whole lines of a file; none if it does not exist.
fn lines(file: &Path) -> u64 {
    fs::read_to_string(file).unwrap_or_default().matches('\n').count() as u64
}
