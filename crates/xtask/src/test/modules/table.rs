//! The layers of each source tree.

use super::source::Language::{self, Python, Rust, TypeScript};

/// A folder with sources, and the modules that each module may import.
pub(super) struct Tree {
    pub(super) folder: &'static str,
    pub(super) language: Language,
    /// Modules (files and folders) of each layer, lowest first. A module may import itself and modules of lower layers.
    pub(super) layers: &'static [&'static str],
    /// External libraries, each with the lowest module that may use it.
    pub(super) libraries: &'static [(&'static str, &'static str)],
}

const fn tree(folder: &'static str, language: Language, layers: &'static [&'static str]) -> Tree {
    Tree { folder, language, layers, libraries: &[] }
}

pub(super) const TREES: &[Tree] = &[
    tree(
        "crates/bimpe/src",
        Rust,
        &[
            "clock encoding schema setters sync",
            "operations",
            "error",
            "transport",
            "testing",
            "engine",
            "config",
            "model",
            "types",
            "request_api",
            "resources",
            "examples fuzzing webchat",
        ],
    ),
    tree(
        "crates/bimpe-mcp/src",
        Rust,
        &["error", "server tools", "causes", "http_client", "legacy streamable", "session"],
    ),
    Tree {
        libraries: &[("axum::", "http")],
        ..tree(
            "crates/bimpe-sandbox/src",
            Rust,
            &[
                "clock connection journal key_locks rate_limit spec store",
                "faults model",
                "response state",
                "operations",
                "http",
                "admin",
                "demo_mcp page",
                "server",
            ],
        )
    },
    tree(
        "crates/bimpe-plan/src",
        Rust,
        &[
            "kinds problem reference stop",
            "clear_secrets fingerprints remote schema selection yaml",
            "document emit",
            "plan reader",
            "approved decide export files kinds_of_changes log",
            "outcome run",
            "apply report steps workflows",
            "fleet",
        ],
    ),
    tree(
        "crates/bimpe-cli/src",
        Rust,
        &[
            "globals note request_log running_sandbox spec",
            "failure",
            "files output prompt",
            "completion profile_store runtime",
            "sandbox settings",
            "client",
            "doctor everyday operations plan profile tools",
            "mcp",
            "cli",
            "bin main",
        ],
    ),
    tree("crates/bimpe-runtime/src", Rust, &["json panics sync", "background read_ahead"]),
    tree(
        "bindings/python/src",
        Rust,
        &[
            "channel errors fork json loop_waker observing slots",
            "options retry_events runtime",
            "blocking_wait contention settings",
            "asyncio_bridge runtime_pool",
            "model_registry",
            "decode",
            "cursors",
            "events",
            "stream",
            "client",
        ],
    ),
    tree(
        "bindings/node/src",
        Rust,
        &[
            "executor js_string operation_info",
            "event_batch request_result settings",
            "completion_queue retry_events",
            "stream",
            "client",
        ],
    ),
    tree(
        "bindings/wasm/src",
        Rust,
        &["host objects", "clock executor transport", "completion_queue", "stream", "client"],
    ),
    tree(
        "python/bimpe",
        Python,
        &[
            "_request _unused_options",
            "_native",
            "_lazy_typing",
            "_errors",
            "_foreign _future _model",
            "_auth _gevent _hooks _log types",
            "_instrumentation",
            "_page",
            "_transport",
            "_stream",
            "_resource",
            "_raw",
            "_hints",
            "_compat_names resources",
            "_client pagination",
            "otel testing",
        ],
    ),
    tree(
        "node/src",
        TypeScript,
        &[
            "types unsupported-runtime version",
            "util",
            "errors",
            "native",
            "observability",
            "options",
            "streaming",
            "core",
            "resources",
            "client official-types webchat",
            "official",
            "entry",
            "otel testing wasm",
        ],
    ),
];
