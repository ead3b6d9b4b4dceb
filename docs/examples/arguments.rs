//! The command line of an example that takes no argument but `--help`.

use std::error::Error;

/// What a program, or one of its threads, stumbles over.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;

/// The command line is wrong.
const USAGE_ERROR: u8 = 2;

/// Runs a program unless its arguments say otherwise; returns its exit code.
pub(crate) fn start(
    program: &str,
    about: &str,
    arguments: &[String],
    run: impl FnOnce() -> Result<(), Fault>,
) -> u8 {
    match arguments.first().map(String::as_str) {
        None => run().map_or_else(|fault| complain(program, &fault.to_string(), 1), |()| 0),
        Some("--help" | "-h") => {
            print!("Usage: {program}\n\n{about}");
            0
        }
        Some(other) => {
            complain(program, &format!("unknown argument: {other}\nTry --help."), USAGE_ERROR)
        }
    }
}

fn complain(program: &str, fault: &str, code: u8) -> u8 {
    eprintln!("{program}: {fault}");
    code
}
