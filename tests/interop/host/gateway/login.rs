//! The gateway's side of the IKE_AUTH exchanges: what a request proves, and the
//! usual answer to it.

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType};

use crate::crypto::random;
use crate::eap::{self, Account};
use crate::message::{Chain, Parts, esp_answer, identity, identity_text, notify, shared_key_auth};
use crate::sa::Handshake;

/// Who we are and whom we let in.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) peer_id: Option<String>,
    pub(crate) psk: String,
    /// The key that we prove ourselves with; another one than `psk` in a gateway that cheats.
    pub(crate) own_psk: String,
    pub(crate) eap: Option<Account>,
    pub(crate) second: Option<Account>,
    /// Grant no CHILD SA: a peer that could not install it may give up the IKE SA, too.
    pub(crate) refuse_child: bool,
}

/// How the client is to prove itself next.
enum Stage {
    PreSharedKey {
        another: bool,
    },
    /// An identity is to be named, EAP is to begin.
    EapBegins,
    EapAsked {
        id: u8,
    },
    EapChallenged {
        id: u8,
        challenge: [u8; 16],
    },
    /// EAP has succeeded, AUTH is to follow.
    EapSucceeded,
    Done,
}

/// The usual answer to a request, unless there is a redirect in it.
pub(crate) struct Answer {
    pub(crate) chain: Chain,
    pub(crate) content: Content,
    /// The client has authenticated: this is the last response.
    pub(crate) complete: bool,
}

pub(crate) struct Login {
    credentials: Credentials,
    handshake: Handshake,
    stage: Stage,
    first: bool,
    idi: Vec<u8>,
    /// SA, TSi and TSr of the CHILD SA that the first request asked for.
    child: Option<[Vec<u8>; 3]>,
    /// The gateway's next AUTH follows EAP.
    after_eap: bool,
}

impl Login {
    pub(crate) fn new(credentials: &Credentials, handshake: Handshake) -> Self {
        let stage = match (&credentials.eap, &credentials.second) {
            (Some(_), _) => Stage::EapBegins,
            (None, second) => Stage::PreSharedKey { another: second.is_some() },
        };
        Self {
            credentials: credentials.clone(),
            handshake,
            stage,
            first: true,
            idi: Vec::new(),
            child: None,
            after_eap: false,
        }
    }

    pub(crate) fn client_name(&self) -> String {
        identity_text(&self.idi)
    }

    /// What the request proves. EAP is not looked at here: a failure of it shows in the answer.
    pub(crate) fn check(&mut self, parts: &Parts<'_>) -> PeerAuth {
        self.remember(parts);
        let (value, key) = match (&self.stage, parts.first(PayloadType::AUTH)) {
            (Stage::PreSharedKey { another }, Some(value)) => {
                let announced = parts.notify(NotifyType::ANOTHER_AUTH_FOLLOWS).is_some();
                if *another != announced || !self.is_expected_client() {
                    return PeerAuth::Failed;
                }
                (value, self.credentials.psk.as_bytes())
            }
            (Stage::EapSucceeded, Some(value)) => (value, &self.handshake.prove[0][..]),
            (Stage::EapChallenged { id, challenge }, None) => {
                return match parts.first(PayloadType::EAP) {
                    Some(packet) if self.is_answered(packet, *id, challenge) => PeerAuth::Absent,
                    Some(_) | None => PeerAuth::Failed,
                };
            }
            (Stage::EapBegins, None) => return PeerAuth::Absent,
            (Stage::EapAsked { id }, None) => {
                return match parts.first(PayloadType::EAP) {
                    Some(packet) if self.is_known_user(packet, *id) => PeerAuth::Absent,
                    Some(_) | None => PeerAuth::Failed,
                };
            }
            (
                Stage::PreSharedKey { .. }
                | Stage::EapBegins
                | Stage::EapAsked { .. }
                | Stage::EapChallenged { .. }
                | Stage::EapSucceeded
                | Stage::Done,
                _,
            ) => return PeerAuth::Failed,
        };
        if value == shared_key_auth(&self.handshake.auth_i(key, &self.idi)) {
            PeerAuth::Verified
        } else {
            PeerAuth::Failed
        }
    }

