//! Keyed hashes of values that the API does not return. They tell that a value changed, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::problem::Error;

const FOLDER: &str = ".bimpe";
const FILE: &str = "fingerprints.json";
/// Lines that the file lacks. A run adds to it, because the file is written as a whole.
const JOURNAL: &str = "fingerprints.journal";
const LOCK: &str = "fingerprints.lock";

/// The content of the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// The key of the hashes. It is random, so that guesses of a value cannot be tested without the file.
    key: String,
    /// By address of the API. The ids of objects are unique there, whatever their team.
    origins: BTreeMap<String, Origin>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Origin {
    /// By id of the object and by field, with a space between.
    fingerprints: BTreeMap<String, String>,
    /// Objects whose replacement may exist already.
    replacing: BTreeSet<String>,
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    origin: String,
    id: String,
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Learned { field: String, hash: String },
    Replacing,
    Deleted,
}

/// The fingerprints for one address of the API.
pub(crate) struct Fingerprints {
    folder: Option<PathBuf>,
    address: String,
    key: String,
    known: BTreeMap<String, String>,
    /// The events of this run that the journal lacks.
    unsaved: Mutex<Vec<Line>>,
    /// Whether the file has the key of this run. Another run may create the file first.
    has_key: OnceLock<bool>,
}

/// The result of a comparison with a fingerprint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Unknown,
    Same,
    Changed,
}

impl Fingerprints {
    /// Reads the file in a folder. Without a folder, nothing is stored.
    pub(crate) fn read(folder: Option<&Path>, address: &str) -> Result<Self, Error> {
        let folder = folder.map(|folder| folder.join(FOLDER));
        let mut stored = match &folder {
            Some(folder) => read_all(folder).map_err(|error| failed(folder, &error))?,
            None => Stored::default(),
        };
        if stored.key.is_empty() {
            stored.key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        }
        Ok(Self {
            folder,
            address: address.to_owned(),
            key: stored.key,
            known: stored.origins.remove(address).unwrap_or_default().fingerprints,
            unsaved: Mutex::default(),
            has_key: OnceLock::new(),
        })
    }

    pub(crate) fn verdict(&self, id: &str, field: &str, value: &Value) -> Verdict {
        match self.known.get(&name(id, field)) {
            None => Verdict::Unknown,
            Some(known) if *known == self.hash(value) => Verdict::Same,
            Some(_) => Verdict::Changed,
        }
    }

    /// Remembers the fingerprint of a value that the object has now.
    pub(crate) fn learn(&self, id: &str, field: &str, value: &Value) {
        self.add(id, Event::Learned { field: field.to_owned(), hash: self.hash(value) });
    }

    pub(crate) fn forget(&self, id: &str) {
        self.add(id, Event::Deleted);
    }

    /// Returns the objects that a run began to replace, this one or another one.
    pub(crate) fn replacing(&self) -> BTreeSet<String> {
        // An unreadable file was an error at the start of the run already.
        let stored = self.folder.as_deref().and_then(|folder| read_all(folder).ok());
        stored.and_then(|mut stored| stored.origins.remove(&self.address)).unwrap_or_default().replacing
    }

    /// Stores at once that the object is about to be replaced: a run that is killed now leaves two of its name.
    pub(crate) fn begin_replacement(&self, id: &str) -> Result<(), Error> {
        self.add(id, Event::Replacing);
        self.save()
    }

