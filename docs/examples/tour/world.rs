//! Sockets and timers: the only part that touches either.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use ikev2_redirect::{Instant, Target};

use super::chart::Column;
use super::stage::Stage;
use super::words::sentence;
use crate::book::Book;
use crate::host::{Client, Gateway, Host, Output, Path, earliest};

/// Loopback loses nothing; waiting longer than this means that something is wrong.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time that a message takes in the world of the tour, in milliseconds.
const FLIGHT: u32 = 1;

/// Waiting shorter than this is not worth a line, in milliseconds.
const NOTICEABLE: u64 = 100;

pub(crate) type Fault = Box<dyn std::error::Error>;

/// What a party is.
#[derive(Debug)]
pub(crate) enum Role {
    Client(Box<Client>),
    Gateway(Box<Gateway>),
    /// Answers nothing: a host that is down, or an attacker.
    Silent,
}

impl Role {
    fn host(&mut self) -> Option<&mut dyn Host> {
        match self {
            Role::Client(client) => Some(&mut **client),
            Role::Gateway(gateway) => Some(&mut **gateway),
            Role::Silent => None,
        }
    }
}

#[derive(Debug)]
struct Party {
    address: IpAddr,
    socket: UdpSocket,
    role: Role,
}

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) octets: Vec<u8>,
}

/// The parties of one scene and what is between them.
pub(crate) struct World<'w, 'o> {
    stage: &'w mut Stage<'o>,
    parties: Vec<Party>,
    book: Book,
    /// Who has a message in the socket. Serving them in the order of sending makes every run
    /// alike.
    in_flight: VecDeque<usize>,
    sent: Vec<Sent>,
}

