//! Profiles: login, whoami, logout and the origin of settings.

mod common;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bimpe_sandbox::Sandbox;
use common::command::{Ran, bimpe, finish, recorded};
use serde_json::{Value, json};

/// A folder of settings that ends with the test.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bimpe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = bimpe(None);
        command.env("XDG_CONFIG_HOME", &self.0).env("APPDATA", &self.0).args(line.split_whitespace());
        command
    }

    fn run(&self, line: &str) -> Ran {
        finish(&mut self.command(line), "")
    }

    /// Logs in with the key of a sandbox.
    fn login(&self, sandbox: &Sandbox, options: &str) -> Ran {
        let line = format!("login --key - --no-keychain --json --base-url {} {options}", sandbox.url());
        finish(&mut self.command(&line), &format!("{}\n", sandbox.api_key()))
    }

    fn file(&self) -> PathBuf {
        self.0.join("bimpe/profiles.json")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_profile_stands_for_its_key_and_its_address() {
    let (home, sandbox) = (Home::new("profile"), sandbox());
    let ran = home.login(&sandbox, "");
    assert_eq!(ran.json()["profile"], "default", "{ran:?}");
    let whoami = home.run("whoami --json").json();
    assert_eq!(whoami["key_from"], "the profile `default` (file)");
    assert_eq!(whoami["base_url"], format!("{}/api/v1/console", sandbox.url()));
    assert_eq!(whoami["sandbox"], true);
    assert_eq!(home.run("agents list --json").json()[0]["id"], sandbox.agent_id());
    let all = format!("{:?}{ran:?}", home.run("config list --origin"));
    assert!(!all.contains(sandbox.api_key()), "no output has the key: {all}");
    assert_eq!(home.run("logout --json").json(), json!({ "profile": "default", "logged_in": false }));
    let ran = home.run("whoami");
    assert!(ran.code == 1 && ran.err.contains("bimpe login"), "{ran:?}");
    assert!(!std::fs::read_to_string(home.file()).expect("a file").contains("sk_"));
}

#[cfg(unix)]
#[test]
fn the_file_of_the_keys_is_readable_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (home, sandbox) = (Home::new("mode"), sandbox());
    home.login(&sandbox, "");
    assert_eq!(mode(&home.file()), 0o600);
    std::fs::set_permissions(home.file(), std::fs::Permissions::from_mode(0o644)).expect("a file");
    let ran = home.run("agents list");
    assert!(ran.code == 1 && ran.err.contains("chmod 600"), "{ran:?}");
}

#[test]
fn an_agency_has_a_profile_for_each_team() {
    let (home, first, second) = (Home::new("teams"), sandbox(), sandbox());
    home.login(&first, "--profile first");
    home.login(&second, "--profile second");
    let agent = |ran: Ran| ran.json()[0]["id"].clone();
    for (name, sandbox) in [("first", &first), ("second", &second)] {
        let before = recorded(sandbox, "agents.list").len();
        assert_eq!(agent(home.run(&format!("agents list --json --profile {name}"))), sandbox.agent_id());
        let mut command = home.command("agents list --json");
        assert_eq!(agent(finish(command.env("BIMPEAI_PROFILE", name), "")), sandbox.agent_id());
        assert_eq!(recorded(sandbox, "agents.list").len(), before + 2);
    }
    let ran = home.run("agents list --profile third");
    assert!(ran.code == 1 && ran.err.contains("there is first, second"), "{ran:?}");
}

#[test]
fn an_option_precedes_a_variable_and_a_variable_precedes_the_profile() {
    let (home, stored, other) = (Home::new("origin"), sandbox(), sandbox());
    home.login(&stored, "");
    let origins = |command: &mut Command| -> Vec<Value> {
        let rows = finish(command.args(["config", "list", "--origin", "--json"]), "").json();
        let origins = rows.as_array().expect("rows").iter().map(|row| row["origin"].clone());
        origins.take(3).collect()
    };
    let variables = |command: &mut Command| {
        command.env("BIMPEAI_API_KEY", other.api_key()).env("BIMPEAI_BASE_URL", other.url());
    };
    let profile = "the profile `default`";
    assert_eq!(
        origins(&mut home.command("")),
        [json!("the default"), json!(format!("{profile} (file)")), json!(profile)]
    );
    let mut command = home.command("");
    variables(&mut command);
    let wanted = [Value::Null, json!("the variable BIMPEAI_API_KEY"), json!("the variable BIMPEAI_BASE_URL")];
    assert_eq!(origins(&mut command), wanted);
    // The key of a profile stays with its address, whatever the variables say.
    let mut command = home.command("--profile default");
    variables(&mut command);
    assert_eq!(
        origins(&mut command),
        [json!("--profile"), json!(format!("{profile} (file)")), json!(profile)]
    );
}

