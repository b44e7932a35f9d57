//! Where the time of our own packages goes, kernel included: what explains the figures that are above their aims.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use console::style;

use super::Arguments;
use super::baselines::{Baselines, SCRIPTS};
use super::metrics::{METRICS, Metric, Runner, Unit};
use xtask::paths;
use xtask::setup::for_python;
use xtask::task::{command, log, print_output};
use xtask::text::replace_marked_section;

const BEGIN: &str = "<!-- profile: written by `cargo xtask bench --profile --docs` -->";
const END: &str = "<!-- /profile -->";
/// Layers that are told of, and functions of all layers but the kernel and the languages.
const TOLD: usize = 5;
/// Samples per second: a prime, so that no timer runs in step with them.
const FREQUENCY: &str = "4999";

/// A sample takes so many times the calls of a benchmark, and begins after the programs have started, in milliseconds.
const MORE: u64 = 5;
const START: &str = "400";

/// The share of a function in all samples.
struct Function {
    layer: &'static str,
    name: String,
    percent: f64,
}

/// Samples each figure that counts CPU time, with native modules that keep their symbols.
pub(super) fn run(baselines: &Baselines, arguments: &Arguments) -> Result<()> {
    let found = Command::new("perf").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        bail!("`perf` is needed to sample, and was not found");
    }
    let folder = paths::target().join("profile");
    fs::create_dir_all(&folder)?;
    named_modules(&folder)?;
    let mut page = String::from("| | Where the time goes | Its largest parts |\n|---|---|---|\n");
    for metric in METRICS.iter().filter(|metric| arguments.is_selected(metric.name)) {
        if !matches!(metric.unit, Unit::Cpu | Unit::Wall) {
            continue;
        }
        let functions = sample(baselines, metric, &folder)?;
        let (layers, largest) = (layers(&functions), largest(&functions));
        log(&format!("{}\n  {layers}\n  {}", style(metric.name).bold(), style(&largest).dim()));
        writeln!(page, "| {} | {layers} | {largest} |", metric.name)?;
    }
    if arguments.docs { replace_marked_section("docs/performance.md", BEGIN, END, &page) } else { Ok(()) }
}

/// Builds both modules once more, with the names of their functions, into packages of their own.
fn named_modules(folder: &Path) -> Result<()> {
    let mut build = command("cargo", &["build", "--release", "--locked"]);
    for package in ["bimpe-python", "bimpe-node"] {
        build.args(["--package", package, "--config"]);
        build.arg(format!("profile.release.package.{package}.strip=false"));
    }
    for_python(&mut build);
    print_output("modules with names", &mut build)?;
    let (python, node) = (folder.join("python/bimpe"), folder.join("node/node_modules/bimpe"));
    copy(&paths::root().join("python/bimpe"), &python)?;
    fs::copy(paths::library("release", "bimpe_python"), python.join("_native.abi3.so"))?;
    copy(&paths::root().join("node/dist"), &node.join("dist"))?;
    fs::copy(paths::root().join("node/package.json"), node.join("package.json"))?;
    let name = fs::read_dir(paths::root().join("node"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| Path::new(name).extension().is_some_and(|ending| ending == "node"))
        .context("there is no module for Node")?;
    fs::copy(paths::library("release", "bimpe_node"), node.join(name))?;
    fs::copy(paths::root().join(SCRIPTS).join("node/measure.mjs"), folder.join("node/measure.mjs"))?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs the metric once under `perf`, in the first of the programs that there are for it.
fn sample(baselines: &Baselines, metric: &Metric, folder: &Path) -> Result<Vec<Function>> {
    let calls = metric.clients.first().map_or(0, |(_, calls)| *calls);
    let node = baselines.variants(metric.runner).first().copied().flatten();
    let script = match metric.runner {
        Runner::Python => paths::root().join(SCRIPTS).join("python/measure.py"),
        Runner::Node => folder.join("node/measure.mjs"),
    };
    let samples: PathBuf = folder.join("samples");
    let mut record = Command::new("perf");
    record
        .args(["record", "--quiet", "--delay", START, "--freq", FREQUENCY, "--output"])
        .arg(&samples)
        .arg("--");
    let mut measured = baselines.program(node, &script, metric.case, "bimpe");
    measured.arg((MORE * calls).to_string());
    record.arg(measured.get_program()).args(measured.get_args());
    record.env("PYTHONPATH", folder.join("python")).stdout(std::process::Stdio::null());
    ensure!(record.status().context("cannot run perf")?.success(), "{}: perf failed", metric.name);
    let mut report = Command::new("perf");
    report.args(["report", "--no-children", "--sort", "dso,symbol", "--field-separator", ";", "--input"]);
    let output = report.arg(&samples).output().context("cannot read the samples")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter(|line| !line.starts_with('#')).filter_map(function).collect())
}

/// A line such as `  1.23%;_native.abi3.so;[.] hyper::…`.
fn function(line: &str) -> Option<Function> {
    let mut fields = line.splitn(3, ';');
    let percent = fields.next()?.trim().trim_end_matches('%').parse().ok()?;
    let (object, symbol) = (fields.next()?.trim(), fields.next()?.trim());
    let (kind, name) = symbol.split_once(' ')?;
    // After the name, perf may say more.
    let name = name.split("  ").next().unwrap_or(name).trim_end_matches([' ', '-']).to_owned();
    Some(Function { layer: layer(kind, object, &name), name, percent })
}

/// Which part of the stack the function belongs to.
fn layer(kind: &str, object: &str, name: &str) -> &'static str {
    let object = object.to_lowercase();
    if kind == "[k]" {
        "kernel"
    } else if object.contains("python") || object.starts_with("_asyncio") {
        "Python"
    } else if object == "node" || object.starts_with("[jit]") {
        "JavaScript"
    } else if object.starts_with("libc.") {
        if name.contains("mem") && !name.contains("memalign") { "copies" } else { "memory" }
    } else if !object.starts_with("_native") && !object.starts_with("bimpe") {
        "other libraries"
    } else if ["bimpe_python", "bimpe_node", "pyo3", "napi"].iter().any(|part| name.contains(part)) {
        "binding"
    } else if name.contains("bimpe::") {
        "engine"
    } else if ["hyper", "http", "tokio", "mio::", "bytes::", "futures"].iter().any(|part| name.contains(part))
    {
        "hyper and tokio"
    } else {
        "rest of Rust"
    }
}

