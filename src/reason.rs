//! Why something was refused or ignored: one variant for each check.

/// Defines [`Reason`] together with its list and its names, so that none of the three can drift.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// One fieldless variant for each check that can refuse or ignore something.
        ///
        /// A peer's fault is never an error of the API but an outcome that carries a `Reason`; a
        /// fault of the caller is a [`Misuse`](crate::Misuse). The variants are numbered from
        /// zero, so that a host counts them in an array:
        ///
        /// ```
        /// use ikev2_redirect::Reason;
        ///
        /// let mut refused = [0u64; Reason::COUNT];
        /// refused[Reason::NonceMismatch as usize] += 1;
        ///
        /// for (reason, count) in Reason::ALL.iter().zip(refused) {
        ///     if count > 0 {
        ///         println!("{}={count}", reason.name()); // nonce-mismatch=1
        ///     }
        /// }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of its number.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)+];

            /// How many reasons there are; each `reason as usize` is below it.
            pub const COUNT: usize = Self::ALL.len();

            /// A stable short name in kebab-case, for logs and metric labels.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Reason::$variant => $name,)+
                }
            }
        }
    };
}

reasons! {
    // Octets that do not add up.
    /// There are fewer octets than a length field announces.
    Truncated = "truncated",
    /// Octets follow the end that a length field announces.
    TrailingOctets = "trailing-octets",
    /// A payload's length is smaller than its own header.
    PayloadLength = "payload-length",
    /// A Notify payload is too short for its fields or for the SPI it announces.
    NotifyLength = "notify-length",
    /// A payload of unknown type is marked critical.
    UnknownCriticalPayload = "unknown-critical-payload",

    // A message that is not the one expected.
    /// The major version is not 2.
    UnsupportedVersion = "unsupported-version",
    /// The exchange type is not the one expected.
    WrongExchange = "wrong-exchange",
    /// The initiator or response flag is not the one expected.
    WrongFlags = "wrong-flags",
    /// The message id of an IKE_SA_INIT message is not zero.
    WrongMessageId = "wrong-message-id",
    /// The initiator's SPI is zero.
    ZeroInitiatorSpi = "zero-initiator-spi",
    /// The responder's SPI is not zero where it has to be.
    NonzeroResponderSpi = "nonzero-responder-spi",
    /// An IKE_SA_INIT request lacks its SA, KE or Ni payload.
    MissingPayload = "missing-payload",
    /// A message has two nonces.
    RepeatedNonce = "repeated-nonce",
    /// A nonce is shorter than 16 or longer than 256 octets.
    NonceLength = "nonce-length",

    // A redirect notification that says something impossible.
    /// The notification is of another type than the one asked for.
    WrongNotifyType = "wrong-notify-type",
    /// The SPI size of a redirect notification is not zero.
    SpiSize = "spi-size",
    /// The gateway identity type is not one that may stand there.
    GatewayType = "gateway-type",
    /// The gateway identity has a length that its type does not allow.
    GatewayLength = "gateway-length",
    /// The name is empty, longer than 255 octets, or has an octet that is not printable ASCII.
    FqdnSyntax = "fqdn-syntax",
    /// A REDIRECT in an IKE_SA_INIT response carries no nonce.
    NonceAbsent = "nonce-absent",
    /// Octets follow the gateway identity where no nonce may stand.
    UnexpectedNonce = "unexpected-nonce",
    /// One message says two different things: two unlike REDIRECTs or REDIRECTED_FROMs.
    ConflictingNotifies = "conflicting-notifies",

    // A gateway that nobody can be sent to.
    /// The target is an unspecified or "this network" address.
    UnspecifiedTarget = "unspecified-target",
    /// The target is a multicast address.
    MulticastTarget = "multicast-target",
    /// The target is the limited broadcast address.
    BroadcastTarget = "broadcast-target",
    /// The target is an IPv4 address wrapped in an IPv6 one.
    MappedTarget = "mapped-target",
    /// The target is a loopback address, and those are not allowed.
    LoopbackTarget = "loopback-target",
    /// The target is a link-local address, and those are not allowed.
    LinkLocalTarget = "link-local-target",
    /// The target is the very address that the request was sent to.
    SelfRedirect = "self-redirect",

    // The front door.
    /// The client announced no support for redirects.
    ClientUnsupported = "client-unsupported",
    /// A request to an anycast address can only be redirected, not served there.
    AnycastProceed = "anycast-proceed",
    /// The target is itself an anycast address.
    AnycastTarget = "anycast-target",
    /// The answer would be longer than a request whose source address nobody has proven.
    AnswerTooLong = "answer-too-long",
    /// The host decided not to serve this request.
    Declined = "declined",

    // The initiator.
    /// The response answers another attempt than the latest one.
    WrongInitiatorSpi = "wrong-initiator-spi",
    /// The nonce in the REDIRECT is not the Ni of the latest request.
    NonceMismatch = "nonce-mismatch",
    /// Redirects are switched off.
    RedirectsOff = "redirects-off",
    /// Too many redirects were followed within the period.
    LimitReached = "limit-reached",
    /// The host's policy does not allow the target.
    PolicyRefused = "policy-refused",
    /// The target's name could not be resolved.
    Unresolvable = "unresolvable",
    /// The host gave no verdict on the target in time.
    VetTimeout = "vet-timeout",
    /// A verdict on an earlier REDIRECT is still awaited.
    VettingInProgress = "vetting-in-progress",
    /// The gateway has not proven who it is.
    GatewayUnverified = "gateway-unverified",
    /// The gateway's AUTH payload is wrong.
    GatewayAuthFailed = "gateway-auth-failed",
    /// The IKE_AUTH response is neither the first nor the last.
    IntermediateResponse = "intermediate-response",
    /// The peer says by a fatal error notification that the IKE SA has failed.
    FatalNotification = "fatal-notification",
    /// The IKE_AUTH phase is not complete yet.
    PhaseIncomplete = "phase-incomplete",
    /// The client is on its way to another gateway already.
    MoveInProgress = "move-in-progress",
    /// The request is a retransmission of one that was handled.
    RepeatedRequest = "repeated-request",
    /// The IKE SA named is not one of the machine's.
    UnknownSa = "unknown-sa",
    /// The attempt to set up an IKE SA failed.
    AttemptFailed = "attempt-failed",
    /// The IKE SA was deleted by the peer or declared dead.
    SaLost = "sa-lost",

    // The responder.
    /// The original initiator sent a REDIRECT, which only the original responder may.
    WrongDirection = "wrong-direction",
    /// The client's AUTH payload is wrong.
    ClientAuthFailed = "client-auth-failed",
    /// The client answered no transmission of the redirect.
    NoAnswer = "no-answer",

    // Either machine.
    /// A REDIRECT stands in an exchange or a direction where it means nothing.
    MisplacedRedirect = "misplaced-redirect",
    /// The event does not fit the state of the machine.
    OutOfTurn = "out-of-turn",
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Reason {}
