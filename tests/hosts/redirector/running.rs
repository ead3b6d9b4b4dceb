//! A redirector that runs as a process of its own, and what a test does with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use ikev2_redirect::wire::InitResponse;

use super::exposition::Exposition;
use crate::compose::Message;

/// Long enough for a busy machine; no test waits for it unless it fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The built example. Cargo hands tests the path of a program, but not of an example.
pub(super) fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = ["build", "--quiet", "--example", "redirector", "--target-dir"];
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("example");
        let status = Command::new(env!("CARGO")).args(build).arg(&target).status().unwrap();
        assert!(status.success(), "the example does not build");
        target.join("debug/examples/redirector")
    })
}

/// Runs it until it ends by itself, which it has to.
pub(super) fn run(command_line: &str) -> Output {
    let mut command = Command::new(program());
    command.args(command_line.split_whitespace()).stdin(Stdio::null());
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let number = process.id().to_string();
    let (done, output) = mpsc::channel();
    thread::spawn(move || done.send(process.wait_with_output().unwrap()));
    output.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = Command::new("kill").arg(number).status();
        panic!("it does not end: {command_line}");
    })
}

/// A directory of its own for each test, which goes with it.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new() -> Scratch {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("redirector-test-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Scratch(directory)
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Writes a file in place, and returns its path.
    pub(super) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running redirector, which has said that it listens. It ends with the test.
pub(super) struct Running {
    pub(super) process: Child,
    pub(super) doors: Vec<SocketAddr>,
    /// What it says. Nobody reads on before the test has taken the last line.
    lines: Receiver<String>,
    scratch: Scratch,
}

impl Running {
    pub(super) fn start(command_line: &str) -> Running {
        let scratch = Scratch::new();
        let places = command_line.matches("--listen").count();
        let mut command = Command::new(program());
        if !command_line.contains("--metrics") {
            command.args(["--metrics", &scratch.path("metrics.prom")]);
        }
        let mut process = command
            .args(command_line.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (said, lines) = mpsc::sync_channel(0);
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let mut running = Running { process, doors: Vec::new(), lines, scratch };
        for _ in 0..places {
            let line = running.wait_for("listening ");
            running.doors.push(line.split(' ').nth(1).unwrap().parse().unwrap());
        }
        running
    }

    pub(super) fn next_line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("another line")
    }

    /// Reads no more of its output, and closes it.
    pub(super) fn close_output(&mut self) {
        self.lines = mpsc::channel().1;
    }

    /// The next line that starts like this.
    pub(super) fn wait_for(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect(start);
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Where the client at `address` is sent.
    pub(super) fn target_of(&self, address: &str) -> String {
        target_of(&ask(&client_at(address), self.doors[0], &supporting()))
    }

    /// Where each of many clients is sent.
    pub(super) fn targets_of_many(&self) -> Vec<String> {
        (1..=64).map(|i| self.target_of(&format!("127.0.1.{i}"))).collect()
    }

    /// Its metrics, as soon as they are as they should be.
    pub(super) fn metrics_when(&self, right: impl Fn(&Exposition) -> bool) -> Exposition {
        let begun = Instant::now();
        let mut text = String::new();
        while begun.elapsed() < PATIENCE {
            if let Ok(now) = fs::read_to_string(self.scratch.0.join("metrics.prom")) {
                let metrics = Exposition::parse(&now).unwrap();
                if right(&metrics) {
                    return metrics;
                }
                text = now;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the metrics stay wrong:\n{text}");
    }

    /// Its metrics after so many datagrams.
    pub(super) fn metrics_after(&self, datagrams: u64) -> Exposition {
        self.metrics_when(|it| {
            it.sum("datagrams_received_total") == datagrams as f64
                && it.sum("redirects_total") + it.sum("refused_total") + it.sum("not_ike_total")
                    == datagrams as f64
        })
    }

    /// Sends it a signal and waits for its end.
    #[cfg(unix)]
    pub(super) fn signal(&mut self, name: &str) -> std::process::ExitStatus {
        let kill = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.process.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A redirector with a target file of this text, the directory of the file, and its path.
pub(super) fn with_file(text: &str, options: &str) -> (Running, Scratch, String) {
    let scratch = Scratch::new();
    let file = scratch.write("targets", text);
    let running = Running::start(&format!("--listen 127.0.0.1:0 --targets {file} {options}"));
    (running, scratch, file)
}

/// A client at `address`, with a port that the system chooses.
pub(super) fn client_at(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Asks a front door and waits for its answer, which has to come from there.
pub(super) fn ask(client: &UdpSocket, door: SocketAddr, request: &[u8]) -> Vec<u8> {
    client.send_to(request, door).unwrap();
    let mut answer = [0; 1024];
    let (length, from) = client.recv_from(&mut answer).expect("an answer");
    assert_eq!(from, door, "R4-2: the answer leaves from the address that was asked");
    answer[..length].to_vec()
}

/// Where a client is sent.
pub(super) fn target_of(answer: &[u8]) -> String {
    let response = InitResponse::parse(answer).unwrap();
    response.redirect.unwrap().unwrap().target.to_string()
}

pub(super) fn supporting() -> Vec<u8> {
    Message::supporting().octets()
}
