//! One client, a fleet of gateways, a network that can't be trusted and hosts whose timers fire
//! early, late or twice. All messages of IKE_SA_INIT are written and read by the crate.

mod client;
mod gateway;
mod network;
mod steps;

use ikev2_redirect::initiator::{self, Phase};
use ikev2_redirect::responder;

use crate::checker::{Arrow, Model, Probe};
use crate::goals;
use crate::script::Exchange;
use crate::watch::client::Command;
use client::{Client, Outbox, Sa, Stage};
use gateway::{Gateway, Session};
pub(crate) use network::Place;
use network::{Network, Packet};
pub(crate) use steps::Step;

/// The most gateways of a fleet.
const MOST_GATEWAYS: usize = 3;

/// The bounds of a world.
pub(crate) struct Fleet {
    pub(crate) title: &'static str,
    pub(crate) clients: Vec<initiator::Config>,
    pub(crate) gateway: responder::Config,
    /// How many gateways there are.
    pub(crate) gateways: u8,
    /// Where the client may be told to connect to.
    pub(crate) starts: Vec<Place>,
    /// The IKE_AUTH phase, written out.
    pub(crate) exchanges: Vec<Exchange>,
    /// The most packets on their way at once.
    pub(crate) packets: usize,
    /// How often gateways redirect, anycast aside.
    pub(crate) redirects: u8,
    /// How often something fails, is deleted or rekeyed.
    pub(crate) faults: u8,
    /// How often the attacker strikes with something that the client can't tell from the truth.
    pub(crate) attacks: u8,
    pub(crate) attacker: Attacker,
    /// After how many states the search ends.
    pub(crate) states: usize,
    /// What these bounds leave out.
    pub(crate) beyond: Vec<FleetGoal>,
}

/// Who attacks. Forgeries without the nonce, and REDIRECTs of the client to its gateway, come in
/// every world, as often as one likes: they change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attacker {
    Nobody,
    /// Reads IKE_SA_INIT requests, and so knows the nonces.
    OnPath,
    /// Gateway 0 is authenticated and malicious.
    RogueGateway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    client: Client,
    gateways: [Gateway; MOST_GATEWAYS],
    network: Network,
    left: Left,
}

/// What may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Left {
    redirects: u8,
    faults: u8,
    attacks: u8,
}

goals!(FleetGoal {
    Connected => "the client is connected",
    ConnectedElsewhere => "R3-10: the client is connected to another gateway than at first",
    RedirectedTwice => "D3-5: the client follows a second redirect",
    RedirectedByInit => "R1-1: an IKE_SA_INIT response redirects",
    RedirectedByAuth => "R1-1: an IKE_AUTH response redirects",
    RedirectedActively => "R1-2: an INFORMATIONAL request redirects",
    RepeatedRequest => "R5-5: a redirect request comes twice",
    GraceOver => "R5-8: the gateway deletes the IKE SA after the grace",
    NoAnswer => "R5-5: a gateway gets no acknowledgement",
    LimitReached => "R9-4: the loop limit is reached",
    Failed => "the client fails with a reason",
    Moved => "R5-7: the client has moved and left the old gateway",
    MoveFailed => "the client stays when the new gateway fails",
    TwoSas => "the client holds two IKE SAs",
    AnycastToSelf => "R4-4: a gateway redirects from the anycast address to its own",
});

impl Fleet {
    fn begin(&self, config: initiator::Config, start: Place) -> World {
        let mut world = World {
            client: Client::new(config),
            gateways: [Gateway::default(); MOST_GATEWAYS],
            network: Network::default(),
            left: Left { redirects: self.redirects, faults: self.faults, attacks: self.attacks },
        };
        let mut outbox = Outbox::new(0);
        let connect = Command::Connect(start.address());
        world.client.command(connect, &mut outbox, &mut Probe::default());
        world.send(self, outbox);
        world
    }
}

impl World {
    /// The client is up at a gateway that serves it, and nothing is under way.
    fn is_connected(&self) -> bool {
        let machine = &self.client.watched.machine;
        let served = |attempt| {
            let sessions = self.gateways.iter().flat_map(|gateway| &gateway.sessions).flatten();
            sessions.filter(|session| session.attempt == attempt).any(|session| session.is_up())
        };
        let sa = machine.slot().and_then(|slot| self.client.sa(slot));
        self.client.is_up() && sa.is_some_and(|sa| served(sa.attempt))
    }

    fn has_ended(&self) -> bool {
        self.client.watched.machine.phase() == Phase::Idle
    }

    fn send(&mut self, fleet: &Fleet, outbox: Outbox) {
        for packet in outbox.packets.into_iter().flatten() {
            self.network.send(packet, fleet.packets);
        }
    }

