//! References to values outside of the file: `${env:NAME}`, `${file:PATH}`, `${cmd:COMMAND}`.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Looks up an environment variable.
pub(crate) type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Resolves references. A command runs once, however often the files name it.
pub(crate) struct Resolver {
    pub(crate) lookup: Lookup,
    pub(crate) allow_commands: bool,
    outputs: HashMap<String, String>,
}

impl Default for Resolver {
    fn default() -> Self {
        let lookup = Box::new(|name: &str| std::env::var(name).ok());
        Self { lookup, allow_commands: false, outputs: HashMap::new() }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("allow_commands", &self.allow_commands).finish_non_exhaustive()
    }
}

/// Whether a text holds a reference. `$${` stands for `${`.
pub(crate) fn is_reference(text: &str) -> bool {
    text.replace("$${", "").contains("${")
}

/// Returns a text that resolves to this one.
pub(crate) fn escape(text: &str) -> String {
    text.replace("${", "$${")
}

impl Resolver {
    /// Replaces the references in a text. Relative paths start at `folder`. The error is the reason.
    pub(crate) fn resolve(&mut self, text: &str, folder: &Path) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                result.push_str(before);
                result.push_str("${");
                rest = after;
                continue;
            }
            let (reference, after) =
                after.split_once('}').ok_or("the reference lacks its `}`; write `$${` for `${`")?;
            result.push_str(before);
            result.push_str(&self.value(reference, folder)?);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn value(&mut self, reference: &str, folder: &Path) -> Result<String, String> {
        match reference.split_once(':') {
            Some(("env", name)) => self.variable(name),
            Some(("file", path)) => {
                let read = std::fs::read_to_string(folder.join(path));
                read.map(|text| one_line(&text))
                    .map_err(|error| format!("cannot read the file `{path}`: {error}"))
            }
            Some(("cmd", command)) => self.command(command, folder),
            Some(("clear", text)) => Ok(text.to_owned()),
            _ => {
                Err("the reference must start with `env:`, `file:`, `cmd:` or `clear:`; write `$${` for `${`"
                    .to_owned())
            }
        }
    }

    fn variable(&self, name: &str) -> Result<String, String> {
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err("the name of a variable must consist of A-Z, 0-9 and _".to_owned());
        }
        (self.lookup)(name).ok_or_else(|| format!("the environment variable `{name}` is missing; set it"))
    }

    fn command(&mut self, command: &str, folder: &Path) -> Result<String, String> {
        if !self.allow_commands {
            return Err(
                "the file runs a command, which is not allowed; allow it with `--allow-commands`".to_owned()
            );
        }
        if let Some(output) = self.outputs.get(command) {
            return Ok(output.clone());
        }
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        // The output may be a secret, so errors show neither stream.
        let output = Command::new(shell).args([option, command]).current_dir(folder).output();
        let output = output.map_err(|error| format!("cannot run the command: {error}"))?;
        if !output.status.success() {
            return Err(format!("the command failed ({}); run it by hand to see the reason", output.status));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| "the command must write UTF-8 text")?;
        Ok(self.outputs.entry(command.to_owned()).or_insert(one_line(&text)).clone())
    }
}

/// Without the newline that editors and commands add.
fn one_line(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<String, String> {
        let lookup = Box::new(|name: &str| (name == "NAME_1").then(|| "value".to_owned()));
        let mut resolver = Resolver { lookup, allow_commands: true, ..Resolver::default() };
        resolver.resolve(text, &std::env::temp_dir())
    }

    #[test]
    fn resolve_with_references_replaces_each() {
        assert_eq!(resolve("a ${env:NAME_1} b ${clear:x}").expect("a text"), "a value b x");
        assert_eq!(resolve("$${env:NAME_1} $ {} {{x}}").expect("a text"), "${env:NAME_1} $ {} {{x}}");
        #[cfg(unix)]
        assert_eq!(resolve("${cmd:printf 'a\\n'}").expect("a text"), "a");
    }

    #[test]
    fn resolve_with_invalid_references_returns_reason() {
        for (text, reason) in [
            ("${env:OTHER}", "`OTHER` is missing"),
            ("${env:name}", "must consist of"),
            ("${env:}", "must consist of"),
            ("${NAME}", "must start with"),
            ("${env:NAME_1", "lacks its"),
            ("${file:no such file}", "cannot read the file"),
            ("${cmd:exit 3}", "the command failed"),
        ] {
            let error = resolve(text).expect_err("an invalid reference");
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn escaped_text_resolves_to_itself() {
        for text in ["${env:NAME_1}", "plain", "$${", "$$${x}", "a$"] {
            assert_eq!(resolve(&escape(text)).expect("a text"), text);
            assert!(!is_reference(&escape(text)), "{text}");
        }
    }
}
