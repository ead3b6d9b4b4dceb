//! What comes in, sorted by session and exchange.

use ikev2_redirect::responder::Event;
use ikev2_redirect::wire::{Contents, ExchangeType, Header};

use crate::message::Parts;
use crate::net::Inbound;
use crate::sa::{Incoming, Opened};

use super::{Gateway, Key};

impl Gateway {
    pub(super) fn receive(&mut self, inbound: &Inbound) {
        let Ok((header, _)) = Header::parse(&inbound.message) else {
            return self.reporter.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return self.init_request(inbound);
        }
        let now = self.clock.now();
        match self.sessions.iter().find(|(_, session)| session.sa.is_named_by(&header)) {
            Some((&key, _)) => self.protected(key, inbound),
            None => {
                if !self.departed.receive(&header, inbound, now, &self.net) {
                    self.reporter.note("message for no SA of ours");
                }
            }
        }
    }

    fn protected(&mut self, key: Key, inbound: &Inbound) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        match session.sa.receive(&inbound.message) {
            Incoming::Dropped(why) => self.reporter.note(&format!("dropped: {why}")),
            Incoming::Response(opened) => self.response(key, &opened),
            Incoming::Repeated(_) => self.net.send(inbound.path, session.sa.last_response()),
            Incoming::Request(opened) => {
                // An answer goes to where the request came from.
                session.sa.path = inbound.path;
                self.request(key, &opened);
            }
        }
    }

    pub(super) fn request(&mut self, key: Key, opened: &Opened) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed request");
        };
        match opened.header.exchange {
            ExchangeType::IKE_AUTH => {
                self.auth_request(key, &parts, contents, opened.header.message_id);
            }
            ExchangeType::INFORMATIONAL => self.informational(key, &parts, contents),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.tell(key, Event::MisplacedRedirect);
                }
                self.answer_rekey(key, &parts);
            }
            _ => self.reporter.note("a request that gateways do not answer"),
        }
    }

    /// A living session has two kinds of requests: redirects and rekeying.
    fn response(&mut self, key: Key, opened: &Opened) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed response");
        };
        if contents.redirect.is_some() {
            self.tell(key, Event::MisplacedRedirect);
        }
        if opened.header.exchange == ExchangeType::CREATE_CHILD_SA {
            self.finish_rekey(key, &parts);
        } else {
            self.reporter.event("acknowledged", &[]);
            self.tell(key, Event::Acknowledged);
            if self.options.redirect_and_delete {
                self.tell(key, Event::SaDeleted);
                self.client_left(key);
            }
        }
        self.send_waiting(key);
    }
}
