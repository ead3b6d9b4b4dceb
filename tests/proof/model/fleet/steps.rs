//! What can happen in a fleet.

use ikev2_redirect::initiator::{Event, Phase, Refusal, Slot};
use ikev2_redirect::responder;

use super::client::{Outbox, Stage, nonce, spi};
use super::gateway::{Choice, MOST_SESSIONS};
use super::network::{Packet, Place};
use super::{Attacker, Fleet, FleetGoal, World};
use crate::checker::{Arrow, Probe};
use crate::octets::Octets;
use crate::watch::client::Command;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    // The client's host.
    Permit,
    Refuse(Refusal),
    ClientTimeout,
    Resend(Slot),
    /// The gateway knows nothing of the IKE SA any more, and the client's host has noticed.
    Expire(Slot),
    // The network and the time.
    Deliver {
        packet: Packet,
        at: u8,
        choice: Choice,
        again: bool,
    },
    Lose(Packet),
    Tick,
    // A gateway's host; sessions by their place.
    Redirect {
        gateway: u8,
        session: u8,
        target: Place,
    },
    GatewayTimeout {
        gateway: u8,
        session: u8,
    },
    /// The client knows nothing of the IKE SA any more, and the gateway's host has noticed.
    Forget {
        gateway: u8,
        session: u8,
    },
    // Faults.
    GiveUp(Slot),
    GatewayDeletes {
        gateway: u8,
        session: u8,
    },
    Rekey {
        gateway: u8,
        session: u8,
    },
    // Attacks.
    ForgeInit {
        slot: Slot,
        target: Place,
        knows_nonce: bool,
    },
    RogueAuth {
        slot: Slot,
        target: Place,
    },
    RogueRedirect {
        slot: Slot,
        target: Place,
        deletes: bool,
    },
    Misplaced(Slot),
    ClientRedirects {
        gateway: u8,
        session: u8,
    },
}

const SLOTS: [Slot; 2] = [Slot::A, Slot::B];

impl Step {
    /// Whether a network that is not hostile, and hosts that do their work, let it happen.
    pub(super) fn is_fair(self) -> bool {
        match self {
            Step::Permit
            | Step::ClientTimeout
            | Step::Resend(_)
            | Step::Expire(_)
            | Step::Tick
            | Step::GatewayTimeout { .. }
            | Step::Forget { .. } => true,
            Step::Deliver { packet, choice, again, .. } => {
                let must = matches!(packet, Packet::InitRequest { to: Place::Anycast, .. });
                !again && (choice == Choice::Usual || must)
            }
            Step::Refuse(_)
            | Step::Lose(_)
            | Step::Redirect { .. }
            | Step::GiveUp(_)
            | Step::GatewayDeletes { .. }
            | Step::Rekey { .. }
            | Step::ForgeInit { .. }
            | Step::RogueAuth { .. }
            | Step::RogueRedirect { .. }
            | Step::Misplaced(_)
            | Step::ClientRedirects { .. } => false,
        }
    }

    pub(super) fn draw(self) -> Arrow {
        let lane = |gateway: u8| usize::from(gateway) + 2;
        let (from, to) = match self {
            Step::Deliver { packet, .. } if packet.is_to_client() => (packet_lane(packet), 0),
            Step::Deliver { at, .. } => (0, lane(at)),
            Step::Lose(_) | Step::Tick => (1, 1),
            Step::Redirect { gateway, .. }
            | Step::GatewayTimeout { gateway, .. }
            | Step::Forget { gateway, .. }
            | Step::GatewayDeletes { gateway, .. } => (lane(gateway), lane(gateway)),
            Step::Rekey { gateway, .. } | Step::ClientRedirects { gateway, .. } => {
                (0, lane(gateway))
            }
            Step::ForgeInit { .. } => (1, 0),
            Step::RogueAuth { .. } | Step::RogueRedirect { .. } => (lane(0), 0),
            Step::Permit
            | Step::Refuse(_)
            | Step::ClientTimeout
            | Step::Resend(_)
            | Step::Expire(_)
            | Step::GiveUp(_)
            | Step::Misplaced(_) => (0, 0),
        };
        let label = match self {
            Step::Deliver { packet, choice, again, .. } => {
                let often = if again { " (and once more)" } else { "" };
                match choice {
                    Choice::Usual => format!("{packet}{often}"),
                    Choice::Redirect(target) => {
                        format!("{packet}{often}: the host redirects to {target}")
                    }
                }
            }
            Step::Lose(packet) => format!("lost: {packet}"),
            other => format!("{other:?}"),
        };
        Arrow { from, to, label }
    }
}