    /// Adds what this run learned to the journal.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let lines = std::mem::take(&mut *self.unsaved());
        match &self.folder {
            Some(folder) if !lines.is_empty() => {
                self.append(folder, &lines).map_err(|error| failed(folder, &error))
            }
            _ => Ok(()),
        }
    }

    /// Saves, and adds the journal to the file.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        self.save()?;
        match &self.folder {
            Some(folder) if folder.join(JOURNAL).exists() => {
                merge(folder).map_err(|error| failed(folder, &error))
            }
            _ => Ok(()),
        }
    }

    fn unsaved(&self) -> MutexGuard<'_, Vec<Line>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, id: &str, event: Event) {
        self.unsaved().push(Line { origin: self.address.clone(), id: id.to_owned(), event });
    }

    fn append(&self, folder: &Path, lines: &[Line]) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let _lock = lock(folder)?;
        if self.has_key.get().is_none() {
            let mut stored = read_file(folder)?;
            if stored.key.is_empty() {
                stored.key.clone_from(&self.key);
                write(folder, &stored)?;
            }
            let _ = self.has_key.set(stored.key == self.key);
        }
        let mut text = String::new();
        // Hashes with another key would tell nothing. The next run learns the values.
        let is_of_key =
            |line: &&Line| self.has_key.get() == Some(&true) || !matches!(line.event, Event::Learned { .. });
        for line in lines.iter().filter(is_of_key) {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        let mut file = private().read(true).append(true).create(true).open(folder.join(JOURNAL))?;
        if ends_in_a_line(&mut file)? {
            text.insert(0, '\n');
        }
        file.write_all(text.as_bytes())
    }

    fn hash(&self, value: &Value) -> String {
        let mut value = value.clone();
        value.sort_all_objects();
        // The algorithm accepts keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("a key may have any length");
        mac.update(value.to_string().as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

/// Returns bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn name(id: &str, field: &str) -> String {
    format!("{id} {field}")
}

/// Waits until no other run reads or writes.
fn lock(folder: &Path) -> io::Result<File> {
    let lock = private().write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    lock.lock()?;
    Ok(lock)
}

/// Reads the file and the journal. A folder that cannot be written is read without the lock.
fn read_all(folder: &Path) -> io::Result<Stored> {
    let _lock = lock(folder).ok();
    let mut stored = read_file(folder)?;
    read_journal(folder, &mut stored)?;
    Ok(stored)
}

fn read_file(folder: &Path) -> io::Result<Stored> {
    match fs::read(folder.join(FILE)) {
        // The error of the reader may repeat the key of the fingerprints.
        Ok(text) => serde_json::from_slice(&text).map_err(|error| {
            io::Error::other(format!("invalid at line {}, column {}", error.line(), error.column()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stored::default()),
        Err(error) => Err(error),
    }
}

fn read_journal(folder: &Path, stored: &mut Stored) -> io::Result<()> {
    let file = match File::open(folder.join(JOURNAL)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    for line in BufReader::new(file).split(b'\n') {
        // A run that was killed may leave a part of a line.
        let Ok(line) = serde_json::from_slice::<Line>(&line?) else { continue };
        let origin = stored.origins.entry(line.origin).or_default();
        match line.event {
            Event::Learned { field, hash } => {
                origin.fingerprints.insert(name(&line.id, &field), hash);
            }
            Event::Replacing => {
                origin.replacing.insert(line.id);
            }
            Event::Deleted => {
                let first = name(&line.id, "");
                let after = origin.fingerprints.range(first.clone()..).map(|(name, _)| name);
                let names: Vec<String> = after.take_while(|name| name.starts_with(&first)).cloned().collect();
                for name in names {
                    origin.fingerprints.remove(&name);
                }
                origin.replacing.remove(&line.id);
            }
        }
    }
    Ok(())
}

fn merge(folder: &Path) -> io::Result<()> {
    let _lock = lock(folder)?;
    let mut stored = read_file(folder)?;
    read_journal(folder, &mut stored)?;
    write(folder, &stored)?;
    match fs::remove_file(folder.join(JOURNAL)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether the last line lacks its end.
fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Replaces the file as a whole, so that a killed run leaves the old or the new one.
fn write(folder: &Path, stored: &Stored) -> io::Result<()> {
    let new = folder.join(format!("{FILE}.{}", std::process::id()));
    let mut file = BufWriter::new(private().write(true).create(true).truncate(true).open(&new)?);
    serde_json::to_writer_pretty(&mut file, stored)?;
    file.flush()?;
    fs::rename(new, folder.join(FILE))
}

/// Options of a file that only its owner can read.
pub(crate) fn private() -> OpenOptions {
    #[allow(unused_mut, reason = "Windows has no modes")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn failed(folder: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot read or write `{}`: {error}", folder.join(FILE).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("bimpe-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        fn read(&self) -> Fingerprints {
            Fingerprints::read(Some(&self.0), "http://x").expect("fingerprints")
        }

        fn journal(&self) -> PathBuf {
            self.0.join(FOLDER).join(JOURNAL)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn journal_of_a_killed_run_counts_up_to_its_last_whole_line() {
        let folder = Folder::new("killed");
        let killed = folder.read();
        killed.learn("a", "token", &"1".into());
        killed.save().expect("saved");
        let mut file = private().append(true).open(folder.journal()).expect("a journal");
        file.write_all(b"{\"origin\":\"http").expect("a part of a line");
        drop((file, killed));
        let next = folder.read();
        assert_eq!(next.verdict("a", "token", &"1".into()), Verdict::Same);
        assert_eq!(next.verdict("a", "token", &"2".into()), Verdict::Changed);
        next.learn("b", "token", &"1".into());
        next.begin_replacement("a").expect("saved");
        assert_eq!(folder.read().replacing(), BTreeSet::from(["a".to_owned()]));
        next.forget("a");
        next.finish().expect("finished");
        assert!(!folder.journal().exists());
        let last = folder.read();
        assert_eq!(last.verdict("a", "token", &"1".into()), Verdict::Unknown);
        assert_eq!(last.verdict("b", "token", &"1".into()), Verdict::Same);
        assert!(last.replacing().is_empty());
    }

    #[test]
    fn run_with_another_key_stores_no_hashes() {
        let folder = Folder::new("keys");
        let runs = [folder.read(), folder.read()];
        for (run, id) in runs.iter().zip(["a", "b"]) {
            run.learn(id, "token", &"1".into());
            run.begin_replacement(id).expect("saved");
        }
        let next = folder.read();
        assert_eq!(next.verdict("a", "token", &"1".into()), Verdict::Same);
        assert_eq!(next.verdict("b", "token", &"1".into()), Verdict::Unknown);
        assert_eq!(next.replacing().len(), 2);
    }
}
