//! Facts about an IKE SA mean the same whether a question is open or not, and an IKE SA that is
//! gone stays gone.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Provenance, SaId};

use super::support::*;

/// What is said of an IKE SA that the machine does not know.
fn unknown(sa: SaId) -> [Action<'static>; 1] {
    [Action::Ignored { sa, reason: Reason::UnknownSa }]
}

#[test]
fn given_up_while_an_ike_auth_redirect_is_asked_about_counts() {
    // F05: a whole IKE SA is deleted, once, and the verdict orders nothing about it any more.
    let mut machine = asked_in_auth();
    let left = sa(&machine);
    assert_eq!(tell(&mut machine, Event::GivenUp), [delete(left)]);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, Provenance::Auth), start(&machine, 2, Some(1))]);
}

#[test]
fn a_refusal_after_the_host_has_given_up_ends_the_connection() {
    // F05
    let mut machine = asked_in_auth();
    let left = sa(&machine);
    feed(&mut machine, [Event::GivenUp]);
    let reason = Reason::PolicyRefused;
    let expected = [Action::Refused { sa: left, reason }, failed(reason)];
    assert_eq!(refuse(&mut machine), expected);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_permit_after_the_host_has_given_up_still_counts() {
    let mut machine = asked_and_given_up();
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, Provenance::Init), start(&machine, 2, Some(1))]);
}

#[test]
fn a_redirect_outlives_the_ike_sa_it_came_over_while_the_kept_one_goes_on() {
    let mut machine = moving_and_asked();
    let (old, new) = (kept(&machine), sa(&machine));
    let actions = tell(&mut machine, Event::GivenUp);
    assert_eq!(actions, [delete(new), move_failed(old, Reason::AttemptFailed)]);
    let actions = permit(&mut machine, 3);
    assert_eq!(actions, [redirected(2, 3, Provenance::Auth), start(&machine, 3, Some(2))]);
    assert_eq!(machine.kept(), Some(old));
}

#[test]
fn after_that_a_refusal_leaves_the_kept_ike_sa_in_use() {
    let mut machine = moving_and_asked();
    let (old, new) = (kept(&machine), sa(&machine));
    feed(&mut machine, [Event::GivenUp]);
    let refused = Action::Refused { sa: new, reason: Reason::PolicyRefused };
    assert_eq!(refuse(&mut machine), [refused]);
    assert_eq!((machine.phase(), machine.sa()), (Phase::Up, Some(old)));
}

#[test]
fn keys_of_the_attempt_before_a_redirect_do_not_count_for_the_next() {
    // F08: natural where Diffie-Hellman is computed aside.
    let mut machine = asked_in_init();
    let former = sa(&machine);
    let _ = permit(&mut machine, 2);
    assert_ne!(sa(&machine), former);
    assert_eq!(machine.handle(NOW, former, KEYS), unknown(former));
    assert_eq!(machine.phase(), Phase::Init);
}

#[test]
fn an_attempt_that_was_given_up_cannot_be_completed() {
    let mut machine = connecting(Config::default());
    let gone = sa(&machine);
    feed(&mut machine, [Event::GivenUp]);
    assert_eq!(machine.handle(NOW, gone, KEYS), unknown(gone));
}

#[test]
fn what_is_gone_is_not_named_while_a_question_is_open() {
    // F08
    let machine = asked_and_given_up();
    assert!(machine.question().is_some());
    assert_eq!((machine.sa(), machine.gateway(), machine.phase()), (None, None, Phase::Idle));
}

#[test]
fn no_name_is_given_twice() {
    // F08: over forty gateways, of which each keeps, sends on or loses the client.
    let mut machine = client(Config { max_redirects: 0, ..Config::default() });
    let mut names: Vec<SaId> = Vec::new();
    for _ in 0..40 {
        let _ = machine.connect(NOW, gw(1)).unwrap();
        names.extend(machine.sa());
        let _ = machine.retry(NOW, gw(2)).unwrap();
        names.extend(machine.sa());
        machine = up(machine);
        let _ = machine.renew(NOW, gw(3)).unwrap();
        names.extend(machine.sa());
        let _ = machine.close(NOW).unwrap();
    }
    let given = names.len();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), given), (120, 120));
}

#[test]
fn an_event_about_a_strange_sa_changes_nothing_in_any_stage() {
    let stranger = SaId(77);
    for (stage, machine) in every_stage() {
        for event in [KEYS, Event::Deleted, Event::GivenUp, Event::Established, init_redirect(3)] {
            let mut next = machine;
            assert_eq!(next.handle(NOW, stranger, event), unknown(stranger), "{stage}");
            assert_eq!(next, machine, "{stage}");
        }
    }
}

#[test]
fn wrong_auth_ends_the_question_about_its_own_ike_sa() {
    let mut machine = authenticating();
    let _ = round(&mut machine, NOTHING, VERIFIED, with_auth(redirect_to(2)));
    let (left, question) = (sa(&machine), question(&machine));
    let actions = round(&mut machine, AUTH, PeerAuth::Failed, with_auth(Default::default()));
    let expected = [
        Action::RejectSa { sa: left },
        Action::AbandonVet { question },
        failed(Reason::GatewayAuthFailed),
    ];
    assert_eq!(actions, expected);
}

#[test]
fn wrong_auth_of_one_gateway_says_nothing_of_anothers_redirect() {
    let mut machine = asked_in_session(Config::default());
    let (old, asked) = (sa(&machine), machine.question());
    let _ = machine.renew(NOW, gw(3)).unwrap();
    let mut machine = in_auth(machine);
    let new = sa(&machine);
    let actions = round(&mut machine, AUTH, PeerAuth::Failed, Default::default());
    assert_eq!(
        actions,
        [Action::RejectSa { sa: new }, move_failed(old, Reason::GatewayAuthFailed)]
    );
    assert_eq!(machine.question(), asked);
}

#[test]
fn renamed_the_machine_means_the_same() {
    // What a model checker does, so that the names do not make its states infinite (H16).
    let mut machine: Initiator = moving_and_asked();
    machine.renumber(u32::MAX);
    assert_eq!((machine.kept(), machine.sa()), (Some(SaId(u32::MAX)), Some(SaId(0))));
    let actions = machine.handle(NOW, SaId(u32::MAX), Event::Deleted);
    assert!(actions.is_empty());
    assert_eq!(machine.kept(), None);
    assert_eq!(tell(&mut machine, Event::GivenUp), [Action::DeleteSa { sa: SaId(0) }]);
    let refused = Action::Refused { sa: SaId(0), reason: Reason::PolicyRefused };
    assert_eq!(refuse(&mut machine), [refused, failed(Reason::PolicyRefused)]);
}

#[test]
fn renamed_a_question_about_the_kept_ike_sa_stays_one_about_it() {
    // H16
    let mut machine = asked_in_session(Config::default());
    let _ = machine.renew(NOW, gw(3)).unwrap();
    machine.renumber(40);
    let old = kept(&machine);
    let _ = machine.handle(NOW, old, Event::GatewayMoved { to: gw(9) });
    let left = sa(&machine);
    let actions = permit(&mut machine, 2);
    let redirected = redirected(9, 2, Provenance::Informational);
    let expected = [redirected, drop_sa(left), start(&machine, 2, Some(9))];
    assert_eq!(actions, expected);
}
