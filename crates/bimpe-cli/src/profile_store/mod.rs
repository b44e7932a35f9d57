//! Stored profiles: a key and an address under a name, one for each team. The file holds a key only where there is no
//! keychain.

mod keychain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::files;

/// The profile that is used if none is named.
pub(crate) const DEFAULT: &str = "default";

/// All profiles.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Store {
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The address of the API; the public one if omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
    /// The key, where there is no keychain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
}

/// The place of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Keychain,
    File,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }
}

impl Store {
    /// Reads the file. Without it, there are no profiles.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = file()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::error(format!("cannot read `{}`: {error}", path.display()))),
        };
        let store: Self = serde_json::from_str(&text).map_err(|error| {
            // The error of the reader may repeat a key.
            let place = format!("line {}, column {}", error.line(), error.column());
            let failure = Failure::error(format!("`{}` is not valid at {place}", path.display()));
            failure.hint("correct or delete the file, then run `bimpe login`")
        })?;
        if store.profiles.values().any(|profile| profile.api_key.is_some()) {
            check_owner_only(&path)?;
        }
        Ok(store)
    }

    /// Stores a key in the keychain, or else in the file.
    pub(crate) fn add(
        &mut self,
        name: &str,
        base_url: Option<String>,
        key: &str,
        use_keychain: bool,
    ) -> Result<Place, Failure> {
        let place = if use_keychain && keychain::store(name, key) { Place::Keychain } else { Place::File };
        let api_key = (place == Place::File).then(|| key.to_owned());
        self.profiles.insert(name.to_owned(), Profile { base_url, api_key });
        self.write()?;
        Ok(place)
    }

    /// Deletes a profile and its key.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Failure> {
        if self.get(name)?.api_key.is_none() {
            keychain::delete(name).map_err(Failure::error)?;
        }
        self.profiles.remove(name);
        self.write()
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Profile, Failure> {
        self.profiles.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            if names.is_empty() {
                let failure = Failure::error(format!("no profile `{name}`: no profile is stored here"));
                return failure.hint("`bimpe login` stores one");
            }
            let failure = Failure::error(format!("unknown profile `{name}`; there is {}", names.join(", ")));
            failure.hint(format!("run `bimpe login --profile {name}`"))
        })
    }

    /// Returns the key of a profile and its place.
    pub(crate) fn key(&self, name: &str) -> Result<(String, Place), Failure> {
        if let Some(key) = &self.get(name)?.api_key {
            return Ok((key.clone(), Place::File));
        }
        keychain::read(name).map(|key| (key, Place::Keychain)).map_err(|reason| {
            let failure = Failure::error(format!("no key of the profile `{name}`: {reason}"));
            failure.hint(format!("run `bimpe login --profile {name}`"))
        })
    }

    fn write(&self) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::error(error.to_string()))?;
        fs::create_dir_all(folder()?)?;
        files::write(&file()?, &text)
    }
}

/// Returns the folder of the settings.
fn folder() -> Result<PathBuf, Failure> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = if cfg!(windows) { variable("APPDATA") } else { variable("XDG_CONFIG_HOME") };
    let folder = own.or_else(|| env::home_dir().map(|home| home.join(".config")));
    let folder = folder.ok_or_else(|| Failure::error("there is no home folder for the profiles"))?;
    Ok(folder.join("bimpe"))
}

fn file() -> Result<PathBuf, Failure> {
    Ok(folder()?.join("profiles.json"))
}

/// Refuses a file with keys that other users can read.
#[cfg(unix)]
fn check_owner_only(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    let failure = Failure::error(format!("other users can read the keys in `{}`", path.display()));
    Err(failure.hint(format!("run `chmod 600 {}`", path.display())))
}

#[cfg(not(unix))]
fn check_owner_only(_path: &Path) -> Result<(), Failure> {
    Ok(())
}
