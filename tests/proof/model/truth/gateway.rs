//! The host of one IKE SA at a gateway: how far its IKE_AUTH phase is, where the operator wants the
//! client, whether the client was told, and for how long. It counts exchanges and ticks.

use ikev2_redirect::Reason;
use ikev2_redirect::responder::{Client, Config, Retransmission, Stage, TargetId};

use crate::clock::TICK;
use crate::script::Exchange;

/// What the gateway was set up with, and what it learnt of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    pub(crate) supports: bool,
    pub(crate) opted_in: bool,
    /// In ticks.
    pub(crate) grace: u16,
    /// In ticks: the first pause, or how long the host may take.
    pub(crate) pause: u16,
    pub(crate) tries: u8,
}

impl Rules {
    pub(crate) fn of(config: &Config, client: Client) -> Self {
        let (pause, tries) = match config.retransmission {
            Retransmission::ByHost { give_up_after } => (give_up_after, 0),
            Retransmission::ByMachine { first_pause, tries } => (first_pause, tries),
        };
        Self {
            supports: client.supports_redirect,
            opted_in: config.redirect_unauthenticated,
            grace: (config.grace / TICK) as u16,
            pause: (pause / TICK) as u16,
            tries,
        }
    }

    /// The pauses double up to sixteen times the first.
    pub(crate) fn pause_after(&self, repeats: u8) -> u16 {
        self.pause * [1, 2, 4, 8, 16][usize::from(repeats.min(4))]
    }

    /// F16: in how many ticks a client that was redirected is gone, whatever it does.
    pub(crate) fn longest_stay(&self) -> u16 {
        let pauses: u16 = (0..=self.tries).map(|repeats| self.pause_after(repeats)).sum();
        pauses + self.grace
    }
}

/// The IKE SA as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    pub(crate) rules: Rules,
    pub(crate) place: Place,
    /// Where the operator wants the client, as long as it has not been told.
    pub(crate) plan: Option<Plan>,
    /// How many ticks ago the client was told first, if it was.
    pub(crate) told: Option<u16>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// So many exchanges are over; a request waits for its response, or not; the host is asked.
    Auth {
        done: u8,
        owes: bool,
        asked: bool,
        proven: bool,
    },
    Up,
    /// The REDIRECT is out, was sent again so often, and has so many ticks.
    Out {
        target: TargetId,
        repeats: u8,
        left: u16,
    },
    /// The client knows, and has so many ticks to go.
    Leaving {
        left: u16,
    },
    Gone,
}

/// A redirect that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) target: TargetId,
    /// Ticks until its time; `None` if it never comes.
    pub(crate) left: Option<u16>,
}

impl Plan {
    pub(crate) fn is_due(&self) -> bool {
        self.left == Some(0)
    }
}

/// What has to come of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) asks: Option<Stage>,
    pub(crate) passes: bool,
    /// The response redirects.
    pub(crate) responds: Option<Response>,
    pub(crate) sends: Option<TargetId>,
    pub(crate) repeats: bool,
    pub(crate) acknowledges: bool,
    pub(crate) deletes: bool,
    pub(crate) left: bool,
    pub(crate) fails: Option<Reason>,
    pub(crate) ignores: Option<Reason>,
}

/// A response that redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) target: TargetId,
    /// The IKE SA is complete by it; otherwise it is dropped.
    pub(crate) completes: bool,
    /// The gateway has not said who it is, or has announced to be somebody else, too.
    pub(crate) identity: bool,
    /// It owes a proof.
    pub(crate) auth: bool,
}

/// How an IKE_AUTH request is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Found {
    AsItShould,
    WrongAuth,
    /// It says itself that the phase has failed.
    Fatal,
}

impl Session {
    pub(crate) fn new(rules: Rules) -> Self {
        let place = Place::Auth { done: 0, owes: false, asked: false, proven: false };
        Self { rules, place, plan: None, told: None }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.place == Place::Gone
    }