fn packet_lane(packet: Packet) -> usize {
    let gateway = match packet {
        Packet::InitAccept { gateway, .. }
        | Packet::AuthResponse { gateway, .. }
        | Packet::Redirect { gateway, .. }
        | Packet::DeleteByGateway { gateway, .. } => gateway,
        Packet::InitRedirect { from: Place::Gateway(gateway), .. } => gateway,
        _ => return 1,
    };
    usize::from(gateway) + 2
}

/// Lists what can happen.
pub(super) fn list(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    list_client(fleet, world, steps);
    list_network(fleet, world, steps);
    list_gateways(fleet, world, steps);
    if world.left.faults > 0 {
        steps.extend(world.client.sas().map(|(slot, _)| Step::GiveUp(slot)));
    }
    list_attacks(fleet, world, steps);
}

fn list_client(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    let client = &world.client;
    if client.question.is_some() {
        steps.extend([Step::Permit, Step::Refuse(Refusal::Policy)]);
        steps.push(Step::Refuse(Refusal::Unresolvable));
    }
    if client.watched.machine.next_deadline().is_some() {
        steps.push(Step::ClientTimeout);
    }
    for (slot, sa) in client.sas() {
        let request = client.request(slot);
        if request.is_some_and(|packet| !world.network.contains(packet)) {
            steps.push(Step::Resend(slot));
        }
        let quiet = !world.network.iter().any(|packet| packet.attempt() == sa.attempt);
        let mut sessions = world.gateways.iter().flat_map(|gateway| &gateway.sessions).flatten();
        let hopeless = match sa.stage {
            Stage::Init => sa.to == Place::Anycast && !sa.is_redirectable(),
            Stage::Auth { .. } | Stage::Up { .. } => {
                !sessions.any(|session| world.agree(fleet, &sa, session))
            }
        };
        if quiet && hopeless {
            steps.push(Step::Expire(slot));
        }
    }
}

fn list_network(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    if !world.is_late() {
        steps.push(Step::Tick);
    }
    for packet in world.network.iter() {
        steps.push(Step::Lose(packet));
        for again in [false, true] {
            let mut deliver = |at, choice| steps.push(Step::Deliver { packet, at, choice, again });
            match packet {
                Packet::InitRequest { to: Place::Gateway(at), .. }
                | Packet::AuthRequest { gateway: at, .. } => {
                    deliver(at, Choice::Usual);
                    if world.left.redirects > 0 {
                        fleet.targets().for_each(|target| deliver(at, Choice::Redirect(target)));
                    }
                }
                Packet::InitRequest { to: Place::Anycast, .. } => {
                    for at in 0..fleet.gateways {
                        deliver(at, Choice::Usual);
                        fleet.targets().for_each(|target| deliver(at, Choice::Redirect(target)));
                    }
                }
                Packet::Acknowledgement { gateway: at, .. }
                | Packet::DeleteByClient { gateway: at, .. } => deliver(at, Choice::Usual),
                Packet::InitAccept { .. }
                | Packet::InitRedirect { .. }
                | Packet::AuthResponse { .. }
                | Packet::Redirect { .. }
                | Packet::DeleteByGateway { .. } => deliver(0, Choice::Usual),
            }
        }
    }
}

fn list_gateways(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    for gateway in 0..fleet.gateways {
        for session in 0..MOST_SESSIONS as u8 {
            let place = world.gateways[usize::from(gateway)].sessions[usize::from(session)];
            let Some(known) = place else { continue };
            if known.watched.machine.next_deadline().is_some() {
                steps.push(Step::GatewayTimeout { gateway, session });
            }
            if known.is_up() && world.left.redirects > 0 {
                let redirect = |target| Step::Redirect { gateway, session, target };
                steps.extend(fleet.targets().map(redirect));
            }
            let quiet = !world.network.iter().any(|packet| packet.attempt() == known.attempt);
            let agrees = |(_, sa)| world.agree(fleet, &sa, &known);
            if quiet && !world.client.sas().any(agrees) {
                steps.push(Step::Forget { gateway, session });
            }
            steps.push(Step::ClientRedirects { gateway, session });
            if world.left.faults > 0 {
                steps.push(Step::GatewayDeletes { gateway, session });
                steps.push(Step::Rekey { gateway, session });
            }
        }
    }
}

