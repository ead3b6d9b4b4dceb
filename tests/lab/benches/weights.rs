//! What the values of the crate weigh here, and a picture of what the code weighs on chips.
//!
//! ```text
//! cargo bench --bench weights                             sizes on this machine
//! cargo bench --bench weights -- --pictures DIRECTORY     and weights.svg, from docs/embedded.md
//! ```

mod common;

use std::path::Path;
use std::{fs, io};

use common::Arguments;
use common::picture::{Bars, bars, grouped};
use ikev2_redirect::{Actions, initiator, responder, wire};

fn main() -> io::Result<()> {
    println!("|value|octets|\n|---|---:|");
    for (name, size) in [
        ("Initiator", size_of::<initiator::Initiator>()),
        ("its event", size_of::<initiator::Event<'_, '_>>()),
        ("its actions", size_of::<Actions<initiator::Action<'_>>>()),
        ("Responder", size_of::<responder::Responder>()),
        ("its event", size_of::<responder::Event<'_>>()),
        ("its actions", size_of::<Actions<responder::Action>>()),
        ("InitRequest", size_of::<wire::InitRequest<'_>>()),
        ("InitResponse", size_of::<wire::InitResponse<'_>>()),
        ("Contents", size_of::<wire::Contents<'_>>()),
    ] {
        println!("|{name}|{size}|");
    }
    match Arguments::read().value("--pictures") {
        Some(directory) => draw(Path::new(directory)),
        None => Ok(()),
    }
}

/// The figures that `tests/lab/embedded/run` has recorded.
fn draw(directory: &Path) -> io::Result<()> {
    let document = fs::read_to_string("docs/embedded.md")?;
    let rows: Vec<Vec<&str>> = document.lines().filter_map(cells).collect();
    let row = |name: &str| rows.iter().find(|row| row[0] == name);
    let targets = row("octets").ok_or_else(|| io::Error::other("no figures in the document"))?;
    let group = |title: &str, name: &str| {
        let figures = row(name).into_iter().flat_map(|row| targets.iter().zip(row).skip(1));
        let bars = figures.filter_map(|(target, figure)| {
            let octets: u64 = figure.parse().ok()?;
            Some((label(target), octets as f64, format!("{} octets", grouped(octets))))
        });
        Bars { title: title.to_owned(), bars: bars.collect() }
    };
    let svg = bars(
        "Octets on chips",
        &[
            group("client and codec: code and constants", "initiator with codec"),
            group("gateway and codec: code and constants", "responder with codec"),
            group("both and codec: code and constants", "both with codec"),
            group("stack of the client", "stack of the initiator"),
            group("stack of the front door", "stack of the front door"),
        ],
    );
    fs::create_dir_all(directory)?;
    fs::write(directory.join("weights.svg"), svg)
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

/// A target's name without what all of them share.
fn label(target: &str) -> String {
    if target == "budget" {
        return "budget (Cortex-M3)".to_owned();
    }
    target.replace("-unknown", "").replace("-none", "").replace("-eabi", "").replace("-elf", "")
}
