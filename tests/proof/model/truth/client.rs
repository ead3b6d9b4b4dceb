//! The host of the client: its IKE SAs, the question that it thinks about, and the redirects that
//! it followed. It counts exchanges and ticks, and is told by nobody what is true.

use std::net::IpAddr;

use ikev2_redirect::Reason;
use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{Config, Moving, Provenance, QuestionId, SaId};

use crate::clock::TICK;
use crate::script::Exchange;
use crate::tag::Tag;

/// What the host was set up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    /// How many redirects may be followed within the period; none if redirects are off.
    pub(crate) limit: u8,
    /// In ticks.
    pub(crate) period: u16,
    /// In ticks.
    pub(crate) patience: u16,
    pub(crate) keeps: bool,
    pub(crate) announces_again: bool,
    pub(crate) on_resumption: bool,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            limit: config.max_redirects,
            period: (config.loop_detect_period / TICK) as u16,
            patience: (config.vet_timeout / TICK) as u16,
            keeps: config.moving == Moving::MakeBeforeBreak,
            announces_again: config.announce_again,
            on_resumption: config.follow_on_resumption,
        }
    }
}

/// The client's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    /// In the order of their names.
    pub(crate) sas: [Option<Sa>; Host::MOST_SAS],
    pub(crate) question: Option<Question>,
    /// How many ticks ago each redirect was followed, the latest first, none older than the
    /// period.
    pub(crate) followed: [Option<u16>; Host::MOST_FOLLOWED],
    /// The DELETEs that the host has to send, and where to.
    pub(crate) farewells: [Option<(Tag, IpAddr)>; 2],
}

/// An IKE SA, or an attempt at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sa {
    pub(crate) id: SaId,
    pub(crate) gateway: IpAddr,
    /// The gateway that sent the client there, while it is being set up.
    pub(crate) from: Option<IpAddr>,
    /// The redirect named an address.
    pub(crate) literal: bool,
    pub(crate) stage: Stage,
    /// It is over; what is left to say about it is being said.
    pub(crate) end: Option<End>,
    /// The number by which the network knows it.
    pub(crate) tag: Tag,
    /// How many INFORMATIONAL requests of the gateway the host has answered.
    pub(crate) heard: u8,
}

/// How far an IKE SA is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// The IKE_SA_INIT request is out. Once a response is accepted the host computes keys.
    Init { accepted: bool },
    /// There are keys, and so many exchanges of this script are over.
    Auth { script: u8, done: u8, out: bool, proven: bool },
    /// The IKE_AUTH phase has ended without having been completed.
    Stuck,
    /// Both ends have it; the host has not called it established.
    Whole,
    /// The host has called it established.
    Up,
}

/// How an IKE SA ends before the machine is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// The host has enough of it.
    GivenUp,
    /// The gateway has deleted it, or it is dead.
    Deleted,
    /// The gateway's AUTH is wrong.
    Rejected,
}

/// What the host was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) id: QuestionId,
    /// The IKE SA that the REDIRECT came over. It may be gone.
    pub(crate) sa: SaId,
    /// Where its gateway is.
    pub(crate) from: IpAddr,
    pub(crate) target: Named,
    pub(crate) provenance: Provenance,
    /// In ticks.
    pub(crate) age: u16,
}

/// Whom a REDIRECT names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    Address(IpAddr),
    /// A name, which may lead anywhere.
    Name,
    /// An address that is nobody's.
    Nobody,
    /// Nothing that adds up.
    Malformed,
}

impl Sa {
    /// Whether both ends have it.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.stage, Stage::Whole | Stage::Up)
    }

    pub(crate) fn is_up(&self) -> bool {
        self.stage == Stage::Up
    }

    /// The IKE_AUTH request that is out, if one is: the number of its exchange, and whether the
    /// gateway has proven itself before.
    pub(crate) fn waits_for(&self) -> Option<(u8, u8, bool)> {
        match self.stage {
            Stage::Auth { script, done, out: true, proven } => Some((script, done, proven)),
            _ => None,
        }
    }
}

impl Host {
    /// One more than there may ever be.
    pub(crate) const MOST_SAS: usize = 3;
    const MOST_FOLLOWED: usize = 4;

    pub(crate) const NEW: Self = Self {
        sas: [None; Self::MOST_SAS],
        question: None,
        followed: [None; Self::MOST_FOLLOWED],
        farewells: [None; 2],
    };

    pub(crate) fn sa(&self, id: SaId) -> Option<&Sa> {
        self.sas.iter().flatten().find(|sa| sa.id == id)
    }

    pub(crate) fn sa_mut(&mut self, id: SaId) -> Option<&mut Sa> {
        self.sas.iter_mut().flatten().find(|sa| sa.id == id)
    }

    pub(crate) fn count(&self) -> usize {
        self.sas.iter().flatten().count()
    }

    /// The one that is being set up, or else the one in use.
    pub(crate) fn current(&self) -> Option<&Sa> {
        let mut sas = self.sas.iter().flatten();
        sas.clone().find(|sa| !sa.is_up()).or_else(|| sas.next())
    }

    /// The one in use while another one is being set up.
    pub(crate) fn kept(&self) -> Option<&Sa> {
        let up = self.sas.iter().flatten().find(|sa| sa.is_up());
        up.filter(|_| self.count() > 1)
    }

    pub(crate) fn is_kept(&self, id: SaId) -> bool {
        self.kept().is_some_and(|kept| kept.id == id)
    }

    /// Whether the host still has something that it waits for or uses.
    pub(crate) fn has_anything(&self) -> bool {
        self.count() > 0 || self.question.is_some()
    }

    pub(crate) fn is_open(&self, question: QuestionId) -> bool {
        self.question.is_some_and(|open| open.id == question)
    }

