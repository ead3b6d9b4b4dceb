//! The host of the client: its IKE stack around the machine under watch.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Action, Config, Event, Phase, SentInit, Slot};
use ikev2_redirect::wire::{Contents, InitNotifies, InitResponse, PayloadType, Spi};
use ikev2_redirect::{Actions, Reason};

use super::FleetGoal;
use super::network::{Attempt, Packet, Place};
use crate::checker::Probe;
use crate::octets::Octets;
use crate::script::Exchange;
use crate::watch::client::{Command, WatchedClient};

/// The SPI of an attempt's latest request.
pub(super) fn spi(attempt: Attempt) -> Spi {
    Spi([attempt + 1; 8])
}

/// The nonce of an attempt's latest request.
pub(super) fn nonce(attempt: Attempt) -> [u8; 16] {
    [attempt + 1; 16]
}

/// The client's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client {
    pub(super) watched: WatchedClient,
    sas: [Option<Sa>; 2],
    /// The target that the host is asked about.
    pub(super) question: Option<Place>,
}

/// An IKE SA, or an attempt at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sa {
    pub(super) attempt: Attempt,
    pub(super) to: Place,
    supported: bool,
    redirected_from: Option<Place>,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Init,
    /// The request of this number is out.
    Auth {
        gateway: u8,
        number: u8,
    },
    /// Up; the number of the gateway's next request.
    Up {
        gateway: u8,
        expects: u8,
    },
}

/// What the client sends while it takes a step, and the attempts that it may begin.
pub(super) struct Outbox {
    pub(super) packets: [Option<Packet>; 4],
    pub(super) fresh: Attempt,
}

impl Outbox {
    pub(super) fn new(fresh: Attempt) -> Self {
        Self { packets: [None; 4], fresh }
    }

    fn send(&mut self, packet: Packet) {
        let free = self.packets.iter_mut().find(|place| place.is_none());
        *free.expect("few packets a step") = Some(packet);
    }
}

const SLOTS: [Slot; 2] = [Slot::A, Slot::B];

impl Client {
    pub(super) fn new(config: Config) -> Self {
        Self { watched: WatchedClient::new(config), sas: [None; 2], question: None }
    }

    pub(super) fn sa(&self, slot: Slot) -> Option<Sa> {
        self.sas[slot as usize]
    }

    pub(super) fn sas(&self) -> impl Iterator<Item = (Slot, Sa)> {
        let sas = self.sas;
        SLOTS.into_iter().filter_map(move |slot| Some((slot, sas[slot as usize]?)))
    }

    pub(super) fn slot_of(&self, attempt: Attempt) -> Option<Slot> {
        self.sas().find(|(_, sa)| sa.attempt == attempt).map(|(slot, _)| slot)
    }

    pub(super) fn is_up(&self) -> bool {
        let slot = self.watched.machine.slot();
        let sa = slot.and_then(|slot| self.sa(slot));
        self.watched.machine.phase() == Phase::Established
            && sa.is_some_and(|sa| matches!(sa.stage, Stage::Up { .. }))
    }

    /// The request that waits for its response in `slot`.
    pub(super) fn request(&self, slot: Slot) -> Option<Packet> {
        let sa = self.sa(slot)?;
        let Sa { attempt, to, supported, redirected_from, .. } = sa;
        match sa.stage {
            Stage::Init => Some(Packet::InitRequest { attempt, to, supported, redirected_from }),
            Stage::Auth { gateway, number } => {
                Some(Packet::AuthRequest { attempt, gateway, number })
            }
            Stage::Up { .. } => None,
        }
    }

