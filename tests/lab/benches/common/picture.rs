//! Plots as SVG, legible in light and in dark surroundings.

use std::fmt::Write;

/// The size of a picture.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;

/// Where the curves are: between these edges.
const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 50.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = HEIGHT - 80.0;

const STYLE: &str = "<style>
  .ground { fill: #ffffff }
  text { font: 14px system-ui, sans-serif; fill: #222222 }
  .title { font-size: 16px; font-weight: 600 }
  .minor { fill: #555555 }
  .grid { stroke: #dddddd }
  .c0 { color: #0b62c4 } .c1 { color: #c2410c } .c2 { color: #15803d } .c3 { color: #7c3aed }
  .curve { fill: none; stroke: currentColor; stroke-width: 2.5 }
  .dot, .bar { fill: currentColor }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14171c }
    text { fill: #e6e6e6 }
    .minor { fill: #a8b0ba }
    .grid { stroke: #353b44 }
    .c0 { color: #6cb2ff } .c1 { color: #ff9b66 } .c2 { color: #5fd38a } .c3 { color: #c4a3ff }
  }
</style>
";

/// A curve over powers of ten.
pub(crate) struct Curve {
    pub(crate) name: String,
    /// Abscissa and ordinate, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Curves over a logarithmic abscissa; the ordinate is linear and starts at zero.
pub(crate) fn curves(title: &str, abscissa: &str, ordinate: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let first = points().map(|point| point.0.log10()).fold(f64::INFINITY, f64::min);
    let last = points().map(|point| point.0.log10()).fold(first + 1.0, f64::max);
    let most = points().map(|point| point.1).fold(0.0, f64::max);
    let tick = round_tick(most / 5.0);
    let ticks = (most / tick).ceil() as u32;
    let highest = tick * f64::from(ticks);
    let x = |value: f64| LEFT + (value.log10() - first) / (last - first) * (RIGHT - LEFT);
    let y = |value: f64| BOTTOM - value / highest * (BOTTOM - TOP);

    let mut svg = open(title, HEIGHT);
    for step in 0..=ticks {
        let value = tick * f64::from(step);
        line(&mut svg, LEFT, y(value), RIGHT, y(value));
        text(&mut svg, LEFT - 8.0, y(value) + 5.0, "end", "minor", &number(value));
    }
    for power in first.round() as i32..=last.round() as i32 {
        let value = 10f64.powi(power);
        line(&mut svg, x(value), TOP, x(value), BOTTOM);
        text(&mut svg, x(value), BOTTOM + 20.0, "middle", "minor", &grouped(value as u64));
    }
    text(&mut svg, LEFT, TOP - 8.0, "start", "minor", ordinate);
    text(&mut svg, (LEFT + RIGHT) / 2.0, BOTTOM + 42.0, "middle", "minor", abscissa);
    let width = (RIGHT - LEFT) / curves.len() as f64;
    for (place, curve) in curves.iter().enumerate() {
        let path: Vec<_> =
            curve.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        let _ = writeln!(svg, "<g class=\"c{place}\">");
        let _ = writeln!(svg, "<polyline class=\"curve\" points=\"{}\"/>", path.join(" "));
        for (a, b) in &curve.points {
            dot(&mut svg, x(*a), y(*b));
        }
        let left = LEFT + width * place as f64;
        dot(&mut svg, left + 4.0, HEIGHT - 17.0);
        svg.push_str("</g>\n");
        text(&mut svg, left + 14.0, HEIGHT - 12.0, "start", "", &curve.name);
    }
    svg + "</svg>\n"
}

/// Groups of bars, each group with a scale of its own.
pub(crate) struct Bars {
    pub(crate) title: String,
    /// What the bar stands for, its length, and the text behind it.
    pub(crate) bars: Vec<(String, f64, String)>,
}

/// Horizontal bars, one group below the other.
pub(crate) fn bars(title: &str, groups: &[Bars]) -> String {
    const BAR: f64 = 26.0;
    const HEAD: f64 = 44.0;
    const NAMES: f64 = 230.0;
    const FIGURES: f64 = 150.0;
    let height = |group: &Bars| HEAD + BAR * group.bars.len() as f64;
    let mut top = TOP - 14.0;
    let mut svg = open(title, top + groups.iter().map(height).sum::<f64>() + 20.0);
    for group in groups {
        text(&mut svg, 20.0, top + HEAD - 14.0, "start", "minor", &group.title);
        let longest = group.bars.iter().map(|bar| bar.1).fold(f64::MIN_POSITIVE, f64::max);
        for (place, (name, length, figure)) in group.bars.iter().enumerate() {
            let above = top + HEAD + BAR * place as f64;
            let length = (WIDTH - NAMES - FIGURES) * length / longest;
            let color = place % 4;
            text(&mut svg, NAMES - 10.0, above + 15.0, "end", "", name);
            let _ = writeln!(
                svg,
                "<g class=\"c{color}\"><rect class=\"bar\" x=\"{NAMES}\" y=\"{above}\" \
                 width=\"{length:.1}\" height=\"18\" rx=\"2\"/></g>"
            );
            text(&mut svg, NAMES + length + 8.0, above + 15.0, "start", "", figure);
        }
        top += height(group);
    }
    svg + "</svg>\n"
}

fn open(title: &str, height: f64) -> String {
    let title = escaped(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"{title}\">\n{STYLE}\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n"
    );
    text(&mut svg, 20.0, 28.0, "start", "title", &title);
    svg
}

fn line(svg: &mut String, x1: f64, y1: f64, x2: f64, y2: f64) {
    let _ = writeln!(
        svg,
        "<line class=\"grid\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    );
}

fn dot(svg: &mut String, x: f64, y: f64) {
    let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
    let text = escaped(text);
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The next 1, 2 or 5 times a power of ten.
fn round_tick(least: f64) -> f64 {
    let power = 10f64.powf(least.max(f64::MIN_POSITIVE).log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn number(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// With a blank between thousands.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    parts.join("\u{202f}")
}
