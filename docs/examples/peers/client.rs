//! The client host: carries out what the `Initiator` decides.

use std::net::IpAddr;

use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Phase, Provenance, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{
    Contents, ExchangeType, Header, InitNotifies, InitResponse, PayloadType,
};
use ikev2_redirect::{Actions, Gateway, Instant, Misuse};

use super::Host;
use super::filling;
use super::login::Login;
use super::message::{self, Chain};
use super::outbox::Outbox;
use super::part::{chain_of, content_of, verify};
use super::sa::IkeSa;

/// A VPN client with one connection.
#[derive(Debug)]
pub(crate) struct Client {
    machine: Initiator,
    /// By slot. At most two at once: the one in use and, while moving, the next one.
    sas: [Option<IkeSa>; 2],
    settings: Settings,
}

/// What the user has configured.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) redirects: Config,
    pub(crate) login: Login,
    /// The gateways that the user's policy knows. None other is followed.
    pub(crate) trusted: Vec<IpAddr>,
    /// What DNS would say.
    pub(crate) names: Vec<(&'static str, IpAddr)>,
}

/// Whether the host goes on with a message as if there were no redirect mechanism.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usual {
    Yes,
    No,
}

impl Client {
    pub(crate) fn new(settings: Settings) -> Result<Self, Misuse> {
        let machine = Initiator::new(settings.redirects)?;
        Ok(Client { machine, sas: [None, None], settings })
    }

    /// The gateway that the client has an established IKE SA with.
    pub(crate) fn connected_to(&self) -> Option<IpAddr> {
        self.machine.gateway().filter(|_| self.machine.phase() == Phase::Established)
    }

    /// How many redirects it has followed lately.
    pub(crate) fn redirects(&self, now: Instant) -> usize {
        self.machine.loop_limit().followed(now)
    }

    /// How many IKE SAs there are, finished or not.
    pub(crate) fn sa_count(&self) -> usize {
        self.sas.iter().flatten().count()
    }

    /// The user wants a connection.
    pub(crate) fn connect(
        &mut self,
        now: Instant,
        gateway: IpAddr,
        out: &mut Outbox,
    ) -> Result<(), Misuse> {
        let actions = self.machine.connect(now, gateway)?;
        self.carry_out(now, actions, None, out);
        Ok(())
    }
}

impl Host for Client {
    /// Whom a datagram claims to come from does not matter: anybody can claim that.
    fn receive(&mut self, now: Instant, _from: IpAddr, datagram: &[u8], out: &mut Outbox) {
        let Ok((header, payloads)) = Header::parse(datagram) else { return };
        let Some(slot) = self.slot_of(&header) else { return };
        match (header.exchange, header.flags.is_response()) {
            (ExchangeType::IKE_SA_INIT, true) => self.init_response(now, slot, datagram, out),
            (ExchangeType::IKE_AUTH, true) => {
                self.auth_response(now, slot, &header, payloads, out);
            }
            (ExchangeType::INFORMATIONAL, false) => {
                self.informational(now, slot, &header, payloads, out);
            }
            _ => {}
        }
    }

