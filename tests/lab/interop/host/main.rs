//! A test host, not a product: the client and the gateway of `docs/examples/host`, with OpenSSL, so
//! that they can be driven against real daemons.
//!
//! What redirect decides, the crate decides. Added here are sockets, a timer, cryptography (much of
//! it by the `openssl` command line, with keys among its arguments) and a command line.

mod crypto;
mod eap;
#[allow(dead_code, unused_imports, reason = "the examples use the rest")]
#[path = "../../../../docs/examples/host/mod.rs"]
mod host;
mod net;
#[cfg(test)]
#[allow(dead_code, reason = "the tests of the host use the rest")]
#[path = "../../../hosts/examples/net.rs"]
mod net_of_tests;
mod options;
mod relay;
mod report;
mod run;
#[cfg(test)]
mod together;

use std::process::ExitCode;

use options::{Arguments, Files, Parsed, USAGE};
use report::{Clock, Reporter};
use run::End;

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

fn run(mode: &str, arguments: Arguments) -> Parsed<ExitCode> {
    let outcome = match mode {
        "client" => {
            let (options, reporter) = read(arguments, options::Client::read)?;
            run::client(options, reporter).map(|end| match end {
                End::Closed => ExitCode::SUCCESS,
                End::Failed => ExitCode::from(FAILED_STATUS),
                End::TimeOver => ExitCode::from(TIME_OVER_STATUS),
            })
        }
        "gateway" => {
            let (options, reporter) = read(arguments, options::Gateway::read)?;
            run::gateway(options, reporter).map(|()| ExitCode::SUCCESS)
        }
        "relay" => {
            let (options, reporter) = read(arguments, relay::Options::read)?;
            relay::run(options, reporter).map(|()| ExitCode::SUCCESS)
        }
        _ => return Err("a mode is needed".to_owned()),
    };
    Ok(outcome.unwrap_or_else(|fault| {
        eprintln!("{fault}");
        ExitCode::FAILURE
    }))
}

/// The options of a mode, and where it tells what happens.
fn read<T>(
    mut arguments: Arguments,
    options: impl FnOnce(&mut Arguments) -> Parsed<T>,
) -> Parsed<(T, Reporter)> {
    let options = options(&mut arguments)?;
    let files = Files::read(&mut arguments)?;
    arguments.finish()?;
    Ok((options, Reporter::new(Clock::start(), &files)))
}
