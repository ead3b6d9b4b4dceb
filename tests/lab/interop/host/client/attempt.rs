//! One IKE_SA_INIT exchange as its initiator: the request, its retries, and the
//! keys that come of it.

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{Flags, Header, InitNotifies, NotifyType, PayloadType, Spi};

use crate::crypto::{Group, KeyPair};
use crate::flight::{Flight, Patience};
use crate::message::{
    Chain, Parts, ike_chosen, ike_offer, init_message, notify, split_key_exchange,
};
use crate::net::{Net, Path, nat_hash};
use crate::sa::{Handshake, IkeSa, KeyExchange};

pub(crate) struct Attempt {
    path: Path,
    notifies: InitNotifies,
    /// In the order of our preference; the KE payload is for the first.
    groups: Vec<Group>,
    exchange: KeyExchange,
    cookie: Option<Vec<u8>>,
    request: Vec<u8>,
    pub(crate) flight: Flight,
    patience: Patience,
    retries_left: u32,
}

/// What a response that is no redirect leads to.
pub(crate) enum Outcome {
    /// The request has changed and goes out again.
    Retry(&'static str),
    Done(Box<(IkeSa, Handshake)>),
    /// Nothing that this attempt can use; the right response may still come.
    Useless(&'static str),
    Failed(&'static str),
}

impl Attempt {
    pub(crate) fn start(
        now: Instant,
        path: Path,
        notifies: InitNotifies,
        groups: &[Group],
        patience: Patience,
    ) -> Self {
        let mut attempt = Self {
            path,
            notifies,
            groups: groups.to_vec(),
            exchange: KeyExchange::fresh(groups[0]),
            cookie: None,
            request: Vec::new(),
            flight: Flight::untimed(Vec::new()),
            patience,
            retries_left: 4,
        };
        attempt.write(now);
        attempt
    }

    pub(crate) fn spi(&self) -> Spi {
        self.exchange.spi
    }

    pub(crate) fn path(&self) -> Path {
        self.path
    }

    /// What the machine compares a redirect with.
    pub(crate) fn sent(&self) -> (Spi, [u8; 32]) {
        (self.exchange.spi, self.exchange.nonce)
    }

    pub(crate) fn response(&mut self, now: Instant, message: &[u8], net: &Net) -> Outcome {
        let Ok((header, body)) = Header::parse(message) else { return Outcome::Useless("header") };
        let Ok(parts) = Parts::parse(header.next_payload, body) else {
            return Outcome::Useless("payloads");
        };
        if let Some(cookie) = parts.notify(NotifyType::COOKIE) {
            if self.cookie.as_deref() == Some(cookie) {
                return Outcome::Useless("known-cookie");
            }
            self.cookie = Some(cookie.to_vec());
            return self.retry(now, "cookie");
        }
        if let Some(wanted) = parts.notify(NotifyType::INVALID_KE_PAYLOAD) {
            return self.other_group(now, wanted);
        }
        if parts.error().is_some() {
            return Outcome::Failed("error-notify");
        }
        match self.keys(header.responder_spi, &parts, message, net) {
            Some(done) => Outcome::Done(Box::new(done)),
            None => Outcome::Useless("no-keys"),
        }
    }

    fn other_group(&mut self, now: Instant, wanted: &[u8]) -> Outcome {
        let wanted = wanted.try_into().map(u16::from_be_bytes).ok().and_then(Group::from_number);
        let Some(at) = self.groups.iter().position(|group| Some(*group) == wanted) else {
            return Outcome::Failed("group");
        };
        // The answer to a repetition: the request has this group already.
        if at == 0 {
            return Outcome::Useless("known-group");
        }
        self.groups.swap(0, at);
        self.exchange.pair = KeyPair::generate(self.groups[0]);
        self.retry(now, "invalid-ke")
    }

    fn retry(&mut self, now: Instant, why: &'static str) -> Outcome {
        let Some(left) = self.retries_left.checked_sub(1) else {
            return Outcome::Failed("too-many-retries");
        };
        self.retries_left = left;
        self.write(now);
        Outcome::Retry(why)
    }

    /// Writes the request as it stands: a retry differs in its cookie or its
    /// group and repeats everything else, the redirect notifications included.
    fn write(&mut self, now: Instant) {
        let spi = self.exchange.spi;
        let mut notifies = [0; InitNotifies::MAX_LEN];
        let length = self.notifies.encode(PayloadType::NONE, &mut notifies).expect("MAX_LEN");
        let mut chain = Chain::new();
        if let Some(cookie) = &self.cookie {
            chain = chain.with_notify(NotifyType::COOKIE, cookie);
        }
        let chain = chain
            .with(PayloadType::SA, &ike_offer(&self.groups, &[]))
            .with(PayloadType::KE, &self.exchange.payload())
            .with(PayloadType::NONCE, &self.exchange.nonce)
            .with_encoded(&notifies[..length])
            .with_notify(notify::NAT_SOURCE, &nat_hash(spi, Spi::ZERO, self.path.local))
            .with_notify(notify::NAT_DESTINATION, &nat_hash(spi, Spi::ZERO, self.path.remote));
        self.request = init_message(spi, Spi::ZERO, Flags::INITIATOR, &chain);
        self.flight = Flight::new(self.request.clone(), now, self.patience);
    }

    fn keys(
        &self,
        spi_r: Spi,
        parts: &Parts<'_>,
        response: &[u8],
        net: &Net,
    ) -> Option<(IkeSa, Handshake)> {
        let suite = ike_chosen(parts.first(PayloadType::SA)?)?;
        let (group, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
        if suite.group != self.groups[0] || group != suite.group.number() {
            return None;
        }
        let nonce_i = &self.exchange.nonce;
        let nonce_r = parts.first(PayloadType::NONCE)?;
        let spis = [self.exchange.spi, spi_r];
        let keys = self.exchange.keys(suite, public, [nonce_i, nonce_r], spis, None)?;
        let handshake = Handshake {
            request: self.request.clone(),
            response: response.to_vec(),
            nonce_i: nonce_i.to_vec(),
            nonce_r: nonce_r.to_vec(),
            prove: keys.prove,
        };
        let path = if self.sees_nat(spis, parts) { net.floated(self.path) } else { self.path };
        Some((IkeSa::new(spis, true, keys, path, self.patience, 1), handshake))
    }

    /// Whether the gateway sees other addresses than we do.
    fn sees_nat(&self, [spi_i, spi_r]: [Spi; 2], parts: &Parts<'_>) -> bool {
        let differs =
            |kind, end| parts.notify(kind).is_some_and(|hash| hash != nat_hash(spi_i, spi_r, end));
        differs(notify::NAT_SOURCE, self.path.remote)
            || differs(notify::NAT_DESTINATION, self.path.local)
    }
}
