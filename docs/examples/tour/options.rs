//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Usage: tour [--pcap FILE]

Shows the IKEv2 redirect mechanism on loopback, and writes what was sent to a
capture file (target/tour.pcap). NO_COLOR=1 switches colours off.
";

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Show { pcap: PathBuf },
}

pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    let mut pcap = PathBuf::from("target/tour.pcap");
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--pcap" => pcap = arguments.next().ok_or("--pcap needs a file")?.into(),
            other => return Err(format!("unknown argument: {other}")),
        }
    }
    Ok(Command::Show { pcap })
}
