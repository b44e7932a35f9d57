//! Tests of the packages as users get them: builds them, installs them into empty folders, and uses them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use walkdir::WalkDir;

pub(super) use xtask::paths::clear;
use xtask::paths::{self, npm, venv};
use xtask::processes::Sandbox;
use xtask::task::{command, print_output};

const PYTHON: &str = "
import bimpe, sys
from importlib.metadata import files
for name in ('bimpe', 'bimpe-cli'):
    assert any(file.name == 'THIRD_PARTY_LICENSES.txt' for file in files(name)), files(name)
client = bimpe.BimpeAI()
agents = client.agents.list()
assert 'site-packages' in bimpe.__file__, bimpe.__file__
print('wheel:', bimpe.__version__, 'on Python', sys.version.split()[0], 'sees', agents.data[0].name)
";

const MODULE: &str = "
import { BimpeAI, VERSION } from 'bimpe';
import { createRequire } from 'node:module';
const required = createRequire(import.meta.url)('bimpe');
const agents = await new BimpeAI().agents.list();
if (agents.data.length === 0) throw new Error('the sandbox has no agent');
try { await new required.BimpeAI().agents.retrieve('unknown'); throw new Error('no error'); }
catch (error) { if (!(error instanceof required.NotFoundError)) throw error; }
console.log('tarball:', VERSION, 'on Node', process.version, 'sees', agents.data[0].name);
";

/// A test file of a user: the fixtures come with the wheel.
const PYTEST: &str = "\
import asyncio


def test_client(bimpe_client, bimpe_sandbox):
    bimpe_client.agents.update(bimpe_sandbox.agent_id, name='Support')
    assert bimpe_sandbox.requests('agents.update')[0].body == {'name': 'Support'}


def test_async_client(async_bimpe_client, bimpe_sandbox):
    assert asyncio.run(async_bimpe_client.agents.retrieve(bimpe_sandbox.agent_id)).name != 'Support'
";

const NODE_TEST: &str = "\
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from 'bimpe/testing';

test('renames an agent', async () => {
  const sandbox = await Sandbox.start();
  await sandbox.client().agents.update(sandbox.agentId, { name: 'Support' });
  assert.deepEqual((await sandbox.requests('agents.update'))[0].body, { name: 'Support' });
  await sandbox.stop();
});
";

/// Size limit of a native module, because each user downloads the module and each process maps it.
const MAX_NATIVE_MODULE_BYTES: u64 = 6_500_000;

/// Builds, installs and uses the crate, the wheel and the npm package.
pub(super) fn run() -> Result<()> {
    let crate_package = ["package", "--package", "bimpe", "--locked", "--allow-dirty"];
    print_output("cargo package", &mut command("cargo", &crate_package))?;
    let sandbox = Sandbox::start()?;
    wheel(&sandbox)?;
    tarball(&sandbox)
}

fn wheel(sandbox: &Sandbox) -> Result<()> {
    let folder = empty("wheel")?;
    print_output("a new environment", &mut inside(&folder, venv("python"), &["-m", "venv", "env"]))?;
    let python = folder.join(if cfg!(windows) { "env/Scripts/python.exe" } else { "env/bin/python" });
    // The `pip` of a new environment is that of its Python, and may be too old for groups.
    let pip = |name: &str, arguments: &[&str]| {
        let mut install = inside(&folder, venv("python"), &["-m", "pip", "--python"]);
        install.arg(&python).args(["install", "--quiet", "--disable-pip-version-check"]).args(arguments);
        print_output(name, &mut install)
    };
    let wheels = paths::wheels();
    let built = paths::matching(&wheels.join("bimpe-*.whl"));
    print_output("abi3audit", command(venv("abi3audit"), &["--strict"]).args(built))?;
    pip("pip install", &["--no-index", "--find-links", &wheels.to_string_lossy(), "bimpe[sandbox]"])?;
    print_output("use the wheel", &mut with(sandbox, inside(&folder, &python, &["-I", "-c", PYTHON])))?;
    check_size(&folder)?;

    let groups = paths::root().join("python/pyproject.toml");
    pip("pip install pytest", &["--group", &format!("{}:runner", groups.display())])?;
    fs::write(folder.join("test_agents.py"), PYTEST)?;
    print_output("use the fixtures", &mut inside(&folder, &python, &["-m", "pytest", "-q", "test_agents.py"]))
}

fn tarball(sandbox: &Sandbox) -> Result<()> {
    let folder = empty("npm")?;
    install_tarballs(&folder)?;
    fs::write(folder.join("use.mjs"), MODULE)?;
    print_output("use the tarball", &mut with(sandbox, inside(&folder, "node", &["use.mjs"])))?;
    check_size(&folder)?;
    fs::write(folder.join("agents.test.mjs"), NODE_TEST)?;
    print_output("use the helpers", &mut inside(&folder, "node", &["--test", "agents.test.mjs"]))
}

/// Installs the npm packages into an empty folder.
pub(super) fn install_tarballs(folder: &Path) -> Result<()> {
    fs::write(folder.join("package.json"), r#"{"name": "empty", "private": true}"#)?;
    let flags = ["--silent", "--offline", "--no-package-lock", "--no-audit", "--no-fund"];
    let mut install = inside(folder, npm(), &["install"]);
    let tarballs = paths::matching(&paths::npm_packages().join("*.tgz"));
    print_output("npm install", install.args(flags).args(tarballs))
}

/// Checks the size of the native module below the folder.
fn check_size(folder: &Path) -> Result<()> {
    let mut found = 0;
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let end = entry.path().extension().unwrap_or_default();
        if entry.file_type().is_file() && ["node", "pyd", "so"].iter().any(|native| end == *native) {
            let size = entry.metadata()?.len();
            ensure!(
                size <= MAX_NATIVE_MODULE_BYTES,
                "{} has {size} bytes; the limit is {MAX_NATIVE_MODULE_BYTES}",
                entry.path().display()
            );
            found += 1;
        }
    }
    ensure!(found == 1, "expected one native module below {}, found {found}", folder.display());
    Ok(())
}

fn empty(name: &str) -> Result<PathBuf> {
    let folder = paths::target().join("packages").join(name);
    clear(&folder)?;
    Ok(folder)
}

/// Returns a command in another folder, without the paths that this process knows.
fn inside(folder: &Path, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_remove("PYTHONPATH").env_remove("NODE_PATH");
    command.env_remove("BIMPE_BIN");
    command
}

/// Passes the key and the address of the sandbox to a command.
pub(super) fn with(sandbox: &Sandbox, mut command: Command) -> Command {
    command.env("BIMPEAI_API_KEY", &sandbox.ready.api_key).env("BIMPEAI_BASE_URL", &sandbox.ready.url);
    command
}
