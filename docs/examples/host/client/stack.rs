//! What the machine's actions mean: this client's IKE stack.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Event, Provenance, SaId};
use ikev2_redirect::wire::ExchangeType;
use ikev2_redirect::{Instant, Misuse, Reason};

use super::super::departed::Departed;
use super::super::output::{Outbox, Path};
use super::super::payloads::Chain;
use super::super::sa::{Due, IkeSa, Opened};
use super::super::settings::Settings;
use super::super::wrap::Stack;
use super::attempt::Attempt;
use super::login::Login;
use super::vetting::{Question, Remembered};

/// The IKE SAs of a client, and what it waits for.
#[derive(Debug)]
pub(super) struct Ike {
    pub(super) settings: Settings,
    pub(super) now: Instant,
    pub(super) out: Outbox,
    pub(super) tunnels: BTreeMap<SaId, Tunnel>,
    pub(super) departed: Departed,
    /// What the machine has to be told, in this order.
    pub(super) facts: VecDeque<(SaId, Event<'static, 'static>)>,
    /// The deadline of the machine.
    armed: Option<Instant>,
    pub(super) question: Option<Question>,
    pub(super) remembered: Vec<Remembered>,
    /// Other addresses of the gateway that the client is on its way to.
    pub(super) addresses: VecDeque<IpAddr>,
    /// The one that the machine has to try next.
    pub(super) retry: Option<IpAddr>,
    pub(super) rekey_at: Option<(Instant, SaId)>,
}

/// An IKE SA, or the way to one.
#[derive(Debug)]
pub(super) struct Tunnel {
    pub(super) to: IpAddr,
    pub(super) stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    Init(Box<Attempt>),
    Auth(Box<IkeSa>, Box<Login>),
    Up(Box<IkeSa>),
}

/// A message that the machine is told of, for what it wants done about it.
#[derive(Debug)]
pub(super) enum Received {
    /// An IKE_SA_INIT response, as it came.
    Init(Vec<u8>),
    /// An IKE_AUTH response.
    Auth(Opened),
    /// An INFORMATIONAL request.
    Informational(Opened),
}

impl Stack for Ike {
    type Message = Received;

    fn now(&self) -> Instant {
        self.now
    }

    fn act(&mut self, action: Action<'_>, cause: Option<&Received>) {
        self.out.note(format!("{action:?}"));
        match action {
            Action::StartInit { sa, to, notifies } => self.start(sa, to, notifies),
            Action::PassOn { sa } => match cause {
                Some(Received::Init(message)) => self.init_as_usual(sa, message),
                Some(Received::Auth(opened)) => self.auth_as_usual(sa, opened),
                Some(Received::Informational(_)) => self.respond_empty(sa),
                None => {}
            },
            Action::Vet { question, sa, target, provenance } => {
                self.vet(question, sa, target, provenance);
            }
            Action::AbandonVet { .. } => self.question = None,
            Action::Acknowledge { sa } => self.acknowledge(sa),
            Action::DeleteSa { sa } => self.delete(sa),
            Action::DropSa { sa } => self.drop_sa(sa),
            Action::RejectSa { sa } => self.reject(sa),
            Action::Redirected { from, to, provenance } => {
                let phase = phase(provenance);
                let fields = [("from", &from as &dyn std::fmt::Display), ("to", &to)];
                self.out.report("redirected", &[fields[0], fields[1], ("phase", &phase)]);
            }
            Action::Tolerated { reason, .. } => self.report("tolerated", reason),
            Action::Ignored { reason, .. } => self.report("ignored", reason),
            Action::Refused { reason, .. } => self.report("refused", reason),
            Action::MoveFailed { reason, .. } => self.report("move-failed", reason),
            Action::Failed { reason } => self.report("failed", reason),
            Action::Misused { misuse, .. } => self.report_misuse(misuse),
        }
    }

    fn arm(&mut self, at: Option<Instant>) {
        self.armed = at;
    }
}

impl Ike {
    pub(super) fn new(settings: Settings) -> Self {
        Ike {
            settings,
            now: Instant::from_millis(0),
            out: Outbox::default(),
            tunnels: BTreeMap::new(),
            departed: Departed::default(),
            facts: VecDeque::new(),
            armed: None,
            question: None,
            remembered: Vec::new(),
            addresses: VecDeque::new(),
            retry: None,
            rekey_at: None,
        }
    }

    pub(super) fn sa_count(&self) -> usize {
        self.tunnels.len()
    }

    pub(super) fn awaits_answers(&self) -> bool {
        self.departed.awaits_answers()
    }

    pub(super) fn deadlines(&self) -> impl Iterator<Item = Option<Instant>> {
        let of_tunnels = self.tunnels.values().map(Tunnel::deadline);
        let of_question = self.question.as_ref().and_then(Question::verdict_at);
        let rekey = self.rekey_at.map(|(at, _)| at);
        of_tunnels.chain([self.armed, of_question, rekey, self.departed.next_deadline()])
    }

    fn report(&mut self, name: &'static str, reason: Reason) {
        self.out.report(name, &[("reason", &reason)]);
    }

    /// A fault of this host.
    pub(super) fn report_misuse(&mut self, misuse: Misuse) {
        self.out.report("misuse", &[("what", &misuse.name())]);
    }

    pub(super) fn sa_mut(&mut self, sa: SaId) -> Option<&mut IkeSa> {
        self.tunnels.get_mut(&sa).and_then(Tunnel::sa_mut)
    }

    /// Sends a request, now or as soon as the one before it is answered.
    pub(super) fn request(&mut self, sa: SaId, exchange: ExchangeType, chain: &Chain) {
        let now = self.now;
        let Some(sa) = self.tunnels.get_mut(&sa).and_then(Tunnel::sa_mut) else { return };
        if let Some(message) = sa.request(now, exchange, chain) {
            self.out.send(sa.path, &message);
        }
    }