    fn wake(&mut self, now: Instant, out: &mut Outbox) {
        self.tell(now, Event::Timeout, out);
        for slot in [Slot::A, Slot::B] {
            let goes_on = self.sa(slot).is_none_or(|sa| sa.retransmit(now, out));
            if !goes_on {
                self.give_up(now, slot, out);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let of_machine = self.machine.next_deadline().map(|deadline| deadline.at);
        let of_sas = self.sas.iter().flatten().map(IkeSa::next_deadline);
        super::earliest(of_sas.chain([of_machine]))
    }
}

impl Client {
    fn init_response(&mut self, now: Instant, slot: Slot, datagram: &[u8], out: &mut Outbox) {
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
        let multiple_auth_supported = response.multiple_auth_supported;
        let event = Event::InitCompleted { slot, multiple_auth_supported };
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

    fn auth_response(
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
        if self.carry_out(now, actions, Some((slot, header)), out) == Usual::Yes {
            self.next_auth_request(now, slot, out);
        }
    }

    fn informational(
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
        let event = Event::Informational { slot, contents, repeated: false };
        let actions = self.machine.handle(now, event);
        let request = Some((slot, header));
        if self.carry_out(now, actions, request, out) == Usual::Yes {
            self.acknowledge(slot, header, out);
        }
        if contents.deletes_ike_sa {
            self.sas[slot as usize] = None;
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
    fn give_up(&mut self, now: Instant, slot: Slot, out: &mut Outbox) {
        out.note("no usable answer: gives the attempt up");
        self.sas[slot as usize] = None;
        self.tell(now, Event::AttemptFailed { slot }, out);
    }

    /// Tells the machine something that no message is to be processed for.
    fn tell(&mut self, now: Instant, event: Event<'_>, out: &mut Outbox) {
        let actions = self.machine.handle(now, event);
        self.carry_out(now, actions, None, out);
    }

    /// Does what the machine wants done, in its order. `request`: what
    /// [`Action::Acknowledge`] answers.
    fn carry_out(
        &mut self,
        now: Instant,
        actions: Actions<Action<'_>>,
        request: Option<(Slot, &Header)>,
        out: &mut Outbox,
    ) -> Usual {
        let mut usual = Usual::No;
        for action in actions {
            match action {
                Action::PassOn => usual = Usual::Yes,
                Action::StartInit { slot, to, notifies } => {
                    self.start_init(now, slot, to, &notifies, out);
                }
                Action::Vet { target, provenance } => self.vet(now, target, provenance, out),
                // This host gives its verdict at once: no question is ever open.
                Action::AbandonVet => {}
                Action::Acknowledge { slot } => {
                    if let Some((_, header)) = request {
                        self.acknowledge(slot, header, out);
                    }
                }
                Action::DeleteSa { slot } => self.delete(now, slot, out),
                Action::DropSa { slot } => {
                    out.note("drops the IKE SA, which was never finished");
                    self.sas[slot as usize] = None;
                }
                Action::Redirected { from, to, .. } => {
                    let count = self.machine.loop_limit().followed(now);
                    let most = self.settings.redirects.max_redirects;
                    out.note(format!("follows, from {from} to {to} (redirect {count} of {most})"));
                }
                Action::Tolerated { reason } => out.note(format!("tolerates: {reason}")),
                Action::Ignored { reason } => out.note(format!("ignores it: {reason}")),
                Action::Refused { reason } => out.note(format!("refuses to follow: {reason}")),
                Action::MoveFailed { reason } => {
                    out.note(format!("stays with the old gateway: {reason}"));
                }
                Action::Failed { reason } => out.note(format!("not connected: {reason}")),
            }
        }
        usual
    }

    fn start_init(
        &mut self,
        now: Instant,
        slot: Slot,
        to: IpAddr,
        notifies: &InitNotifies,
        out: &mut Outbox,
    ) {
        let mut sa = IkeSa::new(to, self.settings.login);
        sa.send_init(now, notifies, out);
        self.sas[slot as usize] = Some(sa);
    }

    /// Asks DNS and policy. Here both answer at once; a real host may take its time, and the
    /// machine waits until its deadline.
    fn vet(&mut self, now: Instant, target: Gateway<'_>, provenance: Provenance, out: &mut Outbox) {
        let proof = match provenance {
            Provenance::Init => "own nonce came back",
            Provenance::Auth => "gateway authenticated",
            Provenance::Informational => "it came protected",
        };
        let verdict = self.verdict(target);
        let policy = match verdict {
            Ok(address) => {
                if target.address().is_none() {
                    out.note(format!("DNS: {target} is {address}"));
                }
                format!("{address} allowed")
            }
            Err(Refusal::Policy) => format!("{target} is not allowed"),
            Err(Refusal::Unresolvable) => format!("{target} is unknown"),
        };
        out.note(format!("checks: {proof}; {policy}"));
        let actions = match verdict {
            Ok(address) => self.machine.permit(now, address),
            Err(refusal) => self.machine.refuse(now, refusal),
        };
        let actions = actions.expect("the machine has just asked");
        self.carry_out(now, actions, None, out);
    }

    fn verdict(&self, target: Gateway<'_>) -> Result<IpAddr, Refusal> {
        let address = match target {
            Gateway::V4(address) => IpAddr::V4(address),
            Gateway::V6(address) => IpAddr::V6(address),
            Gateway::Fqdn(name) => {
                let known = self.settings.names.iter().find(|(known, _)| *known == name.as_str());
                known.ok_or(Refusal::Unresolvable)?.1
            }
        };
        let trusted = self.settings.trusted.contains(&address);
        if trusted { Ok(address) } else { Err(Refusal::Policy) }
    }

    fn acknowledge(&mut self, slot: Slot, request: &Header, out: &mut Outbox) {
        if let Some(sa) = self.sa(slot) {
            sa.acknowledge(request, out);
        }
    }

    /// The slot is free at once. A real host goes on with the exchange until it is answered.
    fn delete(&mut self, now: Instant, slot: Slot, out: &mut Outbox) {
        if let Some(mut sa) = self.sas[slot as usize].take() {
            let mut chain = Chain::new();
            chain.push(PayloadType::DELETE, filling::DELETE_IKE_SA);
            sa.request(now, ExchangeType::INFORMATIONAL, chain.sealed(), out);
        }
    }

    fn sa(&mut self, slot: Slot) -> Option<&mut IkeSa> {
        self.sas[slot as usize].as_mut()
    }

    fn slot_of(&self, header: &Header) -> Option<Slot> {
        let is_its = |slot: &Slot| {
            self.sas[*slot as usize].as_ref().is_some_and(|sa| sa.spi() == header.initiator_spi)
        };
        [Slot::A, Slot::B].into_iter().find(is_its)
    }
}
