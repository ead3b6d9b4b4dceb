//! Those who send: clients, each from an address of its own, and somebody who sends garbage.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use super::super::request::Garbage;
use super::compose::Message;
use super::expected::{List, is_target_of, mix, read_answer};

/// Clients that ask at the same time: the last one over IPv6, the one before behind a NAT.
pub(super) const CLIENTS: u64 = 5;

/// An answer that takes longer is lost; the redirector may be down.
const PATIENCE: Duration = Duration::from_millis(200);

/// What stands before an IKE message on a NAT-T port.
const MARKER: [u8; 4] = [0; 4];

/// What those who send and those who edit know of each other.
pub(super) struct Shared {
    doors: Vec<SocketAddr>,
    pub(super) stop: AtomicBool,
    /// Held by everybody who sends; who wants silence takes it alone.
    pub(super) gate: RwLock<()>,
    lists: Mutex<Lists>,
    run: Mutex<Run>,
    /// Datagrams since the last program ended.
    pub(super) sent: AtomicU64,
    pub(super) asked: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) garbage: AtomicU64,
    fault: Mutex<Option<String>>,
}

/// Every list that was written, and from which one on an answer may come.
struct Lists {
    written: Vec<List>,
    in_use: usize,
}

/// A program from its start to its end, and what it answered meanwhile.
#[derive(Default)]
pub(super) struct Run {
    number: u64,
    pub(super) answers: BTreeMap<String, u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(doors: Vec<SocketAddr>, first: List) -> Shared {
        Shared {
            doors,
            stop: AtomicBool::new(false),
            gate: RwLock::new(()),
            lists: Mutex::new(Lists { written: vec![first], in_use: 0 }),
            run: Mutex::new(Run::default()),
            sent: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            garbage: AtomicU64::new(0),
            fault: Mutex::new(None),
        }
    }

    /// A list is about to be written.
    pub(super) fn written(&self, list: List) {
        lock(&self.lists).written.push(list);
    }

    /// The list that was written last is in use, and no older one.
    pub(super) fn in_use(&self) {
        let mut lists = lock(&self.lists);
        lists.in_use = lists.written.len() - 1;
    }

    pub(super) fn newest(&self) -> List {
        lock(&self.lists).written.last().cloned().unwrap_or_default()
    }

    /// The program is about to be ended, or was started.
    pub(super) fn begin_run(&self) {
        let mut run = lock(&self.run);
        *run = Run { number: run.number + 1, answers: BTreeMap::new() };
    }

    pub(super) fn run(&self) -> MutexGuard<'_, Run> {
        lock(&self.run)
    }

    pub(super) fn fault(&self) -> Option<String> {
        lock(&self.fault).clone()
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || lock(&self.fault).is_some()
    }

    fn sends(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// Asks from one address after the other, and compares each answer.
pub(super) fn ask_on_and_on(shared: &Shared, place: u64) {
    let mut number = place << 32;
    while !shared.stopped() {
        number += 1;
        if let Err(fault) = ask(shared, place, number) {
            *lock(&shared.fault) = Some(fault.to_string());
        }
    }
}

fn ask(shared: &Shared, place: u64, number: u64) -> io::Result<()> {
    let _open = shared.gate.read().unwrap_or_else(PoisonError::into_inner);
    let (door, nat_t) = match place {
        _ if place == CLIENTS - 1 => (shared.doors[2], false),
        _ if place == CLIENTS - 2 => (shared.doors[1], true),
        _ => (shared.doors[0], false),
    };
    let dice = mix(number).to_be_bytes();
    let client = match door.ip() {
        // All of 127.0.0.0/8 is this machine.
        IpAddr::V4(_) => IpAddr::from([127, dice[0] % 250 + 1, dice[1], dice[2] % 250 + 1]),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let socket = UdpSocket::bind((client, 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let ni: Vec<u8> = number.to_be_bytes().repeat(4);
    let message = Message { initiator_spi: (number + 1).to_be_bytes(), ..Message::supporting() };
    let message = message.with_nonce(&ni);
    let marker = if nat_t { &MARKER[..] } else { &[] };
    let run = shared.run().number;
    let oldest = lock(&shared.lists).in_use;
    shared.sends(&shared.asked);
    // While it is down, the system may say so.
    if socket.send_to(&[marker, &message.octets()].concat(), door).is_err() {
        return Ok(());
    }
    let mut answer = [0; 1024];
    let Ok((length, from)) = socket.recv_from(&mut answer) else { return Ok(()) };
    let body = answer[..length].strip_prefix(marker);
    let target = body.and_then(|body| read_answer(body, &message.initiator_spi, &ni));
    let target = target.filter(|_| from == door).ok_or_else(|| {
        io::Error::other(format!("no answer to {client}: {:?}", &answer[..length]))
    })?;
    let lists = lock(&shared.lists);
    let possible = &lists.written[oldest..];
    if !possible.iter().any(|list| is_target_of(list, client, &target)) {
        let fault = format!("{client} is sent to {target}, not by any of {possible:?}");
        return Err(io::Error::other(fault));
    }
    drop(lists);
    shared.answered.fetch_add(1, Ordering::Relaxed);
    let mut now = shared.run();
    if now.number == run {
        *now.answers.entry(target).or_default() += 1;
    }
    Ok(())
}

/// Sends what nobody answers, to each address.
pub(super) fn send_garbage(shared: &Shared) {
    let mut garbage = Garbage::new();
    let sockets =
        [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            .map(|address| UdpSocket::bind((address, 0)).expect("a port on loopback"));
    let mut number = 1 << 62;
    while !shared.stopped() {
        {
            let _open = shared.gate.read().unwrap_or_else(PoisonError::into_inner);
            for _ in 0..32 {
                number += 1;
                let place = (number / 3 % 3) as usize;
                shared.sends(&shared.garbage);
                let _ = sockets[place].send_to(garbage.make(number), shared.doors[place]);
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}
