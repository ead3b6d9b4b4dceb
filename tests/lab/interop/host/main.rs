//! A test host, not a product: the least IKEv2 client and gateway that can be
//! driven against real daemons, wrapped around the machines of this crate.
//!
//! What redirect decides, the crate decides. The host has what the crate
//! leaves to hosts: sockets, timers, cryptography (much of it by the `openssl`
//! command line, with keys among its arguments), and no more of IKEv2 than the
//! interoperability cases need. CHILD SAs are asked for and granted, and never
//! installed.

mod client;
mod crypto;
mod eap;
mod flight;
mod gateway;
mod message;
mod net;
mod options;
mod relay;
mod report;
mod sa;
mod selftest;

use std::process::ExitCode;

use client::End;
use options::{Arguments, Files, Parsed, USAGE};
use report::{Clock, Reporter};

const USAGE_STATUS: u8 = 2;
const FAILED_STATUS: u8 = 3;
const TIME_OVER_STATUS: u8 = 4;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let mode = words.next().unwrap_or_default();
    let outcome = Arguments::collect(words).and_then(|arguments| run(&mode, arguments));
    outcome.unwrap_or_else(|problem| {
        eprintln!("{problem}\n{USAGE}");
        ExitCode::from(USAGE_STATUS)
    })
}

fn run(mode: &str, mut arguments: Arguments) -> Parsed<ExitCode> {
    let clock = Clock::start();
    match mode {
        "client" => {
            let (options, reporter) = read(arguments, clock, client::Options::read)?;
            Ok(client::run(options, clock, reporter).map_or_else(broken, |end| match end {
                End::Closed => ExitCode::SUCCESS,
                End::Failed => ExitCode::from(FAILED_STATUS),
                End::TimeOver => ExitCode::from(TIME_OVER_STATUS),
            }))
        }
        "gateway" => {
            let (options, reporter) = read(arguments, clock, gateway::Options::read)?;
            Ok(gateway::run(options, clock, reporter).map_or_else(broken, |()| ExitCode::SUCCESS))
        }
        "relay" => {
            let (options, reporter) = read(arguments, clock, relay::Options::read)?;
            Ok(relay::run(options, clock, reporter).map_or_else(broken, |()| ExitCode::SUCCESS))
        }
        "selftest" => {
            let wanted = arguments.optional("only", options::text)?.unwrap_or_default();
            arguments.finish()?;
            Ok(if selftest::run(&wanted) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => Err("a mode is needed".to_owned()),
    }
}

/// The options of a mode, and where it tells what happens.
fn read<T>(
    mut arguments: Arguments,
    clock: Clock,
    options: impl FnOnce(&mut Arguments) -> Parsed<T>,
) -> Parsed<(T, Reporter)> {
    let options = options(&mut arguments)?;
    let files = Files::read(&mut arguments)?;
    arguments.finish()?;
    Ok((options, Reporter::stdout(clock, files.log.as_deref(), files.keys.as_deref())))
}

/// Sockets that could not be opened.
fn broken(error: std::io::Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}
