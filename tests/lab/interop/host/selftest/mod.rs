//! Client against gateway over loopback, each in a thread of its own: every
//! phase of redirect, before any foreign daemon is met.

mod cases;
mod transcript;

use std::net::UdpSocket;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use crate::client::{self, End};
use crate::gateway;
use crate::options::{Arguments, Parsed};
use crate::relay;
use crate::report::{Clock, Reporter};

use cases::{CASES, Case};
use transcript::{Transcript, first_missing, tells};

/// Options that all hosts of a case share; loopback answers at once.
const BOTH: &str = "--psk secret --allow-loopback --retransmit-ms 100 --retries 3 --for 8000";

/// Cases at a time: they wait more than they work.
const AT_ONCE: usize = 4;

/// Runs all cases, or those whose name contains `wanted`; returns whether all have passed.
pub(crate) fn run(wanted: &str) -> bool {
    let chosen: Vec<&Case> = CASES.iter().filter(|case| case.name.contains(wanted)).collect();
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match attempt(case) {
                        Ok(()) => println!("pass  {}", case.name),
                        Err(problem) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            println!("FAIL  {}\n{problem}", case.name);
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    println!("{} passed, {failed} failed", chosen.len() - failed);
    failed == 0 && !chosen.is_empty()
}

fn attempt(case: &Case) -> Result<(), String> {
    let ports = free_ports();
    let gateways: Vec<Transcript> =
        case.gateways.iter().map(|words| start_gateway(words, ports)).collect();
    let relays: Vec<Transcript> =
        case.relay.iter().map(|words| start_relay(words, ports)).collect();
    for host in gateways.iter().chain(&relays) {
        host.gather(&["listening"]);
    }
    let (end, client) = run_client(case.client, ports);
    let mut problems = Vec::new();
    if end != case.end {
        problems.push(format!("the client ended {end:?}, not {:?}", case.end));
    }
    problems.extend(judge("client", &client, case.client_tells));
    for unwanted in case.client_tells_not {
        if client.iter().any(|line| tells(line, unwanted)) {
            problems.push(format!("client: {unwanted}"));
        }
    }
    for (gateway, expected) in gateways.iter().zip(case.gateways_tell) {
        problems.extend(judge("gateway", &gateway.gather(expected), expected));
    }
    for relay in &relays {
        problems.extend(judge("relay", &relay.gather(case.relay_tells), case.relay_tells));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What is missing in what a host has told.
fn judge(host: &str, lines: &[String], expected: &[&str]) -> Option<String> {
    let missing = first_missing(lines, expected)?;
    Some(format!("{host}: no `{missing}` in\n  {}", lines.join("\n  ")))
}

/// A port for IKE and one for NAT traversal, the same on all loopback addresses, for one case.
fn free_ports() -> [u16; 2] {
    static TAKEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let mut taken = TAKEN.lock().expect("no case panics with it");
    let mut free = || loop {
        let probe = UdpSocket::bind("127.0.0.1:0").expect("a loopback socket");
        let port = probe.local_addr().expect("a bound socket").port();
        if !taken.contains(&port) {
            taken.push(port);
            return port;
        }
    };
    [free(), free()]
}

fn arguments(words: &str, ports: [u16; 2]) -> Arguments {
    let [ike, nat] = ports.map(|port| port.to_string());
    let words = words.replace("PORT", &ike).replace("NATT", &nat);
    Arguments::collect(words.split_whitespace().map(str::to_owned)).expect("options of a case")
}

fn peer_arguments(words: &str, ports: [u16; 2]) -> Arguments {
    arguments(&format!("{BOTH} --port PORT --nat-port NATT {words}"), ports)
}

fn complete<T>(mut arguments: Arguments, read: impl FnOnce(&mut Arguments) -> Parsed<T>) -> T {
    let options = read(&mut arguments).expect("options of a case");
    arguments.finish().expect("options of a case");
    options
}

fn run_client(words: &str, ports: [u16; 2]) -> (End, Vec<String>) {
    let words = format!("--listen 127.0.0.1 --id client.example.test --hold 1000 {words}");
    let options = complete(peer_arguments(&words, ports), client::Options::read);
    let clock = Clock::start();
    let (sender, receiver) = channel();
    let end = client::run(options, clock, Reporter::channel(clock, sender)).expect("a free port");
    (end, receiver.iter().collect())
}

/// Gateways and relays run until their time is over; nobody waits for that.
fn start_gateway(words: &str, ports: [u16; 2]) -> Transcript {
    let words = format!("--id gw.example.test {words}");
    let options = complete(peer_arguments(&words, ports), gateway::Options::read);
    let clock = Clock::start();
    let (sender, receiver) = channel();
    let reporter = Reporter::channel(clock, sender);
    std::thread::spawn(move || gateway::run(options, clock, reporter).expect("a free port"));
    Transcript::of(receiver)
}

fn start_relay(words: &str, ports: [u16; 2]) -> Transcript {
    let options = complete(arguments(words, ports), relay::Options::read);
    let clock = Clock::start();
    let (sender, receiver) = channel();
    let reporter = Reporter::channel(clock, sender);
    std::thread::spawn(move || relay::run(options, clock, reporter).expect("a free port"));
    Transcript::of(receiver)
}
