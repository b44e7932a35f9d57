//! Keyed hashes of values that the API does not return. They tell that a value changed, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::problem::Error;

const FOLDER: &str = ".bimpe";
const FILE: &str = "fingerprints.json";
const LOCK: &str = "fingerprints.lock";
const SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// The content of the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// The key of the hashes. It is random, so that guesses of a value cannot be tested without the file.
    key: String,
    /// By address of the API. The ids of objects are unique there, whatever their team.
    origins: BTreeMap<String, Origin>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Origin {
    /// By id of the object and by field.
    fingerprints: BTreeMap<String, BTreeMap<String, String>>,
    /// Objects whose replacement may exist already.
    replacing: BTreeSet<String>,
}

/// The fingerprints for one address of the API.
pub(crate) struct Fingerprints {
    folder: Option<PathBuf>,
    address: String,
    key: String,
    known: Origin,
    /// The fingerprints of this run.
    learned: Mutex<Origin>,
    /// Objects that this run deleted.
    deleted: Mutex<BTreeSet<String>>,
    /// The time of the last save.
    saved: Mutex<Instant>,
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
            Some(folder) => read(folder).map_err(|error| failed(folder, &error))?,
            None => Stored::default(),
        };
        if stored.key.is_empty() {
            stored.key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        }
        let known = stored.origins.remove(address).unwrap_or_default();
        Ok(Self {
            folder,
            address: address.to_owned(),
            key: stored.key,
            known,
            learned: Mutex::default(),
            deleted: Mutex::default(),
            saved: Mutex::new(Instant::now()),
        })
    }

    pub(crate) fn verdict(&self, id: &str, field: &str, value: &Value) -> Verdict {
        match self.known.fingerprints.get(id).and_then(|fields| fields.get(field)) {
            None => Verdict::Unknown,
            Some(known) if *known == self.hash(value) => Verdict::Same,
            Some(_) => Verdict::Changed,
        }
    }

    /// Stores the fingerprint of a value that the object has now.
    pub(crate) fn learn(&self, id: &str, field: &str, value: &Value) {
        let hash = self.hash(value);
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.fingerprints.entry(id.to_owned()).or_default().insert(field.to_owned(), hash);
    }

    pub(crate) fn forget(&self, id: &str) {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether an earlier run began to replace the object.
    pub(crate) fn is_replacing(&self, id: &str) -> bool {
        self.known.replacing.contains(id)
    }

    /// Stores at once that the object is about to be replaced: a run that is killed now leaves two of its name.
    pub(crate) fn begin_replacement(&self, id: &str) -> Result<(), Error> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).replacing.insert(id.to_owned());
        self.save()
    }

    /// Saves at most once a second, because the file is written as a whole.
    pub(crate) fn save_at_times(&self) -> Result<(), Error> {
        {
            let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
            if saved.elapsed() < SAVE_INTERVAL {
                return Ok(());
            }
            *saved = Instant::now();
        }
        self.save()
    }

    /// Adds the fingerprints of this run to the file.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if learned.fingerprints.is_empty() && learned.replacing.is_empty() && deleted.is_empty() {
            return Ok(());
        }
        self.merge(folder, learned, &deleted).map_err(|error| failed(folder, &error))
    }

    fn merge(&self, folder: &Path, learned: Origin, deleted: &BTreeSet<String>) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        // Another run may write at the same time.
        let lock = private().write(true).create(true).truncate(false).open(folder.join(LOCK))?;
        lock.lock()?;
        let mut stored = read(folder)?;
        if stored.key != self.key && !stored.key.is_empty() {
            // Another run created the file first, with its own key. The next run learns the values.
            return Ok(());
        }
        stored.key.clone_from(&self.key);
        let origin = stored.origins.entry(self.address.clone()).or_default();
        for (id, fields) in learned.fingerprints {
            origin.fingerprints.entry(id).or_default().extend(fields);
        }
        origin.replacing.extend(learned.replacing);
        origin.fingerprints.retain(|id, _| !deleted.contains(id));
        origin.replacing.retain(|id| !deleted.contains(id));
        write(folder, &stored)
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

fn read(folder: &Path) -> io::Result<Stored> {
    match fs::read(folder.join(FILE)) {
        // The error of the reader may repeat the key of the fingerprints.
        Ok(text) => serde_json::from_slice(&text).map_err(|error| {
            io::Error::other(format!("invalid at line {}, column {}", error.line(), error.column()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stored::default()),
        Err(error) => Err(error),
    }
}

/// Replaces the file as a whole, so that a killed run leaves the old or the new one.
fn write(folder: &Path, stored: &Stored) -> io::Result<()> {
    let new = folder.join(format!("{FILE}.{}", std::process::id()));
    let mut file: File = private().write(true).create(true).truncate(true).open(&new)?;
    file.write_all(serde_json::to_string_pretty(stored)?.as_bytes())?;
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