    /// Takes packets away that nobody listens for any more: to deliver them changes nothing, and
    /// a request that the client has given up may as well be lost.
    fn drop_stale(&mut self) {
        for packet in self.network {
            let attempt = packet.attempt();
            let held = self.client.slot_of(attempt).is_some();
            let known = self.gateways.iter().any(|gateway| gateway.knows(attempt));
            let heard = match packet {
                Packet::InitRequest { .. } => held,
                _ if packet.is_to_client() => held,
                _ => known,
            };
            if !heard {
                self.network.remove(packet);
            }
        }
    }

    /// Whether the client and the gateway have the same IKE SA, as far as it has come.
    fn agree(&self, fleet: &Fleet, sa: &Sa, session: &Session) -> bool {
        sa.attempt == session.attempt
            && match sa.stage {
                Stage::Init => true,
                Stage::Auth { number, .. } => session.has_heard(number),
                Stage::Up { .. } => session.has_heard(fleet.exchanges.len() as u8),
            }
    }

    /// The lowest number that nothing remembers.
    fn fresh_attempt(&self) -> network::Attempt {
        let in_use = |attempt: &network::Attempt| {
            self.client.slot_of(*attempt).is_some()
                || self.gateways.iter().any(|gateway| gateway.knows(*attempt))
                || self.network.iter().any(|packet| packet.attempt() == *attempt)
        };
        (0..).find(|attempt| !in_use(attempt)).expect("few are in use")
    }
}

impl Model for Fleet {
    type State = World;
    type Step = Step;
    type Goal = FleetGoal;

    fn name(&self) -> String {
        format!("fleet, {}", self.title)
    }

    fn most_states(&self) -> usize {
        self.states
    }

    fn initial(&self) -> Vec<World> {
        let of = |config: &initiator::Config| {
            let config = *config;
            self.starts.iter().map(move |&start| self.begin(config, start))
        };
        self.clients.iter().flat_map(of).collect()
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        if !world.has_ended() {
            steps::list(self, world, steps);
        }
    }

    fn take(&self, world: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let after = steps::take(self, world, step, probe)?;
        note(world, &after, step, probe);
        Some(after)
    }

    fn unreachable(&self) -> Vec<FleetGoal> {
        self.beyond.clone()
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("a client always ends connected or with a reported reason")
    }

    fn is_terminal(&self, world: &World) -> bool {
        world.has_ended() || world.is_connected()
    }

    fn is_fair(&self, step: Step) -> bool {
        step.is_fair()
    }

    fn lanes(&self) -> &'static [&'static str] {
        let lanes: &[&str] = &["client", "network", "gateway 0", "gateway 1", "gateway 2"];
        &lanes[..2 + usize::from(self.gateways)]
    }

    fn draw(&self, _: &World, step: Step) -> Arrow {
        step.draw()
    }

    fn describe(&self, world: &World) -> Vec<String> {
        let machine = &world.client.watched.machine;
        let mut lines = vec![format!("client: {:?}", machine.phase())];
        for (slot, sa) in world.client.sas() {
            let kept = if machine.kept() == Some(slot) { ", kept" } else { "" };
            let Sa { attempt, to, stage, .. } = sa;
            lines.push(format!("slot {slot:?}: #{attempt} to {to}, {stage:?}{kept}"));
        }
        for (number, gateway) in world.gateways.iter().enumerate() {
            for session in gateway.sessions.iter().flatten() {
                lines.push(format!(
                    "gateway {number}: #{} {:?}",
                    session.attempt,
                    session.watched.machine.phase()
                ));
            }
        }
        lines
    }
}

/// What a step has led to.
fn note(before: &World, after: &World, step: Step, probe: &mut Probe) {
    let (was, is) = (&before.client.watched.machine, &after.client.watched.machine);
    let connected = after.is_connected();
    let followed = is.loop_limit().followed(crate::clock::NOW);
    probe.sometimes(FleetGoal::Connected, connected);
    probe.sometimes(FleetGoal::ConnectedElsewhere, connected && followed > 0);
    probe.sometimes(FleetGoal::RedirectedTwice, followed > 1);
    probe.sometimes(FleetGoal::Failed, after.has_ended());
    probe.sometimes(FleetGoal::TwoSas, after.client.sas().count() == 2);
    let (kept, established) = (was.kept(), is.phase() == Phase::Established);
    let moved = kept.is_some() && is.kept().is_none() && established;
    probe.sometimes(FleetGoal::Moved, moved && is.slot() != kept);
    probe.sometimes(FleetGoal::MoveFailed, moved && is.slot() == kept);
    let vetting = |phase| was.phase() != phase && is.phase() == phase;
    probe.sometimes(FleetGoal::RedirectedByInit, vetting(Phase::VettingInit));
    probe.sometimes(FleetGoal::RedirectedByAuth, vetting(Phase::VettingAuth));
    probe.sometimes(FleetGoal::RedirectedActively, vetting(Phase::VettingActive));
    steps::note(before, after, step, probe);
}
