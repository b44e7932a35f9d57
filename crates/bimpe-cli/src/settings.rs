//! The key and the address of a command, and where they came from: options, then variables, then the profile.

use std::env;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::profile_store::{DEFAULT, Store};

const KEY: &str = "BIMPEAI_API_KEY";
const URL: &str = "BIMPEAI_BASE_URL";
const PROFILE: &str = "BIMPEAI_PROFILE";

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: String,
}

impl Setting {
    fn new(value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self { value: value.into(), origin: origin.into() }
    }
}

/// The settings of a client.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Option<Setting>,
    pub(crate) key: Option<Setting>,
    /// The address; the public one if there is none.
    pub(crate) base_url: Option<Setting>,
}

impl Settings {
    /// Finds the settings. May wait for a keychain.
    pub(crate) fn find(globals: &Globals) -> Result<Self, Failure> {
        let option = globals.base_url.as_ref().map(|url| Setting::new(url, "--base-url"));
        let key = variable(KEY);
        let store = Store::read()?;
        let profile = profile(globals, &store, key.is_some());
        let Some(profile) = profile else {
            return Ok(Self { profile: None, key, base_url: option.or_else(|| variable(URL)) });
        };
        let name = &profile.value;
        let origin = format!("the profile `{name}`");
        let (text, place) = store.key(name)?;
        // The address of a variable may be that of another team, which must not get the key.
        let own = store.get(name)?.base_url.as_ref().map(|url| Setting::new(url, &*origin));
        let key = Setting::new(text, format!("{origin} ({})", place.name()));
        Ok(Self { key: Some(key), base_url: option.or(own), profile: Some(profile) })
    }
}

/// Returns the profile of the command. A key in the environment stands for itself, unless an option names a profile.
fn profile(globals: &Globals, store: &Store, has_key: bool) -> Option<Setting> {
    if let Some(name) = &globals.profile {
        return Some(Setting::new(name, "--profile"));
    }
    if has_key {
        return None;
    }
    let default = || store.profiles.contains_key(DEFAULT).then(|| Setting::new(DEFAULT, "the default"));
    variable(PROFILE).or_else(default)
}

/// Returns a variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<Setting> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(Setting::new(value, format!("the variable {name}")))
}

/// Returns the name under which `login` stores a key.
pub(crate) fn login_profile(globals: &Globals) -> String {
    let named = globals.profile.clone().or_else(|| variable(PROFILE).map(|setting| setting.value));
    named.unwrap_or_else(|| DEFAULT.to_owned())
}

/// Returns the address that `login` checks and stores.
pub(crate) fn login_url(globals: &Globals) -> Option<String> {
    globals.base_url.clone().or_else(|| variable(URL).map(|setting| setting.value))
}
