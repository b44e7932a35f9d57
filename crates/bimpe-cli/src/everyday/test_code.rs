//! `bimpe test-code`: the code and the links to test an agent.

use std::path::PathBuf;

use bimpe::operations;
use clap::Args;
use console::style;
use qrcode::QrCode;
use qrcode::render::{svg, unicode::Dense1x2};
use serde_json::Value;

use crate::client::request;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::{files, output};

#[derive(Args)]
pub(crate) struct TestCode {
    /// Id of the agent
    agent: String,

    /// Show only this channel, as in `whatsapp`
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,

    /// Write the QR code of the first channel to a file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// A channel that has a link.
struct Channel<'a> {
    name: &'a str,
    url: &'a str,
    start_message: &'a str,
}

impl TestCode {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let session = globals.connect().await?;
        let code = session.send(request(&operations::AGENTS_GET_TEST_CODE, &[&self.agent])).await?;
        let channels = self.channels(&code);
        if let Some(path) = &self.svg {
            let first = channels.first().ok_or_else(|| no_channel(self.channel.as_deref()))?;
            let image = qr(first.url)?.render::<svg::Color<'_>>().min_dimensions(256, 256).build();
            files::write(path, &image)?;
            note(&format!("wrote the QR code of {} to {}", first.name, path.display()));
        }
        if globals.json {
            return output::json(&code);
        }
        let first = channels.first().ok_or_else(|| no_channel(self.channel.as_deref()))?;
        output::line(&printable(first.start_message))?;
        for channel in &channels {
            output::line(&printable(&format!("{}\t{}", channel.name, channel.url)))?;
            if output::is_terminal() {
                let code = qr(channel.url)?.render::<Dense1x2>().quiet_zone(true).build();
                code.lines()
                    .try_for_each(|line| output::line(&style(line).black().on_white().to_string()))?;
            }
        }
        Ok(())
    }

    fn channels<'a>(&self, code: &'a Value) -> Vec<Channel<'a>> {
        let all = code["channels"].as_object().into_iter().flatten();
        let wanted = all.filter(|(name, _)| self.channel.as_ref().is_none_or(|wanted| wanted == *name));
        let linked = wanted.filter_map(|(name, channel)| {
            let text = |field: &str| channel[field].as_str();
            let is_enabled = channel["is_enabled"] == true;
            is_enabled.then_some(Channel { name, url: text("url")?, start_message: text("start_message")? })
        });
        linked.collect()
    }
}

fn no_channel(wanted: Option<&str>) -> Failure {
    let failure = match wanted {
        Some(name) => Failure::error(format!("the agent has no link for the channel `{name}`")),
        None => Failure::error("the agent has no channel with a link"),
    };
    failure.hint("see all channels with --json")
}

fn qr(url: &str) -> Result<QrCode, Failure> {
    QrCode::new(url).map_err(|error| Failure::error(format!("cannot make a QR code of {url}: {error}")))
}
