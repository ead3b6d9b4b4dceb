//! The simulation of a gateway that goes down.

use super::drain;
use super::drain::options::{self, Command, Options};
use super::drain::simulation::{Pace, Report, Simulation};

const SESSIONS: u32 = 20_000;
const TARGETS: u32 = 4;
const WINDOW: u32 = 100;

#[test]
fn every_session_comes_to_its_end() {
    assert_eq!(paced().ended(), SESSIONS);
    assert_eq!(at_once().ended(), SESSIONS);
}

#[test]
fn pacing_keeps_the_targets_from_being_overrun() {
    let evenly = u64::from(SESSIONS / TARGETS / WINDOW);
    assert!(paced().peak_arrivals <= 2 * evenly, "{:?}", paced());
    assert!(at_once().peak_arrivals > 50 * evenly, "{:?}", at_once());
}

#[test]
fn pacing_keeps_the_gateway_from_sending_everything_in_one_second() {
    let evenly = u64::from(SESSIONS / WINDOW);
    assert!(paced().peak_sent <= 2 * evenly, "{:?}", paced());
    assert_eq!(at_once().peak_sent, u64::from(SESSIONS));
}

#[test]
fn clients_that_stay_are_deleted_and_silent_ones_given_up() {
    let report = paced();
    assert!(report.deleted > 0, "{report:?}");
    assert!(report.lost > 0, "{report:?}");
    assert!(report.left > report.deleted + report.lost, "{report:?}");
}

#[test]
fn a_simulation_repeats_itself() {
    assert_eq!(paced(), paced());
}

#[test]
fn the_comparison_names_both_peaks() {
    let mut shown = Vec::new();
    let options = Options { sessions: 1_000, targets: 2, window: 10 };
    assert!(drain::run(&options, &mut shown).expect("it can write"));
    let shown = String::from_utf8(shown).expect("text");
    let peaks = shown.lines().find(|line| line.starts_with("arrivals at one target"));
    let peaks: Vec<u32> = peaks.into_iter().flat_map(numbers).collect();
    assert_eq!(peaks.len(), 2, "{shown}");
    assert!(peaks[0] > peaks[1], "{shown}");
}

#[test]
fn numbers_on_the_command_line_are_checked() {
    let parse = |arguments: &[&str]| {
        options::parse(&arguments.iter().map(|argument| argument.to_string()).collect::<Vec<_>>())
    };
    let chosen = Options { sessions: 10, targets: 3, window: 5 };
    assert_eq!(
        parse(&["--sessions", "10", "--targets", "3", "--window", "5"]),
        Ok(Command::Simulate(chosen))
    );
    assert!(parse(&["--targets", "0"]).is_err());
    assert!(parse(&["--sessions"]).is_err());
    assert!(parse(&["--session", "1"]).is_err());
}

fn paced() -> Report {
    Simulation::new(SESSIONS, TARGETS).run(Pace::Over(WINDOW))
}

fn at_once() -> Report {
    Simulation::new(SESSIONS, TARGETS).run(Pace::AtOnce)
}

fn numbers(line: &str) -> impl Iterator<Item = u32> + '_ {
    line.split_whitespace().filter_map(|word| word.parse().ok())
}