fn list_attacks(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    let target = Place::Gateway(fleet.gateways - 1);
    for slot in SLOTS {
        steps.push(Step::Misplaced(slot));
        steps.push(Step::ForgeInit { slot, target, knows_nonce: false });
    }
    if world.left.attacks == 0 {
        return;
    }
    for (slot, sa) in world.client.sas() {
        for target in fleet.targets() {
            match (fleet.attacker, sa.stage) {
                (Attacker::OnPath, Stage::Init | Stage::Auth { .. }) => {
                    steps.push(Step::ForgeInit { slot, target, knows_nonce: true });
                }
                (Attacker::RogueGateway, Stage::Auth { gateway: 0, .. }) => {
                    steps.push(Step::RogueAuth { slot, target });
                }
                (Attacker::RogueGateway, Stage::Up { gateway: 0, .. }) => {
                    for deletes in [false, true] {
                        steps.push(Step::RogueRedirect { slot, target, deletes });
                    }
                }
                (Attacker::Nobody | Attacker::OnPath | Attacker::RogueGateway, _) => {}
            }
        }
    }
}

impl Fleet {
    /// Where a gateway may want its client: anywhere, itself included.
    fn targets(&self) -> impl Iterator<Item = Place> + use<> {
        (0..self.gateways).map(Place::Gateway)
    }
}

/// Takes a step; `None` if it makes no sense after all.
pub(super) fn take(fleet: &Fleet, before: &World, step: Step, probe: &mut Probe) -> Option<World> {
    let mut world = *before;
    let mut outbox = Outbox::new(before.fresh_attempt());
    let reply = match step {
        Step::Deliver { packet, .. } if packet.is_to_client() => {
            world.deliver_to_client(fleet, step, &mut outbox, probe);
            None
        }
        Step::Deliver { .. } => world.deliver_to_gateway(fleet, step, probe)?,
        Step::Redirect { .. }
        | Step::GatewayTimeout { .. }
        | Step::Forget { .. }
        | Step::GatewayDeletes { .. }
        | Step::Rekey { .. }
        | Step::ClientRedirects { .. } => world.gateway_step(step, &mut outbox, probe)?,
        _ => {
            world.client_step(fleet, step, &mut outbox, probe)?;
            None
        }
    };
    for gateway in &mut world.gateways {
        gateway.tidy();
    }
    world.send(fleet, outbox);
    if let Some(packet) = reply {
        world.network.send(packet, fleet.packets);
    }
    world.drop_stale();
    world.check(probe);
    Some(world)
}

impl World {
    fn client_step(
        &mut self,
        fleet: &Fleet,
        step: Step,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) -> Option<()> {
        let client = &mut self.client;
        match step {
            Step::Permit => {
                let target = client.question?;
                client.command(Command::Permit(target.address()), outbox, probe);
            }
            Step::Refuse(refusal) => client.command(Command::Refuse(refusal), outbox, probe),
            Step::ClientTimeout => client.event(Event::Timeout, outbox, probe),
            Step::Resend(slot) => self.network.send(client.request(slot)?, fleet.packets),
            Step::Expire(slot) => client.lose(slot, outbox, probe),
            Step::GiveUp(slot) => {
                self.left.faults -= 1;
                client.give_up(slot, outbox, probe);
            }
            Step::Lose(packet) => self.network.remove(packet),
            Step::Tick => self.tick(),
            Step::Misplaced(slot) => {
                client.event(Event::MisplacedRedirect { slot }, outbox, probe);
            }
            _ => self.attack(fleet, step, outbox, probe)?,
        }
        Some(())
    }

    /// Whether some timer is a tick late: later than that none is.
    fn is_late(&self) -> bool {
        let mut sessions = self.gateways.iter().flat_map(|gateway| &gateway.sessions).flatten();
        self.client.watched.is_late() || sessions.any(|session| session.watched.is_late())
    }

    fn tick(&mut self) {
        self.client.watched.tick();
        let sessions = self.gateways.iter_mut().flat_map(|gateway| &mut gateway.sessions);
        sessions.flatten().for_each(|session| session.watched.tick());
    }

