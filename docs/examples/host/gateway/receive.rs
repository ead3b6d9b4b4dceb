//! What comes in, sorted by session and exchange. And IKE SAs that take over.

use ikev2_redirect::responder::{Event, Phase};
use ikev2_redirect::wire::{ExchangeType, Header};

use super::super::output::Path;
use super::super::payloads::Parts;
use super::super::rekey::{answer_rekey, ask_rekey, finish_rekey};
use super::super::sa::{IkeSa, Incoming, Opened};
use super::{Gateway, Key};

impl Gateway {
    pub(super) fn message(&mut self, path: Path, message: &[u8]) {
        let Ok((header, _)) = Header::parse(message) else {
            return self.out.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return self.init_request(path, message);
        }
        match self.sessions.iter().find(|(_, session)| session.sa.is_named_by(&header)) {
            Some((&key, _)) => self.protected(key, path, message),
            None => {
                let datagram = (path, message);
                if !self.departed.receive(self.now, &header, datagram, &mut self.out) {
                    self.out.note("a message for none of our IKE SAs");
                }
            }
        }
    }

    fn protected(&mut self, key: Key, path: Path, message: &[u8]) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        match session.sa.receive(message) {
            Incoming::Dropped(why) => self.out.note(format!("dropped: {why}")),
            Incoming::Response(opened) => self.response(key, &opened),
            Incoming::Repeated => self.out.send(path, session.sa.last_response()),
            Incoming::Request(opened) => {
                // An answer goes to where the request came from.
                session.sa.path = path;
                self.request(key, &opened);
            }
        }
    }

    fn request(&mut self, key: Key, opened: &Opened) {
        let Some((parts, contents)) = opened.read() else {
            return self.out.note("a malformed request");
        };
        match opened.header.exchange {
            ExchangeType::IKE_AUTH => {
                self.auth_request(key, &parts, contents, opened.header.message_id);
            }
            ExchangeType::INFORMATIONAL => self.informational(key, contents),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.tell(key, Event::MisplacedRedirect);
                }
                self.answer_rekey(key, &parts);
            }
            _ => self.out.note("a request that gateways do not answer"),
        }
    }

    /// A session has two kinds of requests: redirects and rekeying.
    fn response(&mut self, key: Key, opened: &Opened) {
        let Some((parts, contents)) = opened.read() else {
            return self.out.note("a malformed response");
        };
        if contents.redirect.is_some() {
            self.tell(key, Event::MisplacedRedirect);
        }
        if opened.header.exchange == ExchangeType::CREATE_CHILD_SA {
            self.finish_rekey(key, &parts);
        } else {
            self.acknowledged(key);
        }
        self.send_waiting(key);
    }

    fn acknowledged(&mut self, key: Key) {
        self.out.report("acknowledged", &[]);
        let Some(session) = self.sessions.get(&key) else { return };
        // After a rekey it may be the second acknowledgement.
        if session.machine.phase() == Phase::Redirecting {
            self.tell(key, Event::Acknowledged);
        }
        if self.policy.faults.redirect_and_delete {
            self.tell(key, Event::Deleted);
            self.client_left(key);
        }
    }
}

/// A new IKE SA in place of the old one: to the machine it is the same.
impl Gateway {
    pub(super) fn rekey_if_due(&mut self, key: Key) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.rekey_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        let chain = ask_rekey(&mut session.sa, self.policy.common.groups[0]);
        if let Some(message) = session.sa.request(now, ExchangeType::CREATE_CHILD_SA, &chain) {
            self.out.send(session.sa.path, &message);
        }
    }

    pub(super) fn finish_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(new) = finish_rekey(&mut session.sa, parts) else {
            return self.out.note("the peer does not rekey");
        };
        if let Some(old) = self.replace_sa(key, new, "us") {
            self.departed.delete(old, self.now, &mut self.out);
        }
    }

    pub(super) fn answer_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let Some(session) = self.sessions.get(&key) else { return };
        let (chain, new) = answer_rekey(&session.sa, parts, &self.policy.common.groups);
        self.respond(key, ExchangeType::CREATE_CHILD_SA, &chain);
        if let Some(old) = new.and_then(|new| self.replace_sa(key, new, "peer")) {
            self.departed.keep(old);
        }
    }

    /// Returns the old one.
    fn replace_sa(&mut self, key: Key, new: IkeSa, by: &str) -> Option<IkeSa> {
        self.out.keys(new.wireshark_line());
        let old = std::mem::replace(&mut self.sessions.get_mut(&key)?.sa, new);
        self.out.report("rekeyed", &[("by", &by)]);
        self.tell(key, Event::Rekeyed);
        Some(old)
    }
}
