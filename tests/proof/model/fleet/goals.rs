//! What a fleet must have seen.

use ikev2_redirect::initiator::Provenance;
use ikev2_redirect::responder::Phase;

use super::gateway::Choice;
use super::network::Packet;
use super::{Place, Step, World};
use crate::checker::Probe;
use crate::goals;
use crate::truth::client::Sa;

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
    HalfOpen => "the client leaves an IKE SA that is whole for the gateway only",
});

/// What a step has led to.
pub(super) fn note(before: &World, after: &World, step: Step, probe: &mut Probe) {
    let (was, is) = (&before.client.host, &after.client.host);
    let followed = is.followed();
    let connected = is.current().is_some_and(Sa::is_up) && is.count() == 1 && after.agrees(false);
    probe.sometimes(FleetGoal::Connected, connected);
    probe.sometimes(FleetGoal::ConnectedElsewhere, connected && followed > 0);
    probe.sometimes(FleetGoal::RedirectedTwice, followed > 1);
    probe.sometimes(FleetGoal::Failed, was.has_anything() && !is.has_anything());
    probe.sometimes(FleetGoal::TwoSas, is.count() == 2);
    let alone = was.kept().is_some() && is.kept().is_none() && is.current().is_some_and(Sa::is_up);
    let established = matches!(step, Step::Established(_));
    probe.sometimes(FleetGoal::Moved, alone && established);
    probe.sometimes(FleetGoal::MoveFailed, alone && !established);
    let asked = is.question.filter(|_| was.question.is_none()).map(|asked| asked.provenance);
    probe.sometimes(FleetGoal::RedirectedByInit, asked == Some(Provenance::Init));
    probe.sometimes(FleetGoal::RedirectedByAuth, asked == Some(Provenance::Auth));
    probe.sometimes(FleetGoal::RedirectedActively, asked == Some(Provenance::Informational));
    let unseen = after.sessions().any(|(_, known)| known.unseen && known.host().is_whole());
    probe.sometimes(FleetGoal::HalfOpen, unseen);
    let limit = usize::from(after.client.rules.limit);
    probe.sometimes(FleetGoal::LimitReached, limit > 0 && is.followed() == limit);
    match step {
        Step::Deliver { packet: Packet::Redirect { .. }, again, .. } => {
            probe.sometimes(FleetGoal::RepeatedRequest, again && was.question.is_none());
        }
        Step::Deliver {
            packet: Packet::InitRequest { to: Place::Anycast, .. },
            at,
            choice: Choice::Redirect(target),
            ..
        } => {
            probe.sometimes(FleetGoal::AnycastToSelf, at == target);
        }
        Step::GatewayTimeout { at, session } => {
            let phase = |world: &World| {
                let known = world.gateways[usize::from(at)].sessions[usize::from(session)];
                known.map(|known| known.watched.machine.phase())
            };
            let ended = after.sessions().count() < before.sessions().count()
                || phase(after) == Some(Phase::Closed);
            let (was, ended) = (phase(before), ended);
            probe.sometimes(FleetGoal::GraceOver, ended && was == Some(Phase::Leaving));
            probe.sometimes(FleetGoal::NoAnswer, ended && was == Some(Phase::Redirecting));
        }
        _ => {}
    }
}
