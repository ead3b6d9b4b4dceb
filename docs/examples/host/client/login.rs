//! The client's side of the IKE_AUTH exchanges, one round of authentication after the other.

use std::collections::VecDeque;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType};

use super::super::crypto::{Eap, Turn};
use super::super::handshake::Handshake;
use super::super::message::{ANY_TRAFFIC, EAP_ONLY, identity, shared_key_auth};
use super::super::payloads::{Chain, Parts};
use super::super::proposal::esp_request;
use super::super::settings::{Common, Second};

/// One authentication of the client, and the name that it goes by.
#[derive(Debug)]
struct Round {
    id: String,
    /// EAP instead of the pre-shared key.
    eap: Option<Box<dyn Eap>>,
}

/// What to do after a response.
#[derive(Debug)]
pub(super) enum Next {
    Request(Chain, AuthMessage),
    /// The last response has come.
    Complete,
    Failed(&'static str),
}

#[derive(Debug)]
pub(super) struct Login {
    common: Common,
    childless: bool,
    handshake: Handshake,
    /// The gateway has announced MULTIPLE_AUTH_SUPPORTED.
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
    pub(super) fn new(
        common: Common,
        childless: bool,
        handshake: Handshake,
        multiple: bool,
    ) -> Self {
        let eap = |account| common.crypto.eap_client(account);
        let current = Round { id: common.id.clone(), eap: common.eap.as_ref().map(eap) };
        let second = common.second.iter().map(|second| match second {
            Second::Eap(account) => Round { id: account.user.clone(), eap: Some(eap(account)) },
            Second::PreSharedKey(name) => Round { id: name.clone(), eap: None },
        });
        let rest = second.collect();
        Login {
            childless,
            eap_keys: handshake.prove.map(Vec::from),
            handshake,
            multiple,
            current,
            rest,
            proven: false,
            idr: Vec::new(),
            verified: false,
            common,
        }
    }

    /// The first IKE_AUTH request.
    pub(super) fn first_request(&mut self) -> (Chain, AuthMessage) {
        let (mut chain, mut sent) = self.start_round();
        if let Some(peer) = &self.common.peer_id {
            chain.push(PayloadType::IDR, &identity(peer));
        }
        if self.common.eap_only {
            chain.push_notify(EAP_ONLY, &[]);
        }
        if self.multiple {
            sent.multiple_auth_supported = true;
            chain.push_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED, &[]);
        }
        if !self.childless {
            let crypto = self.common.crypto;
            chain.push(PayloadType::SA, &esp_request(crypto.suite(), crypto.random()));
            chain.push(PayloadType::TSI, &ANY_TRAFFIC);
            chain.push(PayloadType::TSR, &ANY_TRAFFIC);
        }
        (chain, sent)
    }

    /// What the AUTH payload of a response is worth.
    pub(super) fn check(&mut self, parts: &Parts<'_>) -> PeerAuth {
        let named = parts.first(PayloadType::IDR);
        if let Some(idr) = named {
            self.idr = idr.to_vec();
        }
        let Some(value) = parts.first(PayloadType::AUTH) else { return PeerAuth::Absent };
        // An AUTH under a new name stands for itself; one without answers the client's after EAP.
        let secret = match named {
            Some(_) => self.common.psk.as_bytes(),
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
        self.common.peer_id.as_deref().is_none_or(|name| identity(name) == self.idr)
    }

    /// What follows a response that [`check`](Self::check) has found no fault with.
    pub(super) fn advance(&mut self, parts: &Parts<'_>) -> Next {
        if let Some(
            NotifyType::AUTHENTICATION_FAILED
            | NotifyType::INVALID_SYNTAX
            | NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
        ) = parts.error()
        {
            return Next::Failed("the gateway ends it");
        }
        let Some(eap) = self.current.eap.as_mut().filter(|_| !self.proven) else {
            return self.next_round(parts);
        };
        let Some(packet) = parts.first(PayloadType::EAP) else { return Next::Failed("no EAP") };
        match eap.turn(packet) {
            Turn::Say(response) => {
                let sent = AuthMessage { eap: true, ..AuthMessage::NOTHING };
                Next::Request(Chain::new().with(PayloadType::EAP, &response), sent)
            }
            Turn::Success(_, msk) => {
                if let Some(msk) = msk {
                    self.eap_keys = [msk.to_vec(), msk.to_vec()];
                }
                let (chain, sent) = self.prove(Chain::new(), &self.eap_keys[0].clone());
                Next::Request(chain, sent)
            }
            Turn::Failure(_) => Next::Failed("EAP failed"),
        }
    }

    fn next_round(&mut self, parts: &Parts<'_>) -> Next {
        if let Some(next) = self.rest.pop_front() {
            self.current = next;
            self.proven = false;
            self.eap_keys = self.handshake.prove.map(Vec::from);
            let (chain, sent) = self.start_round();
            Next::Request(chain, sent)
        } else if parts.notify(NotifyType::ANOTHER_AUTH_FOLLOWS).is_some() {
            // It is the gateway that has more to prove.
            Next::Request(Chain::new(), AuthMessage::NOTHING)
        } else if self.verified {
            Next::Complete
        } else {
            Next::Failed("the gateway has proven nothing")
        }
    }

    /// IDi, and AUTH unless it has to be earned by EAP.
    fn start_round(&mut self) -> (Chain, AuthMessage) {
        let chain = Chain::new().with(PayloadType::IDI, &identity(&self.current.id));
        if self.current.eap.is_some() {
            return (chain, AuthMessage::NOTHING);
        }
        self.prove(chain, &self.common.psk.clone().into_bytes())
    }

    /// Adds AUTH by `secret`, and what is said beside it.
    fn prove(&mut self, chain: Chain, secret: &[u8]) -> (Chain, AuthMessage) {
        self.proven = true;
        let auth = self.handshake.auth_i(secret, &identity(&self.current.id));
        let mut chain = chain.with(PayloadType::AUTH, &shared_key_auth(&auth));
        let another = !self.rest.is_empty();
        if another {
            chain.push_notify(NotifyType::ANOTHER_AUTH_FOLLOWS, &[]);
        }
        (chain, AuthMessage { auth: true, another_auth_follows: another, ..AuthMessage::NOTHING })
    }
}
