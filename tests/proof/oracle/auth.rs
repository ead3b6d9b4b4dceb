//! The rules of an IKE_AUTH phase, as predicates over the list of its messages.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::Contents;

/// One message of the phase. The AUTH of a peer counts only when it is verified, so `auth` in a
/// received message means "there and right".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Request(AuthMessage),
    Response(AuthMessage),
}

/// What a peer's message carries. Its AUTH counts only when the host found it right.
pub(crate) fn carried(contents: &Contents<'_>, peer: PeerAuth) -> AuthMessage {
    AuthMessage {
        auth: peer == PeerAuth::Verified,
        eap: contents.eap,
        another_auth_follows: contents.another_auth_follows,
        multiple_auth_supported: contents.multiple_auth_supported,
    }
}

/// The payloads of a message that carries this.
pub(crate) fn payloads(carries: AuthMessage) -> Contents<'static> {
    Contents {
        auth: carries.auth,
        eap: carries.eap,
        another_auth_follows: carries.another_auth_follows,
        multiple_auth_supported: carries.multiple_auth_supported,
        ..Contents::default()
    }
}

/// What the host says of AUTH cannot be: the payload is there or it is not.
pub(crate) fn contradicts(peer: PeerAuth, contents: &Contents<'_>) -> bool {
    match peer {
        PeerAuth::Absent => contents.auth,
        PeerAuth::Verified => !contents.auth,
        PeerAuth::Failed => false,
    }
}

/// The messages of one IKE_AUTH phase so far, in order.
#[derive(Clone, Debug)]
pub(crate) struct AuthPhase {
    /// The gateway announced MULTIPLE_AUTH_SUPPORTED in IKE_SA_INIT.
    pub(crate) offered: bool,
    pub(crate) messages: Vec<Message>,
}

impl AuthPhase {
    pub(crate) fn with(mut self, message: Message) -> AuthPhase {
        self.messages.push(message);
        self
    }

    fn requests(&self) -> Vec<AuthMessage> {
        let request = |message: &Message| match *message {
            Message::Request(content) => Some(content),
            Message::Response(_) => None,
        };
        self.messages.iter().filter_map(request).collect()
    }

    fn responses(&self) -> usize {
        self.messages.len() - self.requests().len()
    }

    /// A request is out.
    pub(crate) fn awaits_response(&self) -> bool {
        matches!(self.messages.last(), Some(Message::Request(_)))
    }

    /// RFC 4739 is in force when both sides announced it, the client in its first request. A host
    /// that makes up a response before it sends anything has lost that chance.
    fn agreed(&self) -> bool {
        let first = self.messages.first();
        let offer =
            |message| matches!(message, &Message::Request(first) if first.multiple_auth_supported);
        self.offered && first.is_some_and(offer)
    }

    /// ANOTHER_AUTH_FOLLOWS counts beside an AUTH payload, if RFC 4739 is in force.
    fn announces_another(&self, content: AuthMessage) -> bool {
        self.agreed() && content.auth && content.another_auth_follows
    }

    /// The client has sent an AUTH after which it wants no other.
    pub(crate) fn client_done(&self) -> bool {
        self.requests().iter().any(|&request| request.auth && !self.announces_another(request))
    }

    /// The client's latest request began or continued an EAP exchange.
    pub(crate) fn client_in_eap(&self) -> bool {
        self.requests().last().is_some_and(|latest| !latest.auth) && !self.client_done()
    }

    /// No response but, perhaps, the one at the end of the list.
    pub(crate) fn ends_with_first(&self) -> bool {
        self.responses() == 1
    }

    /// The response at the end of the list ends the phase: the client is done, the response goes
    /// on neither with EAP nor with another authentication of the gateway.
    pub(crate) fn ends_with_last(&self) -> bool {
        let Some(Message::Response(response)) = self.messages.last() else { return false };
        self.client_done() && !response.eap && !self.announces_another(*response)
    }

    /// Where the latest right AUTH of the gateway stands.
    fn latest_proof(&self) -> Option<usize> {
        self.messages
            .iter()
            .rposition(|message| matches!(message, Message::Response(content) if content.auth))
    }

    /// The gateway's proof is there and covers all that the client asked for since (R6-4, R6-7):
    /// a client's AUTH at the end of EAP wants an answer of its own, and a gateway that announced
    /// another authentication owes it after the next request.
    pub(crate) fn gateway_verified(&self) -> bool {
        let Some(proof) = self.latest_proof() else { return false };
        let later = proof + 1..self.messages.len();
        let owes_answer = later.clone().any(|at| self.is_auth_after_eap(at));
        let owes_another = self.gateway_announced_at(proof)
            && later.clone().any(|at| matches!(self.messages[at], Message::Request(_)));
        !owes_answer && !owes_another
    }

    /// The request at `at` carries the AUTH that ends EAP: the client's request before it had
    /// none, and the client was not done.
    fn is_auth_after_eap(&self, at: usize) -> bool {
        let Message::Request(request) = self.messages[at] else { return false };
        let before = AuthPhase { offered: self.offered, messages: self.messages[..at].to_vec() };
        let in_eap = before.requests().last().is_some_and(|earlier| !earlier.auth);
        request.auth && in_eap && !before.client_done()
    }

    fn gateway_announced_at(&self, at: usize) -> bool {
        matches!(self.messages[at], Message::Response(content) if self.announces_another(content))
    }

    /// Everybody has proven everything, and the gateway has answered the last request.
    pub(crate) fn is_complete(&self) -> bool {
        let announced = self.latest_proof().is_some_and(|proof| self.gateway_announced_at(proof));
        let answered = matches!(self.messages.last(), Some(Message::Response(_)));
        answered && self.client_done() && self.gateway_verified() && !announced
    }

    /// The gateway's next response has to name it: the first one, and the one to the first
    /// request after it announced another authentication.
    pub(crate) fn gateway_owes_identity(&self) -> bool {
        let is_response = |message: &Message| matches!(message, Message::Response(_));
        if self.responses() == 0 {
            return true;
        }
        let Some(proof) = self.latest_proof().filter(|&proof| self.gateway_announced_at(proof))
        else {
            return false;
        };
        let later = &self.messages[proof + 1..];
        match later.iter().position(|message| !is_response(message)) {
            Some(request) => !later[request..].iter().any(is_response),
            None => false,
        }
    }
}
