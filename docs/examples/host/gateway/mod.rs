//! The gateway: the stateless front door, and one machine for each client.
//!
//! | file | what it knows |
//! |---|---|
//! | `door` | IKE_SA_INIT: redirects without state, cookies, the way in |
//! | `login` | what IKE_AUTH requests prove, and the usual answers |
//! | `auth` | where the machine asks, the policy decides |
//! | `session` | sessions that are up: redirects, and the end |
//! | `receive` | what comes in |

mod auth;
mod door;
mod login;
mod receive;
mod session;

use std::collections::BTreeMap;

use ikev2_redirect::responder::{Event, Responder, TargetId};
use ikev2_redirect::wire::ExchangeType;
use ikev2_redirect::{Instant, Misuse, Target};

use super::departed::Departed;
use super::output::{Outbox, Output, Path};
use super::sa::{Due, IkeSa};
use super::settings::Policy;
use super::{Host, earliest};
use login::Login;

/// Where the policy's own redirects go.
const FIRST_TARGET: TargetId = TargetId(0);

/// A gateway, or a front door before a fleet of them.
#[derive(Debug)]
pub(crate) struct Gateway {
    policy: Policy,
    now: Instant,
    out: Outbox,
    sessions: BTreeMap<Key, Session>,
    next_key: Key,
    departed: Departed,
    cookie_secret: [u8; 32],
    forgeries_left: u32,
}

/// Names a session for as long as it lasts.
type Key = u32;

/// One client.
#[derive(Debug)]
struct Session {
    machine: Responder,
    sa: IkeSa,
    login: Login,
    rekey_at: Option<Instant>,
    /// What its IKE_SA_INIT request was and where it came from, to know it again.
    init: (Path, Vec<u8>),
    init_response: Vec<u8>,
}

impl Gateway {
    pub(crate) fn new(policy: Policy) -> Self {
        Gateway {
            now: Instant::from_millis(0),
            out: Outbox::default(),
            sessions: BTreeMap::new(),
            next_key: 0,
            departed: Departed::default(),
            cookie_secret: policy.common.crypto.random(),
            forgeries_left: policy.faults.forged_nonces,
            policy,
        }
    }

    /// How many IKE SAs there are, finished or not.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Maintenance: every client is sent to `target`. One that cannot be, because it knows no
    /// redirects or is being redirected already, is reported.
    pub(crate) fn redirect_all(&mut self, now: Instant, target: Target<'static>) -> Vec<Output> {
        self.now = now;
        let id = TargetId(self.policy.targets.len() as u32);
        self.policy.targets.push(target);
        for key in self.keys() {
            self.redirect(key, id, now);
        }
        self.out.take()
    }

    fn keys(&self) -> Vec<Key> {
        self.sessions.keys().copied().collect()
    }

    /// Redirects are the machine's to repeat, unless it leaves that to the host.
    fn retransmit(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let redirects = session.sa.asks(ExchangeType::INFORMATIONAL);
        match session.sa.poll(self.now) {
            Due::Nothing => {}
            Due::Resend if redirects => self.repeat_redirect(key),
            Due::Resend => self.resend(key),
            Due::GiveUp => {
                self.tell(key, if redirects { Event::NoAnswer } else { Event::Deleted });
                self.sessions.remove(&key);
            }
        }
    }

    fn report_misuse(&mut self, misuse: Misuse) {
        self.out.report("misuse", &[("what", &misuse.name())]);
    }
}

impl Host for Gateway {
    fn receive(&mut self, now: Instant, path: Path, message: &[u8]) -> Vec<Output> {
        self.now = now;
        self.message(path, message);
        self.out.take()
    }

    fn wake(&mut self, now: Instant) -> Vec<Output> {
        self.now = now;
        for key in self.keys() {
            if let Some(session) = self.sessions.get_mut(&key) {
                let actions = session.machine.timeout(now);
                self.carry_out(key, actions);
            }
            self.retransmit(key);
            self.rekey_if_due(key);
        }
        self.departed.retransmit(now, &mut self.out);
        self.out.take()
    }

    fn next_deadline(&self) -> Option<Instant> {
        let of_session = |session: &Session| {
            let machine = session.machine.next_deadline().map(|deadline| deadline.at);
            [machine, session.sa.deadline(), session.rekey_at]
        };
        let of_sessions = self.sessions.values().flat_map(of_session);
        earliest(of_sessions.chain([self.departed.next_deadline()]))
    }
}
