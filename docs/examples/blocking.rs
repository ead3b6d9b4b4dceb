//! The same parties on blocking sockets, one thread each: several clients enter through a front
//! door, then their gateway goes down for maintenance and all of them move.
//!
//! ```text
//! cargo run --release --example blocking
//! ```

use std::io::{self, Write};
use std::net::{IpAddr, UdpSocket};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant as Clock};

use ikev2_redirect::{Instant, Misuse};

use arguments::Fault;
use book::Book;
use fleet::{A, B, CLIENTS, DOOR};
use host::{Client, Dns, Gateway, Host, Output, Path};

#[path = "arguments.rs"]
mod arguments;
#[path = "book.rs"]
mod book;
#[path = "fleet.rs"]
mod fleet;
#[allow(dead_code, unused_imports, reason = "every example uses its share of the host")]
#[path = "host/mod.rs"]
mod host;
#[allow(dead_code, reason = "every example uses its share of it")]
#[path = "stand_ins.rs"]
mod stand_ins;

/// What `--help` shows.
const ABOUT: &str = "\
Eight clients on loopback, a blocking socket and a thread for each, go through a
front door to a gateway. Then this gateway goes down, and all of them move.
";

/// How long everything may take. On loopback it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest time that a thread waits for a datagram. Another thread may have set a nearer
/// timer meanwhile, or may want it to stop; a time-out that comes a little late does no harm.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    arguments::start("blocking", ABOUT, &arguments, || run(&mut io::stdout())).into()
}

/// Ends well, or says what did not happen.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Fault> {
    let mut book = Book::default();
    let door = Node::open(&mut book, DOOR, fleet::door(A))?;
    let a = Node::open(&mut book, A, fleet::gateway(A))?;
    let b = Node::open(&mut book, B, fleet::gateway(B))?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let (address, client) = fleet::client(number, Dns::Table(Vec::new()))?;
        clients.push(Node::open(&mut book, address, client)?);
    }
    let world = World { book, began: Clock::now(), stop: AtomicBool::new(false) };
    thread::scope(|scope| {
        let world = &world;
        let gateways = [&door, &a, &b].map(|gateway| scope.spawn(|| gateway.serve(world)));
        let rest: Vec<_> =
            clients.iter().map(|client| scope.spawn(|| client.serve(world))).collect();
        let outcome = play(world, &a, &clients, out);
        world.stop.store(true, Ordering::Relaxed);
        for thread in gateways.into_iter().chain(rest) {
            thread.join().map_err(|_| "a thread panicked")??;
        }
        outcome
    })
}

/// What happens, seen by the main thread.
fn play(
    world: &World,
    gateway: &Node<Gateway>,
    clients: &[Node<Client>],
    out: &mut dyn Write,
) -> Result<(), Fault> {
    for client in clients {
        client.act(world, |client, now| client.connect(now, DOOR))?;
    }
    for client in clients {
        client.wait_until(|client| client.connected_to() == Some(A))?;
    }
    writeln!(out, "{CLIENTS} clients went through {DOOR} to {A}")?;
    gateway.act(world, |gateway, now| Ok(gateway.redirect_all(now, B.into())))?;
    for client in clients {
        client.wait_until(|client| client.connected_to() == Some(B))?;
    }
    gateway.wait_until(|gateway| gateway.session_count() == 0)?;
    writeln!(out, "{CLIENTS} clients moved from {A} to {B}; {A} has no session left")?;
    Ok(())
}

/// What all threads share.
struct World {
    book: Book,
    began: Clock,
    stop: AtomicBool,
}

impl World {
    /// The machines want milliseconds since some moment: any will do.
    fn now(&self) -> Instant {
        Instant::from_millis(self.began.elapsed().as_millis() as u64)
    }
}

/// A party and its socket. One thread waits for datagrams and for the timer; any other may act,
/// too, while it holds the lock.
struct Node<H> {
    address: IpAddr,
    host: Mutex<H>,
    changed: Condvar,
    socket: UdpSocket,
}

impl<H: Host> Node<H> {
    fn open(book: &mut Book, address: IpAddr, host: H) -> io::Result<Self> {
        let socket = book.open(address)?;
        Ok(Node { address, host: Mutex::new(host), changed: Condvar::new(), socket })
    }

    /// The life of the party's thread.
    fn serve(&self, world: &World) -> Result<(), Fault> {
        let mut buffer = [0; 2048];
        while !world.stop.load(Ordering::Relaxed) {
            self.socket.set_read_timeout(Some(self.wait_for(world.now())))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, socket)) => {
                    if let Some(from) = world.book.party_at(socket) {
                        let path = Path::between(self.address, from);
                        let datagram = &buffer[..length];
                        self.act(world, |host, now| Ok(host.receive(now, path, datagram)))?;
                    }
                }
                Err(fault) if is_time_out(&fault) => {
                    self.act(world, |host, now| Ok(host.wake(now)))?;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Lets the party do something and sends what comes of it, in order.
    fn act(
        &self,
        world: &World,
        act: impl FnOnce(&mut H, Instant) -> Result<Vec<Output>, Misuse>,
    ) -> Result<(), Fault> {
        let mut host = self.lock();
        for output in act(&mut host, world.now())? {
            if let Output::Send { path, message } = output {
                if let Some(socket) = world.book.socket_of(path.remote.ip()) {
                    self.socket.send_to(&message, socket)?;
                }
            }
        }
        self.changed.notify_all();
        Ok(())
    }

    /// Until the next deadline; never zero, which would mean for ever.
    fn wait_for(&self, now: Instant) -> Duration {
        let Some(at) = self.lock().next_deadline() else { return LONGEST_WAIT };
        let left = at.as_millis().saturating_sub(now.as_millis());
        Duration::from_millis(left).clamp(Duration::from_millis(1), LONGEST_WAIT)
    }

    /// Waits for the party to come where it should.
    fn wait_until(&self, reached: impl Fn(&H) -> bool) -> Result<(), &'static str> {
        let (_host, waited) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |host| !reached(host))
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() { Err("it takes too long") } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, H> {
        self.host.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Platforms differ in the name that they give to it.
fn is_time_out(fault: &io::Error) -> bool {
    matches!(fault.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
