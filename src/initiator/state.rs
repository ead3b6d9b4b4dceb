//! The states of the client machine.

use core::net::IpAddr;

use super::Slot;
use crate::Instant;
use crate::auth::Progress;
use crate::wire::Contents;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// Nothing is up.
    Idle,
    /// The IKE_SA_INIT request is out.
    Connecting(Attempt),
    /// The IKE_SA_INIT response redirects; the host is asked.
    VettingInit(Attempt, Vet),
    /// The IKE_AUTH phase.
    Authenticating(Attempt, Progress),
    /// An IKE_AUTH response redirects; the host is asked.
    VettingAuth(Attempt, Vet),
    /// The IKE SA is up.
    Established(Sa),
    /// An INFORMATIONAL request redirects; the host is asked.
    VettingActive(Sa, Vet),
}

/// An IKE SA and its gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sa {
    pub(super) slot: Slot,
    pub(super) gateway: IpAddr,
}

/// An IKE SA that is being set up, and the gateway that sent the client there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    pub(super) sa: Sa,
    pub(super) from: Option<IpAddr>,
}

/// An open question to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Vet {
    pub(super) until: Instant,
    pub(super) remains: Remains,
}

/// What there still is of the IKE SA over which a REDIRECT came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Remains {
    /// A whole IKE SA: to be left with a DELETE.
    Whole,
    /// One that was never finished: to be dropped.
    Unfinished,
    /// Nothing.
    Nothing,
}

impl Vet {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.until
    }

    /// The same question, when no more than this is left of the IKE SA.
    pub(super) const fn over(self, remains: Remains) -> Vet {
        Vet { remains, ..self }
    }

    /// The same question, after another message that may delete the IKE SA.
    pub(super) const fn after(self, contents: &Contents<'_>) -> Vet {
        if contents.deletes_ike_sa { self.over(Remains::Nothing) } else { self }
    }
}

impl State {
    pub(super) const fn sa(&self) -> Option<Sa> {
        match *self {
            State::Idle => None,
            State::Connecting(attempt)
            | State::VettingInit(attempt, _)
            | State::Authenticating(attempt, _)
            | State::VettingAuth(attempt, _) => Some(attempt.sa),
            State::Established(sa) | State::VettingActive(sa, _) => Some(sa),
        }
    }

    pub(super) const fn vet(&self) -> Option<Vet> {
        match *self {
            State::VettingInit(_, vet)
            | State::VettingAuth(_, vet)
            | State::VettingActive(_, vet) => Some(vet),
            State::Idle
            | State::Connecting(_)
            | State::Authenticating(..)
            | State::Established(_) => None,
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        match self {
            State::Idle => Phase::Idle,
            State::Connecting(_) => Phase::Connecting,
            State::VettingInit(..) => Phase::VettingInit,
            State::Authenticating(..) => Phase::Authenticating,
            State::VettingAuth(..) => Phase::VettingAuth,
            State::Established(_) => Phase::Established,
            State::VettingActive(..) => Phase::VettingActive,
        }
    }
}

/// Where the connection stands, for logs and for status displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing is up and nothing is tried.
    Idle,
    /// The IKE_SA_INIT request is out.
    Connecting,
    /// An IKE_SA_INIT response redirects; a verdict is awaited.
    VettingInit,
    /// The IKE_AUTH phase is under way.
    Authenticating,
    /// An IKE_AUTH response redirects; a verdict is awaited.
    VettingAuth,
    /// The IKE SA is up.
    Established,
    /// The gateway redirects the established session; a verdict is awaited.
    VettingActive,
}
