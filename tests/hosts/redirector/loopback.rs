//! The whole redirector in this process, over real sockets with ports that the system chooses.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ikev2_redirect::wire::InitResponse;

use crate::compose::{Message, notify};
use crate::redirector::options::{self, Command, Options};
use crate::redirector::serve::serve;

/// Long enough for a busy machine; no test waits for it unless it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A redirector on a thread of its own; stops when it is dropped.
struct Host {
    input: Option<Sender<u8>>,
    lines: Receiver<String>,
    doors: Vec<SocketAddr>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Host {
    fn start(command_line: &str) -> Host {
        let options = options(command_line);
        let (input, orders) = mpsc::channel();
        let (said, lines) = mpsc::channel();
        let places = options.listen.len();
        let thread = thread::spawn(move || {
            let mut output = Lines { said, line: Vec::new() };
            serve(&options, BufReader::new(Orders(orders)), &mut output)
        });
        let mut host = Host { input: Some(input), lines, doors: vec![], thread: Some(thread) };
        for _ in 0..places {
            let line = host.wait_for("listening ");
            host.doors.push(line.split(' ').nth(1).unwrap().parse().unwrap());
        }
        host
    }

    /// The next line that starts like this.
    fn wait_for(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect(start);
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Ends its input; returns the last counters.
    fn stop(&mut self) -> String {
        self.input = None;
        let counters = self.wait_for("counters ");
        self.wait_for("stopped");
        self.thread.take().unwrap().join().unwrap().unwrap();
        counters
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.input = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Standard input that a test writes.
struct Orders(Receiver<u8>);

impl Read for Orders {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.recv().map_or(0, |octet| {
            buffer[0] = octet;
            1
        }))
    }
}

/// Standard output that a test reads.
struct Lines {
    said: Sender<String>,
    line: Vec<u8>,
}

impl Write for Lines {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        for octet in octets {
            if *octet == b'\n' {
                let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
                let _ = self.said.send(line);
            } else {
                self.line.push(*octet);
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn options(command_line: &str) -> Options {
    let arguments: Vec<_> = command_line.split_whitespace().map(str::to_owned).collect();
    match options::parse(&arguments) {
        Ok(Command::Serve(options)) => options,
        other => panic!("{other:?}"),
    }
}

/// A client at `address`, with a port that the system chooses.
fn client_at(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Asks a front door and waits for its answer, which has to come from there.
fn ask(client: &UdpSocket, door: SocketAddr, request: &[u8]) -> Vec<u8> {
    client.send_to(request, door).unwrap();
    let mut answer = [0; 1024];
    let (length, from) = client.recv_from(&mut answer).expect("an answer");
    assert_eq!(from, door, "R4-2: the answer leaves from the address that was asked");
    answer[..length].to_vec()
}

/// Where a client is sent.
fn target_of(answer: &[u8]) -> String {
    let response = InitResponse::parse(answer).unwrap();
    response.redirect.unwrap().unwrap().target.to_string()
}

fn supporting() -> Vec<u8> {
    Message::supporting().octets()
}

/// A file that goes with the test.
struct TargetFile(PathBuf);

impl TargetFile {
    fn new(test: &str, text: &str) -> TargetFile {
        let name = format!("redirector-{test}-{}.targets", std::process::id());
        let file = TargetFile(std::env::temp_dir().join(name));
        file.write(text);
        file
    }

    fn write(&self, text: &str) {
        std::fs::write(&self.0, text).unwrap();
    }
}

impl Drop for TargetFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_client_is_redirected_over_udp() {
    let host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    let answer = ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
    assert_eq!(target_of(&answer), "192.0.2.11");
}

#[test]
fn a_client_behind_a_nat_is_redirected_over_udp() {
    let host = Host::start("--listen nat-t:127.0.0.1:0 --to 192.0.2.11");
    let request = [&[0; 4][..], &supporting()].concat();
    let answer = ask(&client_at("127.0.0.1"), host.doors[0], &request);
    assert_eq!(answer[..4], [0; 4]);
    assert_eq!(target_of(&answer[4..]), "192.0.2.11");
}

#[test]
fn r4_2_each_address_answers_for_itself() {
    let host = Host::start("--listen 127.0.0.1:0 --listen 127.0.0.2:0 --to 192.0.2.11");
    let client = client_at("127.0.0.3");
    for door in &host.doors {
        ask(&client, *door, &supporting()); // compares where the answer comes from
    }
    assert_ne!(host.doors[0].ip(), host.doors[1].ip());
}

#[test]
fn a_client_without_support_gets_an_error_over_udp() {
    let host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11 --unsupported notify");
    let answer = ask(&client_at("127.0.0.1"), host.doors[0], &Message::request().octets());
    assert_eq!(answer, Message::response(vec![notify(14, &[])]).octets());
}

#[test]
fn a_client_that_is_dropped_gets_nothing_and_the_next_one_is_served() {
    let mut host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11 --unsupported drop");
    let client = client_at("127.0.0.1");
    client.send_to(&Message::request().octets(), host.doors[0]).unwrap();
    let answer = ask(&client, host.doors[0], &supporting());
    assert_eq!(target_of(&answer), "192.0.2.11", "the first answer is to the second request");
    let counters = host.stop();
    assert!(counters.contains(" notified=0 ") && counters.contains(" client-unsupported=1"));
}

#[test]
fn rubbish_does_not_disturb_and_is_counted_by_reason() {
    let mut host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    let client = client_at("127.0.0.1");
    let response = Message { flags: 0x20, ..Message::supporting() };
    let nonce = Message::supporting().with_nonce(&[7; 15]);
    for rubbish in
        [&[][..], &[0xff; 1400], &supporting()[..60], &response.octets(), &nonce.octets()]
    {
        client.send_to(rubbish, host.doors[0]).unwrap();
    }
    ask(&client, host.doors[0], &supporting());
    let counters = host.stop();
    for count in ["received=6", "redirected=1", "truncated=2", "unsupported-version=1"] {
        assert!(counters.contains(count), "{count} is not in: {counters}");
    }
    assert!(counters.ends_with("wrong-flags=1 nonce-length=1"), "{counters}");
}

#[test]
fn a_retransmission_and_a_returning_client_get_the_same_target() {
    let host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11 --to 192.0.2.12");
    for client in ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"] {
        let first = ask(&client_at(client), host.doors[0], &supporting());
        let other_port = client_at(client);
        assert_eq!(ask(&other_port, host.doors[0], &supporting()), first);
        assert_eq!(ask(&other_port, host.doors[0], &supporting()), first);
    }
}

#[test]
fn all_threads_answer_alike_and_are_counted_together() {
    let mut host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11 --to 192.0.2.12 --threads 3");
    let clients: Vec<_> = (1..=4).map(|i| client_at(&format!("127.0.0.{i}"))).collect();
    let expected: Vec<_> =
        clients.iter().map(|client| ask(client, host.doors[0], &supporting())).collect();
    for _ in 0..25 {
        for client in &clients {
            client.send_to(&supporting(), host.doors[0]).unwrap();
        }
        for (client, expected) in clients.iter().zip(&expected) {
            let mut answer = [0; 1024];
            let length = client.recv(&mut answer).unwrap();
            assert_eq!(answer[..length], expected[..]);
        }
    }
    let counters = host.stop();
    assert!(counters.contains("received=104 redirected=104 "), "{counters}");
}

#[test]
fn an_edited_target_file_takes_effect_while_it_runs() {
    let file = TargetFile::new("edited", "192.0.2.11\n");
    let host = Host::start(&format!("--listen 127.0.0.1:0 --targets {}", file.0.display()));
    let client = client_at("127.0.0.1");
    assert_eq!(target_of(&ask(&client, host.doors[0], &supporting())), "192.0.2.11");
    file.write("# replaced\n2001:db8::12\n");
    assert_eq!(host.wait_for("targets "), "targets changed, now 1");
    assert_eq!(target_of(&ask(&client, host.doors[0], &supporting())), "2001:db8::12");
}

#[test]
fn a_target_file_with_a_fault_changes_nothing_and_is_reported() {
    let file = TargetFile::new("broken", "192.0.2.11\n");
    let host = Host::start(&format!("--listen 127.0.0.1:0 --targets {}", file.0.display()));
    for (text, fault) in [
        ("192.0.2.12\n192.0.2.300\n", ":2: \"192.0.2.300\" is neither"),
        ("# all gone\n", ": there is no target in it"),
    ] {
        file.write(text);
        let report = host.wait_for("targets ");
        let named = format!("targets not changed: {}{fault}", file.0.display());
        assert!(report.starts_with(&named), "{report}");
        let answer = ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
        assert_eq!(target_of(&answer), "192.0.2.11");
    }
}

#[test]
fn a_target_file_that_is_gone_changes_nothing_and_is_reported_once() {
    let file = TargetFile::new("gone", "192.0.2.11\n");
    let host = Host::start(&format!("--listen 127.0.0.1:0 --targets {}", file.0.display()));
    std::fs::remove_file(&file.0).unwrap();
    assert!(host.wait_for("targets ").starts_with("targets not changed: "));
    let answer = ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
    assert_eq!(target_of(&answer), "192.0.2.11");
    file.write("192.0.2.12\n");
    assert_eq!(host.wait_for("targets "), "targets changed, now 1", "reported once");
}

#[test]
fn the_targets_of_the_command_line_and_of_the_file_are_used_together() {
    let file = TargetFile::new("together", "192.0.2.12\n");
    let host = Host::start(&format!(
        "--listen 127.0.0.1:0 --to 192.0.2.11 --targets {}",
        file.0.display()
    ));
    let targets = (1..=32).map(|i| {
        let client = client_at(&format!("127.0.0.{i}"));
        target_of(&ask(&client, host.doors[0], &supporting()))
    });
    let (first, second): (Vec<_>, Vec<_>) = targets.partition(|target| target == "192.0.2.11");
    assert!(!first.is_empty() && !second.is_empty());
}

#[test]
fn a_line_of_input_prints_the_counters() {
    let host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
    host.input.as_ref().unwrap().send(b'\n').unwrap();
    assert!(host.wait_for("counters ").starts_with("counters received=1 redirected=1 "));
}

#[test]
fn counters_are_reported_on_their_own() {
    let host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11 --report 1");
    ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
    assert!(host.wait_for("counters ").starts_with("counters received=1 redirected=1 "));
}

#[test]
fn the_end_of_input_stops_it_and_frees_the_address() {
    let mut host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    ask(&client_at("127.0.0.1"), host.doors[0], &supporting());
    assert!(host.stop().starts_with("counters received=1 redirected=1 "));
    assert!(UdpSocket::bind(host.doors[0]).is_ok());
}

#[test]
fn every_datagram_is_counted_exactly_once() {
    let mut host = Host::start("--listen nat-t:127.0.0.1:0 --to 192.0.2.11");
    let client = client_at("127.0.0.1");
    let marked = |message: &[u8]| [&[0; 4][..], message].concat();
    for datagram in [vec![0xff], marked(&[]), marked(&Message::request().octets())] {
        client.send_to(&datagram, host.doors[0]).unwrap();
    }
    client.recv(&mut [0; 1024]).unwrap();
    ask(&client, host.doors[0], &marked(&supporting()));
    assert_eq!(
        host.stop(),
        "counters received=4 redirected=1 notified=1 not-ike=1 send-failed=0 receive-failed=0 \
         truncated=1 client-unsupported=1"
    );
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let options = options(&format!("--listen {address} --to 192.0.2.11"));
    let fault = serve(&options, BufReader::new(io::empty()), &mut io::sink()).unwrap_err();
    assert!(fault.starts_with(&format!("cannot listen on {address}: ")), "{fault}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_broadcast_address_of_a_network_is_not_listened_on() {
    let options = options("--listen 127.255.255.255:0 --to 192.0.2.11");
    let fault = serve(&options, BufReader::new(io::empty()), &mut io::sink()).unwrap_err();
    assert!(fault.contains("127.255.255.255:0: it is a multicast or broadcast"), "{fault}");
}

#[test]
fn a_target_that_nobody_can_be_sent_to_stops_the_start() {
    for (line, says) in [
        ("--to 224.0.0.1", "--to: 224.0.0.1 is a multicast address"),
        ("--to 127.0.0.1", "--to: 127.0.0.1 is a loopback address; --allow-loopback takes it"),
        ("--to 192.0.2.1 --anycast 192.0.2.1", "--to: 192.0.2.1 is an anycast address"),
        ("--to 192.0.2.1 --to 192.0.2.1=2", "--to: 192.0.2.1=2 is given twice"),
    ] {
        let options = options(&format!("--listen 127.0.0.1:0 {line}"));
        let fault = serve(&options, BufReader::new(io::empty()), &mut io::sink()).unwrap_err();
        assert_eq!(fault, says);
    }
}

#[test]
fn two_front_doors_that_redirect_to_each_other_do_not_answer_each_other() {
    let mut host = Host::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    let client = client_at("127.0.0.1");
    let mut answers = VecDeque::from([ask(&client, host.doors[0], &supporting())]);
    while let Some(answer) = answers.pop_front() {
        client.send_to(&answer, host.doors[0]).unwrap();
    }
    ask(&client, host.doors[0], &supporting()); // the first answer is to this request
    let counters = host.stop();
    assert!(counters.contains(" redirected=2 ") && counters.ends_with(" wrong-flags=1"));
}
