//! Completion in real shells, for commands of many words.

#![cfg(unix)]

mod common;

use std::process::Command;

use common::command::{bimpe, finish};

/// Lines up to the cursor, and a word that completes each.
const LINES: [(&str, &str); 5] = [
    ("bimpe agents up", "update-live-status"),
    ("bimpe agents list --sea", "--search"),
    ("bimpe agents update-live-status x --status l", "live"),
    ("bimpe agents integrations custom-api tools a", "add"),
    ("bimpe agents integrations custom-api tools add --n", "--name"),
];

fn script(shell: &str) -> String {
    finish(bimpe(None).args(["completion", shell]), "").out
}

#[test]
fn bash_completes_words_options_and_values() {
    let script = script("bash");
    for (line, wanted) in LINES {
        let words: Vec<&str> = line.split(' ').collect();
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let ask = format!(
            "{script}\nCOMP_WORDS=({line}); COMP_CWORD={}; _bimpe bimpe '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.len() - 1
        );
        let ran = finish(Command::new("bash").arg("-s"), &ask);
        assert!(ran.out.lines().any(|word| word == wanted), "{line}: {ran:?}");
        assert!(ran.out.lines().all(|word| word.starts_with(last)), "{line}: {ran:?}");
    }
}

#[test]
#[ignore = "needs fish: run by the suite `Command in shells`"]
fn fish_completes_words_options_and_values() {
    let more = [
        ("bimpe --profile shop agents integrations custom-api tools add a b --url-t", "--url-template"),
        ("bimpe agents update-live-status x --status=l", "--status=live"),
        ("bimpe completion z", "zsh"),
        ("bimpe agents list --profile agents --sea", "--search"),
    ];
    let script = script("fish");
    for (line, wanted) in LINES.into_iter().chain(more) {
        let ask = format!("{script}\ncomplete -C '{line}'");
        let ran = finish(Command::new("fish").arg("--no-config"), &ask);
        let words: Vec<&str> = ran.out.lines().filter_map(|line| line.split('\t').next()).collect();
        assert!(words.contains(&wanted), "{line}: {ran:?}");
        let last = line.split(' ').next_back().expect("a word");
        assert!(words.iter().all(|word| word.starts_with(last)), "{line}: {ran:?}");
    }
}

/// In a terminal, because the functions of zsh complete only lines that a person edits.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs zsh: run by the suite `Command in shells`"]
fn zsh_completes_words_options_and_values() {
    let folder = std::env::temp_dir().join(format!("bimpe-zsh-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("_bimpe"), script("zsh")).expect("a file");
    let mut command = Command::new("zsh");
    // Without the configuration of the person who runs the tests.
    command.args(["-f", "-i"]).env("PS1", "ready> ").env("TERM", "dumb");
    let mut terminal = common::terminal::Terminal::start(&command, 200);
    terminal.expect("ready> ");
    terminal.send(&format!(
        "fpath=({} $fpath); autoload -U compinit; compinit -u -D; printf 'load%s' ing\n",
        folder.display()
    ));
    terminal.expect("loading");
    // Each of these words is the only one for its line, so that zsh completes it at once.
    for (line, wanted) in LINES.into_iter().filter(|(_, wanted)| wanted.starts_with("--")) {
        terminal.send(&format!("{line}\t"));
        terminal.expect(wanted);
        // Ctrl-U deletes the line.
        terminal.send("\u{15}");
    }
    terminal.send("exit\n");
    terminal.end();
    std::fs::remove_dir_all(folder).expect("it is there");
}
