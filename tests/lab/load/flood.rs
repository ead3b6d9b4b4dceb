//! More than a server can take: nine of ten datagrams are garbage. Beside the flood, well-behaved
//! clients ask, and ask again when nothing comes, as IKE clients do.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::request::{Garbage, Requests};
use super::{Outcome, account};

const FLOODERS: u64 = 2;
const GARBAGE_OF_TEN: u64 = 9;

/// How long a client waits for each of its tries.
const TRIES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1_000),
    Duration::from_millis(2_000),
    Duration::from_millis(4_000),
];

/// How many clients ask at the same time.
const CLIENTS: u64 = 20;

/// A client's rest before the next one takes its place.
const REST: Duration = Duration::from_millis(50);

/// Counts of all threads.
#[derive(Default)]
struct Counts {
    stop: AtomicBool,
    garbage: AtomicU64,
    valid: AtomicU64,
    answered: AtomicU64,
}

/// Floods, and prints what came of it as `name=value` pairs.
pub(crate) fn run(server: SocketAddr, time: Duration, pid: u32) -> Outcome<String> {
    let before = account::processor_nanos(pid)?;
    let counts = Counts::default();
    let begun = Instant::now();
    let clients = thread::scope(|scope| -> Outcome<Clients> {
        for flooder in 0..FLOODERS {
            let socket = connect(server)?;
            let reader = socket.try_clone()?;
            let counts = &counts;
            scope.spawn(move || flood(&socket, flooder, counts));
            scope.spawn(move || count_answers(&reader, counts));
        }
        let clients = ask_politely(server, time);
        counts.stop.store(true, Ordering::Relaxed);
        clients
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let used = account::processor_nanos(pid)?.saturating_sub(before);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(format!(
        "garbage={} valid={} answered={} offered_rate={:.0} busy={:.3} clients={} served={} \
         first_try={} rss_kib={}",
        count(&counts.garbage),
        count(&counts.valid),
        count(&counts.answered),
        (count(&counts.garbage) + count(&counts.valid)) as f64 / seconds,
        used as f64 / 1e9 / seconds,
        clients.all,
        clients.served,
        clients.first_try,
        account::resident_kib(pid)?,
    ))
}

fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    Ok(socket)
}

fn flood(socket: &UdpSocket, flooder: u64, counts: &Counts) {
    let mut garbage = Garbage::new();
    let mut requests = Requests::new();
    let mut number = 1 + (flooder << 32);
    while !counts.stop.load(Ordering::Relaxed) {
        let is_garbage = number % 10 < GARBAGE_OF_TEN;
        let (datagram, counter) = if is_garbage {
            (garbage.make(number), &counts.garbage)
        } else {
            (requests.make(number), &counts.valid)
        };
        if socket.send(datagram).is_ok() {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        number += 1;
    }
}

fn count_answers(socket: &UdpSocket, counts: &Counts) {
    let requests = Requests::new();
    let mut answer = [0; 2048];
    while !counts.stop.load(Ordering::Relaxed) {
        if let Ok(length) = socket.recv(&mut answer) {
            if requests.redirected(&answer[..length]).is_some() {
                counts.answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

#[derive(Default)]
struct Clients {
    all: u64,
    served: u64,
    first_try: u64,
}

/// Clients come, side by side and one after the other, for as long as there is time.
fn ask_politely(server: SocketAddr, time: Duration) -> Outcome<Clients> {
    thread::scope(|scope| {
        let places: Vec<_> = (0..CLIENTS)
            .map(|place| scope.spawn(move || ask_in_turn(server, time, place + 1)))
            .collect();
        let mut sum = Clients::default();
        for place in places {
            let clients = place.join().map_err(|_| "a client failed")??;
            sum.all += clients.all;
            sum.served += clients.served;
            sum.first_try += clients.first_try;
        }
        Ok(sum)
    })
}

fn ask_in_turn(server: SocketAddr, time: Duration, place: u64) -> io::Result<Clients> {
    let begun = Instant::now();
    let mut clients = Clients::default();
    let mut requests = Requests::new();
    while begun.elapsed() < time {
        clients.all += 1;
        let number = (1 << 63) + (place << 32) + clients.all;
        if let Some(tries) = tries_until_answered(server, &mut requests, number)? {
            clients.served += 1;
            clients.first_try += u64::from(tries == 1);
        }
        thread::sleep(REST);
    }
    Ok(clients)
}

fn tries_until_answered(
    server: SocketAddr,
    requests: &mut Requests,
    number: u64,
) -> io::Result<Option<usize>> {
    let socket = connect(server)?;
    let mut answer = [0; 2048];
    for (place, pause) in TRIES.iter().enumerate() {
        socket.set_read_timeout(Some(*pause))?;
        socket.send(requests.make(number))?;
        if let Ok(length) = socket.recv(&mut answer) {
            if requests.redirected(&answer[..length]) == Some(number) {
                return Ok(Some(place + 1));
            }
        }
    }
    Ok(None)
}
