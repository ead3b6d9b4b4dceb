//! One IKE SA of the client: message ids, retransmission, the IKE_AUTH script.

use std::net::IpAddr;
use std::slice;

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{ExchangeType, Flags, Header, InitNotifies, PayloadType, Spi};

use super::super::message::{Chain, Head};
use super::super::part::Part;
use super::super::{Login, Outbox, filling, random};

/// Retransmission: the first pause in milliseconds, doubled each time, and how often. An IKE
/// stack tries a dozen times; the examples are in a hurry.
const FIRST_PAUSE: u32 = 500;
const TRIES: u8 = 1;

/// An IKE SA, from its first request on.
#[derive(Debug)]
pub(super) struct IkeSa {
    gateway: IpAddr,
    spi: Spi,
    gateway_spi: Spi,
    nonce: [u8; 32],
    next_id: u32,
    script: slice::Iter<'static, &'static [Part]>,
    waiting: Option<Waiting>,
    /// The latest request of the gateway, and what it was answered with.
    answered: Option<(u32, Vec<u8>)>,
}

/// A request that is not answered yet.
#[derive(Debug)]
struct Waiting {
    message: Vec<u8>,
    repeats: u8,
    at: Instant,
}

impl IkeSa {
    /// A fresh attempt: nothing in it is known to any gateway that the client has met.
    pub(super) fn new(gateway: IpAddr, login: Login) -> Self {
        IkeSa {
            gateway,
            spi: random::spi(),
            gateway_spi: Spi::ZERO,
            nonce: random::octets(),
            next_id: 0,
            script: login.requests().iter(),
            waiting: None,
            answered: None,
        }
    }

    pub(super) fn spi(&self) -> Spi {
        self.spi
    }

    pub(super) fn nonce(&self) -> [u8; 32] {
        self.nonce
    }

    pub(super) fn is_answer_to_latest(&self, header: &Header) -> bool {
        self.waiting.is_some() && header.message_id.checked_add(1) == Some(self.next_id)
    }

    /// The gateway has accepted the IKE SA.
    pub(super) fn accepted(&mut self, gateway_spi: Spi) {
        self.gateway_spi = gateway_spi;
        self.waiting = None;
    }

    /// Sends the IKE_SA_INIT request. A retry (with a cookie, with another group) would carry
    /// the same notifies.
    pub(super) fn send_init(&mut self, now: Instant, notifies: &InitNotifies, out: &mut Outbox) {
        let mut chain = Chain::new();
        chain.push(PayloadType::SA, filling::IKE_PROPOSAL);
        chain.push(PayloadType::KE, &filling::ke());
        chain.push(PayloadType::NONCE, &self.nonce);
        self.request(now, ExchangeType::IKE_SA_INIT, chain.end_with(notifies), out);
    }

    /// What the next IKE_AUTH request consists of, if the user has not said everything yet.
    pub(super) fn next_step(&mut self) -> Option<&'static [Part]> {
        self.script.next().copied()
    }

    /// Sends a request and keeps it until it is answered.
    pub(super) fn request(
        &mut self,
        now: Instant,
        exchange: ExchangeType,
        chain: Chain,
        out: &mut Outbox,
    ) {
        let message = chain.message(Head {
            initiator_spi: self.spi,
            responder_spi: self.gateway_spi,
            exchange,
            flags: Flags::INITIATOR,
            message_id: self.next_id,
        });
        self.next_id += 1;
        out.send(self.gateway, message.clone());
        self.waiting = Some(Waiting { message, repeats: 0, at: now.after(FIRST_PAUSE) });
    }

    /// Sends the empty response to a request of the gateway.
    pub(super) fn acknowledge(&mut self, request: &Header, out: &mut Outbox) {
        let head = Head::answering(request, Flags::INITIATOR);
        let message = Chain::new().sealed().message(head);
        out.send(self.gateway, message.clone());
        self.answered = Some((request.message_id, message));
    }

    /// Answers a request that was answered before as it was; says whether it was one.
    pub(super) fn repeats_answer(&self, request: &Header, out: &mut Outbox) -> bool {
        match &self.answered {
            Some((id, message)) if *id == request.message_id => {
                out.send(self.gateway, message.clone());
                true
            }
            Some(_) | None => false,
        }
    }

    /// When a request has to be sent again, or given up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|waiting| waiting.at)
    }

    /// Sends it again if its time has come; false when it is to be given up.
    pub(super) fn retransmit(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| now >= waiting.at) else {
            return true;
        };
        if waiting.repeats == TRIES {
            return false;
        }
        waiting.repeats += 1;
        waiting.at = now.after(FIRST_PAUSE << waiting.repeats);
        out.send(self.gateway, waiting.message.clone());
        true
    }
}
