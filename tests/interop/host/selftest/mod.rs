//! Client against gateway over loopback, each in a thread of its own: every
//! phase of redirect, before any foreign daemon is met.

mod cases;
mod transcript;

use std::net::UdpSocket;
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

/// Runs all cases, or those whose name contains `wanted`; returns whether all have passed.
pub(crate) fn run(wanted: &str) -> bool {
    let chosen: Vec<&Case> = CASES.iter().filter(|case| case.name.contains(wanted)).collect();
    let mut failed = 0;
    for case in &chosen {
        match attempt(case) {
            Ok(()) => println!("pass  {}", case.name),
            Err(problem) => {
                failed += 1;
                println!("FAIL  {}\n{problem}", case.name);
            }
        }
    }
    println!("{} passed, {failed} failed", chosen.len() - failed);
    failed == 0
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

/// A port for IKE and one for NAT traversal, the same on all loopback addresses.
fn free_ports() -> [u16; 2] {
    let probe = [0, 1].map(|_| UdpSocket::bind("127.0.0.1:0").expect("a loopback socket"));
    probe.map(|socket| socket.local_addr().expect("a bound socket").port())
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
    let words = format!("--listen 127.0.0.1 --id client.example.test --hold 300 {words}");
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
