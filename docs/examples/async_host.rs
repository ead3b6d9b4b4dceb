//! The same parties as futures on one thread: several clients enter through a front door that
//! names their gateway, so that they have to look it up; then the gateway goes down for
//! maintenance and all of them move.
//!
//! The executor, the sockets and the resolver are made of nothing but the standard library, to
//! show that any runtime will do. With a real one, the files in `async_host/` are what falls away.
//!
//! ```text
//! cargo run --release --example async_host
//! ```

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::IpAddr;
use std::process::ExitCode;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant as Clock};

use ikev2_redirect::{Fqdn, Instant, Misuse};

use arguments::Fault;
use book::Book;
use executor::Executor;
use fleet::{A, B, CLIENTS, DOOR};
use host::{Client, Dns, Gateway, Host, Output, Path};
use look_up::look_up;
use socket::{Event, Socket};

#[path = "arguments.rs"]
mod arguments;
#[path = "async_host/executor.rs"]
mod executor;
#[path = "async_host/look_up.rs"]
mod look_up;
#[path = "async_host/socket.rs"]
mod socket;

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
Eight clients on loopback, futures on one thread, go through a front door to a
gateway that they look up by its name. Then this gateway goes down, and all of
them move.
";

/// How long everything may take. On loopback it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    arguments::start("async_host", ABOUT, &arguments, || run(&mut io::stdout())).into()
}

/// Ends well, or says what did not happen.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Fault> {
    let mut book = Book::default();
    let door = Node::open(&mut book, DOOR, fleet::door(Fqdn::new("gw-a.example")?))?;
    let a = Node::open(&mut book, A, fleet::gateway(A))?;
    let b = Node::open(&mut book, B, fleet::gateway(B))?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let (address, client) = fleet::client(number, Dns::Elsewhere)?;
        clients.push(Node::open(&mut book, address, client)?);
    }
    let world = World { book, began: Clock::now() };
    let mut executor = Executor::default();
    for gateway in [&door, &a, &b] {
        executor.spawn(gateway.serve(&world));
    }
    for client in &clients {
        executor.spawn(client.serve(&world));
        executor.spawn(resolve(client, &world));
    }
    let outcome = executor.run(play(&world, &a, &clients, out), PATIENCE);
    outcome.ok_or("it takes too long")?
}

/// A client's look-ups. Nobody holds the client while one is under way (F27): the name is copied
/// out of it. Its machine knows until when it cares, and a late answer does no harm.
async fn resolve(client: &Node<Client>, world: &World) {
    loop {
        let name = client.when(|client| client.question().map(str::to_owned)).await;
        let address = look_up(&[("gw-a.example", A)], &name).await;
        let found: Vec<IpAddr> = address.into_iter().collect();
        let told = client.act(world, |client, now| Ok(client.answer(now, &name, &found)));
        // What cannot be sent is sent again when nobody answers.
        let _ = told;
    }
}

/// What happens.
async fn play(
    world: &World,
    gateway: &Node<Gateway>,
    clients: &[Node<Client>],
    out: &mut dyn Write,
) -> Result<(), Fault> {
    for client in clients {
        client.act(world, |client, now| client.connect(now, DOOR))?;
    }
    for client in clients {
        client.reaches(|client| client.connected_to() == Some(A)).await;
    }
    writeln!(out, "{CLIENTS} clients went through {DOOR} to {A}")?;
    gateway.act(world, |gateway, now| Ok(gateway.redirect_all(now, B.into())))?;
    for client in clients {
        client.reaches(|client| client.connected_to() == Some(B)).await;
    }
    gateway.reaches(|gateway| gateway.session_count() == 0).await;
    writeln!(out, "{CLIENTS} clients moved from {A} to {B}; {A} has no session left")?;
    Ok(())
}

/// What all tasks share.
struct World {
    book: Book,
    began: Clock,
}

impl World {
    /// The machines want milliseconds since some moment: any will do.
    fn now(&self) -> Instant {
        Instant::from_millis(self.began.elapsed().as_millis() as u64)
    }

    fn clock(&self, at: Instant) -> Clock {
        self.began + Duration::from_millis(at.as_millis())
    }
}

/// A party and its socket. Its own task waits for datagrams and for the timer; others may act,
/// too, since nobody holds the party while waiting.
struct Node<H> {
    address: IpAddr,
    host: RefCell<H>,
    socket: Socket,
    watchers: RefCell<Vec<Waker>>,
}

impl<H: Host> Node<H> {
    fn open(book: &mut Book, address: IpAddr, host: H) -> io::Result<Self> {
        let socket = Socket::new(book.open(address)?)?;
        Ok(Node { address, host: RefCell::new(host), socket, watchers: RefCell::default() })
    }

    /// The party's task.
    async fn serve(&self, world: &World) {
        loop {
            let deadline = || self.host.borrow().next_deadline().map(|at| world.clock(at));
            let done = match self.socket.next(deadline).await {
                Event::Datagram { from, octets } => match world.book.party_at(from) {
                    Some(from) => {
                        let path = Path::between(self.address, from);
                        self.act(world, |host, now| Ok(host.receive(now, path, &octets)))
                    }
                    None => Ok(()),
                },
                Event::Due => self.act(world, |host, now| Ok(host.wake(now))),
            };
            // What cannot be sent is sent again when nobody answers.
            let _ = done;
        }
    }

    /// Lets the party do something and sends what comes of it, in order.
    fn act(
        &self,
        world: &World,
        act: impl FnOnce(&mut H, Instant) -> Result<Vec<Output>, Misuse>,
    ) -> Result<(), Fault> {
        let outputs = act(&mut self.host.borrow_mut(), world.now())?;
        for output in outputs {
            if let Output::Send { path, message } = output {
                if let Some(socket) = world.book.socket_of(path.remote.ip()) {
                    self.socket.send(&message, socket)?;
                }
            }
        }
        // Its own task has a new deadline, perhaps; others may have waited for this.
        self.socket.nudge();
        self.watchers.take().into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Waits for the party to come where it should.
    async fn reaches(&self, place: impl Fn(&H) -> bool) {
        self.when(|host| place(host).then_some(())).await;
    }

    /// Waits for the party to have something.
    async fn when<T>(&self, it_has: impl Fn(&H) -> Option<T>) -> T {
        poll_fn(|context| {
            let found = it_has(&self.host.borrow());
            if found.is_none() {
                self.watchers.borrow_mut().push(context.waker().clone());
            }
            found.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
