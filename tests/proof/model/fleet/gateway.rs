//! The host of one gateway: the front door, and a machine under watch for each IKE SA.

use ikev2_redirect::Actions;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Action, Config, Event, Phase, TargetId};
use ikev2_redirect::wire::{Contents, InitRequest, Redirect};

use super::client::{Sa, nonce, spi};
use super::network::{ANYCAST, Attempt, Packet, Place};
use crate::checker::Probe;
use crate::octets::Octets;
use crate::script::Exchange;
use crate::watch::gateway::{Command, WatchedGateway};

/// The most IKE SAs of a gateway.
pub(super) const MOST_SESSIONS: usize = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Gateway {
    pub(super) sessions: [Option<Session>; MOST_SESSIONS],
}

/// An IKE SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Session {
    pub(super) attempt: Attempt,
    pub(super) watched: WatchedGateway,
    /// The number of the IKE_AUTH request that comes next.
    expects: u8,
    /// Where the latest IKE_AUTH response redirects to.
    answered: Option<Place>,
    /// Whether that response has an AUTH.
    with_auth: bool,
    /// The INFORMATIONAL request that is out.
    asks: Option<Place>,
    /// Its number.
    number: u8,
}

/// What a gateway's host decides when it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Usual,
    Redirect(Place),
}

/// What came of a request.
pub(super) struct Reply {
    pub(super) packet: Option<Packet>,
    /// The machine had asked, and the host's choice was carried out.
    pub(super) redirected: bool,
}

const NO_REPLY: Reply = Reply { packet: None, redirected: false };

impl Gateway {
    pub(super) fn session(&mut self, attempt: Attempt) -> Option<&mut Session> {
        self.sessions.iter_mut().flatten().find(|session| session.attempt == attempt)
    }

    pub(super) fn knows(&self, attempt: Attempt) -> bool {
        self.sessions.iter().flatten().any(|session| session.attempt == attempt)
    }

    /// Forgets what is closed and keeps one order.
    pub(super) fn tidy(&mut self) {
        for place in &mut self.sessions {
            if place.is_some_and(|session| session.is_forgotten()) {
                *place = None;
            }
        }
        self.sessions
            .sort_unstable_by_key(|place| place.map_or(u8::MAX, |session| session.attempt));
    }

    /// An IKE_SA_INIT request that was sent to `to` and came to gateway `own`.
    pub(super) fn init_request(
        &mut self,
        own: u8,
        request: (Attempt, Place, bool, Option<Place>),
        choice: Choice,
        config: Config,
        probe: &mut Probe,
    ) -> Reply {
        let (attempt, to, supported, redirected_from) = request;
        if self.knows(attempt) {
            return match choice {
                // The same request has the same answer.
                Choice::Usual => accept(attempt, to, own),
                Choice::Redirect(_) => NO_REPLY,
            };
        }
        let notifies = Sa::notifies(supported, redirected_from);
        let octets = Octets::init_request(spi(attempt), &nonce(attempt), &notifies);
        let request = InitRequest::parse(&octets).expect("a request");
        let door = FrontDoor { anycast: &[ANYCAST], ..FrontDoor::default() };
        let arrival = Arrival { destination: to.address(), source_proven: false };
        let decision = match choice {
            Choice::Usual => Decision::Proceed,
            Choice::Redirect(target) => Decision::Redirect(target.identity()),
        };
        let mut out = [0; 549];
        match (door.answer(&request, arrival, decision, &mut out).expect("room"), choice) {
            (Answer::Proceed, _) => {
                probe.always("R4-3: an anycast request never proceeds", to != Place::Anycast);
                let client = responder::Client::of(&request);
                self.admit(Session::new(attempt, WatchedGateway::new(config, client)));
                if self.knows(attempt) { accept(attempt, to, own) } else { NO_REPLY }
            }
            (Answer::Reply { from, message }, Choice::Redirect(target)) => {
                probe
                    .always("R4-2: the reply leaves from the address asked", Place::of(from) == to);
                probe
                    .always("R3-2, D3-7: no REDIRECT without support", request.supports_redirect());
                let expected =
                    Octets::init_redirect(spi(attempt), target.identity(), &nonce(attempt));
                probe.always("R3-4, R3-5, R3-7: the octets are right", message == &*expected);
                let packet = Packet::InitRedirect { attempt, from: to, target };
                Reply { packet: Some(packet), redirected: true }
            }
            (Answer::Reply { .. } | Answer::Refused(_), _) => NO_REPLY,
        }
    }

    fn admit(&mut self, session: Session) {
        if let Some(free) = self.sessions.iter_mut().find(|place| place.is_none()) {
            *free = Some(session);
        }
    }
}

fn accept(attempt: Attempt, from: Place, gateway: u8) -> Reply {
    Reply { packet: Some(Packet::InitAccept { attempt, from, gateway }), redirected: false }
}

/// The number by which the machine knows a target.
fn target_id(place: Place) -> TargetId {
    TargetId(match place {
        Place::Gateway(number) => u32::from(number),
        Place::Anycast => u32::MAX,
    })
}

fn place_of(target: TargetId) -> Place {
    u8::try_from(target.0).map_or(Place::Anycast, Place::Gateway)
}

impl Session {
    fn new(attempt: Attempt, watched: WatchedGateway) -> Self {
        Self {
            attempt,
            watched,
            expects: 0,
            answered: None,
            with_auth: false,
            asks: None,
            number: 0,
        }
    }