/// The largest layers, as in `kernel 40 %, Python 20 %`.
fn layers(functions: &[Function]) -> String {
    let mut layers: BTreeMap<&str, f64> = BTreeMap::new();
    for function in functions {
        *layers.entry(function.layer).or_default() += function.percent;
    }
    let mut layers: Vec<_> = layers.into_iter().collect();
    layers.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let told = layers.iter().take(TOLD).map(|(layer, percent)| format!("{layer} {percent:.0} %"));
    told.collect::<Vec<_>>().join(", ")
}

/// The largest functions of what is ours or came with us.
fn largest(functions: &[Function]) -> String {
    let foreign = ["kernel", "Python", "JavaScript", "other libraries"];
    let own = functions.iter().filter(|function| !foreign.contains(&function.layer));
    let told =
        own.take(TOLD).map(|function| format!("`{}` {:.1} %", short(&function.name), function.percent));
    told.collect::<Vec<_>>().join(", ")
}

/// The name without the paths of modules and the parameters of types.
fn short(name: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for letter in name.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    if plain.trim_matches(':').split("::").count() < 2 {
        // All that tells it apart is the type: `<Type as Trait>::function`.
        let kind = name.trim_start_matches('<').split([' ', '<', '>']).next().unwrap_or(name);
        let kind = kind.rsplit("::").next().unwrap_or(kind);
        return if name.starts_with('<') { format!("{kind}::{}", plain.trim_matches(':')) } else { plain };
    }
    let parts: Vec<&str> =
        plain.split("::").filter(|part| !part.is_empty() && !part.starts_with('{')).collect();
    parts[parts.len().saturating_sub(2)..].join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_perf_are_read() {
        let seen = function("   1.25%;_native.abi3.so;[.] hyper::proto::h1::dispatch::Dispatcher<D,Bs,I,T>::poll_write  -      -")
            .expect("a function");
        assert_eq!((seen.layer, seen.percent), ("hyper and tokio", 1.25));
        assert_eq!(short(&seen.name), "Dispatcher::poll_write");
        assert!(function("").is_none());
    }

    #[test]
    fn layers_are_told_apart() {
        for (kind, object, name, expected) in [
            ("[k]", "[kernel.kallsyms]", "tcp_ack", "kernel"),
            ("[.]", "libpython3.11.so.1.0", "_PyEval_EvalFrameDefault", "Python"),
            ("[.]", "node", "v8::internal::JsonParser", "JavaScript"),
            ("[.]", "libc.so.6", "__memmove_avx_unaligned_erms", "copies"),
            ("[.]", "libc.so.6", "_int_malloc", "memory"),
            ("[.]", "_native.abi3.so", "bimpe_python::reactor::drive", "binding"),
            ("[.]", "bimpe.linux-x64-gnu.node", "bimpe::engine::json::skip", "engine"),
            ("[.]", "_native.abi3.so", "core::str::converts::from_utf8", "rest of Rust"),
        ] {
            assert_eq!(layer(kind, object, name), expected, "{name}");
        }
    }

    #[test]
    fn names_are_short() {
        for (name, expected) in [
            (
                "bimpe::engine::execute::<impl bimpe::engine::client::Client>::execute::{{closure}}",
                "execute::execute",
            ),
            ("<core::hash::sip::Hasher<S> as core::hash::Hasher>::write", "Hasher::write"),
            ("_int_malloc", "_int_malloc"),
        ] {
            assert_eq!(short(name), expected);
        }
    }
}
