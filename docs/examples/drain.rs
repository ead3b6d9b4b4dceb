//! One gateway goes down for maintenance and moves all of its sessions to others, in virtual
//! time: once all at the same moment, once paced with `redirect_at`.
//!
//! ```text
//! cargo run --release --example drain
//! ```

use std::fmt::Write as _;
use std::io::{self, Write};
use std::mem::size_of;
use std::process::ExitCode;
use std::time::Instant as Clock;

use ikev2_redirect::responder::Responder;

use options::{Command, Options};
use simulation::{Pace, Report, Simulation};

#[path = "drain/options.rs"]
pub(crate) mod options;
#[path = "drain/simulation.rs"]
pub(crate) mod simulation;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match options::parse(&arguments) {
        Ok(Command::Help) => {
            print!("{}", options::USAGE);
            ExitCode::SUCCESS
        }
        Ok(Command::Simulate(options)) => match run(&options, &mut io::stdout()) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(fault) => {
                eprintln!("drain: {fault}");
                ExitCode::FAILURE
            }
        },
        Err(fault) => {
            eprintln!("drain: {fault}\nTry --help.");
            ExitCode::from(2)
        }
    }
}

/// Runs both cases and compares them; says whether every session came to its end.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let Options { sessions, targets, window } = *options;
    writeln!(out, "A gateway goes down: {sessions} sessions move to {targets} others.\n")?;
    let began = Clock::now();
    let at_once = Simulation::new(sessions, targets).run(Pace::AtOnce);
    let paced = Simulation::new(sessions, targets).run(Pace::Over(window));
    let elapsed = began.elapsed();
    out.write_all(table(&at_once, &paced, window).as_bytes())?;
    writeln!(out, "\nMemory per session: {} octets (Responder)", size_of::<Responder>())?;
    writeln!(out, "  + {} octets for each timer in the host's wheel", simulation::ENTRY)?;
    writeln!(out, "Both cases took {elapsed:.1?} of real time.")?;
    let complete = at_once.ended() == sessions && paced.ended() == sessions;
    if !complete {
        writeln!(out, "Some sessions never came to an end.")?;
    }
    Ok(complete)
}

fn table(at_once: &Report, paced: &Report, window: u32) -> String {
    let mut text = String::new();
    let mut row = |name: &str, left: String, right: String| {
        writeln!(text, "{name:<44}{left:>14}{right:>18}").expect("a string takes everything");
    };
    let seconds = |millis: u64| format!("{:.1} s", millis as f64 / 1000.0);
    row("", "all at once".into(), format!("over {window} s"));
    let mut count = |name: &str, of: fn(&Report) -> u64| {
        row(name, of(at_once).to_string(), of(paced).to_string());
    };
    count("arrivals at one target, peak per second", |report| report.peak_arrivals);
    count("redirects sent, peak per second", |report| report.peak_sent);
    count("redirects sent again", |report| report.repeated);
    count("left as they were told", |report| report.left);
    count("deleted after the grace time", |report| report.deleted);
    count("given up, no answer", |report| report.lost);
    row("half of them gone after", seconds(at_once.half_gone), seconds(paced.half_gone));
    row("all of them gone after", seconds(at_once.all_gone), seconds(paced.all_gone));
    text
}
