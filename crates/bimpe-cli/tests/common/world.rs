//! A sandbox, and a folder with `bimpe.yaml`.

use std::fs;
use std::path::Path;
use std::process::Command;

use bimpe_sandbox::Sandbox;
use tempfile::TempDir;

use super::command::{Ran, bimpe, finish};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
}

impl World {
    pub(crate) fn new(text: &str) -> Self {
        let world = Self {
            sandbox: Sandbox::start_blocking().expect("a sandbox"),
            folder: tempfile::tempdir().expect("a folder"),
        };
        world.write(text);
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(self.path().join("bimpe.yaml"), text).expect("a file");
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = bimpe(Some(&self.sandbox));
        command.current_dir(self.path()).env("ORDERS_TOKEN", "t0k3n").args(line.split_whitespace());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        finish(&mut self.command(line), "")
    }
}
