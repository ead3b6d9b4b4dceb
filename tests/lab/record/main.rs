//! What `tests/lab/record/run` runs. Exit code 1: a figure is at fault; 2: nothing could be done.

use std::io::{read_to_string, stdin};
use std::process::ExitCode;

#[path = "mod.rs"]
mod record;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let input = read_to_string(stdin()).map_err(|error| format!("standard input: {error}"));
    match input.and_then(|input| record::run(&words, &input)) {
        Ok(report) => {
            print!("{}", report.text);
            ExitCode::from(u8::from(report.faults > 0))
        }
        Err(error) => {
            eprintln!("tests/lab/record/run: {error}");
            ExitCode::from(2)
        }
    }
}
