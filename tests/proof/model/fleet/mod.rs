//! One client, a fleet of gateways, a network that can't be trusted, and hosts that know: each
//! keeps its own IKE SAs. All messages of IKE_SA_INIT are written and read by the crate.

mod gateway;
mod goals;
mod identity;
mod network;
mod steps;
mod take;

use std::hash::Hash;

use ikev2_redirect::initiator;
use ikev2_redirect::responder;

use crate::checker::{Arrow, Identity, Model, Probe};
use crate::script::Exchange;
use crate::tag::Tag;
use crate::truth::client::{Sa, Stage};
use crate::watch::client::{Command, WatchedClient};
use crate::watch::gateway::WatchedGateway;
use gateway::{Gateway, Session};
pub(crate) use goals::FleetGoal;
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
    /// Where the client may be told to connect to; `None`: it restarts with a session.
    pub(crate) starts: Vec<Option<Place>>,
    /// The IKE_AUTH phase, written out.
    pub(crate) script: Vec<Exchange>,
    /// How often gateways redirect, anycast aside.
    pub(crate) redirects: u8,
    /// How often something is deleted, rekeyed, renewed or given up although it is up.
    pub(crate) faults: u8,
    /// How often the attacker strikes with something that the client can't tell from the truth.
    pub(crate) attacks: u8,
    pub(crate) attacker: Attacker,
    /// What is wrong with the world, to see that it is noticed.
    pub(crate) flaw: Option<Flaw>,
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

/// A world that breaks a promise which only two ends can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The network loses each DELETE of the client, for good.
    LostDeletes,
    /// The gateway's host runs no timer.
    LazyGateway,
    /// The client's host waits for ever.
    PatientClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    client: WatchedClient,
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

impl Fleet {
    fn begin(&self, config: initiator::Config, start: Option<Place>) -> World {
        let mut world = World {
            client: WatchedClient::new(config),
            gateways: [Gateway::default(); MOST_GATEWAYS],
            network: Network::default(),
            left: Left { redirects: self.redirects, faults: self.faults, attacks: self.attacks },
        };
        let mut probe = Probe::default();
        match start {
            Some(place) => {
                let connect = Command::Connect(place.address());
                let _start = world.client.command(connect, &mut probe);
            }
            None => {
                let gateway = Place::Gateway(0);
                world.client = WatchedClient::restarted(config, gateway.address());
                let known =
                    responder::Client { supports_redirect: true, multiple_auth_offered: false };
                let watched = WatchedGateway::established(self.gateway, known);
                world.gateways[0].sessions[0] = Some(Session::new(Tag(1), watched));
                world.client.host.sas[0].as_mut().expect("a session").tag = Tag(1);
            }
        }
        let begun = world;
        world.settle(&begun, None, &mut probe);
        assert_eq!(probe.broken(), None);
        world
    }
}

impl World {
    /// The number by which a gateway is known.
    fn gateway_of(place: Place) -> usize {
        match place {
            Place::Gateway(number) => usize::from(number),
            Place::Anycast => unreachable!("no IKE SA at an anycast address"),
        }
    }

    fn sa_of(&self, tag: Tag) -> Option<&Sa> {
        self.client.host.sas.iter().flatten().find(|sa| sa.tag == tag)
    }

    fn sessions(&self) -> impl Iterator<Item = (usize, &Session)> {
        let all = self.gateways.iter().enumerate();
        all.flat_map(|(at, gateway)| {
            gateway.sessions.iter().flatten().map(move |known| (at, known))
        })
    }

    fn is_known(&self, tag: Tag) -> bool {
        self.sessions().any(|(_, session)| session.tag == tag && !session.is_over())
    }

    /// Whether the client's timer is later than any timer is.
    fn is_late(&self) -> bool {
        let due = self.sessions().any(|(_, session)| session.host().is_due());
        self.client.host.is_too_late(&self.client.rules) || due
    }

    /// Whatever was sent has arrived, and nobody waits for the other end.
    fn is_quiet(&self) -> bool {
        self.network.is_empty()
    }

