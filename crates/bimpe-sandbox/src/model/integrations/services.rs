//! The five first-party services.

use serde_json::{Value, json};

use crate::store::Row;

pub(crate) struct Service {
    pub kind: &'static str,
    pub name: &'static str,
    /// Keys and labels of the settings. All settings are required.
    settings: &'static [(&'static str, &'static str)],
    /// Names and descriptions of the actions that the service adds.
    pub actions: &'static [(&'static str, &'static str)],
}

const PAYMENT_KEYS: &[(&str, &str)] =
    &[("public_key", "Public key"), ("secret_key", "Secret key"), ("currency", "Currency")];

pub(crate) const SERVICES: [Service; 5] = [
    Service {
        kind: "bumpa",
        name: "Bumpa",
        settings: &[("token", "Access token")],
        actions: &[("Search products", "Looks for products in the shop")],
    },
    Service {
        kind: "google_calendar",
        name: "Google Calendar",
        settings: &[],
        actions: &[
            ("Validator availability", "Finds free times in the calendar"),
            ("Create event", "Writes an appointment into the calendar"),
        ],
    },
    Service {
        kind: "google_sheets",
        name: "Google Sheets",
        settings: &[],
        actions: &[("Append row", "Adds a row to a sheet")],
    },
    Service {
        kind: "paystack",
        name: "Paystack",
        settings: PAYMENT_KEYS,
        actions: &[("Create payment link", "Makes a link to pay an amount")],
    },
    Service {
        kind: "stripe",
        name: "Stripe",
        settings: PAYMENT_KEYS,
        actions: &[("Create payment link", "Makes a link to pay an amount")],
    },
];

pub(crate) fn service(kind: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.kind == kind)
}

/// Returns the settings of an integration without their values.
pub(crate) fn config_fields(row: &Row) -> Value {
    let settings: &[(&str, &str)] = match row.data["family"].as_str() {
        Some("custom_api") => &[("name", "Name"), ("base_url", "Base URL")],
        Some("mcp_server") => &[("name", "Name"), ("server_url", "Server URL")],
        _ => service(row.data["type"].as_str().unwrap_or_default()).map_or(&[], |service| service.settings),
    };
    let field = |(key, label): &(&str, &str)| {
        let secret = matches!(*key, "token" | "secret_key");
        let required = *key != "base_url";
        json!({ "key": key, "label": label, "type": if secret { "password" } else { "text" }, "required": required })
    };
    settings.iter().map(field).collect()
}
