//! Writes generated files and finds stale ones.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use similar::TextDiff;

/// The text that marks a generated file. Matches "Generated" and "generated".
const MARK: &str = "enerated by `cargo xtask codegen`";

/// A generated file.
pub(crate) struct File {
    /// Path below the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A file that differs from the generator's output.
pub(crate) struct Stale {
    pub(crate) path: String,
    pub(crate) difference: String,
}

/// Writes changed files. Removes generated files that are no longer part of the output.
pub(crate) fn write(root: &Path, files: &[File]) -> Result<()> {
    for stale in stale(root, files)? {
        let path = root.join(&stale.path);
        match files.iter().find(|file| file.path == stale.path) {
            Some(file) => {
                let folder = path.parent().expect("every generated file is in a folder");
                fs::create_dir_all(folder)?;
                fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
            }
            None => fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?,
        }
    }
    Ok(())
}

/// Returns the files that differ, are missing, or are no longer part of the output.
pub(crate) fn stale(root: &Path, files: &[File]) -> Result<Vec<Stale>> {
    let mut stale = Vec::new();
    for file in files {
        let old = fs::read_to_string(root.join(&file.path)).unwrap_or_default();
        if old != file.text {
            stale.push(Stale {
                path: file.path.clone(),
                difference: difference(&file.path, &old, &file.text),
            });
        }
    }
    let folders: BTreeSet<&str> =
        files.iter().filter_map(|file| file.path.rsplit_once('/')).map(|(folder, _)| folder).collect();
    for folder in folders {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = format!("{folder}/{}", entry?.file_name().to_string_lossy());
            let Ok(old) = fs::read_to_string(root.join(&path)) else { continue };
            let header = old.lines().take(3).any(|line| line.contains(MARK));
            if header && files.iter().all(|file| file.path != path) {
                stale.push(Stale { difference: difference(&path, &old, ""), path });
            }
        }
    }
    Ok(stale)
}

/// Returns the changed lines, with some around them.
fn difference(path: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(path, path).to_string()
}