    fn attack(
        &mut self,
        fleet: &Fleet,
        step: Step,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) -> Option<()> {
        let before = self.client;
        match step {
            Step::ForgeInit { slot, target, knows_nonce } => {
                let attempt = self.client.sa(slot)?.attempt;
                self.left.attacks -= u8::from(knows_nonce);
                let guess = if knows_nonce { nonce(attempt) } else { [0xee; 16] };
                let octets = Octets::init_redirect(spi(attempt), target.identity(), &guess);
                self.client.init_response(slot, &octets, outbox, probe);
                probe.always(
                    "R3-9: a forgery without the nonce changes nothing",
                    knows_nonce || self.client == before,
                );
            }
            Step::RogueAuth { slot, target } => {
                let Stage::Auth { number, .. } = self.client.sa(slot)?.stage else { return None };
                self.left.attacks -= 1;
                let exchanges = &fleet.exchanges;
                let number = usize::from(number);
                let sent = exchanges[number].response;
                let next = exchanges.get(number + 1);
                self.client.auth_response(slot, sent, Some(target), next, outbox, probe);
                let legal = number == 0 || next.is_none();
                let asked = self.client.watched.machine.phase() == Phase::VettingAuth;
                probe.always("R6-14: no intermediate REDIRECT is acted on", legal || !asked);
            }
            Step::RogueRedirect { slot, target, deletes } => {
                let Stage::Up { expects, .. } = self.client.sa(slot)?.stage else { return None };
                self.left.attacks -= 1;
                self.client.informational(slot, expects, target, deletes, outbox, probe);
            }
            _ => return None,
        }
        Some(())
    }

    fn deliver_to_client(
        &mut self,
        fleet: &Fleet,
        step: Step,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) {
        let Step::Deliver { packet, again, .. } = step else { return };
        if !again {
            self.network.remove(packet);
        }
        let Some(slot) = self.client.slot_of(packet.attempt()) else { return };
        let client = &mut self.client;
        match packet {
            Packet::InitAccept { gateway, .. } => {
                let exchanges = &fleet.exchanges;
                client.init_accept(slot, gateway, &exchanges[0], outbox, probe);
            }
            Packet::InitRedirect { attempt, target, .. } => {
                let octets =
                    Octets::init_redirect(spi(attempt), target.identity(), &nonce(attempt));
                client.init_response(slot, &octets, outbox, probe);
            }
            Packet::AuthResponse { gateway, number, redirect, with_auth, .. } => {
                let stage = client.sa(slot).map(|sa| sa.stage);
                if stage != Some(Stage::Auth { gateway, number }) {
                    return;
                }
                let exchanges = &fleet.exchanges;
                let number = usize::from(number);
                let mut sent = exchanges[number].response;
                if redirect.is_some() {
                    sent = ikev2_redirect::auth::AuthMessage {
                        auth: with_auth,
                        ..ikev2_redirect::auth::AuthMessage::NOTHING
                    };
                }
                let next = exchanges.get(number + 1);
                client.auth_response(slot, sent, redirect, next, outbox, probe);
            }
            Packet::Redirect { number, target, .. } => {
                client.informational(slot, number, target, false, outbox, probe);
            }
            Packet::DeleteByGateway { .. } => {
                client.lose(slot, outbox, probe);
            }
            Packet::InitRequest { .. }
            | Packet::AuthRequest { .. }
            | Packet::Acknowledgement { .. }
            | Packet::DeleteByClient { .. } => {}
        }
    }

    /// `None` when the host's choice makes no difference to the usual.
    fn deliver_to_gateway(
        &mut self,
        fleet: &Fleet,
        step: Step,
        probe: &mut Probe,
    ) -> Option<Option<Packet>> {
        let Step::Deliver { packet, at, choice, again } = step else { return None };
        if !again {
            self.network.remove(packet);
        }
        let gateway = &mut self.gateways[usize::from(at)];
        let reply = match packet {
            Packet::InitRequest { attempt, to, supported, redirected_from } => {
                let request = (attempt, to, supported, redirected_from);
                gateway.init_request(at, request, choice, fleet.gateway, probe)
            }
            Packet::AuthRequest { attempt, number, .. } => {
                let exchanges = &fleet.exchanges;
                let exchange = &exchanges[usize::from(number)];
                match gateway.session(attempt) {
                    Some(session) => session.auth_request(at, number, exchange, choice, probe),
                    None if choice == Choice::Usual => return Some(None),
                    None => return None,
                }
            }
            Packet::Acknowledgement { attempt, number, .. } => {
                if let Some(session) = gateway.session(attempt) {
                    session.acknowledged(at, number, probe);
                }
                return Some(None);
            }
            Packet::DeleteByClient { attempt, .. } => {
                if let Some(session) = gateway.session(attempt) {
                    session.gone(at, probe);
                }
                return Some(None);
            }
            _ => return None,
        };
        if choice != Choice::Usual && !reply.redirected {
            return None;
        }
        let free = matches!(packet, Packet::InitRequest { to: Place::Anycast, .. });
        self.left.redirects -= u8::from(reply.redirected && !free);
        Some(reply.packet)
    }

