//! The client's side of the IKE_AUTH exchanges, one round of authentication
//! after the other.

use std::collections::VecDeque;

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType};

use crate::crypto::random;
use crate::eap::{Account, Turn, client_turn};
use crate::message::{Chain, Parts, any_traffic, esp_request, identity, shared_key_auth};
use crate::sa::Handshake;

/// Who we are and whom we expect.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) peer_id: Option<String>,
    pub(crate) psk: String,
    /// EAP instead of the pre-shared key.
    pub(crate) eap: Option<Account>,
    /// EAP after the pre-shared key (RFC 4739).
    pub(crate) second: Option<Account>,
    pub(crate) childless: bool,
}

enum Round {
    PreSharedKey,
    Eap { account: Account, id: String },
}

/// What to do after a response.
pub(crate) enum Next {
    Request(Chain, Content),
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
    idr: Vec<u8>,
}

impl Login {
    pub(crate) fn new(credentials: &Credentials, handshake: Handshake, multiple: bool) -> Self {
        let mut rest = rounds(credentials);
        let current = rest.pop_front().unwrap_or(Round::PreSharedKey);
        Self {
            credentials: credentials.clone(),
            handshake,
            multiple,
            current,
            rest,
            proven: false,
            idr: Vec::new(),
        }
    }

    /// The first IKE_AUTH request.
    pub(crate) fn first_request(&mut self) -> (Chain, Content) {
        let (mut chain, mut content) = self.start_round();
        if let Some(peer) = &self.credentials.peer_id {
            chain = chain.with(PayloadType::IDR, &identity(peer));
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
        if let Some(idr) = parts.first(PayloadType::IDR) {
            self.idr = idr.to_vec();
        }
        let Some(value) = parts.first(PayloadType::AUTH) else {
            let failed = parts.error() == Some(NotifyType::AUTHENTICATION_FAILED);
            return if failed { PeerAuth::Failed } else { PeerAuth::Absent };
        };
        let after_eap = self.proven && matches!(self.current, Round::Eap { .. });
        let secret =
            if after_eap { &self.handshake.prove[1][..] } else { self.credentials.psk.as_bytes() };
        let expected = shared_key_auth(&self.handshake.auth_r(secret, &self.idr));
        let expected_id = self.credentials.peer_id.as_deref().map(identity);
        if value == expected && expected_id.is_none_or(|id| id == self.idr) {
            PeerAuth::Verified
        } else {
            PeerAuth::Failed
        }
    }

    pub(crate) fn advance(&mut self, parts: &Parts<'_>) -> Next {
        match (&self.current, self.proven) {
            (Round::Eap { account, id }, false) => {
                let Some(packet) = parts.first(PayloadType::EAP) else {
                    return Next::Failed("no-eap");
                };
                match client_turn(packet, account) {
                    Turn::Respond(response) => {
                        let content = Content { eap: true, ..Content::NOTHING };
                        Next::Request(Chain::new().with(PayloadType::EAP, &response), content)
                    }
                    Turn::Success => {
                        let idi = identity(id);
                        let auth = self.handshake.auth_i(&self.handshake.prove[0], &idi);
                        let (chain, content) = self.prove(Chain::new(), auth);
                        Next::Request(chain, content)
                    }
                    Turn::Failure => Next::Failed("eap-failure"),
                }
            }
            (Round::PreSharedKey | Round::Eap { .. }, _) => self.next_round(),
        }
    }

    fn next_round(&mut self) -> Next {
        let Some(next) = self.rest.pop_front() else { return Next::Complete };
        self.current = next;
        self.proven = false;
        let (chain, content) = self.start_round();
        Next::Request(chain, content)
    }

    /// IDi, and AUTH unless it has to be earned by EAP.
    fn start_round(&mut self) -> (Chain, Content) {
        match &self.current {
            Round::PreSharedKey => {
                let idi = identity(&self.credentials.id);
                let auth = self.handshake.auth_i(self.credentials.psk.as_bytes(), &idi);
                self.prove(Chain::new().with(PayloadType::IDI, &idi), auth)
            }
            Round::Eap { id, .. } => {
                (Chain::new().with(PayloadType::IDI, &identity(id)), Content::NOTHING)
            }
        }
    }

    fn prove(&mut self, chain: Chain, auth: [u8; 32]) -> (Chain, Content) {
        self.proven = true;
        let mut chain = chain.with(PayloadType::AUTH, &shared_key_auth(&auth));
        let another = !self.rest.is_empty();
        if another {
            chain = chain.with_notify(NotifyType::ANOTHER_AUTH_FOLLOWS, &[]);
        }
        (chain, Content { auth: true, another_auth_follows: another, ..Content::NOTHING })
    }
}

fn rounds(credentials: &Credentials) -> VecDeque<Round> {
    let Credentials { id, eap, second, .. } = credentials;
    let first = match eap {
        Some(account) => Round::Eap { account: account.clone(), id: id.clone() },
        None => Round::PreSharedKey,
    };
    let second = second
        .iter()
        .map(|account| Round::Eap { account: account.clone(), id: account.user.clone() });
    [first].into_iter().chain(second).collect()
}
