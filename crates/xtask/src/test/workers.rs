//! Tests of the recipes for Celery, Dask and Ray, in an environment of their own.

use anyhow::Result;

use xtask::paths::{self, venv};
use xtask::setup;
use xtask::system;
use xtask::task::{Task, command, print_output};

const REQUIREMENTS: &str = "tests/workers/requirements.txt";

pub(super) fn run() -> Result<()> {
    system::program("redis-server", "redis-server")?;
    let folder = paths::target().join("workers");
    let python = folder.join("bin/python");
    let pip =
        |arguments: &[&str]| command(&python, &[&["-m", "pip", "install", "--quiet"], arguments].concat());
    Task { name: "Worker libraries", inputs: &[REQUIREMENTS], outputs: &[folder.join("bin/celery")] }.run(
        [
            command(venv("python"), &["-m", "venv", "--clear", &folder.to_string_lossy()]),
            pip(&["--requirement", REQUIREMENTS]),
        ],
    )?;
    let wheels = paths::wheels();
    let wheels = ["--force-reinstall", "--no-deps", "--no-index", "--find-links", &wheels.to_string_lossy()];
    print_output("Wheels for workers", &mut pip(&[&wheels[..], &["bimpe", "bimpe-cli"]].concat()))?;
    // Without the configuration and the fixtures of the other tests, which need other libraries.
    let options =
        ["-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", ".", "--confcutdir", "tests/workers"];
    let mut tests = command(&python, &[&options[..], &["tests/workers/recipes.py"]].concat());
    setup::name_servers(&mut tests);
    print_output("Workers", &mut tests)
}
