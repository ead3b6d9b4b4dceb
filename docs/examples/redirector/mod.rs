//! The parts of the redirector.
//!
//! | file | what it knows |
//! |---|---|
//! | `options` | the command line |
//! | `target` | a target, and how it is written |
//! | `list` | the targets in use: how a list is read and checked |
//! | `choice` | which target a client gets |
//! | `live` | a list that is replaced while threads read it |
//! | `service` | datagram in, answer out: pure, and the only part that knows IKE |
//! | `counters` | what happened, by reason |
//! | `worker` | the loop of one thread on one socket |
//! | `watch` | a file that is edited while it is in use |
//! | `serve` | opens the sockets, runs the threads, stops them |
//! | `guard` | the front process, whose end stops the redirector cleanly |

pub(crate) mod choice;
pub(crate) mod counters;
pub(crate) mod guard;
pub(crate) mod list;
pub(crate) mod live;
pub(crate) mod options;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod target;
pub(crate) mod watch;
pub(crate) mod worker;

use std::io::{self, Write};
use std::process::ExitCode;

use options::{Command, Options};

/// The command line is wrong.
const USAGE_ERROR: u8 = 2;

/// Runs the program; ends with 0 after the end of input, 1 on a failure, 2 for a wrong command
/// line, and by a signal after that signal.
pub(crate) fn main(arguments: Vec<String>) -> ExitCode {
    match options::parse(&arguments) {
        Ok(Command::Help) => show(options::USAGE),
        Ok(Command::Version) => show(concat!("redirector ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Serve(options)) if options.single => serve_here(&options),
        Ok(Command::Serve(options)) => guard::run(&arguments, options.reads_input),
        Err(error) => {
            eprintln!("redirector: {error}\nTry --help.");
            ExitCode::from(USAGE_ERROR)
        }
    }
}

fn serve_here(options: &Options) -> ExitCode {
    match serve::serve(options, io::stdin().lock(), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("redirector: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