    /// Both ends agree which IKE SAs live, but for what one end could not tell the other.
    fn agrees(&self, excused: bool) -> bool {
        let served = |sa: &Sa| {
            let mut sessions = self.sessions().filter(|(_, session)| session.tag == sa.tag);
            sessions.any(|(_, known)| known.host().is_whole() || (excused && known.failed))
        };
        let held = |known: &Session| {
            let sa = self.sa_of(known.tag);
            sa.is_some_and(Sa::is_whole) || (excused && known.unseen)
        };
        let whole = self.client.host.sas.iter().flatten().filter(|sa| sa.is_whole());
        let live = self.sessions().filter(|(_, session)| session.host().is_whole());
        whole.into_iter().all(served) && live.into_iter().all(|(_, session)| held(session))
    }
}

impl Model for Fleet {
    type State = World;
    type Step = Step;
    type Goal = FleetGoal;

    fn name(&self) -> String {
        format!("fleet, {}", self.title)
    }

    fn identify(&self, world: &World, identity: &mut Identity) {
        identity.forget_names();
        if self.attacker == Attacker::RogueGateway {
            // This one is not like the others.
            Place::Gateway(0).hash(identity);
        }
        world.identify(identity);
    }

    fn initial(&self) -> Vec<World> {
        let of = |config: &initiator::Config| {
            let config = *config;
            self.starts.iter().map(move |&start| self.begin(config, start))
        };
        self.clients.iter().flat_map(of).collect()
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        steps::list(self, world, steps);
    }

    fn take(&self, world: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let after = take::take(self, world, step, probe)?;
        goals::note(world, &after, step, probe);
        Some(after)
    }

    fn unreachable(&self) -> Vec<FleetGoal> {
        self.beyond.clone()
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("whatever happens, both ends agree in the end: a working IKE SA or a reported reason")
    }

    /// Nothing is under way, and both ends agree without any excuse.
    fn is_terminal(&self, world: &World) -> bool {
        let host = &world.client.host;
        let works = host.current().is_some_and(Sa::is_up) && host.count() == 1;
        let settled = host.question.is_none() && (works || host.count() == 0);
        settled
            && world.is_quiet()
            && world.agrees(false)
            && world.sessions().all(|(_, s)| s.serves())
    }

    fn is_fair(&self, world: &World, step: Step) -> bool {
        steps::is_fair(self, world, step)
    }

    fn lanes(&self) -> &'static [&'static str] {
        let lanes: &[&str] = &["client", "network", "gateway 0", "gateway 1", "gateway 2"];
        &lanes[..2 + usize::from(self.gateways)]
    }

    fn draw(&self, _: &World, step: Step) -> Arrow {
        steps::draw(step)
    }

    fn describe(&self, world: &World) -> Vec<String> {
        let mut lines = crate::tale::client(&world.client);
        for (at, session) in world.sessions() {
            for line in crate::tale::gateway(&session.watched) {
                lines.push(format!("gateway {at}, {}: {line}", session.tag));
            }
        }
        lines
    }
}

/// Whether the client still waits for something from the other end.
fn waits(sa: &Sa) -> bool {
    matches!(sa.stage, Stage::Init { .. } | Stage::Auth { .. })
}

/// Whether a message about this IKE SA is of no use to the client any more.
fn is_stale(world: &World, packet: Packet) -> bool {
    let held = world.sa_of(packet.tag());
    match packet {
        Packet::InitRequest { .. } => held.is_none(),
        Packet::InitAccept { .. } | Packet::InitRedirect { .. } => {
            held.is_none_or(|sa| !matches!(sa.stage, Stage::Init { .. }))
        }
        Packet::AuthResponse { .. } => held.is_none_or(|sa| !waits(sa)),
        Packet::Redirect { .. } | Packet::DeleteByGateway { .. } => held.is_none(),
        Packet::AuthRequest { .. }
        | Packet::Acknowledgement { .. }
        | Packet::DeleteByClient { .. } => !world.is_known(packet.tag()),
    }
}
