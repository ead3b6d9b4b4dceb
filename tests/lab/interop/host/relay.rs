//! A UDP relay that loses, delays and repeats datagrams, and forges one: what
//! an ordinary network does to IKE, made to order.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use ikev2_redirect::wire::{ExchangeType, Header, InitRequest};

use crate::options::{Arguments, Parsed, address};
use crate::report::Reporter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Gateway,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
        }
    }
}

/// Which datagrams get lost: the first `left` of a kind.
#[derive(Clone, Debug)]
struct Loss {
    side: Side,
    exchange: ExchangeType,
    response: bool,
    left: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    listen: Vec<SocketAddr>,
    to: IpAddr,
    from: IpAddr,
    losses: Vec<Loss>,
    delay: Duration,
    duplicate: bool,
    forge: Option<IpAddr>,
    run: Duration,
}

impl Options {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let listen = arguments.all("listen", |value| value.parse().ok())?;
        let to: IpAddr = arguments.required("to", address)?;
        let any: IpAddr = if to.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
        Ok(Self {
            listen,
            to,
            from: arguments.optional("from", address)?.unwrap_or(any),
            losses: arguments.all("drop", loss)?,
            delay: Duration::from_millis(arguments.number("delay", 0)?.into()),
            duplicate: arguments.flag("duplicate"),
            forge: arguments.optional("forge-redirect", address)?,
            run: Duration::from_millis(arguments.number("for", 20_000)?.into()),
        })
    }
}

fn loss(value: &str) -> Option<Loss> {
    let [side, exchange, kind, count] = value.split(':').collect::<Vec<_>>().try_into().ok()?;
    let side = [Side::Client, Side::Gateway].into_iter().find(|known| known.name() == side)?;
    let exchange = (34..=37).map(ExchangeType).find(|known| exchange_name(*known) == exchange)?;
    let response = match kind {
        "request" => false,
        "response" => true,
        _ => return None,
    };
    Some(Loss { side, exchange, response, left: count.parse().ok()? })
}

/// A datagram as it came in.
struct Datagram {
    side: Side,
    /// The socket's index: a listening one, or one towards the gateway.
    socket: usize,
    peer: SocketAddr,
    octets: Vec<u8>,
}

/// A client's way through the relay.
struct Flow {
    listener: usize,
    client: SocketAddr,
    upstream: UdpSocket,
}

/// A datagram that waits for its time.
struct Delayed {
    at: Instant,
    flow: usize,
    to: Side,
    octets: Vec<u8>,
}

pub(crate) fn run(options: Options, reporter: Reporter) -> io::Result<()> {
    let (sender, inbound) = channel();
    let mut listeners = Vec::new();
    for (socket, local) in options.listen.iter().enumerate() {
        let listener = UdpSocket::bind(local)?;
        read_from(listener.try_clone()?, Side::Client, socket, &sender);
        listeners.push(listener);
    }
    let mut relay =
        Relay { options, reporter, listeners, flows: Vec::new(), waiting: Vec::new(), sender };
    relay.reporter.event("listening");
    relay.serve(&inbound);
    Ok(())
}

/// Reader threads end with the process.
fn read_from(socket: UdpSocket, side: Side, index: usize, sender: &Sender<Datagram>) {
    let sender = sender.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let Ok((length, peer)) = socket.recv_from(&mut buffer) else { continue };
            let octets = buffer[..length].to_vec();
            if sender.send(Datagram { side, socket: index, peer, octets }).is_err() {
                return;
            }
        }
    });
}

struct Relay {
    options: Options,
    reporter: Reporter,
    listeners: Vec<UdpSocket>,
    flows: Vec<Flow>,
    waiting: Vec<Delayed>,
    sender: Sender<Datagram>,
}

impl Relay {
    fn serve(&mut self, inbound: &Receiver<Datagram>) {
        let end = Instant::now() + self.options.run;
        while Instant::now() < end {
            let next = self.waiting.iter().map(|delayed| delayed.at).min().unwrap_or(end).min(end);
            match inbound.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(datagram) => self.take(datagram),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.deliver();
        }
    }

