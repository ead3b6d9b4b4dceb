//! The host of one gateway: the front door, and a machine under watch for each IKE SA.

use ikev2_redirect::Actions;
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Action, Config, TargetId};
use ikev2_redirect::wire::{InitNotifies, InitRequest};

use super::network::{ANYCAST, Packet, Place};
use crate::checker::Probe;
use crate::octets::Octets;
use crate::script::Exchange;
use crate::tag::Tag;
use crate::truth::gateway::{self as truth, Farewell, Found};
use crate::watch::gateway::{Command, WatchedGateway};
use crate::watch::{nonce, spi};

/// The most IKE SAs of a gateway.
pub(super) const MOST_SESSIONS: usize = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Gateway {
    pub(super) sessions: [Option<Session>; MOST_SESSIONS],
}

/// An IKE SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Session {
    pub(super) tag: Tag,
    pub(super) watched: WatchedGateway,
    /// The INFORMATIONAL request that is out.
    asks: Option<Place>,
    /// Its number.
    number: u8,
    /// The client has left it before it was whole for the client: it cannot have told.
    pub(super) unseen: bool,
    /// The gateway has given it up, and cannot tell.
    pub(super) failed: bool,
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
    /// The host's choice was carried out.
    pub(super) redirected: bool,
}

const NO_REPLY: Reply = Reply { packet: None, redirected: false };

impl Gateway {
    pub(super) fn session(&mut self, tag: Tag) -> Option<&mut Session> {
        self.sessions.iter_mut().flatten().find(|session| session.tag == tag)
    }

    pub(super) fn knows(&self, tag: Tag) -> bool {
        self.sessions.iter().flatten().any(|session| session.tag == tag)
    }

    /// An IKE_SA_INIT request that was sent to `to` and came to gateway `own`.
    pub(super) fn init_request(
        &mut self,
        own: Place,
        request: (Tag, Place, bool, Option<Place>),
        choice: Choice,
        config: Config,
        probe: &mut Probe,
    ) -> Reply {
        let (tag, to, supported, redirected_from) = request;
        // A gateway that has no room answers later.
        if choice == Choice::Usual && self.sessions.iter().all(Option::is_some) {
            return NO_REPLY;
        }
        let supports = supported || redirected_from.is_some();
        let notifies = InitNotifies {
            redirect_supported: supported,
            redirected_from: redirected_from.map(Place::address),
        };
        let octets = Octets::init_request(spi(tag.0), &nonce(tag.0), &notifies);
        let request = InitRequest::parse(&octets).expect("a request");
        let door = FrontDoor { anycast: &[ANYCAST], ..FrontDoor::default() };
        let arrival = Arrival { destination: to.address(), source_proven: false };
        let decision = match choice {
            Choice::Usual => Decision::Proceed,
            Choice::Redirect(target) => Decision::Redirect(target.address().into()),
        };
        let mut out = [0; 549];
        match (door.answer(&request, arrival, decision, &mut out).expect("room"), choice) {
            (Answer::Proceed, _) => {
                probe.always("R4-3: an anycast request never proceeds", to != Place::Anycast);
                probe
                    .always("R3-3: proceeds only where the host wants it", choice == Choice::Usual);
                let client = responder::Client::of(&request);
                let known = client.supports_redirect == supports;
                probe.always("D3-1, D3-7: what the request says of support is known", known);
                self.admit(Session::new(tag, WatchedGateway::new(config, client)));
                Reply { packet: Some(Packet::InitAccept { tag, at: own }), redirected: false }
            }
            (Answer::Reply { from, message }, Choice::Redirect(target)) => {
                let asked = Place::of(from) == to;
                probe.always("R4-2: the reply leaves from the address asked", asked);
                probe.always("R3-2, D3-7: no REDIRECT without support", supports);
                probe
                    .always("R4-3: nobody is sent to an anycast address", target != Place::Anycast);
                probe.always("nobody is sent to where he asked", target != to);
                let right = is_redirect(message, tag, target);
                probe.always("R3-4, R3-5, R3-7: the octets are right", right);
                Reply { packet: Some(Packet::InitRedirect { tag, target }), redirected: true }
            }
            (Answer::Reply { .. } | Answer::Refused(_), _) => NO_REPLY,
        }
    }

    fn admit(&mut self, session: Session) {
        let free = self.sessions.iter_mut().find(|place| place.is_none());
        *free.expect("few IKE SAs") = Some(session);
    }
}

/// Whether a message is the IKE_SA_INIT response that redirects, octet by octet.
fn is_redirect(message: &[u8], tag: Tag, target: Place) -> bool {
    let std::net::IpAddr::V4(address) = target.address() else { return false };
    let header = message.len() == 58
        && message[..8] == spi(tag.0).0
        && message[8..16] == [0; 8]
        && message[16..28] == [41, 0x20, 34, 0x20, 0, 0, 0, 0, 0, 0, 0, 58];
    let notify = [0, 0, 0, 30, 0, 0, 0x40, 0x17, 1, 4];
    header
        && message[28..38] == notify
        && message[38..42] == address.octets()
        && message[42..58] == nonce(tag.0)
}

/// The number by which the machine knows a target.
fn target_id(place: Place) -> TargetId {
    TargetId(match place {
        Place::Gateway(number) => u32::from_ne_bytes([192, 0, 2, 1 + number]),
        Place::Anycast => u32::MAX,
    })
}

