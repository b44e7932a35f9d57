//! Plots of curves: CPU time on the left, elapsed time on the right. The background is white, so that the plots are
//! legible on dark pages.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::scaling::{Measured, Point};
use super::scaling_curves::Curve;

const SIZE: (u32, u32) = (900, 360);
const FONT: (&str, u32) = ("sans-serif", 14);
/// Colors that readers with red-green color blindness can distinguish.
const COLORS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115)];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Returns the plot of a curve as SVG.
pub(super) fn svg(curve: &Curve, lines: &[Measured]) -> Result<String> {
    let mut text = String::new();
    draw(&mut text, curve, lines).map_err(|error| anyhow!("cannot draw {}: {error}", curve.file))?;
    Ok(text)
}

fn draw(
    text: &mut String,
    curve: &Curve,
    lines: &[Measured],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0 / 2);
    panel(&left, curve, lines, &format!("µs of CPU time per {}", curve.unit), |point| point.cpu)?;
    panel(&right, curve, lines, &format!("µs per {}", curve.unit), |point| point.wall)?;
    root.present()?;
    Ok(())
}

fn panel(
    area: &Area<'_>,
    curve: &Curve,
    lines: &[Measured],
    caption: &str,
    cost: fn(&Point) -> f64,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let mut sizes: Vec<f64> = all().map(|point| f64::from(point.size)).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else { return Ok(()) };
    // Leave space for the legend above the highest point.
    let highest = all().map(cost).fold(f64::MIN, f64::max) * 4.0;
    let lowest = all().map(cost).fold(f64::MAX, f64::min) / 1.5;
    let mut chart = ChartBuilder::on(area)
        .caption(caption, FONT)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(
            (first / 1.2..last * 1.3).log_scale().with_key_points(sizes.clone()),
            (lowest..highest).log_scale(),
        )?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(225, 225, 225))
        .x_desc(curve.size)
        .x_label_formatter(&|size| (curve.label)(whole(*size)))
        .y_label_formatter(&|cost| format!("{cost}"))
        .label_style(FONT)
        .draw()?;
    for (line, color) in lines.iter().zip(COLORS) {
        let points = || line.points.iter().map(|point| (f64::from(point.size), cost(point)));
        chart
            .draw_series(LineSeries::new(points(), color.stroke_width(2)))?
            .label(&line.language)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        chart.draw_series(points().map(|point| Circle::new(point, 4, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .label_font(FONT)
        .draw()?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and small")]
fn whole(size: f64) -> u32 {
    size.round() as u32
}
