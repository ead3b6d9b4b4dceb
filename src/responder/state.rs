//! The states of the gateway machine.

use super::TargetId;
use crate::Instant;
use crate::auth::Progress;

/// Where one IKE SA stands. A target and its time are fields of the states and not a type of
/// their own, which would cost eight octets a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// The IKE_AUTH phase.
    Authenticating(Progress),
    /// The IKE_AUTH phase, and a redirect waits for its time and for a response that may carry it.
    Planned(Progress, TargetId, Instant),
    /// The IKE_AUTH phase, and the host is asked.
    Deciding(Progress),
    /// The IKE SA is up.
    Established,
    /// The IKE SA is up, and a redirect has its time.
    Scheduled(TargetId, Instant),
    /// The REDIRECT is sent.
    Redirecting {
        target: TargetId,
        /// How often it was sent again.
        repeats: u8,
        /// When to send it again or to give up.
        at: Instant,
    },
    /// The client knows, and has until then to leave.
    Leaving(Instant),
    /// The IKE SA is gone.
    Closed,
}

impl State {
    /// The redirect that is decided in the middle of IKE_AUTH, and its time.
    pub(super) const fn plan(&self) -> Option<(TargetId, Instant)> {
        match *self {
            State::Planned(_, target, at) => Some((target, at)),
            State::Authenticating(_)
            | State::Deciding(_)
            | State::Established
            | State::Scheduled(..)
            | State::Redirecting { .. }
            | State::Leaving(_)
            | State::Closed => None,
        }
    }

    /// The IKE_AUTH phase goes on, and what is decided stays decided.
    // Out of line: two rows of the table call it, and the code has to fit into small chips.
    #[inline(never)]
    pub(super) const fn at(&self, progress: Progress) -> Self {
        match self.plan() {
            Some((target, at)) => State::Planned(progress, target, at),
            None => State::Authenticating(progress),
        }
    }

    /// Whether the client was sent a REDIRECT.
    pub(super) const fn is_told_to_go(&self) -> bool {
        match self {
            State::Redirecting { .. } | State::Leaving(_) => true,
            State::Authenticating(_)
            | State::Planned(..)
            | State::Deciding(_)
            | State::Established
            | State::Scheduled(..)
            | State::Closed => false,
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        match self {
            State::Authenticating(_) | State::Planned(..) => Phase::Authenticating,
            State::Deciding(_) => Phase::Deciding,
            State::Established => Phase::Established,
            State::Scheduled(..) => Phase::Scheduled,
            State::Redirecting { .. } => Phase::Redirecting,
            State::Leaving(_) => Phase::Leaving,
            State::Closed => Phase::Closed,
        }
    }
}

/// Where one IKE SA stands, for logs and for status displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The IKE_AUTH phase is under way.
    Authenticating,
    /// An IKE_AUTH request waits for the host's decision.
    Deciding,
    /// The IKE SA is up.
    Established,
    /// The IKE SA is up, and its redirect has a time.
    Scheduled,
    /// The REDIRECT is sent and not acknowledged yet.
    Redirecting,
    /// The client was redirected and has its grace time to leave.
    Leaving,
    /// The IKE SA is gone.
    Closed,
}
