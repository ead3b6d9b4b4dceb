//! A gateway that goes down and moves all its clients: what that costs, for a hundred sessions up
//! to a million.
//!
//! ```text
//! cargo bench --bench scale                             the table
//! cargo bench --bench scale -- --pictures DIRECTORY     and the plot, as scale.svg
//! ```

mod common;
#[path = "scale/drain.rs"]
mod drain;
#[path = "scale/march.rs"]
mod march;
#[allow(dead_code, reason = "the example needs the rest")]
#[path = "../../../docs/examples/drain/simulation.rs"]
mod simulation;

use std::path::Path;
use std::{fs, io};

use common::Arguments;
use common::picture::{Curve, curves};
use ikev2_redirect::responder::Responder;

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

fn main() -> io::Result<()> {
    let arguments = Arguments::read();
    let sizes = if arguments.has("--bench") { &SIZES[..] } else { &SIZES[..2] };
    println!("one session: {} octets in the machine itself", size_of::<Responder>());
    println!(
        "|sessions|in order, ns/event|at random, ns/event|whole drain, ns/event|resident octets a \
         session|most redirects a second|never left, deleted|"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let figures: Vec<_> = sizes.iter().map(|size| Figures::measure(*size)).collect();
    for figures in &figures {
        figures.print();
    }
    match arguments.value("--pictures") {
        Some(directory) => draw(&figures, Path::new(directory)),
        None => Ok(()),
    }
}

/// What was measured with one number of sessions.
struct Figures {
    sessions: usize,
    resident: Option<f64>,
    in_order: f64,
    at_random: f64,
    drain: drain::Outcome,
}

impl Figures {
    fn measure(sessions: usize) -> Self {
        Figures {
            sessions,
            resident: march::resident_octets(sessions),
            in_order: march::time(sessions, march::Order::Ascending),
            at_random: march::time(sessions, march::Order::Shuffled),
            drain: drain::run(sessions),
        }
    }

    fn print(&self) {
        let Figures { sessions, in_order, at_random, drain, .. } = self;
        let resident = self.resident.map_or("-".to_owned(), |octets| format!("{octets:.1}"));
        println!(
            "|{sessions}|{in_order:.1}|{at_random:.1}|{:.1}|{resident}|{}|{}|",
            drain.time, drain.most_in_a_second, drain.deleted
        );
    }
}

fn draw(figures: &[Figures], directory: &Path) -> io::Result<()> {
    let curve = |name: &str, value: fn(&Figures) -> f64| Curve {
        name: name.to_owned(),
        points: figures.iter().map(|it| (it.sessions as f64, value(it))).collect(),
    };
    let svg = curves(
        "Time per event of a gateway's sessions",
        "sessions",
        "ns per event",
        &[
            curve("machines, in order", |it| it.in_order),
            curve("machines, at random", |it| it.at_random),
            curve("drain with timers", |it| it.drain.time),
        ],
    );
    fs::create_dir_all(directory)?;
    fs::write(directory.join("scale.svg"), svg)
}
