//! One session of a gateway: carries out what one `Responder` decides.

use std::net::IpAddr;

use ikev2_redirect::responder::{Action, Client, Event, Phase, Responder, Stage, TargetId};
use ikev2_redirect::wire::{Contents, ExchangeType, Header, InitRequest, PayloadType, Spi};
use ikev2_redirect::{Actions, Instant, Misuse};

use super::filling;
use super::gateway::{Moment, Policy};
use super::login::usual_response;
use super::message::{self, Chain, GATEWAY, Head};
use super::outbox::Outbox;
use super::part::{Part, chain_of, content_of, verify};

/// One IKE SA, from the IKE_SA_INIT response on.
#[derive(Debug)]
pub(super) struct Session {
    machine: Responder,
    client: IpAddr,
    client_spi: Spi,
    own_spi: Spi,
    /// The gateway has told its identity.
    named: bool,
    /// The latest request of the client, and what it was answered with.
    answered: (u32, Vec<u8>),
    next_id: u32,
    /// The latest request of the gateway, for retransmission.
    request: Vec<u8>,
}

/// The IKE_AUTH request that is being answered.
#[derive(Clone, Copy)]
struct AuthRequest<'a> {
    header: &'a Header,
    contents: Contents<'a>,
}

impl Session {
    /// A session whose IKE_SA_INIT request is answered with `answer`.
    pub(super) fn new(
        client: IpAddr,
        request: &InitRequest<'_>,
        own_spi: Spi,
        answer: Vec<u8>,
        policy: &Policy,
    ) -> Self {
        let facts = Client { multiple_auth_offered: policy.multiple_auth, ..Client::of(request) };
        Session {
            machine: Responder::new(policy.sessions, facts),
            client,
            client_spi: request.initiator_spi,
            own_spi,
            named: false,
            answered: (0, answer),
            next_id: 0,
            request: Vec::new(),
        }
    }

    /// Whether the IKE SA exists. One that is gone stays for a while, because its last response
    /// may have to be repeated; these examples end before they would tidy up.
    pub(super) fn is_alive(&self) -> bool {
        self.machine.phase() != Phase::Closed
    }

    pub(super) fn is_meant(&self, header: &Header) -> bool {
        (header.initiator_spi, header.responder_spi) == (self.client_spi, self.own_spi)
    }

    pub(super) fn began_with(&self, request: &InitRequest<'_>) -> bool {
        request.initiator_spi == self.client_spi
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.machine.next_deadline().map(|deadline| deadline.at)
    }

    pub(super) fn wake(&mut self, now: Instant, policy: &Policy, out: &mut Outbox) {
        let actions = self.machine.handle(now, Event::Timeout);
        self.carry_out(now, actions, policy, None, out);
    }

    /// The operator wants the client elsewhere.
    pub(super) fn redirect(
        &mut self,
        now: Instant,
        target: TargetId,
        policy: &Policy,
        out: &mut Outbox,
    ) -> Result<(), Misuse> {
        let actions = self.machine.redirect(now, target)?;
        self.carry_out(now, actions, policy, None, out);
        Ok(())
    }

