//! Medians over the rounds, as tables and as a picture.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Outcome;
use super::picture::{Bars, bars, grouped};

/// One run: what it was, and what it printed.
struct Line<'t>(BTreeMap<&'t str, &'t str>);

/// What a server and a way of asking have in common over all rounds.
struct Row {
    name: String,
    rounds: usize,
    rate: f64,
    cpu_us: f64,
    /// The lowest of the rounds: what else the machine does only ever adds to it.
    least_cpu_us: f64,
    busy: f64,
    p50_us: f64,
    p99_us: f64,
    lost: f64,
    rss_kib: f64,
}

pub(crate) fn run(file: &Path, pictures: Option<&Path>) -> Outcome<()> {
    let text = fs::read_to_string(file)?;
    let lines: Vec<_> = text.lines().map(Line::read).collect();
    let servers = ["echo-1", "redirector-1", "pluto-1", "echo-2", "redirector-2"];
    let rows = |window: &str| -> Vec<Row> {
        servers.iter().filter_map(|server| Row::of(&lines, server, window)).collect()
    };
    let (full, single) = (rows("32"), rows("1"));
    print("32 requests under way", &full);
    print("one request at a time", &single);
    print_ratios(&full);
    print_floods(&lines);
    match pictures {
        Some(directory) => draw(&full, &single, directory),
        None => Ok(()),
    }
}

impl<'t> Line<'t> {
    fn read(line: &'t str) -> Self {
        Line(line.split(' ').filter_map(|pair| pair.split_once('=')).collect())
    }

    fn number(&self, name: &str) -> f64 {
        self.0.get(name).and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name) == Some(&value)
    }
}

impl Row {
    fn of(lines: &[Line<'_>], server: &str, window: &str) -> Option<Self> {
        let own = |line: &&Line<'_>| line.is("server", server) && line.is("window", window);
        let lines: Vec<_> = lines.iter().filter(own).collect();
        let median = |name| median(lines.iter().map(|line| line.number(name)).collect());
        Some(Row {
            name: name_of(server),
            rounds: lines.len(),
            rate: median("rate")?,
            cpu_us: median("cpu_ns")? / 1e3,
            least_cpu_us: lines
                .iter()
                .map(|line| line.number("cpu_ns"))
                .fold(f64::INFINITY, f64::min)
                / 1e3,
            busy: median("busy")?,
            p50_us: median("p50_us")?,
            p99_us: median("p99_us")?,
            lost: lines.iter().map(|line| line.number("lost")).sum(),
            rss_kib: median("rss_kib")?,
        })
    }
}

fn name_of(server: &str) -> String {
    match server.rsplit_once('-') {
        Some(("pluto", _)) => "pluto".to_owned(),
        Some((name, "1")) => format!("{name}, 1 thread"),
        Some((name, threads)) => format!("{name}, {threads} threads"),
        None => server.to_owned(),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn print(title: &str, rows: &[Row]) {
    println!("\n|{title}|answers/s|CPU µs/answer|cores busy|p50 µs|p99 µs|lost|KiB|");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        let Row { name, rate, cpu_us, busy, p50_us, p99_us, lost, rss_kib, .. } = row;
        println!(
            "|{name}|{rate:.0}|{cpu_us:.2}|{busy:.2}|{p50_us:.0}|{p99_us:.0}|{lost}|{rss_kib}|"
        );
    }
}

/// The redirector's processor time, another server's being 1.
fn print_ratios(full: &[Row]) {
    let row = |name: &str| full.iter().find(|row| row.name == name);
    println!("\n|redirector, 1 thread: CPU per answer|by the medians|by the lowest rounds|");
    println!("|---|---:|---:|");
    for name in ["echo, 1 thread", "pluto"] {
        if let (Some(own), Some(other)) = (row("redirector, 1 thread"), row(name)) {
            println!(
                "|{name} = 1|{:.3}|{:.3}|",
                own.cpu_us / other.cpu_us,
                own.least_cpu_us / other.least_cpu_us
            );
        }
    }
    let rounds = full.iter().map(|row| row.rounds).max().unwrap_or_default();
    println!("\nMedians of {rounds} rounds; lost ones are summed.");
}

fn print_floods(lines: &[Line<'_>]) {
    println!(
        "\n|overload, 9 of 10 garbage|datagrams/s|valid answered, %|clients served|at first try, \
         %|cores busy|KiB|"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for line in lines.iter().filter(|line| line.0.contains_key("offered_rate")) {
        let server = name_of(line.0.get("server").copied().unwrap_or_default());
        let share = |part, whole| 100.0 * line.number(part) / line.number(whole);
        println!(
            "|{server}|{:.0}|{:.1}|{}/{}|{:.1}|{:.2}|{}|",
            line.number("offered_rate"),
            share("answered", "valid"),
            line.number("served"),
            line.number("clients"),
            share("first_try", "clients"),
            line.number("busy"),
            line.number("rss_kib"),
        );
    }
}

fn draw(full: &[Row], single: &[Row], directory: &Path) -> Outcome<()> {
    let group = |title: &str, rows: &[Row], value: fn(&Row) -> f64, unit: &str| Bars {
        title: title.to_owned(),
        bars: rows
            .iter()
            .filter(|row| !row.name.ends_with("2 threads"))
            .map(|row| (row.name.clone(), value(row), figure(value(row), unit)))
            .collect(),
    };
    let svg = bars(
        "Redirects side by side",
        &[
            group("processor time per answer, 32 requests under way", full, |it| it.cpu_us, "µs"),
            group("answers per second, 32 requests under way", full, |it| it.rate, "/s"),
            group(
                "time to the answer, one request at a time: median",
                single,
                |it| it.p50_us,
                "µs",
            ),
            group("99 of 100", single, |it| it.p99_us, "µs"),
            group("resident memory", full, |it| it.rss_kib / 1024.0, "MiB"),
        ],
    );
    fs::create_dir_all(directory)?;
    Ok(fs::write(directory.join("front-doors.svg"), svg)?)
}

fn figure(value: f64, unit: &str) -> String {
    if value >= 1e3 {
        format!("{} {unit}", grouped(value.round() as u64))
    } else {
        format!("{value:.1} {unit}")
    }
}
