//! Taking a step in a fleet.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{Refusal, SaId};
use ikev2_redirect::wire::InitResponse;

use super::gateway::Choice;
use super::network::Packet;
use super::{Flaw, Fleet, Place, Step, World, is_stale};
use crate::checker::Probe;
use crate::octets::Octets;
use crate::tag::Tag;
use crate::truth::client::{Answer, Named, Stage};
use crate::watch::client::Command;
use crate::watch::{InitAnswer, nonce, spi};

/// Takes a step; `None` if it makes no sense after all.
pub(super) fn take(fleet: &Fleet, before: &World, step: Step, probe: &mut Probe) -> Option<World> {
    let mut world = *before;
    let packet = match step {
        Step::Deliver { packet, again, .. } => {
            if !again {
                world.network.remove(packet);
            }
            if packet.is_to_client() {
                world.deliver_to_client(fleet, packet, probe);
                None
            } else {
                world.deliver_to_gateway(fleet, step, probe)?
            }
        }
        Step::Tick => {
            world.tick(probe);
            None
        }
        Step::ForgeInit { .. } | Step::RogueAuth { .. } | Step::RogueRedirect { .. } => {
            world.attack(fleet, step, probe)?;
            None
        }
        Step::Redirect { at, session, .. }
        | Step::GatewayTimeout { at, session }
        | Step::Forget { at, session }
        | Step::GatewayDeletes { at, session }
        | Step::Rekey { at, session }
        | Step::ClientRedirects { at, session } => world.gateway_step(step, at, session, probe)?,
        Step::Permit
        | Step::Refuse
        | Step::ClientTimeout
        | Step::Established(_)
        | Step::GiveUp(_)
        | Step::Expire(_)
        | Step::Renew(_) => {
            world.client_step(step, probe)?;
            None
        }
    };
    if let Some(packet) = packet {
        probe.always("the network has room", world.network.send(packet));
    }
    world.settle(before, Some(fleet), probe);
    Some(world)
}

impl World {
    fn client_step(&mut self, step: Step, probe: &mut Probe) -> Option<()> {
        let client = &mut self.client;
        match step {
            Step::Permit => {
                let asked = client.host.question?;
                let Named::Address(to) = asked.target else { return None };
                let _done = client.command(Command::Permit(asked.id, to), probe);
            }
            Step::Refuse => {
                let asked = client.host.question?;
                let refuse = Command::Refuse(asked.id, Refusal::Policy);
                let _done = client.command(refuse, probe);
            }
            Step::ClientTimeout => {
                let _done = client.time_out(probe);
            }
            Step::Established(id) => client.established(id, probe),
            Step::GiveUp(id) => {
                self.left.faults -= u8::from(client.host.sa(id)?.is_up());
                client.give_up(id, probe);
            }
            Step::Expire(id) => client.deleted(id, probe),
            Step::Renew(to) => {
                self.left.faults -= 1;
                let _done = client.command(Command::Renew(to.address()), probe);
            }
            _ => return None,
        }
        Some(())
    }

    fn tick(&mut self, probe: &mut Probe) {
        self.client.tick(probe);
        let sessions = self.gateways.iter_mut().flat_map(|gateway| &mut gateway.sessions);
        sessions.flatten().for_each(|session| session.watched.tick(probe));
    }