    fn gateway_step(
        &mut self,
        step: Step,
        outbox: &mut Outbox,
        probe: &mut Probe,
    ) -> Option<Option<Packet>> {
        let (Step::Redirect { gateway, session, .. }
        | Step::GatewayTimeout { gateway, session }
        | Step::Forget { gateway, session }
        | Step::GatewayDeletes { gateway, session }
        | Step::Rekey { gateway, session }
        | Step::ClientRedirects { gateway, session }) = step
        else {
            return None;
        };
        let known = self.gateways[usize::from(gateway)].sessions[usize::from(session)].as_mut()?;
        Some(match step {
            Step::Redirect { target, .. } => {
                let packet = known.redirect(gateway, target, probe)?;
                self.left.redirects -= 1;
                Some(packet)
            }
            Step::GatewayTimeout { .. } => known.event(gateway, responder::Event::Timeout, probe),
            Step::Forget { .. } => {
                known.gone(gateway, probe);
                None
            }
            Step::GatewayDeletes { .. } => {
                self.left.faults -= 1;
                known.gone(gateway, probe);
                Some(Packet::DeleteByGateway { attempt: known.attempt, gateway })
            }
            Step::Rekey { .. } => {
                let slot = self.client.slot_of(known.attempt)?;
                if !matches!(self.client.sa(slot)?.stage, Stage::Up { .. }) {
                    return None;
                }
                self.left.faults -= 1;
                let packet = known.event(gateway, responder::Event::Rekeyed, probe);
                self.client.event(Event::Rekeyed { slot }, outbox, probe);
                packet
            }
            _ => {
                known.redirected_by_client(probe);
                None
            }
        })
    }

    /// What holds between the two ends.
    fn check(&self, probe: &mut Probe) {
        for (_, sa) in self.client.sas() {
            if let Stage::Auth { .. } | Stage::Up { .. } = sa.stage {
                probe.always("R4-3: no IKE SA at an anycast address", sa.to != Place::Anycast);
            }
        }
        let redirects = self.network.iter().filter_map(|packet| match packet {
            Packet::InitRedirect { attempt, target, .. } => Some((attempt, target)),
            _ => None,
        });
        for (_, target) in redirects {
            probe.always("R4-3: nobody is sent to an anycast address", target != Place::Anycast);
        }
    }
}

/// What a step has led to.
pub(super) fn note(before: &World, after: &World, step: Step, probe: &mut Probe) {
    match step {
        Step::Deliver { packet: Packet::Redirect { attempt, number, .. }, .. } => {
            let slot = before.client.slot_of(attempt);
            let sa = slot.and_then(|slot| before.client.sa(slot));
            let repeated = sa.is_some_and(
                |sa| matches!(sa.stage, Stage::Up { expects, .. } if expects > number),
            );
            probe.sometimes(FleetGoal::RepeatedRequest, repeated);
        }
        Step::Deliver {
            packet: Packet::InitRequest { to: Place::Anycast, .. },
            at,
            choice: Choice::Redirect(Place::Gateway(target)),
            ..
        } => probe.sometimes(FleetGoal::AnycastToSelf, at == target),
        Step::GatewayTimeout { gateway, session } => {
            let phase = |world: &World| {
                let place = world.gateways[usize::from(gateway)].sessions[usize::from(session)];
                place.map(|session| session.watched.machine.phase())
            };
            let ended = phase(before) != phase(after);
            let was = phase(before);
            probe.sometimes(FleetGoal::GraceOver, ended && was == Some(responder::Phase::Leaving));
            probe.sometimes(
                FleetGoal::NoAnswer,
                ended && was == Some(responder::Phase::Redirecting),
            );
        }
        _ => {}
    }
}