    /// Closed, and nothing left to repeat.
    fn is_forgotten(&self) -> bool {
        self.watched.machine.phase() == Phase::Closed && self.answered.is_none()
    }

    /// Whether IKE_AUTH request `number` is the next one, or was the latest.
    pub(super) fn has_heard(&self, number: u8) -> bool {
        number == self.expects || number + 1 == self.expects
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.watched.machine.phase(), Phase::Established | Phase::Scheduled)
    }

    /// IKE_AUTH request `number`.
    pub(super) fn auth_request(
        &mut self,
        own: u8,
        number: u8,
        exchange: &Exchange,
        choice: Choice,
        probe: &mut Probe,
    ) -> Reply {
        if number + 1 == self.expects && choice == Choice::Usual {
            return Reply { packet: Some(self.auth_response(own)), redirected: false };
        }
        if number != self.expects {
            return NO_REPLY;
        }
        let request = exchange.request;
        let contents = contents(request);
        let peer = if request.auth { PeerAuth::Verified } else { PeerAuth::Absent };
        let actions = self.watched.handle(Event::AuthRequest { peer, contents }, probe);
        let asked = actions.iter().any(|action| matches!(action, Action::Decide { .. }));
        let mut redirected = false;
        self.answered = None;
        match choice {
            Choice::Redirect(target) if asked => {
                let answer = self.watched.command(Command::Redirect(target_id(target)), probe);
                let Ok(actions) = answer else {
                    probe.always("R6-6: who is asked may redirect", false);
                    return NO_REPLY;
                };
                for action in actions.iter() {
                    if let Action::RespondRedirect { target, with_auth, .. } = action {
                        self.answered = Some(place_of(target));
                        self.with_auth = with_auth;
                    }
                }
                redirected = true;
            }
            // Not the time to redirect: the same as the usual.
            Choice::Redirect(_) => return NO_REPLY,
            Choice::Usual => {
                self.with_auth = exchange.response.auth;
                let sent = exchange.response;
                let _sends = self.watched.handle(Event::AuthResponse { sent }, probe);
            }
        }
        self.expects += 1;
        Reply { packet: Some(self.auth_response(own)), redirected }
    }

    fn auth_response(&self, gateway: u8) -> Packet {
        Packet::AuthResponse {
            attempt: self.attempt,
            gateway,
            number: self.expects - 1,
            redirect: self.answered,
            with_auth: self.with_auth,
        }
    }

    /// The host redirects the session.
    pub(super) fn redirect(&mut self, own: u8, target: Place, probe: &mut Probe) -> Option<Packet> {
        let command = Command::Redirect(target_id(target));
        let actions = self.watched.command(command, probe).ok()?;
        self.carry_out(own, &actions)
    }

    pub(super) fn event(&mut self, own: u8, event: Event<'_>, probe: &mut Probe) -> Option<Packet> {
        let actions = self.watched.handle(event, probe);
        self.carry_out(own, &actions)
    }

    /// The acknowledgement of request `number`.
    pub(super) fn acknowledged(&mut self, own: u8, number: u8, probe: &mut Probe) {
        if self.asks.is_some() && number == self.number {
            self.asks = None;
            self.number += 1;
            let _nothing = self.event(own, Event::Acknowledged, probe);
        }
    }

    /// The client is gone, with or without a word; nothing has to be repeated to it.
    pub(super) fn gone(&mut self, own: u8, probe: &mut Probe) {
        self.answered = None;
        if self.watched.machine.phase() != Phase::Closed {
            let _nothing = self.event(own, Event::SaDeleted, probe);
        }
    }

    /// A client that sends a REDIRECT itself.
    pub(super) fn redirected_by_client(&mut self, probe: &mut Probe) {
        let target = Place::Gateway(1).identity();
        let contents = Contents { redirect: Some(Ok(Redirect { target })), ..Contents::default() };
        let before = self.watched.machine;
        let actions = self.watched.handle(Event::Informational { contents }, probe);
        let sends = |action| matches!(action, Action::SendRedirect { .. } | Action::DeleteSa);
        probe.always(
            "R8-2: a gateway does not follow its client",
            self.watched.machine == before && !actions.iter().any(sends),
        );
    }

    fn carry_out(&mut self, gateway: u8, actions: &Actions<Action>) -> Option<Packet> {
        let mut packet = None;
        for action in actions.iter() {
            match action {
                Action::SendRedirect { target } => {
                    // After a rekey it is a new request.
                    self.number += u8::from(self.asks.is_some());
                    self.asks = Some(place_of(target));
                    packet = self.request(gateway);
                }
                Action::Retransmit => packet = self.request(gateway),
                Action::DeleteSa => {
                    self.answered = None;
                    packet = Some(Packet::DeleteByGateway { attempt: self.attempt, gateway });
                }
                Action::Failed { .. } => self.answered = None,
                Action::PassOn
                | Action::Decide { .. }
                | Action::RespondRedirect { .. }
                | Action::Acknowledge
                | Action::DropSa
                | Action::ClientLeft
                | Action::Ignored { .. } => {}
            }
        }
        packet
    }

    /// The INFORMATIONAL request that is out.
    fn request(&self, gateway: u8) -> Option<Packet> {
        let target = self.asks?;
        Some(Packet::Redirect { attempt: self.attempt, gateway, number: self.number, target })
    }
}

fn contents(content: AuthMessage) -> Contents<'static> {
    Contents {
        auth: content.auth,
        eap: content.eap,
        another_auth_follows: content.another_auth_follows,
        multiple_auth_supported: content.multiple_auth_supported,
        ..Contents::default()
    }
}
