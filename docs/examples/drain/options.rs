//! The command line.

pub(crate) const USAGE: &str = "\
Usage: drain [--sessions N] [--targets N] [--window SECONDS]

Simulates how one gateway moves its sessions (1000000) to others (4): all at
once, and paced over a window of time (1000 s).
";

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Simulate(Options),
}

/// How large the fleet is, and how long its operator has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) sessions: u32,
    pub(crate) targets: u32,
    /// In seconds.
    pub(crate) window: u32,
}

pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    let mut options = Options { sessions: 1_000_000, targets: 4, window: 1_000 };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let place = match argument.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--sessions" => &mut options.sessions,
            "--targets" => &mut options.targets,
            "--window" => &mut options.window,
            other => return Err(format!("unknown argument: {other}")),
        };
        let value = arguments.next().ok_or(format!("{argument} needs a number"))?;
        *place = value
            .parse()
            .ok()
            .filter(|number| (1..=10_000_000).contains(number))
            .ok_or(format!("{argument} needs a number from 1 to 10000000, not {value}"))?;
    }
    Ok(Command::Simulate(options))
}
