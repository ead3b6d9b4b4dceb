//! What can happen in a fleet.

use ikev2_redirect::initiator::SaId;

use super::gateway::{Choice, MOST_SESSIONS};
use super::network::Packet;
use super::{Attacker, Flaw, Fleet, Place, World};
use crate::checker::Arrow;
use crate::truth::client::{Sa, Stage};
use crate::truth::gateway as truth;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    // The client's host.
    Permit,
    Refuse,
    ClientTimeout,
    Established(SaId),
    GiveUp(SaId),
    /// The gateway knows nothing of the IKE SA any more, and the client's host has noticed.
    Expire(SaId),
    Renew(Place),
    // The network and the time.
    Deliver {
        packet: Packet,
        at: Place,
        choice: Choice,
        again: bool,
    },
    Tick,
    // A gateway's host; sessions by their place.
    Redirect {
        at: u8,
        session: u8,
        target: Place,
    },
    GatewayTimeout {
        at: u8,
        session: u8,
    },
    /// The client knows nothing of the IKE SA any more, and the gateway's host has noticed.
    Forget {
        at: u8,
        session: u8,
    },
    GatewayDeletes {
        at: u8,
        session: u8,
    },
    Rekey {
        at: u8,
        session: u8,
    },
    // Attacks.
    ForgeInit {
        sa: SaId,
        target: Place,
        knows_nonce: bool,
    },
    RogueAuth {
        sa: SaId,
        target: Place,
    },
    RogueRedirect {
        sa: SaId,
        target: Place,
        deletes: bool,
    },
    ClientRedirects {
        at: u8,
        session: u8,
    },
}

/// Whether a network that is not hostile, and hosts that do their work, let it happen.
pub(super) fn is_fair(fleet: &Fleet, world: &World, step: Step) -> bool {
    match step {
        Step::GatewayTimeout { .. } => fleet.flaw != Some(Flaw::LazyGateway),
        Step::ClientTimeout | Step::GiveUp(_) if fleet.flaw == Some(Flaw::PatientClient) => false,
        Step::ClientTimeout
        | Step::Established(_)
        | Step::Expire(_)
        | Step::Tick
        | Step::Forget { .. } => true,
        // Nobody waits for ever for what does not come up.
        Step::GiveUp(id) => world.client.host.sa(id).is_some_and(|sa| !sa.is_up()),
        Step::Deliver { packet, choice, again, .. } => {
            let must = matches!(packet, Packet::InitRequest { to: Place::Anycast, .. });
            !again && (choice == Choice::Usual || must)
        }
        Step::Permit
        | Step::Refuse
        | Step::Renew(_)
        | Step::Redirect { .. }
        | Step::GatewayDeletes { .. }
        | Step::Rekey { .. }
        | Step::ForgeInit { .. }
        | Step::RogueAuth { .. }
        | Step::RogueRedirect { .. }
        | Step::ClientRedirects { .. } => false,
    }
}

pub(super) fn draw(step: Step) -> Arrow {
    let own = |lane: usize, label: String| Arrow { from: lane, to: lane, label };
    match step {
        Step::Permit => own(0, "the host permits the target".into()),
        Step::Refuse => own(0, "the host refuses the target".into()),
        Step::ClientTimeout => own(0, "time-out".into()),
        Step::Established(id) => own(0, format!("the host calls IKE SA {} established", id.0)),
        Step::GiveUp(id) => own(0, format!("the host gives up IKE SA {}", id.0)),
        Step::Expire(id) => own(0, format!("the host finds IKE SA {} dead", id.0)),
        Step::Renew(to) => own(0, format!("the host re-authenticates at {to}")),
        Step::Tick => own(1, "a tick passes".into()),
        Step::Deliver { packet, at, choice, again } => {
            let lane = lane(at);
            let (from, to) = if packet.is_to_client() { (lane, 0) } else { (0, lane) };
            let again = if again { ", and stays" } else { "" };
            let choice = match choice {
                Choice::Usual => String::new(),
                Choice::Redirect(target) => format!("; the gateway redirects to {target}"),
            };
            Arrow { from, to, label: format!("{packet}{again}{choice}") }
        }
        Step::Redirect { at, target, .. } => {
            own(2 + usize::from(at), format!("the operator wants the client at {target}"))
        }
        Step::GatewayTimeout { at, .. } => own(2 + usize::from(at), "time-out".into()),
        Step::Forget { at, .. } => own(2 + usize::from(at), "finds the client dead".into()),
        Step::GatewayDeletes { at, .. } => own(2 + usize::from(at), "deletes the IKE SA".into()),
        Step::Rekey { at, .. } => {
            Arrow { from: 0, to: 2 + usize::from(at), label: "the IKE SA is rekeyed".into() }
        }
        Step::ForgeInit { target, knows_nonce, .. } => {
            let how = if knows_nonce { "right" } else { "wrong" };
            let label = format!("forged REDIRECT to {target}, {how} nonce");
            Arrow { from: 1, to: 0, label }
        }
        Step::RogueAuth { target, .. } => {
            Arrow { from: 2, to: 0, label: format!("IKE_AUTH response, REDIRECT to {target}") }
        }
        Step::RogueRedirect { target, deletes, .. } => {
            let deletes = if deletes { ", DELETE" } else { "" };
            let label = format!("INFORMATIONAL request, REDIRECT to {target}{deletes}");
            Arrow { from: 2, to: 0, label }
        }
        Step::ClientRedirects { at, .. } => {
            Arrow { from: 0, to: 2 + usize::from(at), label: "REDIRECT by the client".into() }
        }
    }
}