    fn take(&mut self, datagram: Datagram) {
        let Datagram { side, socket, peer, octets } = datagram;
        let flow = match side {
            Side::Client => match self.flow_of(socket, peer) {
                Ok(flow) => flow,
                Err(error) => {
                    return self.reporter.note(&format!("no way to the gateway: {error}"));
                }
            },
            Side::Gateway => socket,
        };
        let lost = self.is_lost(side, &octets);
        self.tell(if lost { "dropped" } else { "passed" }, side, &octets);
        if lost {
            return;
        }
        if side == Side::Client {
            self.forge(flow, &octets);
        }
        let to = if side == Side::Client { Side::Gateway } else { Side::Client };
        let at = Instant::now() + self.options.delay;
        if self.options.duplicate {
            self.waiting.push(Delayed { at, flow, to, octets: octets.clone() });
        }
        self.waiting.push(Delayed { at, flow, to, octets });
    }

    fn flow_of(&mut self, listener: usize, client: SocketAddr) -> io::Result<usize> {
        let known = |flow: &Flow| flow.listener == listener && flow.client == client;
        if let Some(index) = self.flows.iter().position(known) {
            return Ok(index);
        }
        let upstream = UdpSocket::bind((self.options.from, 0))?;
        upstream.connect((self.options.to, self.options.listen[listener].port()))?;
        read_from(upstream.try_clone()?, Side::Gateway, self.flows.len(), &self.sender);
        self.flows.push(Flow { listener, client, upstream });
        Ok(self.flows.len() - 1)
    }

    fn is_lost(&mut self, side: Side, octets: &[u8]) -> bool {
        let Some(header) = header_of(octets) else { return false };
        let hit = |loss: &&mut Loss| {
            loss.left > 0
                && loss.side == side
                && loss.exchange == header.exchange
                && loss.response == header.flags.is_response()
        };
        match self.options.losses.iter_mut().find(hit) {
            Some(loss) => {
                loss.left -= 1;
                true
            }
            None => false,
        }
    }

    /// Gets in ahead of the gateway, as who does not see the request could: without its nonce.
    fn forge(&mut self, flow: usize, octets: &[u8]) {
        let Some(target) = self.options.forge else { return };
        let Ok(request) = InitRequest::parse(without_marker(octets)) else { return };
        let mut answer = vec![0; request.redirect_len(target.into())];
        if request.write_redirect(target.into(), &mut answer).is_err() {
            return;
        }
        if let Some(last) = answer.last_mut() {
            *last ^= 1;
        }
        self.options.forge = None;
        self.reporter.event(&format!("forged to={target}"));
        self.send(flow, Side::Client, &answer);
    }

    fn deliver(&mut self) {
        let now = Instant::now();
        let (due, rest) = std::mem::take(&mut self.waiting).into_iter().partition(|d| d.at <= now);
        self.waiting = rest;
        let due: Vec<Delayed> = due;
        for Delayed { flow, to, octets, .. } in due {
            self.send(flow, to, &octets);
        }
    }

    fn send(&self, flow: usize, to: Side, octets: &[u8]) {
        let flow = &self.flows[flow];
        // What cannot be sent is lost, as on any network.
        let _ = match to {
            Side::Client => self.listeners[flow.listener].send_to(octets, flow.client),
            Side::Gateway => flow.upstream.send(octets),
        };
    }

    fn tell(&mut self, name: &str, side: Side, octets: &[u8]) {
        let Some(header) = header_of(octets) else { return };
        let kind = if header.flags.is_response() { "response" } else { "request" };
        let (who, exchange, id) = (side.name(), exchange_name(header.exchange), header.message_id);
        self.reporter.event(&format!("{name} who={who} exchange={exchange} kind={kind} id={id}"));
    }
}

/// The name of an exchange in events and options.
fn exchange_name(exchange: ExchangeType) -> &'static str {
    match exchange {
        ExchangeType::IKE_SA_INIT => "init",
        ExchangeType::IKE_AUTH => "auth",
        ExchangeType::CREATE_CHILD_SA => "child",
        ExchangeType::INFORMATIONAL => "informational",
        _ => "other",
    }
}

fn header_of(octets: &[u8]) -> Option<Header> {
    Header::parse(without_marker(octets)).ok().map(|(header, _)| header)
}

/// The message without the marker that precedes it on the port that ESP shares.
fn without_marker(octets: &[u8]) -> &[u8] {
    octets.strip_prefix(&[0; 4]).unwrap_or(octets)
}
