//! The `bimpe` command in a terminal of a test.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// A running command and its terminal.
pub(crate) struct Terminal {
    child: Child,
    screen: File,
    /// Everything that the command wrote.
    written: Arc<Mutex<String>>,
}

impl Terminal {
    /// Starts a command in a terminal of this width.
    pub(crate) fn start(command: &Command, width: u16) -> Self {
        let screen =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&screen).expect("a terminal");
        unlockpt(&screen).expect("a terminal");
        let name = ptsname(&screen, Vec::new()).expect("a name");
        let size = Winsize { ws_row: 50, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&screen, size).expect("a size");
        let flags = i32::try_from(OFlags::NOCTTY.bits()).expect("a flag");
        let open = || {
            let path = name.to_str().expect("a path");
            File::options().read(true).write(true).custom_flags(flags).open(path).expect("a terminal")
        };
        // `setsid` makes the terminal that of the command, so that Ctrl-C reaches it.
        let mut started = Command::new("setsid");
        started.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
        started
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env_remove("CI")
            .env_remove("CLICOLOR_FORCE");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => started.env(name, value),
                None => started.env_remove(name),
            };
        }
        let child = started.stdin(open()).stdout(open()).stderr(open()).spawn().expect("it starts");
        let screen = File::from(screen);
        let written = Arc::new(Mutex::new(String::new()));
        let (mut reader, text) = (screen.try_clone().expect("a clone"), written.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The terminal closes with an error.
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                text.lock().expect("no panic").push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        Self { child, screen, written }
    }

    pub(crate) fn text(&self) -> String {
        self.written.lock().expect("no panic").clone()
    }

    /// Waits until the command wrote this.
    pub(crate) fn expect(&self, wanted: &str) {
        self.wait_for(wanted, |terminal| terminal.text().contains(wanted));
    }

    /// Waits until the terminal shows input, or hides it.
    pub(crate) fn expect_echo(&self, shown: bool) {
        self.wait_for("the echo", |terminal| {
            let mode = tcgetattr(&terminal.screen).expect("a terminal");
            mode.local_modes.contains(LocalModes::ECHO) == shown
        });
    }

    fn wait_for(&self, wanted: &str, condition: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !condition(self) {
            assert!(started.elapsed() < Duration::from_secs(20), "no `{wanted}` in {:?}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types a text.
    pub(crate) fn send(&mut self, text: &str) {
        self.screen.write_all(text.as_bytes()).expect("a terminal");
    }

    /// Waits for the end, and returns the exit code.
    pub(crate) fn end(&mut self) -> i32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it runs") {
                // The thread reads the rest.
                thread::sleep(Duration::from_millis(50));
                return status.code().expect("an exit code");
            }
            assert!(started.elapsed() < Duration::from_secs(20), "it does not end: {:?}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