fn place_of(target: TargetId) -> Place {
    match target.0.to_ne_bytes() {
        [192, 0, 2, number] => Place::Gateway(number - 1),
        _ => Place::Anycast,
    }
}

impl Session {
    pub(super) fn new(tag: Tag, watched: WatchedGateway) -> Self {
        Self { tag, watched, asks: None, number: 0, unseen: false, failed: false }
    }

    pub(super) fn host(&self) -> &truth::Session {
        &self.watched.host
    }

    /// Nobody knows of it any more.
    pub(super) fn is_over(&self) -> bool {
        self.host().is_gone()
    }

    /// Up, and the client may stay.
    pub(super) fn serves(&self) -> bool {
        self.host().place == truth::Place::Up
    }

    /// IKE_AUTH request `number`: what is owed is answered, with the host's choice.
    pub(super) fn auth_request(
        &mut self,
        own: Place,
        number: u8,
        script: &[Exchange],
        choice: Choice,
        probe: &mut Probe,
    ) -> Reply {
        let truth::Place::Auth { done, owes: false, .. } = self.host().place else {
            return NO_REPLY;
        };
        if done != number {
            return NO_REPLY;
        }
        let _asked = self.watched.request(script, Found::AsItShould, false, probe);
        let asked = matches!(self.host().place, truth::Place::Auth { asked: true, .. });
        let (tag, at) = (self.tag, own);
        let response =
            |redirect, with_auth| Packet::AuthResponse { tag, at, number, redirect, with_auth };
        match choice {
            Choice::Redirect(target) if asked => {
                let command = Command::Redirect(target_id(target));
                let Ok(actions) = self.watched.command(script, command, probe) else {
                    probe.always("R6-6: who is asked may redirect", false);
                    return NO_REPLY;
                };
                let responds = actions.iter().find_map(|action| match action {
                    Action::RespondRedirect { target, with_auth, .. } => {
                        Some((place_of(target), with_auth))
                    }
                    _ => None,
                });
                probe.always("R3-3: the target is the host's", {
                    responds.is_some_and(|(to, _)| to == target)
                });
                let with_auth = responds.is_some_and(|(_, with_auth)| with_auth);
                Reply { packet: Some(response(Some(target), with_auth)), redirected: true }
            }
            // Not the time to redirect: the same as the usual.
            Choice::Redirect(_) => NO_REPLY,
            Choice::Usual => {
                let _done = self.watched.response(script, probe);
                let packet = response(None, script[usize::from(number)].response.auth);
                Reply { packet: Some(packet), redirected: false }
            }
        }
    }

    /// The host redirects the session.
    pub(super) fn redirect(
        &mut self,
        own: Place,
        target: Place,
        probe: &mut Probe,
    ) -> Option<Packet> {
        let command = Command::Redirect(target_id(target));
        let actions = self.watched.command(&[], command, probe).ok()?;
        self.carry_out(own, &actions)
    }

    pub(super) fn time_out(&mut self, own: Place, probe: &mut Probe) -> Option<Packet> {
        let actions = self.watched.time_out(probe);
        self.carry_out(own, &actions)
    }

    pub(super) fn rekeyed(&mut self, own: Place, probe: &mut Probe) -> Option<Packet> {
        let actions = self.watched.rekeyed(probe);
        self.carry_out(own, &actions)
    }

    /// The acknowledgement of request `number`.
    pub(super) fn acknowledged(&mut self, number: u8, probe: &mut Probe) {
        if self.asks.is_some() && number == self.number {
            self.asks = None;
            self.number += 1;
            let _nothing = self.watched.acknowledged(probe);
        }
    }

    /// The client's DELETE.
    pub(super) fn deleted_by_client(&mut self, probe: &mut Probe) {
        if !self.host().is_gone() {
            let _told = self.watched.informational(false, Farewell::Deletes, probe);
        }
    }

    /// The host ends it, or finds it dead.
    pub(super) fn gone(&mut self, probe: &mut Probe) {
        if !self.host().is_gone() {
            let _told = self.watched.deleted(probe);
        }
    }

    /// A client that sends a REDIRECT itself.
    pub(super) fn redirected_by_client(&mut self, probe: &mut Probe) {
        let before = self.watched.machine;
        let _told = self.watched.informational(true, Farewell::None, probe);
        let same = self.watched.machine == before;
        probe.always("R8-2: a gateway does not follow its client", same);
    }

    fn carry_out(&mut self, at: Place, actions: &Actions<Action>) -> Option<Packet> {
        let mut packet = None;
        for action in actions.iter() {
            match action {
                Action::SendRedirect { target } => {
                    // After a rekey it is a new request.
                    self.number += u8::from(self.asks.is_some());
                    self.asks = Some(place_of(target));
                    packet = self.request(at);
                }
                Action::Retransmit => packet = self.request(at),
                Action::DeleteSa => {
                    packet = Some(Packet::DeleteByGateway { tag: self.tag, at });
                }
                Action::Failed { .. } => {
                    self.asks = None;
                    self.failed = true;
                }
                Action::PassOn
                | Action::Decide { .. }
                | Action::RespondRedirect { .. }
                | Action::Acknowledge
                | Action::DropSa
                | Action::ClientLeft
                | Action::Misused { .. }
                | Action::Ignored { .. } => {}
            }
        }
        packet
    }

    /// The INFORMATIONAL request that is out.
    fn request(&self, at: Place) -> Option<Packet> {
        let (tag, number) = (self.tag, self.number);
        Some(Packet::Redirect { tag, at, number, target: self.asks? })
    }
}
