//! Where an IKE_AUTH phase stands: which response is the first, which the last, and who has
//! authenticated so far.
//!
//! A REDIRECT counts only in the first or the last IKE_AUTH response (`R6-13`). Which one is the
//! last depends on everything before it: on EAP, on EAP-only authentication (RFC 5998), on
//! further authentications of either side (RFC 4739). [`Progress`] follows the phase from what
//! each message carries; both machines use the same one.
//!
//! ```
//! use ikev2_redirect::auth::{AuthMessage, Position, Progress};
//!
//! const NOTHING: AuthMessage = AuthMessage::NOTHING;
//! let eap = AuthMessage { eap: true, ..NOTHING };
//! let auth = AuthMessage { auth: true, ..NOTHING };
//!
//! let mut progress = Progress::new(false);
//! progress.request(NOTHING); // IDi without AUTH: the client wants EAP
//! let first = AuthMessage { auth: true, eap: true, ..NOTHING };
//! assert_eq!(progress.response(first), Position::First);
//! progress.request(eap);
//! assert_eq!(progress.response(eap), Position::Intermediate); // EAP-Success
//! progress.request(auth);
//! assert_eq!(progress.response(auth), Position::Last);
//! assert!(progress.is_complete());
//! ```

use crate::wire::Contents;

/// What the host found when it checked the peer's AUTH payload. Crypto is the host's; the
/// machines take its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerAuth {
    /// The message has no AUTH payload.
    Absent,
    /// The AUTH payload is right.
    Verified,
    /// The AUTH payload is wrong, or the peer has failed in EAP: the phase is over. A client that
    /// is turned away in EAP has found nothing wrong: it says [`Absent`](Self::Absent), then
    /// [`GivenUp`](crate::initiator::Event::GivenUp).
    Failed,
}

impl PeerAuth {
    /// Whether the host can have found this in a message: an AUTH payload that is not there was
    /// not verified, and one that is there is not absent.
    #[must_use]
    pub const fn fits(self, contents: &Contents<'_>) -> bool {
        match self {
            PeerAuth::Absent => !contents.auth,
            PeerAuth::Verified => contents.auth,
            PeerAuth::Failed => true,
        }
    }
}

/// What one IKE_AUTH message carries, as far as the progress depends on it.
///
/// An AUTH payload of the peer counts only when it is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuthMessage {
    /// An AUTH payload.
    pub auth: bool,
    /// An EAP payload.
    pub eap: bool,
    /// ANOTHER_AUTH_FOLLOWS (RFC 4739); counts only beside an AUTH payload, and only when both
    /// sides announced MULTIPLE_AUTH_SUPPORTED.
    pub another_auth_follows: bool,
    /// MULTIPLE_AUTH_SUPPORTED (RFC 4739); counts only in the first request.
    pub multiple_auth_supported: bool,
}

impl AuthMessage {
    /// A message that carries none of it.
    pub const NOTHING: AuthMessage = AuthMessage {
        auth: false,
        eap: false,
        another_auth_follows: false,
        multiple_auth_supported: false,
    };

    /// What a decrypted message of the peer carries, given what the host found.
    #[must_use]
    pub const fn of_peer(contents: &Contents<'_>, peer: PeerAuth) -> Self {
        AuthMessage {
            auth: matches!(peer, PeerAuth::Verified),
            eap: contents.eap,
            another_auth_follows: contents.another_auth_follows,
            multiple_auth_supported: contents.multiple_auth_supported,
        }
    }
}

/// Where a response stands among the IKE_AUTH responses of its phase. IKE_INTERMEDIATE is not
/// counted: it is another exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// The first and the last at once.
    Only,
    /// The first of several.
    First,
    /// Neither the first nor the last.
    Intermediate,
    /// The last of several.
    Last,
}

/// The progress of one IKE_AUTH phase, fed with its requests and responses in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    client: ClientAuth,
    gateway: GatewayAuth,
    rounds: MultipleAuth,
    latest: Latest,
}

/// How far the client's own authentication is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ClientAuth {
    /// Its next request names an identity (IDi) and starts an authentication.
    Begins,
    /// It goes through EAP.
    InEap,
    /// It has authenticated all that it wants to.
    Done,
}

/// What the gateway's next response has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum GatewayAuth {
    /// An identity (IDr) and its AUTH.
    OwesIdentity,
    /// Only an AUTH: the identity is known.
    OwesAuth,
    /// Nothing yet, but another identity after the next request (RFC 4739).
    Announced,
    /// Nothing.
    Proven,
}

/// Whether more than one authentication a side is agreed on (RFC 4739).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum MultipleAuth {
    No,
    Offered,
    Agreed,
}

/// The latest message of the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Latest {
    Nothing,
    /// A request, and there was no response yet.
    FirstRequest,
    LaterRequest,
    Response,
}

