//! The parts of the redirector.
//!
//! | file | what it knows |
//! |---|---|
//! | `options`, `place`, `usage` | the command line |
//! | `entry` | a target and its weight, and how they are written |
//! | `list` | how a list of targets is read and checked |
//! | `loads` | how much of its weight a target is given, by its load |
//! | `choice` | which target a client gets |
//! | `live` | a list that is replaced while threads read it |
//! | `service` | datagram in, answer out: pure, and the only part that knows IKE |
//! | `counters` | what happened, by reason and by target |
//! | `worker` | the loop of one thread on one socket |
//! | `file` | files that somebody else reads or writes meanwhile |
//! | `keeper` | keeps the list by the target file and the loads |
//! | `status` | what the keeper tells those who report |
//! | `metrics`, `report` | the metrics file, and the counters as lines |
//! | `log` | lines on standard output, for which nobody waits |
//! | `serve` | opens the sockets and runs the threads |

pub(crate) mod choice;
pub(crate) mod counters;
pub(crate) mod entry;
pub(crate) mod file;
pub(crate) mod keeper;
pub(crate) mod list;
pub(crate) mod live;
pub(crate) mod loads;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod options;
pub(crate) mod place;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod status;
pub(crate) mod usage;
pub(crate) mod worker;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use log::Log;
use options::Command;

/// The command line is wrong.
const USAGE_ERROR: u8 = 2;

/// Runs the program; ends with 1 on a failure, with 2 for a wrong command line, and otherwise
/// when a signal ends it.
pub(crate) fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let done = match read(arguments).and_then(|arguments| options::parse(&arguments)) {
        Ok(Command::Help) => Ok(usage::USAGE.to_owned()),
        Ok(Command::Version) => Ok(concat!("redirector ", env!("CARGO_PKG_VERSION"), "\n").into()),
        Ok(Command::Check(options, file)) => keeper::check(&options, &file),
        Ok(Command::Serve(options)) => {
            end_with_any_thread();
            serve::serve(&options, &Log::to(io::stdout())).map(|never| match never {})
        }
        Err(error) => {
            eprintln!("redirector: {error}\nTry --help.");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    let shown = done.and_then(|text| {
        io::stdout().write_all(text.as_bytes()).map_err(|fault| fault.to_string())
    });
    match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("redirector: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: impl Iterator<Item = OsString>) -> Result<Vec<String>, String> {
    let texts = arguments.map(OsString::into_string);
    texts.collect::<Result<_, _>>().map_err(|argument| format!("{argument:?} is not UTF-8"))
}

/// A thread that fails is not missed by the others: whoever restarts a service has to see it.
fn end_with_any_thread() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        std::process::abort();
    }));
}
