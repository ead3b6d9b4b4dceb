//! The redirector as an operator starts it: exit codes, and how it ends.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::compose::Message;

const PATIENCE: Duration = Duration::from_secs(20);

/// The built example. Cargo hands tests the path of a program, but not of an example.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = ["build", "--quiet", "--example", "redirector", "--target-dir"];
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("example");
        let status = Command::new(env!("CARGO")).args(build).arg(&target).status().unwrap();
        assert!(status.success(), "the example does not build");
        target.join("debug/examples/redirector")
    })
}

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A running redirector, which has said that it listens.
struct Running {
    front: Child,
    door: SocketAddr,
    lines: Receiver<String>,
}

impl Running {
    fn start(more: &[&str]) -> Running {
        let mut front = Command::new(program())
            .args(["--listen", "127.0.0.1:0", "--to", "192.0.2.11"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(front.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        let line = lines.recv_timeout(PATIENCE).expect("a target");
        assert_eq!(line, "target 192.0.2.11=1");
        let line = lines.recv_timeout(PATIENCE).expect("where it listens");
        let door = line.strip_prefix("listening ").unwrap().parse().unwrap();
        Running { front, door, lines }
    }

    /// Asks and gets an answer.
    fn ask(&self) {
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.send_to(&Message::supporting().octets(), self.door).unwrap();
        client.recv(&mut [0; 1024]).expect("an answer");
    }

    fn wait_for(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect(start);
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Its last counters, its last word, and then the end of its output.
    fn assert_stops_cleanly(&self) {
        self.wait_for("counters received=0 ");
        assert_eq!(self.wait_for(""), "stopped");
        let ended = self.lines.recv_timeout(PATIENCE);
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "somebody still runs");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.front.kill();
        let _ = self.front.wait();
    }
}

#[test]
fn help_goes_to_standard_output_and_succeeds() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: redirector "));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_wrong_command_line_fails_with_2_and_a_hint() {
    let output = run(&["--listen", "0.0.0.0:500", "--to", "192.0.2.11"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(fault.starts_with("redirector: --listen 0.0.0.0:500: ") && fault.contains("--help"));
}

#[test]
fn a_failed_start_fails_with_1() {
    // 192.0.2.0/24 is for documentation: no machine has an address of it.
    let output = run(&["--listen", "192.0.2.1:0", "--to", "192.0.2.11"]);
    assert_eq!(output.status.code(), Some(1));
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(fault.starts_with("redirector: cannot listen on 192.0.2.1:0: "), "{fault}");
}

#[test]
fn the_end_of_input_stops_it_with_0() {
    let mut running = Running::start(&[]);
    drop(running.front.stdin.take());
    running.assert_stops_cleanly();
    assert_eq!(running.front.wait().unwrap().code(), Some(0));
}

#[test]
fn input_that_is_to_be_left_alone_does_not_stop_it() {
    let mut running = Running::start(&["--no-input", "--report", "1"]);
    drop(running.front.stdin.take());
    for served in 1..=2 {
        running.ask();
        // Its end would come first, and would leave nobody to answer a second time.
        running.wait_for(&format!("counters received={served} "));
    }
    assert_eq!(running.front.try_wait().unwrap(), None);
}

#[test]
fn one_process_reads_its_input_itself() {
    let mut running = Running::start(&["--single"]);
    drop(running.front.stdin.take());
    running.assert_stops_cleanly();
    assert_eq!(running.front.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_cleanly_and_is_how_it_ends() {
    use std::os::unix::process::ExitStatusExt;

    let mut running = Running::start(&[]);
    // Not SIGINT, which shells ignore on behalf of what they run in the background.
    let kill = format!("kill -TERM {}", running.front.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    running.assert_stops_cleanly();
    let status = running.front.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (None, Some(15)));
}

#[test]
fn even_a_killed_front_process_leaves_nothing_running() {
    let mut running = Running::start(&[]);
    running.front.kill().unwrap();
    running.assert_stops_cleanly();
}
