//! `bimpe login`, `logout`, `whoami` and `config list`.

use bimpe::{ErrorKind, operations};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::request;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::note;
use crate::profile_store::Store;
use crate::settings::{self, Setting, Settings};
use crate::{output, prompt};

#[derive(Args)]
pub(crate) struct Login {
    /// Source of the key: @FILE, env:NAME or - for standard input; without it, a prompt asks
    #[arg(long, value_name = "SOURCE")]
    key: Option<String>,

    /// Store the key in a file that only its owner can read, not in the keychain
    #[arg(long)]
    no_keychain: bool,
}

impl Login {
    /// Checks the key with a request, then stores it.
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let key = prompt::wait(move || read_key(self.key.as_deref())).await?;
        let base_url = settings::login_url(globals);
        let client = globals.client_with(&key, "the login", base_url.as_deref())?;
        match client.execute(request(&operations::AGENTS_LIST, &[])).await {
            Ok(_) => {}
            // The key is valid, but for other requests.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                note(&format!("The key is valid, but it cannot list agents: {error}"));
            }
            Err(error) => return Err(Failure::from(error).hint("no key was stored")),
        }
        let name = settings::login_profile(globals);
        let profile = name.clone();
        let use_keychain = !self.no_keychain;
        let place = prompt::wait(move || Store::read()?.add(&name, base_url, &key, use_keychain)).await?;
        let address = client.base_url();
        output::result(&json!({ "profile": profile, "base_url": address, "key": place.name() }), globals.json)
    }
}

fn read_key(source: Option<&str>) -> Result<String, Failure> {
    match source {
        Some(source) => prompt::secret_option("key", source, false),
        None => prompt::secret("API key", "key"),
    }
}

#[derive(Args)]
pub(crate) struct Logout {}

impl Logout {
    /// Deletes the key and the address of a profile.
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let name = settings::login_profile(globals);
        let profile = name.clone();
        prompt::wait(move || Store::read()?.remove(&name)).await?;
        output::result(&json!({ "profile": profile, "logged_in": false }), globals.json)
    }
}

#[derive(Args)]
pub(crate) struct Whoami {}

impl Whoami {
    /// Shows the key's origin and the address, and checks the key with a request.
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let session = globals.connect().await?;
        session.send(request(&operations::AGENTS_LIST, &[])).await?;
        let whoami = json!({
            "profile": session.profile,
            "key_from": session.key_from,
            "base_url": session.client.base_url(),
            "sandbox": session.client.is_sandbox(),
        });
        output::result(&whoami, globals.json)
    }
}

#[derive(Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// List the settings and the profiles, without the keys.
    List {
        /// Show where each value came from
        #[arg(long)]
        origin: bool,
    },
}

impl Config {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let ConfigCommand::List { origin } = self.command;
        let for_find = globals.clone();
        let (settings, store) =
            prompt::wait(move || Ok((Settings::find(&for_find)?, Store::read()?))).await?;
        let masked = settings.key.map(|key| Setting { value: "****".to_owned(), ..key });
        let rows = [("profile", settings.profile), ("api_key", masked), ("base_url", settings.base_url)];
        let mut list: Vec<Value> =
            rows.into_iter().map(|(name, setting)| row(name, setting, origin)).collect();
        for name in store.profiles.keys() {
            list.push(row(
                "stored_profile",
                Some(Setting { value: name.clone(), origin: "the file".to_owned() }),
                origin,
            ));
        }
        output::result(&list.into(), globals.json)
    }
}

fn row(name: &str, setting: Option<Setting>, with_origin: bool) -> Value {
    let (value, origin) = setting.map_or((None, None), |setting| (Some(setting.value), Some(setting.origin)));
    let mut row = json!({ "name": name, "value": value });
    if with_origin {
        row["origin"] = origin.into();
    }
    row
}
