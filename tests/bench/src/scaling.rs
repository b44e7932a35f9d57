//! `cargo xtask bench --growth`: measures the cost per unit of work at growing sizes.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::Arguments;
use super::baselines::{Baselines, Node};
use super::report::median;
use super::scaling_curves::{CURVES, Curve, Line};
use super::scaling_plot;
use xtask::paths;
use xtask::task::log;
use xtask::text::{replace_marked_section, rounded};

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- growth: written by `cargo xtask bench --growth --docs` -->";
const END: &str = "<!-- /growth -->";
/// Growth below this factor may be noise.
const NOISE: f64 = 1.25;

/// A line of a plot.
#[derive(Serialize)]
pub(super) struct Measured {
    pub(super) language: String,
    pub(super) points: Vec<Point>,
}

/// The cost per unit of work at one size, in microseconds.
#[derive(Serialize)]
pub(super) struct Point {
    pub(super) size: u32,
    pub(super) cpu: f64,
    pub(super) wall: f64,
}

/// The lines of one plot.
#[derive(Serialize)]
struct PlotSeries {
    curve: &'static str,
    unit: &'static str,
    lines: Vec<Measured>,
}

/// The samples of one point.
struct ScalingSamples<'a> {
    curve: &'static Curve,
    line: &'static Line,
    node: Option<&'a Node>,
    size: u32,
    requests: u64,
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

