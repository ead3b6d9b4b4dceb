//! What a caller can do wrong.

/// A command that the host must not give now, or a setting that cannot be.
///
/// A refused command changes nothing: the machine equals itself before the call, and nothing is
/// to be sent. What peers do wrong is a [`Reason`](crate::Reason).
///
/// Three are ordinary where things happen at the same time: [`NothingToVet`](Self::NothingToVet)
/// for a verdict that comes too late, [`SaClosed`](Self::SaClosed) for a redirect of a client that
/// has just left, and [`ClientUnsupported`](Self::ClientUnsupported) for a host that tries all its
/// sessions. The others are faults of the host's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misuse {
    /// `max_redirects` is larger than the machine can remember
    /// ([`LoopLimit::CAPACITY`](crate::initiator::LoopLimit::CAPACITY)).
    LimitTooLarge,
    /// Redirects are to be followed, but the period of the loop limit is zero: that would be no
    /// limit.
    PeriodMissing,
    /// `connect` while a connection is up or on its way.
    AlreadyConnected,
    /// `close` while there is nothing to close.
    NotConnected,
    /// `permit` or `refuse` while no question is open.
    NothingToVet,
    /// The address cannot be a gateway: unspecified, multicast, broadcast or IPv4-mapped.
    UnusableAddress,
    /// The client never announced support for redirects (`R3-2`, `D3-2`).
    ClientUnsupported,
    /// A redirect of this client is decided, scheduled or under way already.
    AlreadyRedirecting,
    /// The IKE SA is gone or going.
    SaClosed,
    /// `cancel` while no redirect waits.
    NothingToCancel,
    /// A response is told, and no request was.
    RequestMissing,
    /// A request is told before the response to the last one.
    RequestRepeated,
    /// AUTH is said to be verified where no AUTH payload is, or to be absent where one is.
    AuthContradiction,
    /// The event does not fit where the IKE SA stands.
    OutOfTurn,
}

impl core::fmt::Display for Misuse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Misuse::LimitTooLarge => "more redirects per period than the machine can remember",
            Misuse::PeriodMissing => "a loop limit without a period is none",
            Misuse::AlreadyConnected => "a connection is up or on its way already",
            Misuse::NotConnected => "there is no connection to close",
            Misuse::NothingToVet => "no target waits for a verdict",
            Misuse::UnusableAddress => "the address cannot be a gateway",
            Misuse::ClientUnsupported => "the client announced no support for redirects",
            Misuse::AlreadyRedirecting => "a redirect of this client is under way already",
            Misuse::SaClosed => "the IKE SA is closed",
            Misuse::NothingToCancel => "no redirect waits to be cancelled",
            Misuse::RequestMissing => "a response was told, but no request",
            Misuse::RequestRepeated => "a request was told before the response to the last one",
            Misuse::AuthContradiction => "what is said of AUTH contradicts the payloads",
            Misuse::OutOfTurn => "the event does not fit where the IKE SA stands",
        })
    }
}

impl core::error::Error for Misuse {}
