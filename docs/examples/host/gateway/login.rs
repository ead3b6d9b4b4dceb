//! The gateway's side of the IKE_AUTH exchanges: what a request proves, and the usual answer.

use std::collections::VecDeque;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType};

use super::super::crypto::{Account, Eap, Turn};
use super::super::handshake::Handshake;
use super::super::message::{TS_UNACCEPTABLE, identity, identity_text, shared_key_auth};
use super::super::payloads::{Chain, Parts};
use super::super::proposal::esp_answer;
use super::super::settings::{Policy, Second};

/// One authentication of the client.
#[derive(Debug)]
struct Round {
    /// The only name that it may go by.
    name: Option<String>,
    /// EAP instead of the pre-shared key.
    eap: Option<Account>,
}

/// What the client's next request has to bring.
#[derive(Debug)]
enum Stage {
    /// IDi, and AUTH unless the round is one of EAP.
    Identity,
    /// An EAP packet.
    Eap(Box<dyn Eap>),
    /// The AUTH after EAP.
    Auth,
    /// Nothing: it is us who have more to prove.
    Nothing,
}

/// The usual answer to a request, unless there is a redirect in it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) chain: Chain,
    pub(super) sent: AuthMessage,
    /// The client has authenticated: this is the last response.
    pub(super) complete: bool,
}

#[derive(Debug)]
pub(super) struct Login {
    policy: Policy,
    handshake: Handshake,
    round: Round,
    rest: VecDeque<Round>,
    stage: Stage,
    /// What EAP says to the request that was checked last.
    turn: Option<Turn>,
    /// What the client's AUTH and ours are made with after EAP.
    eap_keys: [Vec<u8>; 2],
    idi: Vec<u8>,
    /// The names that we still have to prove, the next one first.
    own: VecDeque<String>,
    idr: Vec<u8>,
    /// SA, TSi and TSr of the CHILD SA that the first request asked for.
    child: Option<[Vec<u8>; 3]>,
}

impl Login {
    pub(super) fn new(policy: &Policy, handshake: Handshake) -> Self {
        let common = &policy.common;
        let own = [Some(common.id.clone()), policy.own_second.clone()];
        let round = Round { name: common.peer_id.clone(), eap: common.eap.clone() };
        let second = common.second.iter().map(|second| match second {
            Second::Eap(account) => Round { name: None, eap: Some(account.clone()) },
            Second::PreSharedKey(name) => Round { name: Some(name.clone()), eap: None },
        });
        Login {
            round,
            rest: second.collect(),
            stage: Stage::Identity,
            turn: None,
            eap_keys: handshake.prove.map(Vec::from),
            handshake,
            idi: Vec::new(),
            own: own.into_iter().flatten().collect(),
            idr: Vec::new(),
            child: None,
            policy: policy.clone(),
        }
    }

    pub(super) fn client_name(&self) -> String {
        identity_text(&self.idi)
    }

    /// Whether a response after the next one has more of us to prove.
    pub(super) fn has_more_names(&self) -> bool {
        self.own.len() > 1
    }

    /// What the request proves.
    pub(super) fn check(&mut self, parts: &Parts<'_>) -> PeerAuth {
        self.remember(parts);
        let in_order = match (&mut self.stage, &self.round.eap) {
            (Stage::Identity, None) => {
                return self.check_auth(parts, self.policy.common.psk.as_bytes());
            }
            (Stage::Auth, _) => return self.check_auth(parts, &self.eap_keys[0]),
            (Stage::Identity, Some(_)) => parts.first(PayloadType::IDI).is_some(),
            (Stage::Eap(eap), _) => {
                let turn = eap.turn(parts.first(PayloadType::EAP).unwrap_or_default());
                let failed = matches!(turn, Turn::Failure(_));
                self.turn = Some(turn);
                !failed
            }
            (Stage::Nothing, _) => true,
        };
        let absent = in_order && parts.first(PayloadType::AUTH).is_none();
        if absent { PeerAuth::Absent } else { PeerAuth::Failed }
    }

