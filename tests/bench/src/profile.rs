//! Profiles our own packages, kernel included. Explains the values that miss their targets.

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
/// Number of components to show, and of functions.
const SHOWN: usize = 5;
/// Samples per second. A prime, because timers with the same rhythm would distort the profile.
const FREQUENCY: &str = "4999";

/// A profile takes this many times the requests of a benchmark.
const REQUEST_FACTOR: u64 = 5;
/// Milliseconds before sampling starts, because the start of the program is not part of the profile.
const START_DELAY: &str = "400";

/// A function with its share of all samples.
struct Function {
    component: &'static str,
    name: String,
    percent: f64,
}

/// Profiles each metric that counts time, with native modules that keep their symbols.
pub(super) fn run(baselines: &Baselines, arguments: &Arguments) -> Result<()> {
    let found = Command::new("perf").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        bail!("missing `perf`: install it to profile");
    }
    let folder = paths::target().join("profile");
    fs::create_dir_all(&folder)?;
    modules_with_symbols(&folder)?;
    let mut page = String::from("| | CPU time by component | Largest functions |\n|---|---|---|\n");
    for metric in METRICS.iter().filter(|metric| arguments.is_selected(metric.name)) {
        if !matches!(metric.unit, Unit::Cpu | Unit::Wall) {
            continue;
        }
        let functions = sample(baselines, metric, &folder)?;
        let (components, largest) = (components(&functions), largest(&functions));
        log(&format!("{}\n  {components}\n  {}", style(metric.name).bold(), style(&largest).dim()));
        writeln!(page, "| {} | {components} | {largest} |", metric.name)?;
    }
    if arguments.docs { replace_marked_section("docs/performance.md", BEGIN, END, &page) } else { Ok(()) }
}

/// Builds both native modules with symbols, into separate packages.
fn modules_with_symbols(folder: &Path) -> Result<()> {
    let mut build = command("cargo", &["build", "--release", "--locked"]);
    for package in ["bimpe-python", "bimpe-node"] {
        build.args(["--package", package, "--config"]);
        build.arg(format!("profile.release.package.{package}.strip=false"));
    }
    for_python(&mut build);
    print_output("modules with symbols", &mut build)?;
    let (python, node) = (folder.join("python/bimpe"), folder.join("node/node_modules/bimpe"));
    paths::copy_tree(&paths::root().join("python/bimpe"), &python)?;
    fs::copy(paths::library("release", "bimpe_python"), python.join("_native.abi3.so"))?;
    paths::copy_tree(&paths::root().join("node/dist"), &node.join("dist"))?;
    fs::copy(paths::root().join("node/package.json"), node.join("package.json"))?;
    fs::copy(paths::library("release", "bimpe_node"), native_module(folder))?;
    fs::copy(paths::root().join(SCRIPTS).join("node/measure.mjs"), folder.join("node/measure.mjs"))?;
    Ok(())
}

/// Returns the path of the module for Node. `require` loads a native module only from a file of this name.
fn native_module(folder: &Path) -> PathBuf {
    folder.join("node/bimpe.node")
}

/// Runs the metric once under `perf`, with the first of its programs.
fn sample(baselines: &Baselines, metric: &Metric, folder: &Path) -> Result<Vec<Function>> {
    let requests = metric.clients.first().map_or(0, |(_, requests)| *requests);
    let node = baselines.variants(metric.runner).first().copied().flatten();
    let script = match metric.runner {
        Runner::Python => paths::root().join(SCRIPTS).join("python/measure.py"),
        Runner::Node => folder.join("node/measure.mjs"),
    };
    let samples: PathBuf = folder.join("samples");
    let mut record = Command::new("perf");
    record
        .args(["record", "--quiet", "--delay", START_DELAY, "--freq", FREQUENCY, "--output"])
        .arg(&samples)
        .arg("--");
    let mut measured = baselines.program(node, &script, metric.case, "bimpe");
    measured.arg((REQUEST_FACTOR * requests).to_string());
    record.arg(measured.get_program()).args(measured.get_args());
    record
        .env("PYTHONPATH", folder.join("python"))
        .env("BIMPE_NATIVE_PATH", native_module(folder))
        .stdout(std::process::Stdio::null());
    ensure!(record.status().context("cannot run perf")?.success(), "{}: perf failed", metric.name);
    let mut report = Command::new("perf");
    report.args(["report", "--no-children", "--sort", "dso,symbol", "--field-separator", ";", "--input"]);
    let output = report.arg(&samples).output().context("cannot read the samples")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter(|line| !line.starts_with('#')).filter_map(function).collect())
}

