//! Tests of the recipes for Celery, Dask and Ray, in an environment of their own.

use anyhow::Result;

use xtask::paths;
use xtask::setup;
use xtask::system;
use xtask::task::{command, print_output};

const REQUIREMENTS: &str = "tests/workers/requirements.txt";

pub(super) fn run() -> Result<()> {
    system::program("redis-server", "redis-server")?;
    let python = setup::environment("Worker libraries", "workers", REQUIREMENTS)?;
    let wheels = paths::wheels();
    let options = ["--force-reinstall", "--no-deps", "--no-index", "--find-links", &wheels.to_string_lossy()];
    let packages = [&options[..], &["bimpe", "bimpe-cli"]].concat();
    print_output("Wheels for workers", &mut setup::pip_install(&python, &packages))?;
    // Without the configuration and the fixtures of the other tests, which need other libraries.
    let options =
        ["-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", ".", "--confcutdir", "tests/workers"];
    let mut tests = command(&python, &[&options[..], &["tests/workers/recipes.py"]].concat());
    setup::name_servers(&mut tests);
    print_output("Workers", &mut tests)
}
