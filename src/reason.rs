//! Why something was refused or ignored: one variant for each check.

use crate::numbered::numbered;

numbered! {
/// One fieldless variant for each check that can refuse or ignore something.
///
/// A peer's fault is never an error of the API but an outcome that carries a `Reason`; a
/// fault of the caller is a [`Misuse`](crate::Misuse). A number is never changed and never used
/// for another reason. They start at zero, so that a host counts in an array:
///
/// ```
/// use ikev2_redirect::Reason;
///
/// let mut refused = [0u64; Reason::COUNT];
/// refused[Reason::NonceMismatch as usize] += 1;
///
/// for reason in Reason::ALL {
///     let count = refused[*reason as usize];
///     if count > 0 {
///         println!("{reason}={count}"); // nonce-mismatch=1
///     }
/// }
/// ```
pub enum Reason {
    // Octets that do not add up.
    /// There are fewer octets than a length field announces.
    Truncated = 0, "truncated";
    /// Octets follow the end that a length field announces.
    TrailingOctets = 1, "trailing-octets";
    /// A payload's length is smaller than its own header.
    PayloadLength = 2, "payload-length";
    /// A Notify payload is too short for its fields or for the SPI it announces.
    NotifyLength = 3, "notify-length";
    /// A payload of unknown type is marked critical.
    UnknownCriticalPayload = 4, "unknown-critical-payload";

    // A message that is not the one expected.
    /// The major version is not 2.
    UnsupportedVersion = 5, "unsupported-version";
    /// The exchange type is not the one expected.
    WrongExchange = 6, "wrong-exchange";
    /// The initiator or response flag is not the one expected.
    WrongFlags = 7, "wrong-flags";
    /// The message id of an IKE_SA_INIT message is not zero.
    WrongMessageId = 8, "wrong-message-id";
    /// The initiator's SPI is zero.
    ZeroInitiatorSpi = 9, "zero-initiator-spi";
    /// The responder's SPI is not zero where it has to be.
    NonzeroResponderSpi = 10, "nonzero-responder-spi";
    /// An IKE_SA_INIT request lacks its SA, KE or Ni payload, or an IKE_SESSION_RESUME request its
    /// Ni or its ticket.
    MissingPayload = 11, "missing-payload";
    /// A message has two nonces.
    RepeatedNonce = 12, "repeated-nonce";
    /// A nonce is shorter than 16 or longer than 256 octets.
    NonceLength = 13, "nonce-length";
    /// An encrypted payload stands in a message of IKE_SA_INIT or IKE_SESSION_RESUME.
    EncryptedPayload = 14, "encrypted-payload";

    // A redirect notification that says something impossible.
    /// The notification is of another type than the one asked for.
    WrongNotifyType = 15, "wrong-notify-type";
    /// The SPI size of a redirect notification is not zero.
    SpiSize = 16, "spi-size";
    /// The gateway identity type is not one that may stand there.
    GatewayType = 17, "gateway-type";
    /// The gateway identity has a length that its type does not allow.
    GatewayLength = 18, "gateway-length";
    /// The name is one that DNS could not hold.
    FqdnSyntax = 19, "fqdn-syntax";
    /// An IP address stands where a name has to.
    AddressAsName = 20, "address-as-name";
    /// A REDIRECT in an IKE_SA_INIT response carries no nonce.
    NonceAbsent = 21, "nonce-absent";
    /// Octets follow the gateway identity where no nonce may stand.
    UnexpectedNonce = 22, "unexpected-nonce";
    /// One message says two different things: two unlike REDIRECTs or REDIRECTED_FROMs.
    ConflictingNotifies = 23, "conflicting-notifies";

    // A gateway that nobody can be sent to.
    /// The target is an unspecified or "this network" address.
    UnspecifiedTarget = 24, "unspecified-target";
    /// The target is a multicast address.
    MulticastTarget = 25, "multicast-target";
    /// The target is the limited broadcast address.
    BroadcastTarget = 26, "broadcast-target";
    /// The target is an IPv4 address wrapped in an IPv6 one.
    MappedTarget = 27, "mapped-target";
    /// The target stands in a range in which no host can be: reserved, discard-only or
    /// IPv4-compatible.
    ReservedTarget = 28, "reserved-target";
    /// The target is a loopback address, and those are not allowed.
    LoopbackTarget = 29, "loopback-target";
    /// The target is a link-local address, and those are not allowed.
    LinkLocalTarget = 30, "link-local-target";
    /// The target is the very address that the request was sent to.
    SelfRedirect = 31, "self-redirect";

    // The front door.
    /// The message is of IKE_SESSION_RESUME, and redirects there are not switched on.
    ResumptionOff = 32, "resumption-off";
    /// The client announced no support for redirects.
    ClientUnsupported = 33, "client-unsupported";
    /// A request to an anycast address can only be redirected, not served there.
    AnycastProceed = 34, "anycast-proceed";
    /// The target is itself an anycast address.
    AnycastTarget = 35, "anycast-target";
    /// The answer would be longer than a request whose source address nobody has proven.
    AnswerTooLong = 36, "answer-too-long";
    /// The host decided not to serve this request.
    Declined = 37, "declined";

    // The initiator.
    /// The response answers another attempt than the latest one.
    WrongInitiatorSpi = 38, "wrong-initiator-spi";
    /// The nonce in the REDIRECT is not the Ni of the latest request.
    NonceMismatch = 39, "nonce-mismatch";
    /// Redirects are switched off.
    RedirectsOff = 40, "redirects-off";
    /// Too many redirects were followed within the period.
    LimitReached = 41, "limit-reached";
    /// The host's policy does not allow the target.
    PolicyRefused = 42, "policy-refused";
    /// The target's name could not be resolved.
    Unresolvable = 43, "unresolvable";
    /// The host gave no verdict on the target in time.
    VetTimeout = 44, "vet-timeout";
    /// The host is still asked about an earlier REDIRECT.
    QuestionOpen = 45, "question-open";
    /// The gateway has not proven who it is.
    GatewayUnverified = 46, "gateway-unverified";
    /// The gateway's AUTH payload is wrong.
    GatewayAuthFailed = 47, "gateway-auth-failed";
    /// The IKE_AUTH response is neither the first nor the last.
    IntermediateResponse = 48, "intermediate-response";
    /// The peer says in the same message, or instead, that IKE_AUTH has failed.
    FatalNotification = 49, "fatal-notification";
    /// The client is on its way to another gateway already.
    MoveInProgress = 50, "move-in-progress";
    /// The request is a retransmission of one that was handled.
    RepeatedRequest = 51, "repeated-request";
    /// The IKE SA named is not one of the machine's.
    UnknownSa = 52, "unknown-sa";
    /// The host has given up the IKE SA, or the attempt to set it up.
    AttemptFailed = 53, "attempt-failed";
    /// The IKE SA was deleted by the peer or declared dead.
    SaLost = 54, "sa-lost";

    // The responder.
    /// The original initiator sent a REDIRECT, which only the original responder may.
    WrongDirection = 55, "wrong-direction";
    /// The client's AUTH payload is wrong.
    ClientAuthFailed = 56, "client-auth-failed";
    /// The client answered no transmission of the redirect.
    NoAnswer = 57, "no-answer";

    // Either machine.
    /// A REDIRECT stands in an exchange or a direction where it means nothing.
    MisplacedRedirect = 58, "misplaced-redirect";
    /// The peer's message comes too late, or too early, to mean anything.
    OutOfTurn = 59, "out-of-turn";
    /// The IKE_AUTH phase of the IKE SA is not complete yet.
    PhaseIncomplete = 60, "phase-incomplete";
}
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Reason {}