impl Progress {
    /// Before the first request. `multiple_auth_offered`: the gateway's IKE_SA_INIT response had
    /// MULTIPLE_AUTH_SUPPORTED.
    #[must_use]
    pub const fn new(multiple_auth_offered: bool) -> Self {
        Progress {
            client: ClientAuth::Begins,
            gateway: GatewayAuth::OwesIdentity,
            rounds: if multiple_auth_offered { MultipleAuth::Offered } else { MultipleAuth::No },
            latest: Latest::Nothing,
        }
    }

    /// The client sends a request.
    pub const fn request(&mut self, message: AuthMessage) {
        self.latest = match self.latest {
            Latest::Nothing => {
                if matches!(self.rounds, MultipleAuth::Offered) && message.multiple_auth_supported {
                    self.rounds = MultipleAuth::Agreed;
                }
                Latest::FirstRequest
            }
            Latest::FirstRequest => Latest::FirstRequest,
            Latest::LaterRequest | Latest::Response => Latest::LaterRequest,
        };
        if matches!(self.gateway, GatewayAuth::Announced) {
            self.gateway = GatewayAuth::OwesIdentity;
        }
        let after_auth =
            if self.announces_another(message) { ClientAuth::Begins } else { ClientAuth::Done };
        self.client = match (self.client, message.auth) {
            (ClientAuth::Begins, true) => after_auth,
            (ClientAuth::Begins, false) => ClientAuth::InEap, // R6-9
            (ClientAuth::InEap, true) => {
                // The AUTH that ends EAP is answered by one (R6-7).
                if matches!(self.gateway, GatewayAuth::Proven) {
                    self.gateway = GatewayAuth::OwesAuth;
                }
                after_auth
            }
            (ClientAuth::InEap, false) => ClientAuth::InEap,
            (ClientAuth::Done, true | false) => ClientAuth::Done,
        };
    }

    /// The progress after the client has sent a request.
    #[must_use]
    pub const fn after_request(mut self, message: AuthMessage) -> Self {
        self.request(message);
        self
    }

    /// The gateway answers the request; says where the response stands.
    pub const fn response(&mut self, message: AuthMessage) -> Position {
        let first = matches!(self.latest, Latest::Nothing | Latest::FirstRequest);
        let another = self.announces_another(message);
        let last = matches!(self.client, ClientAuth::Done) && !message.eap && !another;
        self.latest = Latest::Response;
        self.gateway = match (self.gateway, message.auth) {
            (_, true) if another => GatewayAuth::Announced,
            (_, true) => GatewayAuth::Proven,
            // RFC 5998: IDr, but no AUTH.
            (GatewayAuth::OwesIdentity, false) => GatewayAuth::OwesAuth,
            (GatewayAuth::OwesAuth | GatewayAuth::Announced | GatewayAuth::Proven, false) => {
                self.gateway
            }
        };
        match (first, last) {
            (true, true) => Position::Only,
            (true, false) => Position::First,
            (false, false) => Position::Intermediate,
            (false, true) => Position::Last,
        }
    }

    /// Where the response to the latest request would stand if the gateway made it the end:
    /// without EAP and without a further authentication of its own.
    #[must_use]
    pub const fn position_if_ended(&self) -> Position {
        let mut ended = *self;
        ended.response(AuthMessage::NOTHING)
    }

    /// Whether the client has authenticated everything that it announced.
    #[must_use]
    pub const fn client_authenticated(&self) -> bool {
        matches!(self.client, ClientAuth::Done)
    }

    /// Whether the gateway has paid every AUTH that it owed so far, over all messages. The last
    /// response of a phase need not have an AUTH payload of its own.
    #[must_use]
    pub const fn gateway_authenticated(&self) -> bool {
        matches!(self.gateway, GatewayAuth::Proven | GatewayAuth::Announced)
    }

    /// Whether the gateway's next response has to carry IDr and, if it has one, CERT.
    #[must_use]
    pub const fn owes_identity(&self) -> bool {
        matches!(self.gateway, GatewayAuth::OwesIdentity | GatewayAuth::Announced)
    }

    /// Whether a request is out that has no response yet. Requests and responses take turns: a
    /// host that tells of two in a row is mistaken.
    #[must_use]
    pub const fn awaits_response(&self) -> bool {
        matches!(self.latest, Latest::FirstRequest | Latest::LaterRequest)
    }

    /// Whether both sides have authenticated, and the gateway has answered the latest request.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.latest, Latest::Response)
            && self.client_authenticated()
            && matches!(self.gateway, GatewayAuth::Proven)
    }

    const fn announces_another(&self, message: AuthMessage) -> bool {
        message.another_auth_follows && message.auth && matches!(self.rounds, MultipleAuth::Agreed)
    }
}
