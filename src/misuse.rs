//! What a host can do wrong.

use crate::numbered::numbered;

numbered! {
/// A command or an event that the host must not give now, or a setting that cannot be.
///
/// It changes nothing: the machine equals itself before the call, and nothing is to be sent. A
/// command returns it as an error, an event as an action. What peers do wrong is a
/// [`Reason`](crate::Reason). Numbers are as stable as those of reasons.
///
/// Some are ordinary. Where things happen at the same time:
/// [`UnknownQuestion`](Self::UnknownQuestion) for a verdict that comes too late and
/// [`SaClosed`](Self::SaClosed) for a redirect of a client that has just left. For a host that
/// orders the same of all its sessions: [`ClientUnsupported`](Self::ClientUnsupported),
/// [`AlreadyRedirecting`](Self::AlreadyRedirecting) and
/// [`NothingToCancel`](Self::NothingToCancel). The others are faults of the host's code.
pub enum Misuse {
    // Settings.
    /// `max_redirects` is larger than the machine can remember
    /// ([`Config::LARGEST_LIMIT`](crate::initiator::Config::LARGEST_LIMIT)).
    LimitTooLarge = 0, "limit-too-large";
    /// Redirects are to be followed, but the period of the loop limit is zero: that would be no
    /// limit.
    PeriodMissing = 1, "period-missing";

    // Commands to the client.
    /// `connect` while a connection is up or on its way.
    AlreadyConnected = 2, "already-connected";
    /// `close` while there is nothing to close.
    NotConnected = 3, "not-connected";
    /// The address cannot be a gateway's.
    UnusableAddress = 4, "unusable-address";
    /// A verdict on a question that is not the open one.
    UnknownQuestion = 5, "unknown-question";
    /// The target is an address, and another one was permitted.
    OtherAddress = 6, "other-address";
    /// `retry`, but the target is an address and so has no other.
    LiteralTarget = 7, "literal-target";
    /// `retry` while no IKE SA is being set up.
    NothingToRetry = 8, "nothing-to-retry";
    /// `renew` without an IKE SA that is up.
    NotUp = 9, "not-up";

    // Events of either machine.
    /// A response is told, and no request was.
    RequestMissing = 10, "request-missing";
    /// A request is told before the response to the last one.
    RequestRepeated = 11, "request-repeated";
    /// AUTH is said to be verified where no AUTH payload is, or to be absent where one is.
    AuthContradiction = 12, "auth-contradiction";
    /// `Established` before the IKE_AUTH phase is complete.
    PhaseIncomplete = 13, "phase-incomplete";
    /// The event does not fit where the IKE SA stands.
    OutOfTurn = 14, "out-of-turn";

    // Commands to the gateway.
    /// The client never announced support for redirects (`R3-2`, `D3-2`).
    ClientUnsupported = 15, "client-unsupported";
    /// A redirect of this client is decided, scheduled or under way already.
    AlreadyRedirecting = 16, "already-redirecting";
    /// The IKE SA is gone.
    SaClosed = 17, "sa-closed";
    /// `cancel` while no redirect waits.
    NothingToCancel = 18, "nothing-to-cancel";
}
}

impl core::fmt::Display for Misuse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Misuse::LimitTooLarge => "more redirects per period than the machine can remember",
            Misuse::PeriodMissing => "a loop limit without a period is none",
            Misuse::AlreadyConnected => "a connection is up or on its way already",
            Misuse::NotConnected => "there is no connection to close",
            Misuse::UnusableAddress => "the address cannot be a gateway's",
            Misuse::UnknownQuestion => "the verdict is on a question that is not open",
            Misuse::OtherAddress => "the target is an address, and another one was permitted",
            Misuse::LiteralTarget => "the target is an address and has no other",
            Misuse::NothingToRetry => "no IKE SA is being set up",
            Misuse::NotUp => "no IKE SA is up",
            Misuse::RequestMissing => "a response was told, but no request",
            Misuse::RequestRepeated => "a request was told before the response to the last one",
            Misuse::AuthContradiction => "what is said of AUTH contradicts the payloads",
            Misuse::PhaseIncomplete => "the IKE_AUTH phase is not complete",
            Misuse::OutOfTurn => "the event does not fit where the IKE SA stands",
            Misuse::ClientUnsupported => "the client announced no support for redirects",
            Misuse::AlreadyRedirecting => "a redirect of this client is under way already",
            Misuse::SaClosed => "the IKE SA is closed",
            Misuse::NothingToCancel => "no redirect waits to be cancelled",
        })
    }
}

impl core::error::Error for Misuse {}