/// Parses a line such as `  1.23%;_native.abi3.so;[.] hyper::…`.
fn function(line: &str) -> Option<Function> {
    let mut fields = line.splitn(3, ';');
    let percent = fields.next()?.trim().trim_end_matches('%').parse().ok()?;
    let (object, symbol) = (fields.next()?.trim(), fields.next()?.trim());
    let (kind, name) = symbol.split_once(' ')?;
    // perf may append more columns after the name.
    let name = name.split("  ").next().unwrap_or(name).trim_end_matches([' ', '-']).to_owned();
    Some(Function { component: component(kind, object, &name), name, percent })
}

/// Returns the component that the function belongs to.
fn component(kind: &str, object: &str, name: &str) -> &'static str {
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

/// Returns the largest components, as in `kernel 40 %, Python 20 %`.
fn components(functions: &[Function]) -> String {
    let mut components: BTreeMap<&str, f64> = BTreeMap::new();
    for function in functions {
        *components.entry(function.component).or_default() += function.percent;
    }
    let mut components: Vec<_> = components.into_iter().collect();
    components.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let shown =
        components.iter().take(SHOWN).map(|(component, percent)| format!("{component} {percent:.0} %"));
    shown.collect::<Vec<_>>().join(", ")
}

/// Returns the largest functions of our modules and of the libraries in them.
fn largest(functions: &[Function]) -> String {
    let foreign = ["kernel", "Python", "JavaScript", "other libraries"];
    let own = functions.iter().filter(|function| !foreign.contains(&function.component));
    let shown =
        own.take(SHOWN).map(|function| format!("`{}` {:.1} %", short(&function.name), function.percent));
    shown.collect::<Vec<_>>().join(", ")
}

/// Returns the name without module paths and type parameters.
fn short(name: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for character in name.chars() {
        match character {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    if plain.trim_matches(':').split("::").count() < 2 {
        // Only the type identifies the function: `<Type as Trait>::function`.
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
    fn function_parses_a_line_of_perf() {
        let seen = function("   1.25%;_native.abi3.so;[.] hyper::proto::h1::dispatch::Dispatcher<D,Bs,I,T>::poll_write  -      -")
            .expect("a function");
        assert_eq!((seen.component, seen.percent), ("hyper and tokio", 1.25));
        assert_eq!(short(&seen.name), "Dispatcher::poll_write");
        assert!(function("").is_none());
    }

    #[test]
    fn component_classifies_functions() {
        for (kind, object, name, expected) in [
            ("[k]", "[kernel.kallsyms]", "tcp_ack", "kernel"),
            ("[.]", "libpython3.11.so.1.0", "_PyEval_EvalFrameDefault", "Python"),
            ("[.]", "node", "v8::internal::JsonParser", "JavaScript"),
            ("[.]", "libc.so.6", "__memmove_avx_unaligned_erms", "copies"),
            ("[.]", "libc.so.6", "_int_malloc", "memory"),
            ("[.]", "_native.abi3.so", "bimpe_python::reactor::drive", "binding"),
            ("[.]", "bimpe.node", "bimpe::engine::json::skip", "engine"),
            ("[.]", "_native.abi3.so", "core::str::converts::from_utf8", "rest of Rust"),
        ] {
            assert_eq!(component(kind, object, name), expected, "{name}");
        }
    }

    #[test]
    fn short_removes_paths_and_parameters() {
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
