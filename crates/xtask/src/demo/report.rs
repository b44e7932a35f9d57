//! The report of a tour for the terminal.

use anyhow::Result;
use console::style;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::check::Tour;
use xtask::task::log;

/// Shows the results of a tour.
pub(super) fn show(tour: &Tour) -> Result<()> {
    heading("First-party services");
    row("Stripe", &format!("connected, channel {}", tour.stripe));
    row("Google Calendar", &format!("finish here: {}", tour.calendar));
    heading("Custom HTTP API");
    row("Order system", &tour.custom_api);
    row("tools", &tour.custom_api_tools.join(", "));
    heading("MCP server");
    row("Everything", &tour.mcp_server);
    row("tools", &format!("{} discovered", tour.discovered));
    for tools in tour.tools.chunks(3) {
        row("", &tools.join(", "));
    }
    heading("Pipedream");
    row("google-sheets", &format!("finish here: {}", tour.pipedream));
    heading("Try the agent on a phone");
    row("test code", &style(&tour.code).bold().to_string());
    row("send", &format!("\"{}\" to {}", tour.start_message, tour.phone_number));
    row("or open", &tour.url);
    // Black on white in every terminal theme, because some phones cannot read the inverse.
    for line in QrCode::new(&tour.url)?.render::<Dense1x2>().quiet_zone(true).build().lines() {
        log(&format!("  {}", style(line).black().on_white()));
    }
    log("These numbers and links belong to the sandbox. No phone is connected to them.");
    Ok(())
}

fn heading(text: &str) {
    log(&format!("\n{}", style(text).cyan().bold()));
}

fn row(name: &str, value: &str) {
    log(&format!("  {name:<16} {value}"));
}