    /// A message of this IKE SA.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        header: &Header,
        payloads: &[u8],
        policy: &Policy,
        out: &mut Outbox,
    ) {
        if header.flags.is_response() {
            let awaited = self.machine.phase() == Phase::Redirecting
                && header.message_id.checked_add(1) == Some(self.next_id);
            if awaited {
                let actions = self.machine.handle(now, Event::Acknowledged);
                self.carry_out(now, actions, policy, None, out);
            }
        } else if header.message_id == self.answered.0 {
            self.repeat_answer(header.message_id, out);
        } else if header.exchange == ExchangeType::IKE_AUTH {
            self.auth_request(now, header, payloads, policy, out);
        } else {
            self.informational(now, header, payloads, policy, out);
        }
    }

    /// A request that was answered before gets the same answer.
    pub(super) fn repeat_answer(&self, message_id: u32, out: &mut Outbox) {
        if message_id == self.answered.0 {
            out.send(self.client, self.answered.1.clone());
        }
    }

    fn auth_request(
        &mut self,
        now: Instant,
        header: &Header,
        payloads: &[u8],
        policy: &Policy,
        out: &mut Outbox,
    ) {
        let Ok((first, chain)) = message::open(header, payloads) else { return };
        let Ok(contents) = Contents::parse(first, chain) else { return };
        let peer = verify(first, chain);
        let planned = self.machine.target().is_some();
        let actions = self.machine.handle(now, Event::AuthRequest { peer, contents });
        let request = AuthRequest { header, contents };
        if planned && self.machine.target().is_none() {
            out.note("this is the last response: redirects now");
        }
        self.carry_out(now, actions, policy, Some(request), out);
    }

    /// At a point where a redirect is legal the machine asks; elsewhere it would wait.
    fn decide(
        &mut self,
        now: Instant,
        stage: Stage,
        policy: &Policy,
        request: AuthRequest<'_>,
        out: &mut Outbox,
    ) {
        let Some(target) = policy.target_at(Moment::At(stage)) else {
            return self.respond_as_usual(now, policy, request, out);
        };
        out.note(match stage {
            Stage::Claimed => "redirects on a mere claim, as its operator wants",
            Stage::First => "redirects in the first response",
            Stage::Complete => "redirects: everybody is authenticated",
        });
        let actions = self.machine.redirect(now, target).expect("the machine has just asked");
        self.carry_out(now, actions, policy, Some(request), out);
    }

    fn respond_as_usual(
        &mut self,
        now: Instant,
        policy: &Policy,
        request: AuthRequest<'_>,
        out: &mut Outbox,
    ) {
        let parts = usual_response(&request.contents, self.named);
        self.named = true;
        self.answer(request.header, chain_of(parts), out);
        let actions = self.machine.handle(now, Event::AuthResponse { sent: content_of(parts) });
        self.carry_out(now, actions, policy, None, out);
        if let Some(target) = policy.target_at(Moment::MidEap).filter(|_| request.contents.eap) {
            out.note(format!("AAA wants it at {}: waits for the end", policy.target(target)));
            let planned = self.machine.redirect(now, target).expect("nothing else is planned");
            self.carry_out(now, planned, policy, None, out);
        }
    }

    fn respond_with_redirect(
        &mut self,
        (with_identity, with_auth): (bool, bool),
        target: TargetId,
        policy: &Policy,
        request: AuthRequest<'_>,
        out: &mut Outbox,
    ) {
        let mut parts = Vec::new();
        parts.extend(with_identity.then_some(Part::Idr));
        parts.extend(with_auth.then_some(Part::Auth));
        let mut chain = chain_of(&parts);
        chain.push_redirect(policy.target(target));
        self.answer(request.header, chain, out);
    }

    fn informational(
        &mut self,
        now: Instant,
        header: &Header,
        payloads: &[u8],
        policy: &Policy,
        out: &mut Outbox,
    ) {
        let Ok(contents) = message::contents(header, payloads) else { return };
        self.answer(header, Chain::new(), out);
        let actions = self.machine.handle(now, Event::Informational { contents });
        self.carry_out(now, actions, policy, None, out);
    }

    /// Does what the machine wants done, in its order. `request`: the IKE_AUTH request that
    /// waits for its response.
    fn carry_out(
        &mut self,
        now: Instant,
        actions: Actions<Action>,
        policy: &Policy,
        request: Option<AuthRequest<'_>>,
        out: &mut Outbox,
    ) {
        for action in actions {
            match request {
                Some(request) => self.respond(now, action, policy, request, out),
                None => self.act(action, policy, out),
            }
        }
    }

    /// Does what an IKE_AUTH request brings about.
    fn respond(
        &mut self,
        now: Instant,
        action: Action,
        policy: &Policy,
        request: AuthRequest<'_>,
        out: &mut Outbox,
    ) {
        match action {
            Action::PassOn => self.respond_as_usual(now, policy, request, out),
            Action::Decide { stage } => self.decide(now, stage, policy, request, out),
            Action::RespondRedirect { target, with_identity, with_auth } => {
                let flags = (with_identity, with_auth);
                self.respond_with_redirect(flags, target, policy, request, out);
            }
            other => self.act(other, policy, out),
        }
    }

    /// Does what is no response to an IKE_AUTH request.
    fn act(&mut self, action: Action, policy: &Policy, out: &mut Outbox) {
        match action {
            Action::SendRedirect { target } => {
                let mut chain = Chain::new();
                chain.push_redirect(policy.target(target));
                self.send_request(chain, out);
            }
            Action::Retransmit => out.send(self.client, self.request.clone()),
            Action::DeleteSa => {
                out.note("the grace time is over: deletes the IKE SA");
                let mut chain = Chain::new();
                chain.push(PayloadType::DELETE, filling::DELETE_IKE_SA);
                self.send_request(chain, out);
            }
            Action::DropSa => out.note("forgets the IKE SA: no CHILD SA was made"),
            Action::ClientLeft => out.note("the client has left as it was told"),
            Action::Ignored { reason } => out.note(format!("ignores it: {reason}")),
            Action::Failed { reason } => out.note(format!("the IKE SA failed: {reason}")),
            // INFORMATIONAL requests are answered before the machine sees them.
            Action::PassOn | Action::Acknowledge => {}
            Action::Decide { .. } | Action::RespondRedirect { .. } => {
                unreachable!("only an IKE_AUTH request brings these")
            }
        }
    }

    fn answer(&mut self, request: &Header, chain: Chain, out: &mut Outbox) {
        let message = chain.sealed().message(Head::answering(request, GATEWAY));
        out.send(self.client, message.clone());
        self.answered = (request.message_id, message);
    }

    fn send_request(&mut self, chain: Chain, out: &mut Outbox) {
        self.request = chain.sealed().message(Head {
            initiator_spi: self.client_spi,
            responder_spi: self.own_spi,
            exchange: ExchangeType::INFORMATIONAL,
            flags: GATEWAY,
            message_id: self.next_id,
        });
        self.next_id += 1;
        out.send(self.client, self.request.clone());
    }
}
