//! What the front door costs on top of the sockets: request and answer over loopback, beside a
//! bare echo that makes the same socket calls.
//!
//! ```text
//! cargo bench --bench udp
//! ```

mod common;

use std::hint::black_box;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use common::measure::Stopwatch;
use common::{Arguments, captures};
use ikev2_redirect::Target;
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::InitRequest;

const TARGET: Target<'_> = Target::V4(Ipv4Addr::new(192, 0, 2, 45));
const ROUNDS: u32 = 40;

fn main() -> io::Result<()> {
    let patience = Arguments::read().patience() * 10 / ROUNDS;
    let request = captures::strongswan_request();
    let expected = answer(&request, &mut [0; 549]).len();
    let mut line = Line::new()?;
    let (mut bare, mut door) = (f64::INFINITY, f64::INFINITY);
    // In turns, so that both see the same machine; what others take only ever adds to it.
    for _ in 0..ROUNDS {
        let echoed = line.time(patience, &request, |request, _| &request[..expected])?;
        bare = bare.min(echoed);
        door = door.min(line.time(patience, &request, answer)?);
    }
    println!("|loopback|ns|echo = 1|\n|---|---:|---:|");
    println!("|bare echo|{bare:.0}|1.000|");
    println!("|front door|{door:.0}|{:.3}|", door / bare);
    Ok(())
}

/// What the front door says to a request.
fn answer<'o>(request: &'o [u8], out: &'o mut [u8]) -> &'o [u8] {
    let destination = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let arrival = Arrival { destination, source_proven: false };
    let parsed = InitRequest::parse(request).expect("a good request");
    match FrontDoor::default().answer(&parsed, arrival, Decision::Redirect(TARGET), out) {
        Ok(Answer::Reply { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

/// A client and a server, in one thread: each call finds its datagram there.
struct Line {
    client: UdpSocket,
    server: UdpSocket,
    server_address: SocketAddr,
}

impl Line {
    fn new() -> io::Result<Self> {
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        }
        Ok(Line { server_address: server.local_addr()?, client, server })
    }

    /// Nanoseconds of a request and its answer for both sides, the mean over `patience`.
    fn time(
        &mut self,
        patience: Duration,
        request: &[u8],
        serve: impl for<'o> Fn(&'o [u8], &'o mut [u8]) -> &'o [u8],
    ) -> io::Result<f64> {
        let (mut datagram, mut out, mut received) = ([0; 2048], [0; 549], [0; 2048]);
        let begun = Instant::now();
        let watch = Stopwatch::start();
        let mut times = 0u32;
        while begun.elapsed() < patience {
            for _ in 0..64 {
                self.client.send_to(request, self.server_address)?;
                let (length, from) = self.server.recv_from(&mut datagram)?;
                self.server.send_to(serve(&datagram[..length], &mut out), from)?;
                black_box(self.client.recv_from(&mut received)?);
            }
            times += 64;
        }
        Ok(watch.nanos() / f64::from(times))
    }
}
