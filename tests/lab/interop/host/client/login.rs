//! The client's side of the IKE_AUTH exchanges, one round of authentication
//! after the other.

use std::collections::VecDeque;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType};

use crate::crypto::random;
use crate::eap::{self, Account, Turn};
use crate::message::{Chain, Parts, any_traffic, esp_request, identity, notify, shared_key_auth};
use crate::options::Second;
use crate::sa::Handshake;

/// Who we are and whom we expect.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) peer_id: Option<String>,
    pub(crate) psk: String,
    /// EAP instead of the pre-shared key.
    pub(crate) eap: Option<Account>,
    /// What follows the pre-shared key (RFC 4739).
    pub(crate) second: Option<Second>,
    pub(crate) childless: bool,
    /// Let the gateway prove itself by EAP alone (RFC 5998).
    pub(crate) eap_only: bool,
}

/// One authentication of the client, and the name that it goes by.
struct Round {
    id: String,
    /// EAP instead of the pre-shared key.
    eap: Option<eap::Client>,
}

/// What to do after a response.
pub(crate) enum Next {
    Request(Chain, AuthMessage),
    /// The last response has come.
    Complete,
    Failed(&'static str),
}

pub(crate) struct Login {
    credentials: Credentials,
    handshake: Handshake,
    /// Whether the gateway announced MULTIPLE_AUTH_SUPPORTED.
    multiple: bool,
    current: Round,
    rest: VecDeque<Round>,
    /// An AUTH of ours ends the current round and waits for its response.
    proven: bool,
    /// What our AUTH and the gateway's are made with after EAP.
    eap_keys: [Vec<u8>; 2],
    idr: Vec<u8>,
    /// The gateway has proven itself at least once.
    verified: bool,
}

impl Login {
    pub(crate) fn new(credentials: &Credentials, handshake: Handshake, multiple: bool) -> Self {
        let (current, rest) = rounds(credentials);
        Self {
            credentials: credentials.clone(),
            eap_keys: handshake.prove.map(Vec::from),
            handshake,
            multiple,
            current,
            rest,
            proven: false,
            idr: Vec::new(),
            verified: false,
        }
    }

    /// The first IKE_AUTH request.
    pub(crate) fn first_request(&mut self) -> (Chain, AuthMessage) {
        let (mut chain, mut content) = self.start_round();
        if let Some(peer) = &self.credentials.peer_id {
            chain = chain.with(PayloadType::IDR, &identity(peer));
        }
        if self.credentials.eap_only {
            chain = chain.with_notify(notify::EAP_ONLY, &[]);
        }
        if self.multiple {
            content.multiple_auth_supported = true;
            chain = chain.with_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED, &[]);
        }
        if !self.credentials.childless {
            chain = chain
                .with(PayloadType::SA, &esp_request(random()))
                .with(PayloadType::TSI, &any_traffic())
                .with(PayloadType::TSR, &any_traffic());
        }
        (chain, content)
    }

    /// What the AUTH payload of a response is worth.
    pub(crate) fn check(&mut self, parts: &Parts<'_>) -> PeerAuth {
        let identity_named = parts.first(PayloadType::IDR);
        if let Some(idr) = identity_named {
            self.idr = idr.to_vec();
        }
        let Some(value) = parts.first(PayloadType::AUTH) else {
            let failed = parts.error() == Some(NotifyType::AUTHENTICATION_FAILED);
            return if failed { PeerAuth::Failed } else { PeerAuth::Absent };
        };
        // An AUTH under a new name stands for itself; one without answers the client's after EAP.
        let secret = match identity_named {
            Some(_) => self.credentials.psk.as_bytes(),
            None => &self.eap_keys[1],
        };
        if !self.verified && !self.is_expected_gateway() {
            return PeerAuth::Failed;
        }
        if value == shared_key_auth(&self.handshake.auth_r(secret, &self.idr)) {
            self.verified = true;
            PeerAuth::Verified
        } else {
            PeerAuth::Failed
        }
    }

    fn is_expected_gateway(&self) -> bool {
        self.credentials.peer_id.as_deref().is_none_or(|name| identity(name) == self.idr)
    }

    /// What follows a response that [`check`](Self::check) found in order.
    pub(crate) fn advance(&mut self, parts: &Parts<'_>) -> Next {
        let Some(eap) = self.current.eap.as_mut().filter(|_| !self.proven) else {
            return self.next_round(parts);
        };
        let Some(packet) = parts.first(PayloadType::EAP) else { return Next::Failed("no-eap") };
        match eap.turn(packet) {
            Turn::Say(response) => {
                let content = AuthMessage { eap: true, ..AuthMessage::NOTHING };
                Next::Request(Chain::new().with(PayloadType::EAP, &response), content)
            }
            Turn::Success(_, msk) => {
                if let Some(msk) = msk {
                    self.eap_keys = [msk.to_vec(), msk.to_vec()];
                }
                let (chain, content) = self.prove(Chain::new(), self.eap_keys[0].clone());
                Next::Request(chain, content)
            }
            Turn::Failure(_) => Next::Failed("eap-failure"),
        }
    }

    fn next_round(&mut self, parts: &Parts<'_>) -> Next {
        if let Some(next) = self.rest.pop_front() {
            self.current = next;
            self.proven = false;
            self.eap_keys = self.handshake.prove.map(Vec::from);
            let (chain, content) = self.start_round();
            Next::Request(chain, content)
        } else if parts.notify(NotifyType::ANOTHER_AUTH_FOLLOWS).is_some() {
            // It is the gateway that has more to prove.
            Next::Request(Chain::new(), AuthMessage::NOTHING)
        } else if self.verified {
            Next::Complete
        } else {
            Next::Failed("no-proof")
        }
    }

    /// IDi, and AUTH unless it has to be earned by EAP.
    fn start_round(&mut self) -> (Chain, AuthMessage) {
        let chain = Chain::new().with(PayloadType::IDI, &identity(&self.current.id));
        if self.current.eap.is_some() {
            return (chain, AuthMessage::NOTHING);
        }
        self.prove(chain, self.credentials.psk.clone().into_bytes())
    }

    /// Adds AUTH by `secret`, and what is said beside it.
    fn prove(&mut self, chain: Chain, secret: Vec<u8>) -> (Chain, AuthMessage) {
        self.proven = true;
        let auth = self.handshake.auth_i(&secret, &identity(&self.current.id));
        let mut chain = chain.with(PayloadType::AUTH, &shared_key_auth(&auth));
        let another = !self.rest.is_empty();
        if another {
            chain = chain.with_notify(NotifyType::ANOTHER_AUTH_FOLLOWS, &[]);
        }
        (chain, AuthMessage { auth: true, another_auth_follows: another, ..AuthMessage::NOTHING })
    }
}

fn rounds(credentials: &Credentials) -> (Round, VecDeque<Round>) {
    let Credentials { id, eap, second, .. } = credentials;
    let first = Round { id: id.clone(), eap: eap.as_ref().map(eap::Client::new) };
    let second = second.iter().map(|second| match second {
        Second::Eap(account) => {
            Round { id: account.user.clone(), eap: Some(eap::Client::new(account)) }
        }
        Second::PreSharedKey(name) => Round { id: name.clone(), eap: None },
    });
    (first, second.collect())
}
