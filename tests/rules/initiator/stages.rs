//! Whatever a machine ignores or refuses in whatever stage leaves it as it was.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Action, Event, Initiator, Refusal, SaId};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Actions, Misuse};

use super::support::*;

/// Every kind of event, in each form that can be out of place.
fn every_event() -> Vec<Event<'static, 'static>> {
    let verified = with_auth(Contents { sa: true, ..Contents::default() });
    vec![
        init_redirect(3),
        init_event(redirecting(gw(3).into(), &[8; 32])),
        init_event(PLAIN_RESPONSE),
        KEYS,
        Event::AuthRequestSent { sent: AUTH },
        auth_response(PeerAuth::Verified, verified),
        auth_response(PeerAuth::Absent, verified),
        auth_response(PeerAuth::Verified, Contents::default()),
        Event::Established,
        Event::GivenUp,
        informational(redirect_to(3)),
        Event::InformationalReceived { contents: redirect_to(3), repeated: true },
        Event::MisplacedRedirect,
        Event::Deleted,
        Event::Rekeyed,
        Event::GatewayMoved { to: gw(9) },
        Event::GatewayMoved { to: "0.0.0.0".parse().unwrap() },
    ]
}

/// Each stage with each IKE SA that the machine knows there, and each event about it.
fn every_event_in_every_stage() -> Vec<(&'static str, Initiator, SaId, Event<'static, 'static>)> {
    let mut cases = Vec::new();
    for (stage, machine) in every_stage() {
        for sa in machine.sa().into_iter().chain(machine.kept()) {
            cases.extend(every_event().into_iter().map(|event| (stage, machine, sa, event)));
        }
    }
    cases
}

fn is_refusal_to_listen(action: Action<'static>) -> bool {
    matches!(action, Action::Ignored { .. } | Action::Misused { .. } | Action::Acknowledge { .. })
}

#[test]
fn an_ignored_or_mistaken_event_changes_nothing_in_any_stage() {
    // F23: whose fault it is shows, and either way the machine is as it was.
    let mut mistakes = 0;
    for (stage, machine, sa, event) in every_event_in_every_stage() {
        let mut next = machine;
        let actions = next.handle(NOW, sa, event);
        mistakes += actions.iter().filter(|act| matches!(act, Action::Misused { .. })).count();
        if !actions.is_empty() && actions.iter().all(is_refusal_to_listen) {
            assert_eq!(next, machine, "{event:?} in {stage}: {actions:?}");
        }
    }
    assert!(mistakes > 50, "only {mistakes} mistakes tried");
}

#[test]
fn every_action_about_an_ike_sa_names_one_that_was_known_or_has_just_begun() {
    // F24
    for (stage, machine, sa, event) in every_event_in_every_stage() {
        let mut next = machine;
        for action in next.handle(NOW, sa, event) {
            let named = match action {
                Action::PassOn { sa }
                | Action::Vet { sa, .. }
                | Action::Acknowledge { sa }
                | Action::DeleteSa { sa }
                | Action::DropSa { sa }
                | Action::RejectSa { sa }
                | Action::Ignored { sa, .. }
                | Action::Misused { sa, .. }
                | Action::Tolerated { sa, .. }
                | Action::MoveFailed { sa, .. } => Some(sa),
                Action::StartInit { .. }
                | Action::AbandonVet { .. }
                | Action::Redirected { .. }
                | Action::Refused { .. }
                | Action::Failed { .. } => None,
            };
            let known = [machine.sa(), machine.kept()];
            assert!(named.is_none() || known.contains(&named), "{action:?} in {stage}");
        }
    }
}

type Order = fn(&mut Initiator) -> Result<Actions<Action<'static>>, Misuse>;

#[test]
fn a_refused_order_changes_nothing_in_any_stage() {
    let orders: [Order; 7] = [
        |machine| machine.connect(NOW, gw(9)),
        |machine| machine.connect(NOW, "0.0.0.0".parse().unwrap()),
        |machine| machine.retry(NOW, gw(1)),
        |machine| machine.renew(NOW, "0.0.0.0".parse().unwrap()),
        |machine| {
            let asked = machine.question().unwrap_or(ikev2_redirect::initiator::QuestionId(77));
            machine.permit(NOW, asked, gw(66))
        },
        |machine| {
            let stranger = ikev2_redirect::initiator::QuestionId(77);
            machine.refuse(NOW, stranger, Refusal::Policy)
        },
        |machine| machine.close(NOW),
    ];
    let mut misuses = 0;
    for (stage, machine) in every_stage() {
        for (number, order) in orders.iter().enumerate() {
            let mut next = machine;
            if let Err(misuse) = order(&mut next) {
                misuses += 1;
                assert_eq!(next, machine, "order {number} in {stage}: {misuse}");
            }
        }
    }
    assert!(misuses > 50, "only {misuses} orders were refused");
}