    /// Whether both ends have the IKE SA.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.place, Place::Up | Place::Out { .. } | Place::Leaving { .. })
    }

    /// Whether something has its time now.
    pub(crate) fn is_due(&self) -> bool {
        match self.place {
            Place::Up => self.plan.is_some_and(|plan| plan.is_due()),
            Place::Out { left, .. } | Place::Leaving { left } => left == 0,
            Place::Auth { .. } | Place::Gone => false,
        }
    }

    pub(crate) fn tick(&mut self) {
        self.told = self.told.map(|ticks| ticks + 1);
        if let Some(Plan { left: Some(left), .. }) = &mut self.plan {
            *left = left.saturating_sub(1);
        }
        if let Place::Out { left, .. } | Place::Leaving { left } = &mut self.place {
            *left = left.saturating_sub(1);
        }
    }

    /// On what grounds the response to a request may redirect, by the script.
    fn grounds(&self, done: u8, exchange: &Exchange) -> Option<Stage> {
        let first = done == 0;
        if !self.rules.supports {
            None
        } else if exchange.client_done {
            Some(Stage::Complete)
        } else if first && exchange.request.auth {
            Some(Stage::First)
        } else {
            (first && self.rules.opted_in).then_some(Stage::Claimed)
        }
    }

    /// An IKE_AUTH request has come.
    pub(crate) fn request(&mut self, script: &[Exchange], found: Found) -> Outcome {
        let Place::Auth { done, proven, .. } = self.place else { return Outcome::default() };
        let failed = match found {
            Found::AsItShould => None,
            Found::WrongAuth => Some(Reason::ClientAuthFailed),
            Found::Fatal => Some(Reason::FatalNotification),
        };
        if failed.is_some() {
            self.close();
            return Outcome { passes: true, fails: failed, ..Outcome::default() };
        }
        let exchange = &script[usize::from(done)];
        let grounds = self.grounds(done, exchange);
        match (grounds, self.plan) {
            (Some(_), Some(plan)) if plan.is_due() => self.respond(script, plan.target),
            (Some(stage), None) => {
                self.place = Place::Auth { done, owes: true, asked: true, proven };
                Outcome { asks: Some(stage), ..Outcome::default() }
            }
            (Some(_), Some(_)) | (None, _) => {
                self.place = Place::Auth { done, owes: true, asked: false, proven };
                Outcome { passes: true, ..Outcome::default() }
            }
        }
    }

    /// The response redirects.
    fn respond(&mut self, script: &[Exchange], target: TargetId) -> Outcome {
        let Place::Auth { done, proven, .. } = self.place else { return Outcome::default() };
        let exchange = &script[usize::from(done)];
        let before = usize::from(done).checked_sub(1).map(|before| &script[before].response);
        let identity = before.is_none_or(|before| before.another_auth_follows);
        let auth = identity || exchange.response.auth || !proven;
        self.plan = None;
        self.told = Some(0);
        if exchange.client_done {
            self.place = Place::Leaving { left: self.rules.grace };
        } else {
            self.close();
        }
        let completes = exchange.client_done;
        let responds = Some(Response { target, completes, identity, auth });
        Outcome { responds, ..Outcome::default() }
    }

    /// The host has answered as usual.
    pub(crate) fn response(&mut self, script: &[Exchange]) -> Outcome {
        let Place::Auth { done, proven, .. } = self.place else { return Outcome::default() };
        let exchange = &script[usize::from(done)];
        let proven = if exchange.response.auth { true } else { proven };
        let over = usize::from(done) + 1 == script.len();
        if !over {
            self.place = Place::Auth { done: done + 1, owes: false, asked: false, proven };
            return Outcome::default();
        }
        self.place = Place::Up;
        match self.plan {
            Some(plan) if plan.is_due() => self.send(plan.target),
            Some(_) | None => Outcome::default(),
        }
    }

    fn send(&mut self, target: TargetId) -> Outcome {
        self.plan = None;
        self.told = Some(0);
        self.place = Place::Out { target, repeats: 0, left: self.rules.pause_after(0) };
        Outcome { sends: Some(target), ..Outcome::default() }
    }

    /// The operator wants the client elsewhere. `None` if that makes no sense.
    pub(crate) fn redirect(&mut self, script: &[Exchange], plan: Plan) -> Option<Outcome> {
        if !self.rules.supports || self.plan.is_some() {
            return None;
        }
        match self.place {
            Place::Auth { asked: true, .. } if plan.is_due() => {
                Some(self.respond(script, plan.target))
            }
            Place::Auth { done, owes, asked, proven } => {
                self.plan = Some(plan);
                self.place = Place::Auth { done, owes, asked: false, proven };
                Some(Outcome { passes: asked, ..Outcome::default() })
            }
            Place::Up if plan.is_due() => Some(self.send(plan.target)),
            Place::Up => {
                self.plan = Some(plan);
                Some(Outcome::default())
            }
            Place::Out { .. } | Place::Leaving { .. } | Place::Gone => None,
        }
    }

    /// The operator has changed his mind.
    pub(crate) fn cancel(&mut self) -> Option<Outcome> {
        self.plan.take().map(|_| Outcome::default())
    }

    /// The client has answered the REDIRECT.
    pub(crate) fn acknowledged(&mut self) -> Outcome {
        match self.place {
            Place::Out { .. } => {
                self.place = Place::Leaving { left: self.rules.grace };
                Outcome::default()
            }
            Place::Auth { .. } | Place::Up | Place::Leaving { .. } | Place::Gone => self.late(),
        }
    }

    /// The host's own retransmission has given up.
    pub(crate) fn no_answer(&mut self) -> Outcome {
        match self.place {
            Place::Out { .. } => self.fail(Reason::NoAnswer),
            Place::Auth { .. } | Place::Up | Place::Leaving { .. } | Place::Gone => self.late(),
        }
    }

    fn late(&self) -> Outcome {
        let reason = if self.is_gone() { Reason::UnknownSa } else { Reason::OutOfTurn };
        Outcome { ignores: Some(reason), ..Outcome::default() }
    }

    pub(crate) fn rekeyed(&mut self) -> Outcome {
        match self.place {
            // The client may not have seen it over the old one.
            Place::Out { target, .. } => Outcome { sends: Some(target), ..Outcome::default() },
            Place::Auth { .. } | Place::Up | Place::Leaving { .. } | Place::Gone => {
                Outcome::default()
            }
        }
    }

    /// The client deletes the IKE SA, or it is dead.
    pub(crate) fn deleted(&mut self) -> Outcome {
        let left = matches!(self.place, Place::Out { .. } | Place::Leaving { .. });
        self.close();
        Outcome { left, ..Outcome::default() }
    }

    pub(crate) fn informational(&mut self, redirects: bool, how: Farewell) -> Outcome {
        let outcome = match how {
            Farewell::None => Outcome::default(),
            Farewell::Deletes => self.deleted(),
            Farewell::Fatal => self.fail(Reason::FatalNotification),
        };
        let ignores = redirects.then_some(Reason::WrongDirection);
        Outcome { acknowledges: redirects, passes: !redirects, ignores, ..outcome }
    }

    pub(crate) fn time_out(&mut self) -> Outcome {
        if !self.is_due() {
            return Outcome::default();
        }
        match (self.place, self.plan) {
            (Place::Up, Some(plan)) => self.send(plan.target),
            (Place::Out { target, repeats, .. }, _) if repeats < self.rules.tries => {
                let repeats = repeats + 1;
                let left = self.rules.pause_after(repeats);
                self.place = Place::Out { target, repeats, left };
                Outcome { repeats: true, ..Outcome::default() }
            }
            (Place::Out { .. }, _) => self.fail(Reason::NoAnswer),
            (Place::Leaving { .. }, _) => {
                self.close();
                Outcome { deletes: true, ..Outcome::default() }
            }
            (Place::Up | Place::Auth { .. } | Place::Gone, _) => Outcome::default(),
        }
    }

    fn fail(&mut self, reason: Reason) -> Outcome {
        self.close();
        Outcome { fails: Some(reason), ..Outcome::default() }
    }

    fn close(&mut self) {
        self.place = Place::Gone;
        self.plan = None;
        self.told = None;
    }
}

/// What the client's INFORMATIONAL request says of the IKE SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Farewell {
    None,
    Deletes,
    Fatal,
}
