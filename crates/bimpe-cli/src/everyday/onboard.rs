//! `bimpe onboard`: connects a service on its page, and waits.

use bimpe::schema::{Operation, Type};
use bimpe::{ErrorKind, operations};
use clap::Args;
use serde_json::{Value, json};

use crate::client::{data, request};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::note;
use crate::spec::words;
use crate::{output, prompt};

#[derive(Args)]
pub(crate) struct Onboard {
    /// Id of the agent
    agent: String,

    /// A first-party service, as in `google-calendar`, or the slug of a Pipedream app
    service: String,

    /// Print the address only, and do not wait
    #[arg(long)]
    no_wait: bool,

    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
}

impl Onboard {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let (configure, wait, body) = self.operations()?;
        let session = globals.connect().await?;
        let mut connect = request(configure, &[&self.agent]);
        connect.options = globals.request_options();
        connect.body = Some(body.clone());
        let page = session.send(connect).await?;
        let url = page["onboarding_url"].as_str().unwrap_or_default();
        if self.no_wait {
            return output::result(&page, globals.json);
        }
        note(&format!("Connect {} on this page: {url}", self.service));
        if !self.no_open && prompt::is_attended() && open::that_detached(url).is_err() {
            note("No browser can be started here: open the page yourself.");
        }
        note("Waiting until it is connected. Ctrl-C stops the wait, not the page.");
        let mut connected = request(wait, &[&self.agent]);
        connected.body = Some(body);
        match session.client.execute(connected).await {
            Ok(response) => output::result(&data(response.data())?, globals.json),
            Err(error) if error.kind() == ErrorKind::Timeout => {
                let text = format!("{} is not connected yet: {url}", self.service);
                Err(Failure::pending(text).hint("open the page, then run the command again"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the operations that connect the service and wait for it, and their body.
    fn operations(&self) -> Result<(&'static Operation, &'static Operation, Value), Failure> {
        let configure = &operations::AGENTS_INTEGRATIONS_BIMPEAI_CONFIGURE;
        let name = self.service.replace('-', "_");
        let Some(Type::Union(services)) = configure.body else { unreachable!("each service has a variant") };
        let service = services.variants.iter().find(|service| service.tags.contains(&&*name));
        let Some(service) = service else {
            let own: Vec<String> =
                services.variants.iter().flat_map(|service| service.tags).map(|tag| words(tag)).collect();
            note(&format!(
                "{} is none of {}, so it is taken as the slug of a Pipedream app.",
                self.service,
                own.join(", ")
            ));
            let body = json!({ "app_slug": self.service });
            let wait = &operations::AGENTS_INTEGRATIONS_PIPEDREAM_WAIT_UNTIL_CONNECTED;
            return Ok((&operations::AGENTS_INTEGRATIONS_PIPEDREAM_CONFIGURE, wait, body));
        };
        if service.object.fields.iter().any(|field| field.secret) {
            let line =
                format!("bimpe {} {} --type {name}", words(configure.id).replace('.', " "), self.agent);
            let failure = Failure::usage(format!("{} has no page: keys connect it", self.service));
            return Err(failure.hint(format!("run `{line}`")));
        }
        Ok((configure, &operations::AGENTS_INTEGRATIONS_WAIT_UNTIL_CONNECTED, json!({ "type": name })))
    }
}
