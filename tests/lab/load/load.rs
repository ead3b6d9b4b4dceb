//! A load generator for front doors, and what it needs around it.
//!
//! [`USAGE`] has its commands; `tests/lab/load/run` puts the whole together.

mod account;
mod ask;
mod echo;
mod flood;
mod latency;
// The curves are for the benches.
#[allow(dead_code)]
#[path = "../benches/common/picture.rs"]
mod picture;
mod report;
mod request;
mod trial;

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

/// What `--help` shows.
const USAGE: &str = "\
Usage: load echo  ADDR:PORT [--threads N]       the limit: the same socket calls,
                                                no thought
       load ask   ADDR:PORT [OPTION...]         keeps a number of requests under
                                                way
       load flood ADDR:PORT [OPTION...]         more than anybody can take, most
                                                of it garbage
       load trial PROGRAM [OPTION...]           asks a redirector that is edited,
                                                broken and restarted, and
                                                compares each answer
       load report FILE [--pictures DIRECTORY]  medians of what several runs
                                                printed

  --seconds S   How long (default 2).
  --pid PID     Whose processor time is looked at.
  --window N    Requests under way (ask).
  --seed N      What is done in which order (trial).
  --plain       The answers come from an echo (ask).
";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(&Arguments(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("load: {fault}\nTry --help.");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments<'_>) -> Outcome<()> {
    let seconds = Duration::from_secs_f64(arguments.number("--seconds", 2.0)?);
    let pid = arguments.number("--pid", 0)?;
    match arguments.place(0)? {
        "echo" => echo::serve(arguments.address()?, arguments.number("--threads", 1)?),
        "ask" => {
            let plan = ask::Plan {
                server: arguments.address()?,
                window: arguments.number("--window", 1)?,
                plain: arguments.0.iter().any(|argument| argument == "--plain"),
                time: seconds,
                pid,
            };
            println!("{}", ask::run(&plan)?);
            Ok(())
        }
        "flood" => {
            println!("{}", flood::run(arguments.address()?, seconds, pid)?);
            Ok(())
        }
        "trial" => {
            let seed = arguments.number("--seed", u64::from(std::process::id()))?;
            println!("{}", trial::run(Path::new(arguments.place(1)?), seconds, seed)?);
            Ok(())
        }
        "report" => {
            let pictures = arguments.value("--pictures").map(Path::new);
            report::run(Path::new(arguments.place(1)?), pictures)
        }
        other => Err(format!("there is no command {other:?}").into()),
    }
}

/// A command line.
struct Arguments<'a>(&'a [String]);

impl Arguments<'_> {
    fn place(&self, place: usize) -> Outcome<&str> {
        self.0.get(place).map(String::as_str).ok_or_else(|| "an argument is missing".into())
    }

    fn address(&self) -> Outcome<SocketAddr> {
        Ok(self.place(1)?.parse()?)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let place = self.0.iter().position(|argument| argument == name)?;
        self.0.get(place + 1).map(String::as_str)
    }

    fn number<T: FromStr<Err: Error + 'static>>(&self, name: &str, default: T) -> Outcome<T> {
        self.value(name).map_or(Ok(default), |value| Ok(value.parse()?))
    }
}
