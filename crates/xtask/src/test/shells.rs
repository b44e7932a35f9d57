//! Tests of the command that need programs of the system: shells, and a keychain.

use anyhow::Result;

use xtask::system;
use xtask::task::{command, log, print_output};

/// A program, its Debian package, and the file and the name of the test that runs it.
const TESTS: [(&str, &str, &str, &str); 3] = [
    ("fish", "fish", "shells", "fish_completes_words_options_and_values"),
    ("zsh", "zsh", "shells", "zsh_completes_words_options_and_values"),
    ("gnome-keyring-daemon", "gnome-keyring", "profiles", "a_key_goes_to_the_keychain_where_there_is_one"),
];

/// Runs each test whose program is there. With `CI` set, installs missing programs.
pub(super) fn run() -> Result<()> {
    for (program, package, file, test) in TESTS {
        if let Err(error) = system::program(program, package) {
            if system::installs() {
                return Err(error);
            }
            log(&format!("skipped {test}: {error}"));
            continue;
        }
        // With the features of the suite `Rust tests`, because others would build everything again.
        let arguments = ["test", "--locked", "--test", file, "--", "--ignored", "--exact", test];
        print_output(test, &mut command("cargo", &arguments))?;
    }
    Ok(())
}
