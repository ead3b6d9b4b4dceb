//! Numbered packets at a steady pace, and the host that sends them back: what the rows with traffic
//! count. `ping` would not do, for it slows down while nobody answers.
//!
//!     packets echo ADDRESS:PORT
//!     packets send FROM-ADDRESS TO-ADDRESS:PORT SECONDS
//!
//! `send` tells every so often how many came back, and at the end: how many it sent, how many were
//! lost, the longest time without one in milliseconds, and how many of the last second came back.

use std::io;
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

const EACH_SECOND: usize = 250;
const INTERVAL: Duration = Duration::from_micros(1_000_000 / EACH_SECOND as u64);
const TELL_AFTER: usize = 50;
/// So long after the last packet one may still come back.
const PATIENCE: Duration = Duration::from_secs(1);
/// As large as many a packet of a call.
const LENGTH: usize = 160;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["echo", at] => echo(&UdpSocket::bind(at)?),
        ["send", from, to, seconds] => {
            let seconds: usize = seconds.parse().map_err(io::Error::other)?;
            let socket = UdpSocket::bind((from, 0))?;
            let (sent, back) = send(&socket, to, seconds * EACH_SECOND)?;
            tell(&sent, &back);
            Ok(())
        }
        _ => Err(io::Error::other("packets echo AT | send FROM TO SECONDS")),
    }
}

fn echo(socket: &UdpSocket) -> io::Result<()> {
    let mut packet = [0; LENGTH];
    println!("echoing");
    loop {
        // Errors are about packets sent back while there was no way: the next one may find one.
        if let Ok((length, from)) = socket.recv_from(&mut packet) {
            let _ = socket.send_to(&packet[..length], from);
        }
    }
}

/// When each packet was sent, and whether it came back.
fn send(socket: &UdpSocket, to: &str, count: usize) -> io::Result<(Vec<Instant>, Vec<bool>)> {
    let hearing = socket.try_clone()?;
    hearing.set_read_timeout(Some(PATIENCE))?;
    let began = Instant::now();
    let ends = began + INTERVAL * u32::try_from(count).map_err(io::Error::other)? + PATIENCE;
    let listener = thread::spawn(move || hear(&hearing, count, ends));
    let mut sent = Vec::with_capacity(count);
    let mut due = began;
    for number in 0..count {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut packet = [0; LENGTH];
        packet[..8].copy_from_slice(&(number as u64).to_be_bytes());
        sent.push(Instant::now());
        // What cannot be sent is lost.
        let _ = socket.send_to(&packet, to);
        due += INTERVAL;
    }
    let back = listener.join().map_err(|_| io::Error::other("the listener has ended"))?;
    Ok((sent, back))
}

fn hear(socket: &UdpSocket, count: usize, ends: Instant) -> Vec<bool> {
    let mut back = vec![false; count];
    let mut heard = 0;
    let mut packet = [0; LENGTH];
    while Instant::now() < ends && heard < count {
        let Ok(LENGTH) = socket.recv(&mut packet) else { continue };
        let number = u64::from_be_bytes(packet[..8].try_into().expect("eight octets"));
        let Some(seen) = usize::try_from(number).ok().and_then(|n| back.get_mut(n)) else {
            continue;
        };
        if !*seen {
            *seen = true;
            heard += 1;
            if heard % TELL_AFTER == 0 {
                println!("{heard} came back");
            }
        }
    }
    back
}

fn tell(sent: &[Instant], back: &[bool]) {
    let lost = back.iter().filter(|back| !**back).count();
    let at_the_end = back.iter().rev().take(EACH_SECOND).filter(|back| **back).count();
    println!(
        "sent={} lost={lost} gap={} last-second={at_the_end}",
        sent.len(),
        longest_gap(sent, back).as_millis()
    );
}

/// The longest time from a lost packet to the next one that came back, or to the end.
fn longest_gap(sent: &[Instant], back: &[bool]) -> Duration {
    let mut first_lost = None;
    let mut longest = Duration::ZERO;
    for (at, back) in sent.iter().zip(back) {
        let first = *first_lost.get_or_insert(*at);
        longest = longest.max(*at - first);
        if *back {
            first_lost = None;
        }
    }
    longest
}