    pub(super) fn command(&mut self, command: Command, outbox: &mut Outbox, probe: &mut Probe) {
        if matches!(command, Command::Permit(_) | Command::Refuse(_)) {
            self.question = None;
        }
        if let Ok(actions) = self.watched.command(command, probe) {
            self.carry_out(&actions, outbox, probe);
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>, outbox: &mut Outbox, probe: &mut Probe) {
        let actions = self.watched.handle(event, probe);
        self.carry_out(&actions, outbox, probe);
    }

    /// The host deletes an IKE SA, or ends an attempt, by itself.
    pub(super) fn give_up(&mut self, slot: Slot, outbox: &mut Outbox, probe: &mut Probe) {
        if let Some(Sa { attempt, stage: Stage::Up { gateway, .. }, .. }) = self.sa(slot) {
            outbox.send(Packet::DeleteByClient { attempt, gateway });
        }
        self.lose(slot, outbox, probe);
    }

    /// An IKE SA, or an attempt, is gone.
    pub(super) fn lose(&mut self, slot: Slot, outbox: &mut Outbox, probe: &mut Probe) {
        let Some(sa) = self.sas[slot as usize].take() else { return };
        let event = match sa.stage {
            Stage::Init | Stage::Auth { .. } => Event::AttemptFailed { slot },
            Stage::Up { .. } => Event::SaDeleted { slot },
        };
        self.event(event, outbox, probe);
    }

    /// An accepting IKE_SA_INIT response of this gateway.
    pub(super) fn init_accept(
        &mut self,
        slot: Slot,
        gateway: u8,
        first: &Exchange,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) {
        let Some(sa) = self.sa(slot) else { return };
        let octets = Octets::init_response(spi(sa.attempt));
        if !self.init_response(slot, &octets, outbox, probe) || sa.stage != Stage::Init {
            return;
        }
        let completed = Event::InitCompleted { slot, multiple_auth_offered: false };
        self.event(completed, outbox, probe);
        self.auth_request(slot, gateway, 0, first.request, outbox, probe);
    }

    /// Any IKE_SA_INIT response. Tells whether the machine passes it on.
    pub(super) fn init_response(
        &mut self,
        slot: Slot,
        octets: &[u8],
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) -> bool {
        let Some(sa) = self.sa(slot) else { return false };
        let response = InitResponse::parse(octets).expect("a response");
        let nonce = nonce(sa.attempt);
        let sent = SentInit { spi: spi(sa.attempt), nonce: &nonce };
        let event = Event::InitResponse { slot, sent, response };
        let actions = self.watched.handle(event, probe);
        let passed_on = actions == [Action::PassOn];
        self.carry_out(&actions, outbox, probe);
        passed_on
    }

    fn auth_request(
        &mut self,
        slot: Slot,
        gateway: u8,
        number: u8,
        sent: AuthMessage,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) {
        self.event(Event::AuthRequest { slot, sent }, outbox, probe);
        if let Some(sa) = &mut self.sas[slot as usize] {
            sa.stage = Stage::Auth { gateway, number };
            outbox.send(Packet::AuthRequest { attempt: sa.attempt, gateway, number });
        }
    }

    /// The response to the IKE_AUTH request that is out. `next` is the exchange that follows.
    pub(super) fn auth_response(
        &mut self,
        slot: Slot,
        sent: AuthMessage,
        redirect: Option<Place>,
        next: Option<&Exchange>,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) {
        let Some(Stage::Auth { gateway, number }) = self.sa(slot).map(|sa| sa.stage) else {
            return;
        };
        let octets = redirect.map(|target| Octets::redirect(target.identity(), false));
        let redirects = read(octets.as_deref());
        let contents = Contents {
            auth: sent.auth,
            eap: sent.eap,
            another_auth_follows: sent.another_auth_follows,
            ..redirects
        };
        let peer = if sent.auth { PeerAuth::Verified } else { PeerAuth::Absent };
        let actions = self.watched.handle(Event::AuthResponse { slot, peer, contents }, probe);
        self.carry_out(&actions, outbox, probe);
        if !actions.iter().any(|action| action == Action::PassOn) {
            return;
        }
        match (redirect, next) {
            // Without SA and EAP there is nothing to go on with.
            (Some(_), _) if !sent.eap => self.lose(slot, outbox, probe),
            (_, Some(next)) => {
                self.auth_request(slot, gateway, number + 1, next.request, outbox, probe);
            }
            (_, None) => self.establish(slot, gateway, outbox, probe),
        }
    }

    fn establish(&mut self, slot: Slot, gateway: u8, outbox: &mut Outbox, probe: &mut Probe) {
        if let Some(sa) = &mut self.sas[slot as usize] {
            sa.stage = Stage::Up { gateway, expects: 0 };
        }
        self.event(Event::Established { slot }, outbox, probe);
        let up = self.watched.machine.phase() == Phase::Established;
        probe.always("R1-2: a finished phase is an IKE SA that is up", up);
    }

    /// A protected INFORMATIONAL request with a REDIRECT, number `number` of its gateway.
    pub(super) fn informational(
        &mut self,
        slot: Slot,
        number: u8,
        target: Place,
        deletes: bool,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) {
        let Some(sa) = &mut self.sas[slot as usize] else { return };
        let Stage::Up { expects, gateway } = &mut sa.stage else { return };
        let repeated = number < *expects;
        *expects = (*expects).max(number + 1);
        let (attempt, gateway) = (sa.attempt, *gateway);
        let octets = Octets::redirect(target.identity(), deletes);
        let contents = read(Some(&octets));
        if deletes {
            self.sas[slot as usize] = None;
        }
        let event = Event::Informational { slot, contents, repeated };
        let actions = self.watched.handle(event, probe);
        for action in actions.iter() {
            if let Action::Acknowledge { .. } = action {
                outbox.send(Packet::Acknowledgement { attempt, gateway, number });
            }
        }
        self.carry_out(&actions, outbox, probe);
    }

    fn carry_out(&mut self, actions: &Actions<Action<'_>>, outbox: &mut Outbox, probe: &mut Probe) {
        for action in actions.iter() {
            match action {
                Action::StartInit { slot, to, notifies } => {
                    self.start(slot, Place::of(to), notifies, outbox);
                }
                Action::Vet { target, .. } => {
                    self.question = target.address().map(Place::of);
                    probe.always("the target is the one that was sent", self.question.is_some());
                }
                Action::AbandonVet => self.question = None,
                Action::DeleteSa { slot } => {
                    if let Some(sa) = self.sas[slot as usize].take() {
                        let (Stage::Auth { gateway, .. } | Stage::Up { gateway, .. }) = sa.stage
                        else {
                            continue;
                        };
                        outbox.send(Packet::DeleteByClient { attempt: sa.attempt, gateway });
                    }
                }
                Action::DropSa { slot } => self.sas[slot as usize] = None,
                Action::Refused { reason } => {
                    probe.sometimes(FleetGoal::LimitReached, reason == Reason::LimitReached);
                }
                Action::Acknowledge { .. }
                | Action::PassOn
                | Action::Redirected { .. }
                | Action::Tolerated { .. }
                | Action::Ignored { .. }
                | Action::MoveFailed { .. }
                | Action::Failed { .. } => {}
            }
        }
    }

    fn start(&mut self, slot: Slot, to: Place, notifies: InitNotifies, outbox: &mut Outbox) {
        let sa = Sa {
            attempt: outbox.fresh,
            to,
            supported: notifies.redirect_supported,
            redirected_from: notifies.redirected_from.map(Place::of),
            stage: Stage::Init,
        };
        self.sas[slot as usize] = Some(sa);
        outbox.send(self.request(slot).expect("it was just started"));
    }
}

impl Sa {
    /// Whether a gateway may redirect it.
    pub(super) fn is_redirectable(&self) -> bool {
        self.supported || self.redirected_from.is_some()
    }

    pub(super) fn notifies(supported: bool, redirected_from: Option<Place>) -> InitNotifies {
        InitNotifies {
            redirect_supported: supported,
            redirected_from: redirected_from.map(Place::address),
        }
    }
}

fn read(chain: Option<&[u8]>) -> Contents<'_> {
    match chain {
        Some(chain) => Contents::parse(PayloadType::NOTIFY, chain).expect("a chain"),
        None => Contents::default(),
    }
}
