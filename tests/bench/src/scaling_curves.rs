//! Work of growing size: what is measured at which sizes.

use super::metrics::Runner;
use xtask::text::grouped;

/// How the cost of one kind of work grows.
pub(super) struct Curve {
    /// The name of its plot.
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    /// What the size counts.
    pub(super) size: &'static str,
    /// How a size is written.
    pub(super) label: fn(u32) -> String,
    /// What the cost is of.
    pub(super) unit: &'static str,
    /// Whether each call is of that size; otherwise calls of one size are shared out.
    pub(super) sized_calls: bool,
    pub(super) lines: &'static [Line],
}

/// A curve in one language.
pub(super) struct Line {
    pub(super) face: &'static str,
    pub(super) runner: Runner,
    /// What the measuring program is told, before the size.
    pub(super) case: &'static str,
    /// Sizes, and how many calls are made at each.
    pub(super) points: &'static [(u32, u64)],
}

const fn python(face: &'static str, case: &'static str, points: &'static [(u32, u64)]) -> Line {
    Line { face, runner: Runner::Python, case, points }
}

const fn node(case: &'static str, points: &'static [(u32, u64)]) -> Line {
    Line { face: "Node", runner: Runner::Node, case, points }
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
/// In KB, up to nearly the largest that is read.
const BODIES: &[(u32, u64)] = &[(1, 3000), (32, 2000), (1024, 200), (10 * 1024, 20), (30 * 1024, 8)];

pub(super) const CURVES: &[Curve] = &[
    Curve {
        file: "concurrency",
        title: "Calls at the same time",
        size: "calls at a time",
        label: count,
        unit: "call",
        sized_calls: false,
        lines: &[
            python("Python, threads", "threads", &[(1, 6400), (16, 12_800), (64, 12_800)]),
            python("asyncio", "tasks", &[(1, 6400), (16, 12_800), (64, 12_800), (256, 25_600)]),
            node("tasks", &[(1, 15_000), (16, 25_600), (64, 25_600), (256, 25_600)]),
        ],
    },
    Curve {
        file: "pages",
        title: "A page of more objects",
        size: "objects on the page",
        label: count,
        unit: "object",
        sized_calls: true,
        lines: &[python("Python", "page", PAGES), python("asyncio", "apage", PAGES), node("page", PAGES)],
    },
    Curve {
        file: "lists",
        title: "A walk over more pages of 20",
        size: "pages of the list",
        label: count,
        unit: "page",
        sized_calls: true,
        lines: &[python("Python", "walk", WALKS), node("walk", WALKS)],
    },
    Curve {
        file: "streams",
        title: "More open streams for the same events",
        size: "open streams",
        label: count,
        unit: "event",
        sized_calls: false,
        lines: &[python("asyncio", "streams", STREAMS), node("streams", STREAMS)],
    },
    Curve {
        file: "bodies",
        title: "A larger answer",
        size: "size of the body",
        label: kilobytes,
        unit: "KB",
        sized_calls: true,
        lines: &[python("Python", "body", BODIES), python("asyncio", "abody", BODIES), node("body", BODIES)],
    },
];