fn lane(place: Place) -> usize {
    match place {
        Place::Gateway(number) => 2 + usize::from(number),
        Place::Anycast => 1,
    }
}

pub(super) fn list(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    list_client(fleet, world, steps);
    for packet in world.network.iter() {
        list_deliveries(fleet, world, packet, steps);
    }
    for at in 0..fleet.gateways {
        list_gateway(fleet, world, at, steps);
    }
    list_attacks(fleet, world, steps);
    if !world.is_late() {
        steps.push(Step::Tick);
    }
}

fn list_client(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    let host = &world.client.host;
    if host.question.is_some() {
        steps.extend([Step::Permit, Step::Refuse, Step::ClientTimeout]);
    }
    for sa in host.sas.iter().flatten() {
        if sa.stage == Stage::Whole {
            steps.push(Step::Established(sa.id));
        }
        // What is up is given up only by a fault.
        if !sa.is_up() || world.left.faults > 0 {
            steps.push(Step::GiveUp(sa.id));
        }
        let heard = world.network.iter().any(|packet| packet.tag() == sa.tag);
        if !heard && sa.is_whole() && !world.is_known(sa.tag) {
            steps.push(Step::Expire(sa.id));
        }
    }
    if world.left.faults > 0 && host.current().is_some_and(Sa::is_up) {
        steps.extend(fleet.targets().map(Step::Renew));
    }
}

fn list_deliveries(fleet: &Fleet, world: &World, packet: Packet, steps: &mut Vec<Step>) {
    let mut deliver = |at, choice| {
        for again in [false, true] {
            if !again || packet.may_repeat() {
                steps.push(Step::Deliver { packet, at, choice, again });
            }
        }
    };
    match packet {
        Packet::InitRequest { to, .. } => {
            let free = to == Place::Anycast;
            for at in fleet.targets().filter(|&at| free || at == to) {
                deliver(at, Choice::Usual);
                if free || world.left.redirects > 0 {
                    let anycast = free.then_some(Place::Anycast);
                    for target in fleet.targets().chain(anycast) {
                        deliver(at, Choice::Redirect(target));
                    }
                }
            }
        }
        Packet::AuthRequest { at, .. } => {
            deliver(at, Choice::Usual);
            if world.left.redirects > 0 {
                for target in fleet.targets() {
                    deliver(at, Choice::Redirect(target));
                }
            }
        }
        Packet::InitAccept { at, .. }
        | Packet::AuthResponse { at, .. }
        | Packet::Redirect { at, .. }
        | Packet::Acknowledgement { at, .. }
        | Packet::DeleteByClient { at, .. }
        | Packet::DeleteByGateway { at, .. } => deliver(at, Choice::Usual),
        Packet::InitRedirect { .. } => deliver(Place::Anycast, Choice::Usual),
    }
}

fn list_gateway(fleet: &Fleet, world: &World, at: u8, steps: &mut Vec<Step>) {
    for session in 0..MOST_SESSIONS as u8 {
        let known = world.gateways[usize::from(at)].sessions[usize::from(session)];
        let Some(known) = known.filter(|known| !known.is_over()) else { continue };
        if known.host().is_due() {
            steps.push(Step::GatewayTimeout { at, session });
        }
        let up = known.serves();
        if up && world.left.redirects > 0 {
            steps.extend(fleet.targets().map(|target| Step::Redirect { at, session, target }));
        }
        let heard = world.network.iter().any(|packet| packet.tag() == known.tag);
        let held = world.sa_of(known.tag);
        if !heard && held.is_none() {
            steps.push(Step::Forget { at, session });
        }
        steps.push(Step::ClientRedirects { at, session });
        if world.left.faults > 0 && known.host().is_whole() {
            steps.push(Step::GatewayDeletes { at, session });
            let out = matches!(known.host().place, truth::Place::Up | truth::Place::Out { .. });
            if out && held.is_some_and(Sa::is_up) {
                steps.push(Step::Rekey { at, session });
            }
        }
    }
}

fn list_attacks(fleet: &Fleet, world: &World, steps: &mut Vec<Step>) {
    let rogue = Place::Gateway(0).address();
    for sa in world.client.host.sas.iter().flatten() {
        let id = sa.id;
        if let Stage::Init { .. } = sa.stage {
            let forge = |target| Step::ForgeInit { sa: id, target, knows_nonce: false };
            steps.extend(fleet.targets().map(forge));
        }
        if world.left.attacks == 0 {
            continue;
        }
        for target in fleet.targets() {
            match (fleet.attacker, sa.stage) {
                (Attacker::OnPath, Stage::Init { .. } | Stage::Auth { .. }) => {
                    steps.push(Step::ForgeInit { sa: id, target, knows_nonce: true });
                }
                (Attacker::RogueGateway, Stage::Auth { out: true, .. }) if sa.gateway == rogue => {
                    steps.push(Step::RogueAuth { sa: id, target });
                }
                (Attacker::RogueGateway, Stage::Whole | Stage::Up) if sa.gateway == rogue => {
                    for deletes in [false, true] {
                        steps.push(Step::RogueRedirect { sa: id, target, deletes });
                    }
                }
                (Attacker::Nobody | Attacker::OnPath | Attacker::RogueGateway, _) => {}
            }
        }
    }
}

impl Fleet {
    /// Where a gateway may want its client: anywhere, itself included.
    pub(super) fn targets(&self) -> impl Iterator<Item = Place> + use<> {
        (0..self.gateways).map(Place::Gateway)
    }
}
