//! IKE_SESSION_RESUME at the front door (F14): redirected only by opt-in.

use ikev2_redirect::Reason;
use ikev2_redirect::responder::front_door::FrontDoor;
use ikev2_redirect::wire::{InitResponse, NotifyType};

use super::{ANYCAST, DOOR, Decision, GATEWAY, PROCEEDS, answer, answer_of, at, ip, to};
use crate::compose::{Message, REDIRECT_SUPPORTED, notify};

fn resuming() -> Vec<u8> {
    Message::resumption().with(notify(REDIRECT_SUPPORTED, &[])).octets()
}

#[test]
fn without_the_opt_in_nobody_is_redirected() {
    assert_eq!(answer(&resuming(), to(GATEWAY)), Err(Reason::ResumptionOff));
    assert_eq!(answer(&resuming(), Decision::Proceed), PROCEEDS);
}

#[test]
fn with_the_opt_in_the_answer_is_of_the_exchange_that_was_asked() {
    let door = FrontDoor { redirect_resumption: true, ..FrontDoor::default() };
    let sent = answer_of(&door, &resuming(), at(DOOR), to(GATEWAY)).unwrap();
    assert_eq!(sent[18], 38);
    let response = InitResponse::parse(&sent).unwrap();
    assert!(response.resumption && !response.accepts);
    let redirect = response.redirect.unwrap().unwrap();
    assert_eq!(redirect.target, ip(GATEWAY).into());
    assert_eq!(redirect.nonce.octets(), crate::compose::NI);
}

#[test]
fn the_opt_in_changes_no_other_rule() {
    let anycast = [ip(ANYCAST)];
    let door = FrontDoor { redirect_resumption: true, anycast: &anycast, ..FrontDoor::default() };
    let unsupporting = Message::resumption().octets();
    let refused = answer_of(&door, &unsupporting, at(DOOR), to(GATEWAY));
    assert_eq!(refused, Err(Reason::ClientUnsupported));
    let proceeds = answer_of(&door, &resuming(), at(ANYCAST), Decision::Proceed);
    assert_eq!(proceeds, Err(Reason::AnycastProceed));
    let init = Message::supporting().octets();
    assert_eq!(answer_of(&door, &init, at(DOOR), to(GATEWAY)).unwrap()[18], 34);
}

#[test]
fn an_error_is_of_the_exchange_that_was_asked() {
    let sent = answer(&resuming(), Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN)).unwrap();
    assert_eq!(sent[18], 38);
}
