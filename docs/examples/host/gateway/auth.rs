//! IKE_AUTH: where the machine asks, the policy decides.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{Event, Stage};
use ikev2_redirect::wire::{Contents, ExchangeType};

use super::super::payloads::Parts;
use super::super::settings::When;
use super::{FIRST_TARGET, Gateway, Key};

impl Gateway {
    pub(super) fn auth_request(
        &mut self,
        key: Key,
        parts: &Parts<'_>,
        contents: Contents<'_>,
        id: u32,
    ) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let peer = session.login.check(parts);
        if peer == PeerAuth::Failed {
            let refusal = session.login.refusal();
            self.respond(key, ExchangeType::IKE_AUTH, &refusal);
        }
        let todo = self.tell(key, Event::AuthRequestReceived { peer, contents });
        match todo.decide {
            Some(stage) if self.wants_redirect(key, stage, id) => {
                self.redirect(key, FIRST_TARGET, self.now);
            }
            Some(_) => self.auth_as_usual(key, id),
            None if todo.as_usual && peer != PeerAuth::Failed => self.auth_as_usual(key, id),
            None => {}
        }
    }

    /// Whether this is the response in which clients are redirected.
    fn wants_redirect(&self, key: Key, stage: Stage, id: u32) -> bool {
        let more_to_prove = self.sessions.get(&key).is_some_and(|s| s.login.has_more_names());
        match self.policy.redirect {
            Some(When::Claimed) => stage == Stage::Claimed,
            Some(When::First) => id == 1 && stage != Stage::Claimed,
            Some(When::Last) => stage == Stage::Complete && !more_to_prove,
            Some(When::Init | When::MidEap | When::Active(_)) | None => false,
        }
    }

    fn auth_as_usual(&mut self, key: Key, id: u32) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let mut answer = session.login.answer();
        let in_mid_eap = answer.sent.eap && id > 1;
        if self.policy.faults.intermediate_redirect && in_mid_eap {
            let target = self.policy.target(FIRST_TARGET);
            answer.chain = answer.chain.with_redirect(target);
            self.out.report("redirect-sent", &[("phase", &"intermediate"), ("to", &target)]);
        }
        self.respond(key, ExchangeType::IKE_AUTH, &answer.chain);
        self.tell(key, Event::AuthResponseSent { sent: answer.sent });
        if self.policy.redirect == Some(When::MidEap) && in_mid_eap {
            // The machine keeps it until it is legal.
            self.out.report("planned", &[("to", &self.policy.target(FIRST_TARGET))]);
            self.redirect(key, FIRST_TARGET, self.now);
        }
        if answer.complete {
            self.established(key);
        }
    }

    fn established(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (peer, name) = (session.sa.path.remote.ip(), session.login.client_name());
        self.out.report("established", &[("peer", &peer), ("id", &name)]);
        session.rekey_at = self.policy.common.rekey_after.map(|pause| self.now.after(pause));
        if let Some(When::Active(pause)) = self.policy.redirect {
            self.redirect(key, FIRST_TARGET, self.now.after(pause));
        }
    }
}