    pub(super) fn respond(&mut self, sa: SaId, exchange: ExchangeType, chain: &Chain) {
        let Some(sa) = self.tunnels.get_mut(&sa).and_then(Tunnel::sa_mut) else { return };
        let message = sa.respond(exchange, chain);
        self.out.send(sa.path, &message);
    }

    fn acknowledge(&mut self, sa: SaId) {
        if let Some(tunnel) = self.tunnels.get(&sa) {
            self.out.report("acknowledged", &[("peer", &tunnel.to)]);
            self.respond_empty(sa);
        }
    }

    pub(super) fn respond_empty(&mut self, sa: SaId) {
        self.respond(sa, ExchangeType::INFORMATIONAL, &Chain::new());
    }

    /// The machine does not know the IKE SA any more; its DELETE exchange ends by itself.
    fn delete(&mut self, id: SaId) {
        if let Some((to, Some(sa))) = self.take(id) {
            self.out.report("deleted", &[("peer", &to), ("by", &"us")]);
            self.departed.delete(sa, self.now, &mut self.out);
        }
    }

    fn drop_sa(&mut self, id: SaId) {
        if let Some((to, sa)) = self.take(id) {
            let stage = if sa.is_some() { "auth" } else { "init" };
            self.out.report("dropped", &[("peer", &to), ("in", &stage)]);
        }
    }

    /// F15: tells the gateway that its AUTH was wrong.
    fn reject(&mut self, id: SaId) {
        if let Some((to, Some(sa))) = self.take(id) {
            self.out.report("rejected", &[("peer", &to)]);
            self.departed.reject(sa, self.now, &mut self.out);
        }
    }

    pub(super) fn peer_left(&mut self, id: SaId) {
        if let Some((to, Some(sa))) = self.take(id) {
            self.out.report("deleted", &[("peer", &to), ("by", &"peer")]);
            self.departed.keep(sa);
        }
    }

    /// What the machine did not want deleted is gone without a word.
    pub(super) fn forget(&mut self, id: SaId) {
        self.take(id);
    }

    fn take(&mut self, id: SaId) -> Option<(IpAddr, Option<IkeSa>)> {
        self.remembered.retain(|remembered| remembered.sa != id);
        let Tunnel { to, stage } = self.tunnels.remove(&id)?;
        let sa = match stage {
            Stage::Init(_) => None,
            Stage::Auth(sa, _) | Stage::Up(sa) => Some(*sa),
        };
        Some((to, sa))
    }

    /// The gateway has another address.
    pub(super) fn move_to(&mut self, id: SaId, to: IpAddr) {
        if let Some(tunnel) = self.tunnels.get_mut(&id) {
            tunnel.to = to;
            if let Some(sa) = tunnel.sa_mut() {
                sa.path.remote.set_ip(to);
            }
        }
    }

    pub(super) fn retransmit(&mut self) {
        let now = self.now;
        let ids: Vec<SaId> = self.tunnels.keys().copied().collect();
        for id in ids {
            let Some(tunnel) = self.tunnels.get_mut(&id) else { continue };
            match tunnel.poll(now) {
                Due::Nothing => {}
                Due::Resend => self.resend(id),
                Due::GiveUp => self.lose(id),
            }
        }
        self.departed.retransmit(now, &mut self.out);
    }

    pub(super) fn resend(&mut self, id: SaId) {
        if let Some((path, message)) = self.tunnels.get(&id).and_then(Tunnel::in_flight) {
            self.out.send(path, message);
        }
    }

    /// Nobody answers, or nothing usable. If the gateway that is being asked has other addresses,
    /// the next one is tried (F09).
    pub(super) fn lose(&mut self, id: SaId) {
        let is_up = |tunnel: &Tunnel| matches!(tunnel.stage, Stage::Up(_));
        if self.tunnels.get(&id).is_some_and(is_up) {
            self.facts.push_back((id, Event::Deleted)); // it is dead: there is nobody to tell
        } else if let Some(next) = self.addresses.pop_front() {
            self.retry = Some(next);
        } else {
            self.out.report("given-up", &[]);
            self.facts.push_back((id, Event::GivenUp));
        }
    }
}

impl Tunnel {
    pub(super) fn sa(&self) -> Option<&IkeSa> {
        match &self.stage {
            Stage::Init(_) => None,
            Stage::Auth(sa, _) | Stage::Up(sa) => Some(sa),
        }
    }

    pub(super) fn sa_mut(&mut self) -> Option<&mut IkeSa> {
        match &mut self.stage {
            Stage::Init(_) => None,
            Stage::Auth(sa, _) | Stage::Up(sa) => Some(sa),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Init(attempt) => attempt.flight.deadline(),
            Stage::Auth(..) | Stage::Up(_) => self.sa().and_then(IkeSa::deadline),
        }
    }

    fn poll(&mut self, now: Instant) -> Due {
        match &mut self.stage {
            Stage::Init(attempt) => attempt.flight.poll(now),
            Stage::Auth(sa, _) | Stage::Up(sa) => sa.poll(now),
        }
    }

    /// The request that waits for its answer, and its way.
    fn in_flight(&self) -> Option<(Path, &[u8])> {
        match &self.stage {
            Stage::Init(attempt) => Some((attempt.path, &attempt.flight.message)),
            Stage::Auth(..) | Stage::Up(_) => {
                self.sa().and_then(|sa| Some((sa.path, sa.in_flight()?)))
            }
        }
    }
}

pub(super) fn phase(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Init => "init",
        Provenance::Auth => "auth",
        Provenance::Informational => "active",
    }
}
