//! Tells the machine what the messages say.

use ikev2_redirect::Instant;
use ikev2_redirect::initiator::{Event, SentInit, Slot};
use ikev2_redirect::wire::{Contents, ExchangeType, Header, InitResponse};

use super::super::Outbox;
use super::super::message;
use super::super::part::{chain_of, content_of, verify};
use super::sa::IkeSa;
use super::{Client, Usual};

impl Client {
    pub(super) fn init_response(
        &mut self,
        now: Instant,
        slot: Slot,
        datagram: &[u8],
        out: &mut Outbox,
    ) {
        let response = match InitResponse::parse(datagram) {
            Ok(response) => response,
            Err(reason) => return out.note(format!("ignores it: {reason}")),
        };
        // Copied, because carrying out the actions may replace the IKE SA.
        let Some((spi, nonce)) = self.sa(slot).map(|sa| (sa.spi(), sa.nonce())) else { return };
        let sent = SentInit { spi, nonce: &nonce };
        let actions = self.machine.handle(now, Event::InitResponse { slot, sent, response });
        if self.carry_out(now, actions, None, out) == Usual::Yes && response.accepts {
            self.init_completed(now, slot, &response, out);
        }
    }

    /// Here a real host computes its keys.
    fn init_completed(
        &mut self,
        now: Instant,
        slot: Slot,
        response: &InitResponse<'_>,
        out: &mut Outbox,
    ) {
        if let Some(sa) = self.sa(slot) {
            sa.accepted(response.responder_spi);
        }
        let multiple_auth_offered = response.multiple_auth_supported;
        let event = Event::InitCompleted { slot, multiple_auth_offered };
        self.tell(now, event, out);
        self.next_auth_request(now, slot, out);
    }

    /// Goes on with IKE_AUTH, or is through with it.
    fn next_auth_request(&mut self, now: Instant, slot: Slot, out: &mut Outbox) {
        match self.sa(slot).and_then(IkeSa::next_step) {
            Some(parts) => {
                self.tell(now, Event::AuthRequest { slot, sent: content_of(parts) }, out);
                let chain = chain_of(parts).sealed();
                if let Some(sa) = self.sa(slot) {
                    sa.request(now, ExchangeType::IKE_AUTH, chain, out);
                }
            }
            None => {
                out.note("established");
                self.tell(now, Event::Established { slot }, out);
            }
        }
    }

    pub(super) fn auth_response(
        &mut self,
        now: Instant,
        slot: Slot,
        header: &Header,
        payloads: &[u8],
        out: &mut Outbox,
    ) {
        let Some(sa) = self.sa(slot).filter(|sa| sa.is_answer_to_latest(header)) else { return };
        let Ok((first, chain)) = message::open(header, payloads) else {
            return self.unprotected(now, slot, header, payloads, out);
        };
        let Ok(contents) = Contents::parse(first, chain) else { return };
        sa.accepted(header.responder_spi);
        let peer = verify(first, chain);
        let actions = self.machine.handle(now, Event::AuthResponse { slot, peer, contents });
        if self.carry_out(now, actions, Some(header), out) == Usual::Yes {
            self.next_auth_request(now, slot, out);
        }
    }

    pub(super) fn informational(
        &mut self,
        now: Instant,
        slot: Slot,
        header: &Header,
        payloads: &[u8],
        out: &mut Outbox,
    ) {
        let Ok(contents) = message::contents(header, payloads) else {
            return self.unprotected(now, slot, header, payloads, out);
        };
        // The machine never learns of retransmissions: they get the answer that was given.
        if self.sa(slot).is_some_and(|sa| sa.repeats_answer(header, out)) {
            return;
        }
        if contents.deletes_ike_sa {
            // Gone as soon as that is answered: the machine may want the slot for the next one.
            self.acknowledge(slot, header, out);
            self.sas[slot as usize] = None;
        }
        let event = Event::Informational { slot, contents, repeated: false };
        let actions = self.machine.handle(now, event);
        if self.carry_out(now, actions, Some(header), out) == Usual::Yes {
            self.acknowledge(slot, header, out);
        }
    }

    /// A message that should be protected and is not. Nothing in it is believed; a REDIRECT in
    /// it is worth a line in the log.
    fn unprotected(
        &mut self,
        now: Instant,
        slot: Slot,
        header: &Header,
        payloads: &[u8],
        out: &mut Outbox,
    ) {
        let redirects = Contents::parse(header.next_payload, payloads)
            .is_ok_and(|contents| contents.redirect.is_some());
        if redirects {
            self.tell(now, Event::MisplacedRedirect { slot }, out);
        }
    }

    /// Nobody answers.
    pub(super) fn give_up(&mut self, now: Instant, slot: Slot, out: &mut Outbox) {
        out.note("no usable answer: gives the attempt up");
        self.sas[slot as usize] = None;
        self.tell(now, Event::AttemptFailed { slot }, out);
    }
}
