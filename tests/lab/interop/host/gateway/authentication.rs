//! IKE_AUTH: where the machine asks, the command line decides.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Event, Stage};
use ikev2_redirect::wire::{Contents, ExchangeType};

use crate::message::Parts;

use super::options::When;
use super::{Gateway, Key, TARGET};

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
        let todo = self.tell(key, Event::AuthRequest { peer, contents });
        match todo.decide {
            Some(stage) if self.wants_redirect(key, stage, id) => self.redirect(key),
            Some(_) => self.auth_as_usual(key, id),
            None if todo.as_usual => self.auth_as_usual(key, id),
            None => {}
        }
    }

    /// Whether this is the response in which clients are redirected.
    fn wants_redirect(&self, key: Key, stage: Stage, id: u32) -> bool {
        let first = id == 1;
        let last = stage == Stage::Complete && !self.sessions[&key].login.has_more_names();
        match self.options.when {
            Some(When::EapFirst) => stage == Stage::Claimed,
            Some(When::AuthFirst) => first && stage != Stage::Claimed,
            Some(When::AuthLast) => last,
            Some(When::Init | When::MidEap | When::Active(_)) | None => false,
        }
    }

    fn redirect(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let actions = session.machine.redirect(now, TARGET);
        self.command(key, actions);
    }

    fn auth_as_usual(&mut self, key: Key, id: u32) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let mut answer = session.login.answer();
        if self.options.intermediate_redirect && answer.content.eap && id > 1 {
            answer.chain = answer.chain.with_encoded(&self.options.target().redirect_payload());
            let to = self.options.target().gateway();
            self.reporter.event("redirect-sent", &[("phase", &"intermediate"), ("to", &to)]);
        }
        self.respond(key, ExchangeType::IKE_AUTH, &answer.chain);
        self.tell(key, Event::AuthResponse { sent: answer.content });
        if self.options.when == Some(When::MidEap) && is_mid_eap(answer.content, id) {
            self.redirect(key);
        }
        if answer.complete {
            self.established(key);
        }
    }

    fn established(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (peer, name) = (session.sa.path.remote.ip(), session.login.client_name());
        self.reporter.event("established", &[("peer", &peer), ("id", &name)]);
        session.rekey_at = self.options.common.rekey_after_ms.map(|ms| now.after(ms));
        if let Some(When::Active(delay)) = self.options.when {
            let actions = session.machine.redirect_at(now, TARGET, now.after(delay));
            self.command(key, actions);
        }
    }

    pub(super) fn respond_redirect(&mut self, key: Key, with_identity: bool, with_auth: bool) {
        let redirect = self.options.target().redirect_payload();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let chain = session.login.proof(with_identity, with_auth).with_encoded(&redirect);
        self.respond(key, ExchangeType::IKE_AUTH, &chain);
        let to = self.options.target().gateway();
        self.reporter.event("redirect-sent", &[("phase", &"auth"), ("to", &to)]);
    }
}

/// After the first response, while EAP still runs.
fn is_mid_eap(sent: AuthMessage, id: u32) -> bool {
    sent.eap && id > 1
}
