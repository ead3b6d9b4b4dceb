//! One IKE_SA_INIT exchange as its initiator: the request, its retries, and the keys that come of
//! it.

use ikev2_redirect::Instant;
use ikev2_redirect::initiator::SentInit;
use ikev2_redirect::wire::{Flags, Header, InitNotifies, NotifyType, PayloadType, Spi};

use super::super::handshake::{Handshake, KeyExchange};
use super::super::message::{init_message, sees_nat, split_key_exchange, with_nat_detection};
use super::super::output::Path;
use super::super::payloads::{Chain, Parts};
use super::super::proposal::{ike_chosen, ike_offer};
use super::super::sa::{Flight, IkeSa};
use super::super::settings::Common;

/// How often a request may change: for a cookie, for another group.
const MOST_RETRIES: u32 = 4;

#[derive(Debug)]
pub(super) struct Attempt {
    common: Common,
    pub(super) path: Path,
    notifies: InitNotifies,
    /// In the order of our preference; the KE payload is for the first.
    groups: Vec<u16>,
    exchange: KeyExchange,
    cookie: Option<Vec<u8>>,
    request: Vec<u8>,
    pub(super) flight: Flight,
    retries_left: u32,
}

/// What a response that is no redirect leads to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The request has changed and goes out again.
    Retry(&'static str),
    Done(Box<(IkeSa, Handshake)>),
    /// Nothing that this attempt can use; the right response may still come.
    Useless(&'static str),
    Failed(&'static str),
}

impl Attempt {
    pub(super) fn start(now: Instant, path: Path, notifies: InitNotifies, common: &Common) -> Self {
        let mut attempt = Attempt {
            common: common.clone(),
            path,
            notifies,
            groups: common.groups.clone(),
            exchange: KeyExchange::fresh(common.crypto, common.groups[0]),
            cookie: None,
            request: Vec::new(),
            flight: Flight::untimed(Vec::new()),
            retries_left: MOST_RETRIES,
        };
        attempt.write(now);
        attempt
    }

    pub(super) fn spi(&self) -> Spi {
        self.exchange.spi
    }

    /// What the machine compares a redirect with.
    pub(super) fn sent(&self) -> SentInit<'_> {
        SentInit { spi: self.exchange.spi, nonce: &self.exchange.nonce }
    }

    pub(super) fn response(&mut self, now: Instant, message: &[u8]) -> Outcome {
        let Ok((header, body)) = Header::parse(message) else { return Outcome::Useless("header") };
        let Ok(parts) = Parts::parse(header.next_payload, body) else {
            return Outcome::Useless("payloads");
        };
        if let Some(cookie) = parts.notify(NotifyType::COOKIE) {
            if self.cookie.as_deref() == Some(cookie) {
                return Outcome::Useless("known cookie");
            }
            self.cookie = Some(cookie.to_vec());
            return self.retry(now, "cookie");
        }
        if let Some(wanted) = parts.notify(NotifyType::INVALID_KE_PAYLOAD) {
            return self.other_group(now, wanted);
        }
        if parts.error().is_some() {
            return Outcome::Failed("the gateway reports an error");
        }
        match self.keys(header.responder_spi, &parts, message) {
            Some(done) => Outcome::Done(Box::new(done)),
            None => Outcome::Useless("no keys"),
        }
    }

    fn other_group(&mut self, now: Instant, wanted: &[u8]) -> Outcome {
        let wanted = wanted.try_into().map(u16::from_be_bytes).ok();
        let Some(at) = self.groups.iter().position(|group| Some(*group) == wanted) else {
            return Outcome::Failed("the gateway wants a group that is not known");
        };
        // The answer to a repetition: the request has this group already.
        if at == 0 {
            return Outcome::Useless("known group");
        }
        self.groups.swap(0, at);
        self.exchange.pair = self.common.crypto.key_pair(self.groups[0]);
        self.retry(now, "invalid-ke")
    }

    fn retry(&mut self, now: Instant, why: &'static str) -> Outcome {
        let Some(left) = self.retries_left.checked_sub(1) else {
            return Outcome::Failed("too many retries");
        };
        self.retries_left = left;
        self.write(now);
        Outcome::Retry(why)
    }

    /// Writes the request as it stands: a retry differs in its cookie or its group and repeats
    /// everything else, the redirect notifications included.
    fn write(&mut self, now: Instant) {
        let crypto = self.common.crypto;
        let spis = [self.exchange.spi, Spi::ZERO];
        let mut chain = Chain::new();
        if let Some(cookie) = &self.cookie {
            chain.push_notify(NotifyType::COOKIE, cookie);
        }
        let chain = chain
            .with(PayloadType::SA, &ike_offer(crypto.suite(), &self.groups, &[]))
            .with(PayloadType::KE, &self.exchange.payload())
            .with(PayloadType::NONCE, &self.exchange.nonce)
            .with_init_notifies(&self.notifies);
        let chain = with_nat_detection(chain, crypto, spis, self.path);
        self.request = init_message(spis, Flags::INITIATOR, &chain);
        self.flight = Flight::new(self.request.clone(), now, self.common.patience);
    }

    fn keys(&self, spi_r: Spi, parts: &Parts<'_>, response: &[u8]) -> Option<(IkeSa, Handshake)> {
        let Common { crypto, patience, ports, .. } = self.common;
        let chosen = ike_chosen(crypto.suite(), parts.first(PayloadType::SA)?)?;
        let (group, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
        if chosen.group != self.groups[0] || group != chosen.group {
            return None;
        }
        let nonces = [&self.exchange.nonce[..], parts.first(PayloadType::NONCE)?];
        let spis = [self.exchange.spi, spi_r];
        let keys = self.exchange.keys(chosen, public, nonces, spis, None)?;
        let handshake = Handshake {
            crypto,
            request: self.request.clone(),
            response: response.to_vec(),
            nonces: nonces.map(Vec::from),
            prove: keys.prove,
        };
        let mut path = self.path;
        if sees_nat(parts, crypto, spis, path) {
            path.local.set_port(ports.nat);
            path.remote.set_port(ports.nat);
        }
        Some((IkeSa::new(crypto, spis, true, keys, (path, patience), 1), handshake))
    }
}
