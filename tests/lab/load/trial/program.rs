//! The redirector on trial: a process, its lines, its files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::super::Outcome;
use super::expected::List;

/// Nothing takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const NAME: &str = "ikev2_redirector_";

pub(super) struct Program {
    path: PathBuf,
    pub(super) scratch: PathBuf,
    pub(super) doors: Vec<SocketAddr>,
    process: Child,
    lines: Receiver<String>,
}

impl Program {
    /// Starts it on ports that the system chooses.
    pub(super) fn start(path: &Path, scratch: &Path) -> Outcome<Program> {
        let places = ["127.0.0.1:0", "nat-t:127.0.0.2:0", "[::1]:0"].map(str::to_owned);
        let (process, lines) = spawn(path, scratch, &places)?;
        let (path, scratch) = (path.to_owned(), scratch.to_owned());
        let mut program = Program { path, scratch, doors: Vec::new(), process, lines };
        for _ in places {
            let line = program.wait_for("listening ")?;
            let address = line.split(' ').nth(1).ok_or("no address")?;
            program.doors.push(address.parse()?);
        }
        Ok(program)
    }

    /// Ends it with a signal and starts it on the same ports, which have to be free at once.
    pub(super) fn restart(&mut self, signal: &str) -> Outcome<()> {
        let kill = format!("kill -{signal} {}", self.process.id());
        if !Command::new("sh").args(["-c", &kill]).status()?.success() {
            return Err("it has ended by itself".into());
        }
        self.process.wait()?;
        let places = [
            self.doors[0].to_string(),
            format!("nat-t:{}", self.doors[1]),
            self.doors[2].to_string(),
        ];
        (self.process, self.lines) = spawn(&self.path, &self.scratch, &places)?;
        for _ in places {
            self.wait_for("listening ")?;
        }
        Ok(())
    }

    /// Reads lines up to the next one that starts like this.
    pub(super) fn wait_for(&self, start: &str) -> Outcome<String> {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.map_err(|_| format!("it does not say {start:?}"))?;
            if line.starts_with(start) {
                return Ok(line);
            }
        }
    }

    pub(super) fn targets(&self) -> PathBuf {
        self.scratch.join("targets")
    }

    /// The metrics, when nothing moves any more.
    pub(super) fn settled_metrics(&self) -> Outcome<Metrics> {
        let begun = Instant::now();
        let mut last = String::new();
        let mut same = 0;
        while begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1_200));
            let text = fs::read_to_string(self.scratch.join("metrics.prom"))?;
            let counters: Vec<_> = text.lines().filter(|line| line.contains("_total")).collect();
            let counters = counters.join("\n");
            same = if counters == last { same + 1 } else { 0 };
            if same == 1 {
                return Ok(Metrics(text));
            }
            last = counters;
        }
        Err("its counters do not come to rest".into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(path: &Path, scratch: &Path, places: &[String]) -> Outcome<(Child, Receiver<String>)> {
    let mut command = Command::new(path);
    for place in places {
        command.args(["--listen", place]);
    }
    for (option, file) in
        [("--targets", "targets"), ("--last-good", "last-good"), ("--metrics", "metrics.prom")]
    {
        command.arg(option).arg(scratch.join(file));
    }
    command.args(["--threads", "2", "--unsupported", "drop", "--report", "1"]);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = BufReader::new(process.stdout.take().ok_or("no output")?);
    let (said, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if said.send(line).is_err() {
                break;
            }
        }
    });
    Ok((process, lines))
}

/// The text of a list as it stands in the file.
pub(super) fn text_of(list: &List) -> String {
    let lines = list.iter().map(|it| format!("{}={}\n", it.name, it.weight));
    lines.chain(["end\n".to_owned()]).collect()
}

/// The file of metrics.
pub(super) struct Metrics(String);

impl Metrics {
    /// The sum of all series with this name, and with this label if one is given.
    pub(super) fn sum(&self, name: &str, label: &str) -> u64 {
        let samples = self.0.lines().filter_map(|line| {
            let (series, value) = line.strip_prefix(NAME)?.rsplit_once(' ')?;
            let own = series.split('{').next()?;
            (own == name && series.contains(label)).then(|| value.parse::<u64>().ok())?
        });
        samples.sum()
    }
}