/// Measures all points of all curves in rounds, and shows the results.
pub(super) fn run(baselines: &Baselines, arguments: &Arguments) -> Result<()> {
    let mut samples: Vec<ScalingSamples<'_>> = Vec::new();
    for curve in CURVES.iter().filter(|curve| arguments.is_selected(curve.file)) {
        for line in curve.lines {
            // Measures only the newest Node, because growth does not depend on the version.
            let node = baselines.variants(line.runner).into_iter().next().context("missing Node")?;
            samples.extend(line.points.iter().map(|&(size, requests)| ScalingSamples {
                curve,
                line,
                node,
                size,
                requests,
                cpu: Vec::new(),
                wall: Vec::new(),
            }));
        }
    }
    let bar = arguments.progress(samples.len())?;
    for _ in 0..arguments.rounds() {
        for point in &mut samples {
            bar.set_message(format!("{}: {} {}", point.curve.file, point.line.language, point.size));
            point.take(baselines, arguments)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();

    let plots = plotted(samples);
    let file = paths::target().join("growth.json");
    fs::write(&file, serde_json::to_string_pretty(&plots)?).context("cannot write the report")?;
    for (curve, plot) in curves(&plots) {
        log(&table(curve, &plot.lines));
    }
    log(&format!("microseconds of CPU time / elapsed time per unit; all results: {}", file.display()));
    if arguments.docs { write(&plots) } else { Ok(()) }
}

impl ScalingSamples<'_> {
    fn take(&mut self, baselines: &Baselines, arguments: &Arguments) -> Result<()> {
        let case = format!("{}:{}", self.line.case, self.size);
        // Each concurrent worker needs at least two requests.
        let least = if self.curve.sized_requests { 1 } else { 2 * u64::from(self.size) };
        let requests = arguments.scaled(self.requests).max(least);
        let sample = baselines.measure(self.node, &case, "bimpe", requests)?;
        let field = |name: &str| -> Result<f64> {
            sample.get(name).and_then(Value::as_f64).with_context(|| format!("{case}: missing `{name}`"))
        };
        let units = field("count")? * if self.curve.sized_requests { f64::from(self.size) } else { 1.0 };
        self.cpu.push(field("cpu")? / units * 1e6);
        self.wall.push(field("wall")? / units * 1e6);
        Ok(())
    }
}

/// Returns the medians, by curve and line.
fn plotted(samples: Vec<ScalingSamples<'_>>) -> Vec<PlotSeries> {
    let mut plots: Vec<PlotSeries> = Vec::new();
    for mut sample in samples {
        let (curve, line) = (sample.curve, sample.line);
        if plots.last().is_none_or(|plot| plot.curve != curve.file) {
            plots.push(PlotSeries { curve: curve.file, unit: curve.unit, lines: Vec::new() });
        }
        let lines = &mut plots.last_mut().expect("one was added").lines;
        let language = sample
            .node
            .map_or_else(|| line.language.to_owned(), |node| format!("{} {}", line.language, node.major()));
        if lines.last().is_none_or(|known| known.language != language) {
            lines.push(Measured { language, points: Vec::new() });
        }
        let (cpu, wall) = (median(&mut sample.cpu), median(&mut sample.wall));
        lines.last_mut().expect("one was added").points.push(Point { size: sample.size, cpu, wall });
    }
    plots
}

fn curves(plots: &[PlotSeries]) -> impl Iterator<Item = (&'static Curve, &PlotSeries)> {
    plots.iter().filter_map(|plot| Some((CURVES.iter().find(|curve| curve.file == plot.curve)?, plot)))
}

/// Returns a table in Markdown, for pages and for the terminal.
fn table(curve: &Curve, lines: &[Measured]) -> String {
    let mut sizes: Vec<u32> =
        lines.iter().flat_map(|line| line.points.iter().map(|point| point.size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let heads: Vec<String> = sizes.iter().map(|size| (curve.label)(*size)).collect();
    let mut text = format!("| {} | {} | Growth |\n", curve.size, heads.join(" | "));
    let _ = writeln!(text, "|---|{}---|", "---|".repeat(sizes.len()));
    for line in lines {
        let cells = sizes.iter().map(|size| {
            let point = line.points.iter().find(|point| point.size == *size);
            point
                .map_or_else(String::new, |point| format!("{} / {}", rounded(point.cpu), rounded(point.wall)))
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            line.language,
            cells.join(" | "),
            classify_growth(&line.points)
        );
    }
    text
}

/// Compares the CPU time per unit with the CPU time at the first size.
fn classify_growth(points: &[Point]) -> String {
    let [first, rest @ ..] = points else { return String::new() };
    let highest = rest.iter().map(|point| point.cpu / first.cpu).fold(0.0, f64::max);
    let last = rest.last().map_or(1.0, |last| last.cpu / first.cpu);
    if highest > NOISE {
        format!("more than linear: up to {highest:.2} times")
    } else if last < 1.0 / NOISE {
        format!("better than linear: {last:.2} times")
    } else {
        format!("linear: {last:.2} times")
    }
}

/// Writes the plots, and the tables to the marked section.
fn write(plots: &[PlotSeries]) -> Result<()> {
    let folder = paths::root().join("docs/growth");
    fs::create_dir_all(&folder)?;
    let mut text = String::new();
    for (curve, plot) in curves(plots) {
        fs::write(folder.join(format!("{}.svg", curve.file)), scaling_plot::svg(curve, &plot.lines)?)?;
        let _ = write!(
            text,
            "### {}\n\nMicroseconds of CPU time / elapsed time per {}.\n\n{}\n![{}](growth/{}.svg)\n\n",
            curve.title,
            curve.unit,
            table(curve, &plot.lines),
            curve.title,
            curve.file
        );
    }
    replace_marked_section(PAGE, BEGIN, END, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(costs: &[f64]) -> String {
        let point = |(index, &cpu): (usize, &f64)| Point { size: 1 << index, cpu, wall: cpu };
        classify_growth(&costs.iter().enumerate().map(point).collect::<Vec<_>>())
    }

    #[test]
    fn classify_growth_uses_the_most_expensive_size() {
        assert_eq!(classified(&[10.0, 10.0, 11.0]), "linear: 1.10 times");
        assert_eq!(classified(&[10.0, 6.0, 2.0]), "better than linear: 0.20 times");
        assert_eq!(classified(&[10.0, 14.0, 10.0]), "more than linear: up to 1.40 times");
    }

    #[test]
    fn table_has_empty_cells_for_missing_sizes() {
        let line = |language: &str, sizes: &[u32]| Measured {
            language: language.to_owned(),
            points: sizes.iter().map(|&size| Point { size, cpu: 2.0, wall: 3.0 }).collect(),
        };
        let table = table(&CURVES[0], &[line("a", &[1, 64]), line("b", &[1, 64, 256])]);
        assert!(table.contains("| a | 2.00 / 3.00 | 2.00 / 3.00 |  | linear: 1.00 times |"), "{table}");
    }
}
