//! The gateway host: the front door, and which sessions there are.

use std::net::IpAddr;

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Stage, TargetId};
use ikev2_redirect::wire::{ExchangeType, Header, InitRequest, NotifyType, PayloadType};
use ikev2_redirect::{Instant, Misuse, Target, TargetRules};

use super::Host;
use super::filling;
use super::message::{Chain, GATEWAY, Head};
use super::outbox::Outbox;
use super::random;
use super::session::Session;

/// A gateway, or a front door before a fleet of them.
#[derive(Debug)]
pub(crate) struct Gateway {
    address: IpAddr,
    policy: Policy,
    sessions: Vec<Session>,
}

/// What the operator has configured.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// The anycast addresses of the fleet.
    pub(crate) anycast: Vec<IpAddr>,
    /// Where clients may be sent: a [`TargetId`] is an index into it.
    pub(crate) targets: Vec<Target<'static>>,
    /// Which clients are redirected when, and where to.
    pub(crate) redirect: Option<(Moment, TargetId)>,
    /// Take part in several authentications (RFC 4739).
    pub(crate) multiple_auth: bool,
    pub(crate) sessions: responder::Config,
}

/// When a client is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// On its IKE_SA_INIT request.
    Init,
    /// At one of the points of IKE_AUTH where the machine asks.
    At(Stage),
    /// When the AAA server says so, in the middle of EAP.
    MidEap,
}

impl Policy {
    /// Serves everybody.
    pub(crate) fn serve() -> Self {
        Policy {
            anycast: Vec::new(),
            targets: Vec::new(),
            redirect: None,
            multiple_auth: false,
            sessions: responder::Config::default(),
        }
    }

    /// Sends everybody to `target` at that moment.
    pub(crate) fn redirect(moment: Moment, target: impl Into<Target<'static>>) -> Self {
        Policy {
            targets: vec![target.into()],
            redirect: Some((moment, TargetId(0))),
            ..Policy::serve()
        }
    }

    pub(super) fn target(&self, id: TargetId) -> Target<'static> {
        self.targets[id.0 as usize]
    }

    /// Where clients are to be sent at that moment, if they are.
    pub(super) fn target_at(&self, moment: Moment) -> Option<TargetId> {
        self.redirect.filter(|(chosen, _)| *chosen == moment).map(|(_, target)| target)
    }
}

impl Gateway {
    pub(crate) fn new(address: IpAddr, policy: Policy) -> Self {
        Gateway { address, policy, sessions: Vec::new() }
    }

    /// How many IKE SAs there are, finished or not.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.iter().filter(|session| session.is_alive()).count()
    }

    /// Maintenance: every client is sent to `target`.
    pub(crate) fn redirect_all(
        &mut self,
        now: Instant,
        target: Target<'static>,
        out: &mut Outbox,
    ) -> Result<(), Misuse> {
        let id = TargetId(self.policy.targets.len() as u32);
        self.policy.targets.push(target);
        let alive = self.sessions.iter_mut().filter(|session| session.is_alive());
        for session in alive {
            session.redirect(now, id, &self.policy, out)?;
        }
        Ok(())
    }
}

impl Host for Gateway {
    fn receive(&mut self, now: Instant, from: IpAddr, datagram: &[u8], out: &mut Outbox) {
        let Ok((header, payloads)) = Header::parse(datagram) else { return };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return self.init_request(from, &header, datagram, out);
        }
        let known = |session: &&mut Session| session.is_meant(&header);
        if let Some(session) = self.sessions.iter_mut().find(known) {
            session.receive(now, &header, payloads, &self.policy, out);
        }
    }

    fn wake(&mut self, now: Instant, out: &mut Outbox) {
        for session in &mut self.sessions {
            session.wake(now, &self.policy, out);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        super::earliest(self.sessions.iter().map(Session::next_deadline))
    }
}

impl Gateway {
    /// Redirects without keeping anything, or opens a session.
    fn init_request(&mut self, from: IpAddr, header: &Header, datagram: &[u8], out: &mut Outbox) {
        let request = match InitRequest::parse(datagram) {
            Ok(request) => request,
            Err(reason) => return out.note(format!("ignores it: {reason}")),
        };
        let known = |session: &&Session| session.began_with(&request);
        if let Some(session) = self.sessions.iter().find(known) {
            return session.repeat_answer(header.message_id, out);
        }
        let door = FrontDoor {
            anycast: &self.policy.anycast,
            targets: TargetRules { allow_loopback: true, ..TargetRules::default() },
            serve_unsupported_on_anycast: false,
            redirect_resumption: false,
        };
        let arrival = Arrival { destination: self.address, source_proven: false };
        let mut buffer = [0; 549];
        match door.answer(&request, arrival, self.decide(&request), &mut buffer) {
            Ok(Answer::Reply { message, .. }) => {
                out.note("redirects, and keeps no state");
                out.send(from, message.to_vec());
            }
            Ok(Answer::Refused(reason)) => out.note(format!("does not answer: {reason}")),
            Ok(Answer::Proceed) => self.open_session(from, &request, header, out),
            Err(too_small) => unreachable!("{too_small}: the buffer holds every answer"),
        }
    }

    fn decide(&self, request: &InitRequest<'_>) -> Decision<'static> {
        let Some(target) = self.policy.target_at(Moment::Init).map(|id| self.policy.target(id))
        else {
            return Decision::Proceed;
        };
        // Never back to where the client was just sent from.
        let came_from_there = match (request.redirected_from, target.address()) {
            (Some(Ok(from)), Some(target)) => from == target,
            _ => false,
        };
        if came_from_there { Decision::Proceed } else { Decision::Redirect(target) }
    }

    /// The usual IKE_SA_INIT response.
    fn open_session(
        &mut self,
        from: IpAddr,
        request: &InitRequest<'_>,
        header: &Header,
        out: &mut Outbox,
    ) {
        let own_spi = random::spi();
        let mut chain = Chain::new();
        chain.push(PayloadType::SA, filling::IKE_PROPOSAL);
        chain.push(PayloadType::KE, &filling::ke());
        chain.push(PayloadType::NONCE, &random::octets::<32>());
        if self.policy.multiple_auth {
            chain.push_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED);
        }
        let head = Head { responder_spi: own_spi, ..Head::answering(header, GATEWAY) };
        let message = chain.message(head);
        out.send(from, message.clone());
        self.sessions.push(Session::new(from, request, own_spi, message, &self.policy));
    }
}