impl<'w, 'o> World<'w, 'o> {
    /// Opens a socket for each party and draws the head of the chart.
    pub(crate) fn new(
        stage: &'w mut Stage<'o>,
        cast: Vec<(&'static str, IpAddr, Role)>,
    ) -> Result<Self, Fault> {
        let mut book = Book::default();
        let mut parties = Vec::new();
        let mut columns = Vec::new();
        for (name, address, role) in cast {
            let socket = book.open(address)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            parties.push(Party { address, socket, role });
            columns.push(Column { name, address });
        }
        if book.crowded {
            stage.say(CROWDED)?;
        }
        stage.enter(columns)?;
        Ok(World { stage, parties, book, in_flight: VecDeque::new(), sent: Vec::new() })
    }

    pub(crate) fn now(&self) -> Instant {
        self.stage.now
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    pub(crate) fn client(&self) -> &Client {
        let client = self.parties.iter().find_map(|party| match &party.role {
            Role::Client(client) => Some(&**client),
            Role::Gateway(_) | Role::Silent => None,
        });
        client.expect("every scene has a client")
    }

    pub(crate) fn gateway(&self, address: IpAddr) -> &Gateway {
        match &self.parties[self.index(address)].role {
            Role::Gateway(gateway) => gateway,
            Role::Client(_) | Role::Silent => panic!("{address} is no gateway"),
        }
    }

    /// The user of the client wants a connection.
    pub(crate) fn connect(&mut self, gateway: IpAddr) -> Result<(), Fault> {
        let now = self.now();
        let is_client = |party: &Party| matches!(party.role, Role::Client(_));
        let index = self.parties.iter().position(is_client).expect("every scene has a client");
        let Role::Client(client) = &mut self.parties[index].role else { return Ok(()) };
        let outputs = client.connect(now, gateway)?;
        self.carry_out(index, outputs)
    }

    /// The operator of a gateway wants its clients elsewhere.
    pub(crate) fn redirect_all(
        &mut self,
        gateway: IpAddr,
        target: impl Into<Target<'static>>,
    ) -> Result<(), Fault> {
        let (now, index) = (self.now(), self.index(gateway));
        let Role::Gateway(gateway) = &mut self.parties[index].role else { return Ok(()) };
        let outputs = gateway.redirect_all(now, target.into());
        self.carry_out(index, outputs)
    }

    /// Sends octets in the name of nobody, and they arrive before everything else.
    pub(crate) fn inject(&mut self, from: IpAddr, to: IpAddr, octets: &[u8]) -> Result<(), Fault> {
        let from = self.index(from);
        self.send(from, to, octets)?;
        self.in_flight.rotate_right(1);
        self.deliver_next()
    }

    /// Something that no party did.
    pub(crate) fn remark(&mut self, text: &str) -> io::Result<()> {
        self.stage.remark(text)
    }

    /// Lets everything happen that is under way, without waiting for any timer.
    pub(crate) fn deliver(&mut self) -> Result<(), Fault> {
        while !self.in_flight.is_empty() {
            self.deliver_next()?;
        }
        Ok(())
    }

    /// Lets everything happen until nobody waits for anything, or the time is over.
    pub(crate) fn settle(&mut self, patience: Instant) -> Result<(), Fault> {
        self.deliver()?;
        while let Some(at) = self.next_deadline().filter(|at| *at <= patience) {
            self.jump(at)?;
            self.wake()?;
            self.deliver()?;
        }
        Ok(())
    }

    /// Nothing can happen before `at`: no need to wait.
    fn jump(&mut self, at: Instant) -> Result<(), Fault> {
        let gap = at.as_millis().saturating_sub(self.now().as_millis());
        if gap >= NOTICEABLE {
            self.remark(&format!("{:.1} s later", gap as f64 / 1000.0))?;
        }
        self.stage.now = self.now().max(at);
        Ok(())
    }

    fn next_deadline(&mut self) -> Option<Instant> {
        let deadline = |party: &mut Party| party.role.host()?.next_deadline();
        earliest(self.parties.iter_mut().map(deadline))
    }

    fn wake(&mut self) -> Result<(), Fault> {
        let now = self.now();
        for index in 0..self.parties.len() {
            let Some(host) = self.parties[index].role.host() else { continue };
            let outputs = host.wake(now);
            self.carry_out(index, outputs)?;
        }
        Ok(())
    }

    fn deliver_next(&mut self) -> Result<(), Fault> {
        let Some(index) = self.in_flight.pop_front() else { return Ok(()) };
        self.stage.now = self.now().after(FLIGHT);
        let now = self.now();
        let party = &mut self.parties[index];
        let mut buffer = [0; 2048];
        let (length, socket) = party.socket.recv_from(&mut buffer)?;
        let datagram = &buffer[..length];
        let from = self.book.party_at(socket).ok_or("a datagram from no party of the scene")?;
        let path = Path::between(party.address, from);
        let Some(host) = party.role.host() else { return Ok(()) };
        let outputs = host.receive(now, path, datagram);
        self.carry_out(index, outputs)
    }

    fn carry_out(&mut self, index: usize, outputs: Vec<Output>) -> Result<(), Fault> {
        for output in outputs {
            match output {
                Output::Send { path, message } => self.send(index, path.remote.ip(), &message)?,
                Output::Report(report) => {
                    if let Some(text) = sentence(&report) {
                        self.stage.note(self.parties[index].address, &text)?;
                    }
                }
                Output::Keys(line) => self.stage.add_keys(line),
                Output::Note(_) => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize, to: IpAddr, octets: &[u8]) -> Result<(), Fault> {
        let from = self.parties[index].address;
        self.stage.message(from, to, octets)?;
        let socket = self.book.socket_of(to).ok_or("a message to nobody")?;
        self.parties[index].socket.send_to(octets, socket)?;
        self.in_flight.push_back(self.index(to));
        self.sent.push(Sent { from, to, octets: octets.to_vec() });
        Ok(())
    }

    fn index(&self, address: IpAddr) -> usize {
        let found = self.parties.iter().position(|party| party.address == address);
        found.expect("scenes name their own parties")
    }
}

const CROWDED: &str =
    "   (This platform has no 127.0.0.2 and so on. All parties share 127.0.0.1, told apart by their
   ports; the chart and the capture file show the addresses that they would have.)

";