    fn check_auth(&self, parts: &Parts<'_>, secret: &[u8]) -> PeerAuth {
        let right = shared_key_auth(&self.handshake.auth_i(secret, &self.idi));
        let known = self.round.name.as_deref().is_none_or(|name| identity(name) == self.idi);
        let another = parts.notify(NotifyType::ANOTHER_AUTH_FOLLOWS).is_some();
        let as_announced = another != self.rest.is_empty();
        if parts.first(PayloadType::AUTH) == Some(&right) && known && as_announced {
            PeerAuth::Verified
        } else {
            PeerAuth::Failed
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

    /// The usual answer to a request that [`check`](Self::check) found in order.
    pub(super) fn answer(&mut self) -> Answer {
        let sent = AuthMessage::NOTHING;
        let mut answer = Answer { chain: Chain::new(), sent, complete: false };
        self.prove_next_name(&mut answer);
        match (&self.stage, self.turn.take()) {
            (Stage::Identity, _) => match &self.round.eap {
                Some(account) => {
                    let (eap, packet) = self.policy.common.crypto.eap_server(account);
                    add_eap(&mut answer, &packet);
                    self.stage = Stage::Eap(eap);
                }
                None => self.next_round(&mut answer),
            },
            (Stage::Eap(_), Some(Turn::Say(packet))) => add_eap(&mut answer, &packet),
            (Stage::Eap(_), Some(Turn::Success(packet, msk))) => {
                add_eap(&mut answer, &packet);
                if let Some(msk) = msk {
                    self.eap_keys = [msk.to_vec(), msk.to_vec()];
                }
                self.stage = Stage::Auth;
            }
            (Stage::Eap(_), Some(Turn::Failure(_)) | None) => {}
            (Stage::Auth, _) => {
                self.add_auth(&mut answer.chain);
                answer.sent.auth = true;
                self.next_round(&mut answer);
            }
            (Stage::Nothing, _) => self.next_round(&mut answer),
        }
        if answer.complete {
            self.add_child(&mut answer.chain);
        }
        answer
    }

    fn prove_next_name(&mut self, answer: &mut Answer) {
        if self.own.is_empty() {
            return;
        }
        self.add_identity(&mut answer.chain);
        self.own.pop_front();
        if self.policy.common.eap_only {
            return;
        }
        self.add_auth(&mut answer.chain);
        answer.sent.auth = true;
        if !self.own.is_empty() {
            answer.chain.push_notify(NotifyType::ANOTHER_AUTH_FOLLOWS, &[]);
            answer.sent.another_auth_follows = true;
        }
    }

    fn next_round(&mut self, answer: &mut Answer) {
        if let Some(next) = self.rest.pop_front() {
            self.round = next;
            self.stage = Stage::Identity;
            self.eap_keys = self.handshake.prove.map(Vec::from);
        } else {
            answer.complete = self.own.is_empty();
            self.stage = Stage::Nothing;
        }
    }

    /// An answer that has only IDr and AUTH, as wanted.
    pub(super) fn proof(&mut self, with_identity: bool, with_auth: bool) -> Chain {
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
    pub(super) fn refusal(&self) -> Chain {
        match &self.turn {
            Some(Turn::Failure(packet)) => Chain::new().with(PayloadType::EAP, packet),
            Some(Turn::Say(_) | Turn::Success(..)) | None => {
                Chain::new().with_notify(NotifyType::AUTHENTICATION_FAILED, &[])
            }
        }
    }

    fn add_identity(&mut self, chain: &mut Chain) {
        self.idr = identity(self.own.front().unwrap_or(&self.policy.common.id));
        chain.push(PayloadType::IDR, &self.idr);
    }

    /// AUTH under the name said last: by the pre-shared key when it has just been said, by the key
    /// of the IKE SA in answer to the client's AUTH after EAP.
    fn add_auth(&self, chain: &mut Chain) {
        let psk = self.policy.common.psk.as_bytes();
        let secret = match self.stage {
            Stage::Auth => self.eap_keys[1].clone(),
            _ if self.policy.faults.wrong_psk => [b"not ", psk].concat(),
            _ => psk.to_vec(),
        };
        chain.push(PayloadType::AUTH, &shared_key_auth(&self.handshake.auth_r(&secret, &self.idr)));
    }

    /// Grants the CHILD SA with the first proposal and all the traffic that was asked for, or
    /// refuses it.
    fn add_child(&self, chain: &mut Chain) {
        let Some([sa, tsi, tsr]) = &self.child else { return };
        if self.policy.refuse_child {
            chain.push_notify(TS_UNACCEPTABLE, &[]);
            return;
        }
        let Some(answer) = esp_answer(sa, self.policy.common.crypto.random()) else { return };
        chain.push(PayloadType::SA, &answer);
        chain.push(PayloadType::TSI, tsi);
        chain.push(PayloadType::TSR, tsr);
    }
}

fn add_eap(answer: &mut Answer, packet: &[u8]) {
    answer.sent.eap = true;
    answer.chain.push(PayloadType::EAP, packet);
}
