//! The gateway: the crate's front door and one `Responder` for each client.

mod accept;
mod authentication;
mod door;
mod established;
mod incoming;
mod login;
mod machine;
mod options;
mod rekeying;
mod session;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use ikev2_redirect::Instant;
use ikev2_redirect::responder::{Event, TargetId};
use ikev2_redirect::wire::ExchangeType;

use crate::crypto::random;
use crate::flight::Due;
use crate::net::Net;
use crate::report::{Clock, Reporter};
use crate::sa::Departed;

use session::Session;

pub(crate) use options::Options;

/// This gateway knows one target only.
const TARGET: TargetId = TargetId(0);

pub(crate) fn run(options: Options, clock: Clock, reporter: Reporter) -> io::Result<()> {
    let net = Net::open(&options.common.listen, options.common.ports)?;
    let gateway = Gateway {
        options,
        clock,
        reporter,
        net,
        sessions: BTreeMap::new(),
        next_key: 0,
        departed: Departed::default(),
        cookie_secret: random(),
        forged: false,
    };
    gateway.run();
    Ok(())
}

/// Names a session for as long as it lasts.
type Key = u32;

struct Gateway {
    options: Options,
    clock: Clock,
    reporter: Reporter,
    net: Net,
    sessions: BTreeMap<Key, Session>,
    next_key: Key,
    departed: Departed,
    cookie_secret: [u8; 32],
    forged: bool,
}

impl Gateway {
    fn run(mut self) {
        let over = self.clock.now().after(self.options.common.run_ms);
        self.reporter.event("listening", &[]);
        loop {
            let now = self.clock.now();
            if now >= over {
                return;
            }
            let next = self.deadlines().min().unwrap_or(over).min(over);
            let wait = next.as_millis().saturating_sub(now.as_millis());
            if let Some(inbound) = self.net.receive(Duration::from_millis(wait)) {
                self.receive(&inbound);
            }
            self.tick();
        }
    }

    fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let of_session = |session: &Session| {
            let machine = session.machine.next_deadline().map(|deadline| deadline.at);
            machine.into_iter().chain(session.sa.deadline()).chain(session.rekey_at)
        };
        self.sessions.values().flat_map(of_session).chain(self.departed.deadlines())
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        let keys: Vec<Key> = self.sessions.keys().copied().collect();
        for key in keys {
            let machine = self.sessions.get(&key).map(|session| session.machine);
            let deadline = machine.and_then(|machine| machine.next_deadline());
            if deadline.is_some_and(|deadline| deadline.at <= now) {
                self.tell(key, Event::Timeout);
            }
            self.retransmit(key, now);
            self.rekey_if_due(key, now);
        }
        self.departed.retransmit(now, &self.net);
    }

    /// Redirects are the machine's to repeat, unless it leaves that to the host.
    fn retransmit(&mut self, key: Key, now: Instant) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let redirects = session.sa.asks(ExchangeType::INFORMATIONAL);
        match session.sa.poll(now) {
            Due::Nothing => {}
            Due::Resend if redirects => self.repeat_redirect(key),
            Due::Resend => self.resend(key),
            Due::GiveUp => {
                self.tell(key, if redirects { Event::NoAnswer } else { Event::SaDeleted });
                self.sessions.remove(&key);
            }
        }
    }
}
