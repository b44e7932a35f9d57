//! The kinds of work and their sizes for `--growth`.

use super::metrics::Runner;
use xtask::text::grouped;

/// The growth of the cost of one kind of work.
pub(super) struct Curve {
    /// Name of the plot's file.
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    /// Description of the size.
    pub(super) size: &'static str,
    /// Formats a size.
    pub(super) label: fn(u32) -> String,
    /// The unit of work that the cost refers to.
    pub(super) unit: &'static str,
    /// Whether the size is that of each request. Otherwise the size is the number of concurrent workers.
    pub(super) sized_requests: bool,
    pub(super) lines: &'static [Line],
}

/// A curve in one language.
pub(super) struct Line {
    pub(super) language: &'static str,
    pub(super) runner: Runner,
    /// Argument of the measuring program, before the size.
    pub(super) case: &'static str,
    /// Sizes, each with its number of requests.
    pub(super) points: &'static [(u32, u64)],
}

const fn python(language: &'static str, case: &'static str, points: &'static [(u32, u64)]) -> Line {
    Line { language, runner: Runner::Python, case, points }
}

const fn node(case: &'static str, points: &'static [(u32, u64)]) -> Line {
    Line { language: "Node", runner: Runner::Node, case, points }
}

fn count(size: u32) -> String {
    grouped(u64::from(size))
}

fn kilobytes(size: u32) -> String {
    if size < 1024 { format!("{size} KB") } else { format!("{} MB", size / 1024) }
}

const PAGES: &[(u32, u64)] = &[(1, 3000), (20, 2000), (100, 1000)];
const WALKS: &[(u32, u64)] = &[(1, 2000), (10, 200), (100, 20), (1000, 2)];
const STREAMS: &[(u32, u64)] = &[(1, 10_000), (100, 10_000), (1000, 10_000)];
/// In KB, up to almost the size limit of a response.
const BODIES: &[(u32, u64)] = &[(1, 3000), (32, 2000), (1024, 200), (10 * 1024, 20), (30 * 1024, 8)];

pub(super) const CURVES: &[Curve] = &[
    Curve {
        file: "concurrency",
        title: "Concurrent requests",
        size: "concurrent requests",
        label: count,
        unit: "request",
        sized_requests: false,
        lines: &[
            python("Python, threads", "threads", &[(1, 6400), (16, 12_800), (64, 12_800)]),
            python("asyncio", "tasks", &[(1, 6400), (16, 12_800), (64, 12_800), (256, 25_600)]),
            node("tasks", &[(1, 15_000), (16, 25_600), (64, 25_600), (256, 25_600)]),
        ],
    },
    Curve {
        file: "pages",
        title: "Page size",
        size: "objects per page",
        label: count,
        unit: "object",
        sized_requests: true,
        lines: &[python("Python", "page", PAGES), python("asyncio", "apage", PAGES), node("page", PAGES)],
    },
    Curve {
        file: "lists",
        title: "Pages of 20 objects",
        size: "pages",
        label: count,
        unit: "page",
        sized_requests: true,
        lines: &[python("Python", "walk", WALKS), node("walk", WALKS)],
    },
    Curve {
        file: "streams",
        title: "Concurrent streams",
        size: "open streams",
        label: count,
        unit: "event",
        sized_requests: false,
        lines: &[python("asyncio", "streams", STREAMS), node("streams", STREAMS)],
    },
    Curve {
        file: "bodies",
        title: "Response size",
        size: "body size",
        label: kilobytes,
        unit: "KB",
        sized_requests: true,
        lines: &[python("Python", "body", BODIES), python("asyncio", "abody", BODIES), node("body", BODIES)],
    },
];
