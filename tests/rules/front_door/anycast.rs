//! The front door at an address that several gateways share.

use ikev2_redirect::Reason;
use ikev2_redirect::responder::front_door::{Answer, Arrival, FrontDoor};
use ikev2_redirect::wire::{InitRequest, NotifyType};

use super::{
    ANYCAST, DOOR, Decision, GATEWAY, PROCEEDS, answer, answer_of, anycast_answer, at, ip,
    supporting, to, unsupporting,
};
use crate::compose::{Message, REDIRECTED_FROM, identity, notify};

#[test]
fn r4_2_the_answer_leaves_from_the_anycast_address_that_was_asked() {
    assert!(anycast_answer(&supporting(), to(GATEWAY)).is_ok()); // compared in `answer_of`
}

#[test]
fn r4_3_a_request_at_an_anycast_address_never_proceeds() {
    assert_eq!(anycast_answer(&supporting(), Decision::Proceed), Err(Reason::AnycastProceed));
    assert_eq!(anycast_answer(&unsupporting(), Decision::Proceed), Err(Reason::AnycastProceed));
}

#[test]
fn r4_3_an_anycast_address_is_known_however_the_socket_shows_it() {
    let door = FrontDoor { anycast: &[ip("203.0.113.1")], ..FrontDoor::default() };
    assert!(door.is_anycast(ip("::ffff:203.0.113.1")));
    let mapped = FrontDoor { anycast: &[ip("::ffff:203.0.113.1")], ..FrontDoor::default() };
    assert!(mapped.is_anycast(ip("203.0.113.1")));
    assert!(!door.is_anycast(ip("::ffff:203.0.113.2")));
}

// H07: a dual-stack socket shows the address in this form.
const MAPPED: &str = "::ffff:203.0.113.1";

#[test]
fn r4_3_a_request_at_a_mapped_anycast_address_never_proceeds() {
    for known in [ANYCAST, MAPPED] {
        let anycast = [ip(known)];
        let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
        for destination in [ANYCAST, MAPPED] {
            let proceed = answer_of(&door, &supporting(), at(destination), Decision::Proceed);
            assert_eq!(proceed, Err(Reason::AnycastProceed), "{destination} with {known}");
        }
    }
}

// H07: who asked `::ffff:203.0.113.1` through an IPv6 socket is answered through it.
#[test]
fn r4_2_the_answer_leaves_from_the_address_in_the_form_in_which_it_was_asked() {
    let anycast = [ip(ANYCAST)];
    let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
    let request = supporting();
    let request = InitRequest::parse(&request).unwrap();
    for destination in [ANYCAST, MAPPED, "2001:db8::1"] {
        let mut out = [0; FrontDoor::MAX_ANSWER];
        for decision in [to(GATEWAY), Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN)] {
            match door.answer(&request, at(destination), decision, &mut out) {
                Ok(Answer::Reply { from, .. }) => assert_eq!(from, ip(destination)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn r4_4_an_ipv4_address_is_itself_however_the_socket_shows_it() {
    let request = supporting();
    let request = InitRequest::parse(&request).unwrap();
    let arrival = Arrival { destination: ip("::ffff:192.0.2.1"), source_proven: false };
    let refused = FrontDoor::default().may_redirect(&request, arrival, ip("192.0.2.1").into());
    assert_eq!(refused, Err(Reason::SelfRedirect));
}

#[test]
fn r4_3_nobody_is_redirected_to_an_anycast_address() {
    let refused = Err(Reason::AnycastTarget);
    assert_eq!(anycast_answer(&supporting(), to("203.0.113.9")), refused);
    assert_eq!(anycast_answer(&supporting(), to(ANYCAST)), refused);
    for known in [ANYCAST, "2001:db8::1"] {
        let anycast = [ip(known)];
        let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
        assert_eq!(answer_of(&door, &supporting(), at(DOOR), to(known)), refused, "{known}");
    }
}

#[test]
fn r4_4_from_an_anycast_address_to_the_own_unicast_address_is_no_loop() {
    assert!(anycast_answer(&supporting(), to(DOOR)).is_ok());
}

#[test]
fn r4_4_from_a_unicast_address_to_itself_is_a_loop() {
    assert_eq!(answer(&supporting(), to(DOOR)), Err(Reason::SelfRedirect));
}

#[test]
fn r4_5_the_other_rules_hold_at_an_anycast_address() {
    assert_eq!(anycast_answer(&supporting(), to("0.0.0.0")), Err(Reason::UnspecifiedTarget));
    assert_eq!(anycast_answer(&unsupporting(), to(GATEWAY)), Err(Reason::ClientUnsupported));
    assert_eq!(anycast_answer(&supporting(), to(GATEWAY)), answer(&supporting(), to(GATEWAY)));
}

#[test]
fn r4_3_only_clients_without_support_are_served_at_an_anycast_address_and_only_on_request() {
    let anycast = [ip(ANYCAST)];
    let door =
        FrontDoor { anycast: &anycast, serve_unsupported_on_anycast: true, ..FrontDoor::default() };
    let proceed = |request: &[u8]| answer_of(&door, request, at(ANYCAST), Decision::Proceed);
    assert_eq!(proceed(&unsupporting()), PROCEEDS);
    assert_eq!(proceed(&supporting()), Err(Reason::AnycastProceed));
}

#[test]
fn d9_3_1_a_client_sent_by_an_anycast_address_shows_that_address() {
    // R9-1: shown to the host, and no more than that.
    let from = notify(REDIRECTED_FROM, &identity(1, &[203, 0, 113, 1]));
    let request = Message::request().with(from).octets();
    let shown = InitRequest::parse(&request).unwrap().redirected_from;
    assert_eq!(shown, Some(Ok(ip(ANYCAST))));
    assert!(anycast_answer(&request, to(DOOR)).is_ok());
}