    /// Whether it has taken longer for a verdict than it may.
    pub(crate) fn is_late(&self, rules: &Rules) -> bool {
        self.question.is_some_and(|question| question.age >= rules.patience)
    }

    /// Whether its timer is a tick late. Later than that none is: nothing asks how late it is.
    pub(crate) fn is_too_late(&self, rules: &Rules) -> bool {
        self.question.is_some_and(|question| question.age > rules.patience)
    }

    /// How many redirects it followed within the period.
    pub(crate) fn followed(&self) -> usize {
        self.followed.iter().flatten().count()
    }

    // What the host does, or what happens to it.

    pub(crate) fn begin(&mut self, sa: Sa) -> bool {
        let Some(free) = self.sas.iter_mut().find(|place| place.is_none()) else { return false };
        *free = Some(sa);
        true
    }

    pub(crate) fn forget(&mut self, id: SaId) {
        for place in &mut self.sas {
            if place.is_some_and(|sa| sa.id == id) {
                *place = None;
            }
        }
    }

    /// A DELETE goes out.
    pub(crate) fn delete(&mut self, id: SaId) -> bool {
        let Some((tag, gateway)) = self.sa(id).map(|sa| (sa.tag, sa.gateway)) else { return false };
        self.forget(id);
        let Some(free) = self.farewells.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *free = Some((tag, gateway));
        true
    }

    pub(crate) fn end(&mut self, id: SaId, end: End) {
        if let Some(sa) = self.sa_mut(id) {
            sa.end = Some(end);
        }
    }

    pub(crate) fn at(&mut self, id: SaId, stage: Stage) {
        if let Some(sa) = self.sa_mut(id) {
            sa.stage = stage;
            if stage == Stage::Up {
                (sa.from, sa.literal) = (None, true);
            }
        }
    }

    /// The gateway is at another address (MOBIKE), whatever it has asked for before.
    pub(crate) fn gateway_moves(&mut self, id: SaId, to: IpAddr) {
        if let Some(sa) = self.sa_mut(id) {
            sa.gateway = to;
        }
        if let Some(question) = self.question.as_mut().filter(|question| question.sa == id) {
            question.from = to;
        }
    }

    /// A redirect is followed now.
    pub(crate) fn follow(&mut self) -> bool {
        let fits = self.followed[Self::MOST_FOLLOWED - 1].is_none();
        self.followed.rotate_right(1);
        self.followed[0] = Some(0);
        fits
    }

    /// A tick passes.
    pub(crate) fn tick(&mut self, rules: &Rules) {
        for place in &mut self.followed {
            *place = place.map(|age| age + 1).filter(|&age| age < rules.period);
        }
        if let Some(question) = &mut self.question {
            question.age += 1;
        }
    }

    /// Gives new names to all that the host knows.
    pub(crate) fn rename(
        &mut self,
        sa: impl Fn(SaId) -> SaId,
        question: impl Fn(QuestionId) -> QuestionId,
    ) {
        for known in self.sas.iter_mut().flatten() {
            known.id = sa(known.id);
        }
        self.sas.sort_unstable_by_key(|place| place.map_or(u32::MAX, |sa| sa.id.0));
        if let Some(open) = &mut self.question {
            open.id = question(open.id);
            open.sa = sa(open.sa);
        }
    }
}

/// What an IKE_AUTH response brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    /// What the host has found in it, of what matters here.
    pub(crate) carries: AuthMessage,
    /// It goes on as the script has it; otherwise there is only what is said in it.
    pub(crate) goes_on: bool,
    pub(crate) wrong_auth: bool,
    pub(crate) fatal: bool,
}

impl Answer {
    /// The script's own.
    pub(crate) fn usual(exchange: &Exchange) -> Self {
        Answer { carries: exchange.response, goes_on: true, wrong_auth: false, fatal: false }
    }

    /// The gateway proves itself if it owes that, and says nothing else.
    pub(crate) fn instead(exchange: &Exchange) -> Self {
        let carries = AuthMessage { auth: exchange.response.auth, ..AuthMessage::NOTHING };
        Answer { carries, goes_on: false, ..Self::usual(exchange) }
    }

    pub(crate) fn fatal() -> Self {
        let carries = AuthMessage::NOTHING;
        Answer { carries, goes_on: false, wrong_auth: false, fatal: true }
    }
}

/// What an answer says of the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) first: bool,
    /// Both sides have nothing left to prove.
    pub(crate) last: bool,
    /// The gateway has proven itself, in this answer or before.
    pub(crate) proven: bool,
}

/// Where an answer stands in the phase, and what is true of the IKE SA after it.
pub(crate) fn after(
    script: &[Exchange],
    (number, done, proven): (u8, u8, bool),
    answer: &Answer,
) -> (Place, Stage) {
    let exchange = &script[usize::from(done)];
    let is_final = usize::from(done) + 1 == script.len();
    // An exchange in which the gateway owes AUTH, and brings none, leaves it unproven.
    let proven = answer.carries.auth || (proven && !exchange.response.auth);
    let last = if answer.goes_on { is_final } else { exchange.client_done };
    let place = Place { first: done == 0, last, proven };
    let stage = match (answer.fatal, answer.goes_on) {
        (true, _) => Stage::Stuck,
        (false, _) if last && proven => Stage::Whole,
        (false, true) => Stage::Auth { script: number, done: done + 1, out: false, proven },
        (false, false) => Stage::Stuck,
    };
    (place, stage)
}

/// The reason that is told when an IKE SA ends like this.
pub(crate) fn reason_of(end: End) -> Reason {
    match end {
        End::GivenUp => Reason::AttemptFailed,
        End::Deleted => Reason::SaLost,
        End::Rejected => Reason::GatewayAuthFailed,
    }
}