    fn attack(&mut self, fleet: &Fleet, step: Step, probe: &mut Probe) -> Option<()> {
        let before = self.client;
        match step {
            Step::ForgeInit { sa, target, knows_nonce } => {
                let Tag(tag) = self.client.host.sa(sa)?.tag;
                self.left.attacks -= u8::from(knows_nonce);
                self.init_redirect(sa, Tag(tag), target, knows_nonce, probe);
                let same = self.client == before;
                probe.always(
                    "R3-9: a forgery without the nonce changes nothing",
                    knows_nonce || same,
                );
            }
            Step::RogueAuth { sa, target } => {
                let (_, done, _) = self.client.host.sa(sa)?.waits_for()?;
                self.left.attacks -= 1;
                let answer = Answer::usual(&fleet.script[usize::from(done)]);
                let named = Some(Named::Address(target.address()));
                self.client.auth_response(sa, &fleet.script, &answer, named, false, probe);
            }
            Step::RogueRedirect { sa, target, deletes } => {
                self.left.attacks -= 1;
                let tag = self.client.host.sa(sa)?.tag;
                let named = Some(Named::Address(target.address()));
                self.client.informational(sa, named, deletes, false, probe);
                if deletes {
                    // It does what it says.
                    let known = self.gateways[0].session(tag);
                    known.into_iter().for_each(|session| session.gone(probe));
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn init_redirect(
        &mut self,
        sa: SaId,
        tag: Tag,
        target: Place,
        knows_nonce: bool,
        probe: &mut Probe,
    ) {
        let guess = if knows_nonce { nonce(tag.0) } else { [0xee; 16] };
        let octets = Octets::init_redirect(spi(tag.0), target.address().into(), &guess);
        let response = InitResponse::parse(&octets).expect("a response");
        let named = Named::Address(target.address());
        let answer = InitAnswer { nonce: knows_nonce, ..InitAnswer::redirect(named) };
        let _done = self.client.read_init_response(sa, response, answer, probe);
    }

    fn deliver_to_client(&mut self, fleet: &Fleet, packet: Packet, probe: &mut Probe) {
        let Some(sa) = self.sa_of(packet.tag()).copied() else { return };
        let id = sa.id;
        match packet {
            Packet::InitAccept { tag, .. } => {
                let octets = Octets::init_response(spi(tag.0));
                let response = InitResponse::parse(&octets).expect("a response");
                let answer = InitAnswer { odd: true, ..InitAnswer::USUAL };
                let _done = self.client.read_init_response(id, response, answer, probe);
                let Some(sa) = self.sa_of(tag).copied() else { return };
                if sa.stage == (Stage::Init { accepted: true }) {
                    self.client.keys(sa.id, 0, false, probe);
                    self.next_request(fleet, tag, probe);
                }
            }
            Packet::InitRedirect { tag, target } => {
                self.init_redirect(id, tag, target, true, probe);
            }
            Packet::AuthResponse { tag, number, redirect, with_auth, .. } => {
                if sa.waits_for().is_none_or(|(_, done, _)| done != number) {
                    return;
                }
                let exchange = &fleet.script[usize::from(number)];
                let carries = AuthMessage { auth: with_auth, ..AuthMessage::NOTHING };
                let answer = match redirect {
                    Some(_) => Answer { carries, ..Answer::instead(exchange) },
                    None => Answer::usual(exchange),
                };
                let named = redirect.map(|target| Named::Address(target.address()));
                self.client.auth_response(id, &fleet.script, &answer, named, false, probe);
                self.next_request(fleet, tag, probe);
            }
            Packet::Redirect { tag, at, number, target } => {
                let named = Some(Named::Address(target.address()));
                let repeated = number < sa.heard;
                if let Some(known) = self.client.host.sa_mut(id) {
                    known.heard = known.heard.max(number + 1);
                }
                self.client.informational(id, named, false, repeated, probe);
                let answer = Packet::Acknowledgement { tag, at, number };
                probe.always("the network has room", self.network.send(answer));
            }
            Packet::DeleteByGateway { .. } => self.client.deleted(id, probe),
            Packet::InitRequest { .. }
            | Packet::AuthRequest { .. }
            | Packet::Acknowledgement { .. }
            | Packet::DeleteByClient { .. } => {}
        }
    }

    /// The client goes on with IKE_AUTH, if there is anything to go on with.
    fn next_request(&mut self, fleet: &Fleet, tag: Tag, probe: &mut Probe) {
        let Some(sa) = self.sa_of(tag).copied() else { return };
        let open = self.client.host.question.is_some_and(|asked| asked.sa == sa.id);
        let Stage::Auth { done, out: false, .. } = sa.stage else { return };
        if open {
            return;
        }
        self.client.auth_request(sa.id, &fleet.script, probe);
        let at = Place::of(sa.gateway);
        let request = Packet::AuthRequest { tag, at, number: done };
        probe.always("the network has room", self.network.send(request));
    }

    /// `None` when the host's choice makes no difference to the usual.
    fn deliver_to_gateway(
        &mut self,
        fleet: &Fleet,
        step: Step,
        probe: &mut Probe,
    ) -> Option<Option<Packet>> {
        let Step::Deliver { packet, at, choice, .. } = step else { return None };
        let gateway = &mut self.gateways[World::gateway_of(at)];
        let reply = match packet {
            Packet::InitRequest { tag, to, supported, redirected_from } => {
                let request = (tag, to, supported, redirected_from);
                gateway.init_request(at, request, choice, fleet.gateway, probe)
            }
            Packet::AuthRequest { tag, number, .. } => {
                let known = gateway.session(tag)?;
                known.auth_request(at, number, &fleet.script, choice, probe)
            }
            Packet::Acknowledgement { tag, number, .. } => {
                let known = gateway.session(tag);
                known.into_iter().for_each(|session| session.acknowledged(number, probe));
                return Some(None);
            }
            Packet::DeleteByClient { tag, .. } => {
                let known = gateway.session(tag);
                known.into_iter().for_each(|session| session.deleted_by_client(probe));
                return Some(None);
            }
            _ => return None,
        };
        if choice != Choice::Usual && !reply.redirected {
            return None;
        }
        let free = matches!(packet, Packet::InitRequest { to: Place::Anycast, .. });
        self.left.redirects -= u8::from(reply.redirected && !free);
        // A request that nobody answers is sent again.
        let unanswered = reply.packet.is_none() && matches!(packet, Packet::InitRequest { .. });
        if unanswered { Some(Some(packet)) } else { Some(reply.packet) }
    }

    fn gateway_step(
        &mut self,
        step: Step,
        at: u8,
        session: u8,
        probe: &mut Probe,
    ) -> Option<Option<Packet>> {
        let place = Place::Gateway(at);
        let known = self.gateways[usize::from(at)].sessions[usize::from(session)].as_mut()?;
        Some(match step {
            Step::Redirect { target, .. } => {
                let packet = known.redirect(place, target, probe)?;
                self.left.redirects -= 1;
                Some(packet)
            }
            Step::GatewayTimeout { .. } => known.time_out(place, probe),
            Step::Forget { .. } => {
                known.gone(probe);
                None
            }
            Step::GatewayDeletes { .. } => {
                self.left.faults -= 1;
                known.gone(probe);
                Some(Packet::DeleteByGateway { tag: known.tag, at: place })
            }
            Step::Rekey { .. } => {
                self.left.faults -= 1;
                let packet = known.rekeyed(place, probe);
                let tag = known.tag;
                let id = self.sa_of(tag)?.id;
                self.client.rekeyed(id, probe);
                packet
            }
            _ => {
                known.redirected_by_client(probe);
                None
            }
        })
    }

    /// Sends what the client has begun or ended, takes away what nobody listens for any more, and
    /// looks whether both ends agree.
    pub(super) fn settle(&mut self, before: &World, fleet: Option<&Fleet>, probe: &mut Probe) {
        self.send_beginnings(probe);
        self.send_endings(fleet, before, probe);
        for sa in self.client.host.sas.iter().flatten() {
            let keyed = !matches!(sa.stage, Stage::Init { .. });
            let anycast = keyed && Place::of(sa.gateway) == Place::Anycast;
            probe.always("R4-3: no IKE SA at an anycast address", !anycast);
        }
        self.tidy();
        let world = *self;
        self.network.keep(|packet| !is_stale(&world, packet));
        self.tidy();
        if fleet.is_some() && self.is_quiet() {
            probe.always("both ends agree which IKE SAs live", self.agrees(true));
        }
    }

    fn send_beginnings(&mut self, probe: &mut Probe) {
        let in_use = |world: &World, tag: Tag| {
            world.sa_of(tag).is_some()
                || world.gateways.iter().any(|gateway| gateway.knows(tag))
                || world.network.iter().any(|packet| packet.tag() == tag)
        };
        while let Some(sa) = self.sa_of(Tag(0)).copied() {
            let tag = (1..).map(Tag).find(|&tag| !in_use(self, tag)).expect("few are in use");
            let notifies = self.client.machine.init_notifies();
            let request = Packet::InitRequest {
                tag,
                to: Place::of(sa.gateway),
                supported: notifies.is_some_and(|notifies| notifies.redirect_supported),
                redirected_from: sa.from.map(Place::of),
            };
            if let Some(known) = self.client.host.sa_mut(sa.id) {
                known.tag = tag;
            }
            probe.always("the network has room", self.network.send(request));
        }
    }

    /// What the client has left: with a DELETE, or with nothing that it could have told.
    fn send_endings(&mut self, fleet: Option<&Fleet>, before: &World, probe: &mut Probe) {
        let farewells = std::mem::take(&mut self.client.host.farewells);
        let lost = fleet.is_some_and(|fleet| fleet.flaw == Some(Flaw::LostDeletes));
        for (tag, gateway) in farewells.into_iter().flatten().filter(|_| !lost) {
            let packet = Packet::DeleteByClient { tag, at: Place::of(gateway) };
            probe.always("the network has room", self.network.send(packet));
        }
        for left in before.client.host.sas.iter().flatten() {
            let told = farewells.iter().flatten().any(|(tag, _)| *tag == left.tag);
            if told || left.is_whole() || self.sa_of(left.tag).is_some() {
                continue;
            }
            for gateway in &mut self.gateways {
                if let Some(known) = gateway.session(left.tag) {
                    known.unseen = true;
                }
            }
        }
    }

    /// Sessions that are over are forgotten once the client knows, too; and they have one order.
    fn tidy(&mut self) {
        let world = *self;
        for gateway in &mut self.gateways {
            for place in &mut gateway.sessions {
                let over =
                    place.is_some_and(|known| known.is_over() && world.sa_of(known.tag).is_none());
                if over {
                    *place = None;
                }
            }
            gateway
                .sessions
                .sort_unstable_by_key(|place| place.map_or(u8::MAX, |known| known.tag.0));
        }
    }
}