    /// The usual answer to a request that [`check`](Self::check) found in order.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut answer = Answer { chain: Chain::new(), content: Content::NOTHING, complete: false };
        if self.first {
            self.add_identity(&mut answer.chain);
            self.add_auth(&mut answer.chain);
            answer.content.auth = true;
            self.first = false;
        }
        self.stage = match self.stage {
            Stage::PreSharedKey { another: true } => Stage::EapBegins,
            Stage::EapBegins => {
                let id = 1;
                self.add_eap(&mut answer, &eap::identity_request(id));
                Stage::EapAsked { id }
            }
            Stage::EapAsked { id } => {
                let (id, challenge) = (id + 1, random());
                self.add_eap(&mut answer, &eap::challenge(id, &challenge));
                Stage::EapChallenged { id, challenge }
            }
            Stage::EapChallenged { id, .. } => {
                self.add_eap(&mut answer, &eap::verdict(id, true));
                self.after_eap = true;
                Stage::EapSucceeded
            }
            Stage::EapSucceeded => {
                self.add_auth(&mut answer.chain);
                answer.content.auth = true;
                answer.complete = true;
                Stage::Done
            }
            Stage::PreSharedKey { another: false } | Stage::Done => {
                answer.complete = true;
                Stage::Done
            }
        };
        if answer.complete {
            self.add_child(&mut answer.chain);
        }
        answer
    }

    /// An answer that has only IDr and AUTH, as wanted.
    pub(crate) fn proof(&mut self, with_identity: bool, with_auth: bool) -> Chain {
        let mut chain = Chain::new();
        if with_identity {
            self.add_identity(&mut chain);
        }
        if with_auth {
            self.add_auth(&mut chain);
        }
        chain
    }

    /// The answer to a request that [`check`](Self::check) found wrong.
    pub(crate) fn refusal(&self) -> Chain {
        match self.stage {
            Stage::EapAsked { id } | Stage::EapChallenged { id, .. } => {
                Chain::new().with(PayloadType::EAP, &eap::verdict(id, false))
            }
            Stage::PreSharedKey { .. } | Stage::EapBegins | Stage::EapSucceeded | Stage::Done => {
                Chain::new().with_notify(NotifyType::AUTHENTICATION_FAILED, &[])
            }
        }
    }

    fn remember(&mut self, parts: &Parts<'_>) {
        if let Some(idi) = parts.first(PayloadType::IDI) {
            self.idi = idi.to_vec();
        }
        let wanted = [PayloadType::SA, PayloadType::TSI, PayloadType::TSR];
        if let [Some(sa), Some(tsi), Some(tsr)] = wanted.map(|kind| parts.first(kind)) {
            self.child = Some([sa.to_vec(), tsi.to_vec(), tsr.to_vec()]);
        }
    }

    fn is_expected_client(&self) -> bool {
        self.credentials.peer_id.as_deref().is_none_or(|name| identity(name) == self.idi)
    }

    fn is_known_user(&self, packet: &[u8], id: u8) -> bool {
        self.account().is_some_and(|account| eap::is_identity(packet, id, account))
    }

    fn is_answered(&self, packet: &[u8], id: u8, challenge: &[u8; 16]) -> bool {
        self.account().is_some_and(|account| eap::is_answered(packet, id, challenge, account))
    }

    fn account(&self) -> Option<&Account> {
        self.credentials.eap.as_ref().or(self.credentials.second.as_ref())
    }

    fn add_identity(&self, chain: &mut Chain) {
        chain.push(PayloadType::IDR, &identity(&self.credentials.id));
    }

    fn add_auth(&self, chain: &mut Chain) {
        let secret = if self.after_eap {
            &self.handshake.prove[1][..]
        } else {
            self.credentials.own_psk.as_bytes()
        };
        let value = self.handshake.auth_r(secret, &identity(&self.credentials.id));
        chain.push(PayloadType::AUTH, &shared_key_auth(&value));
    }

    fn add_eap(&self, answer: &mut Answer, packet: &[u8]) {
        answer.content.eap = true;
        answer.chain.push(PayloadType::EAP, packet);
    }

    /// Grants the CHILD SA with the first proposal and all the traffic that was asked for,
    /// or refuses it.
    fn add_child(&self, chain: &mut Chain) {
        let Some([sa, tsi, tsr]) = &self.child else { return };
        if self.credentials.refuse_child {
            chain.push_notify(notify::TS_UNACCEPTABLE, &[]);
            return;
        }
        let Some(answer) = esp_answer(sa, random()) else { return };
        chain.push(PayloadType::SA, &answer);
        chain.push(PayloadType::TSI, tsi);
        chain.push(PayloadType::TSR, tsr);
    }
}