#[test]
fn a_refused_key_is_not_stored_and_names_its_origin() {
    let (home, sandbox) = (Home::new("refused"), sandbox());
    let line = format!("login --key - --no-keychain --base-url {}", sandbox.url());
    let ran = finish(&mut home.command(&line), "sk_sandbox_wrong");
    assert!(ran.code == 1 && ran.err.contains("no key was stored"), "{ran:?}");
    assert!(!home.file().exists());
    home.login(&sandbox, "--profile shop");
    let text = std::fs::read_to_string(home.file()).expect("a file");
    std::fs::write(home.file(), text.replace(sandbox.api_key(), "sk_sandbox_old")).expect("a file");
    let ran = home.run("agents list --profile shop");
    assert!(ran.code == 1 && ran.err.contains("the key came from the profile `shop` (file)"), "{ran:?}");
    let ran = home.run(&format!("login --key sk_canary --base-url {}", sandbox.url()));
    assert!(ran.code == 64 && !ran.err.contains("canary"), "{ran:?}");
    std::fs::write(home.file(), "{").expect("a file");
    let ran = home.run("whoami");
    assert!(ran.code == 1 && ran.err.contains("profiles.json` is not valid"), "{ran:?}");
    std::fs::write(home.file(), r#"{ "profiles": { "shop": "sk_live_canary" } }"#).expect("it is written");
    let ran = home.run("whoami --profile shop");
    assert!(ran.code == 1 && ran.err.contains("is not valid at line 1, column"), "{ran:?}");
    assert!(!ran.err.contains("canary"), "{ran:?}");
}

/// Waits until another test leaves the port of `bimpe sandbox`.
fn wait_for_port<T, E: std::fmt::Debug>(mut take: impl FnMut() -> Result<T, E>) -> T {
    let started = Instant::now();
    loop {
        match take() {
            Ok(taken) => return taken,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "port 4010: {error:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One test, because there is one port.
#[test]
fn a_command_uses_the_running_sandbox_or_one_of_its_own() {
    let home = Home::new("sandbox");
    let uses_its_own = || {
        let ran = home.run("whoami --sandbox --json");
        let whoami = ran.json();
        assert_eq!(
            (&whoami["key_from"], &whoami["sandbox"]),
            (&json!("the sandbox"), &json!(true)),
            "{ran:?}"
        );
        assert!(ran.err.contains("This command has its own sandbox"), "{ran:?}");
        let address = whoami["base_url"].as_str().and_then(|url| url.split('/').nth(2)).expect("an address");
        assert_ne!(address, "127.0.0.1:4010");
        assert!(TcpStream::connect(address).is_err(), "the sandbox has ended with the command");
    };

    // A program that accepts connections and never responds.
    let other = wait_for_port(|| TcpListener::bind("127.0.0.1:4010"));
    uses_its_own();
    let ran = home.run("sandbox");
    assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("choose another port"), "{ran:?}");
    drop(other);

    let running = wait_for_port(|| Sandbox::builder().port(4010).start_blocking());
    let ran = home.run("agents list --sandbox --json");
    assert_eq!((&ran.json()[0]["id"], ran.err.as_str()), (&json!(running.agent_id()), ""), "{ran:?}");
    assert_eq!(recorded(&running, "agents.list").len(), 1);
    running.stop();
    uses_its_own();
}

/// With a keychain, the key is in no file.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs gnome-keyring: run by the suite `Command in shells`"]
fn a_key_goes_to_the_keychain_where_there_is_one() {
    let (home, sandbox) = (Home::new("keychain"), sandbox());
    let script = "echo | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 \
        && printf %s \"$KEY\" | \"$0\" login --key - --json --base-url \"$URL\" >/dev/null \
        && \"$0\" whoami --json && \"$0\" logout >/dev/null && \"$0\" whoami 2>&1 | grep -c 'bimpe login' >&2";
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script, env!("CARGO_BIN_EXE_bimpe")]);
    command
        .env("HOME", &home.0)
        .env("XDG_CONFIG_HOME", &home.0)
        .env("XDG_DATA_HOME", &home.0)
        .env("XDG_RUNTIME_DIR", &home.0);
    command.env("KEY", sandbox.api_key()).env("URL", sandbox.url());
    command.env_remove("BIMPEAI_API_KEY").env_remove("BIMPEAI_BASE_URL").env_remove("BIMPEAI_PROFILE");
    let ran = finish(&mut command, "");
    assert_eq!(ran.json()["key_from"], "the profile `default` (keychain)", "{ran:?}");
    assert!(!std::fs::read_to_string(home.file()).expect("a file").contains("sk_"));
    // The daemons may write warnings before.
    assert_eq!((ran.code, ran.err.lines().last()), (0, Some("1")), "{ran:?}");
}
