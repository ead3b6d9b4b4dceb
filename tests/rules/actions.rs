//! The list of actions that a call returns.

use std::net::Ipv4Addr;

use ikev2_redirect::initiator::{self, Config, Event, Initiator};
use ikev2_redirect::responder::{Action, Client, Config as ResponderConfig, Responder, TargetId};
use ikev2_redirect::wire::{Contents, Redirect};
use ikev2_redirect::{Actions, Instant};

const NOW: Instant = Instant::from_millis(0);
const TARGET: TargetId = TargetId(7);
const SEND: Action = Action::SendRedirect { target: TARGET };

fn session() -> Responder {
    let client = Client { supports_redirect: true, multiple_auth_offered: false };
    Responder::established(ResponderConfig::default(), client)
}

fn none() -> Actions<Action> {
    session().timeout(NOW)
}

fn one() -> Actions<Action> {
    session().redirect(NOW, TARGET).unwrap()
}

#[test]
fn a_list_knows_how_long_it_is() {
    assert_eq!((none().len(), none().is_empty()), (0, true));
    assert_eq!((one().len(), one().is_empty()), (1, false));
}

#[test]
fn a_list_equals_the_same_actions_and_no_others() {
    let nothing: [Action; 0] = [];
    assert!(none() == nothing);
    assert!(one() == [SEND]);
    assert!(one() != [Action::Retransmit]);
    assert!(one() != [SEND, SEND]);
    assert!(one() != nothing);
}

// F26
#[test]
fn a_list_gives_its_actions_by_value_by_reference_and_by_place() {
    let list = one();
    let mut borrowed = Vec::new();
    for action in &list {
        borrowed.push(action);
    }
    assert_eq!(borrowed, [SEND]);
    assert_eq!(list.iter().collect::<Vec<_>>(), [SEND]);
    assert_eq!((list.get(0), list.get(1), list.get(usize::MAX)), (Some(SEND), None, None));
    assert_eq!(list.into_iter().collect::<Vec<_>>(), [SEND]);
}

// F26: a C host reserves room for them before it calls.
#[test]
fn a_list_says_how_much_it_can_hold() {
    const ROOM: usize = Actions::<Action>::CAPACITY;
    let mut copied = [None; ROOM];
    for (place, action) in copied.iter_mut().zip(one()) {
        *place = Some(action);
    }
    assert_eq!(copied[0], Some(SEND));
}

#[test]
fn a_list_keeps_the_order_of_its_actions() {
    let gateway = "192.0.2.1".parse().unwrap();
    let mut client = Initiator::established(Config::default(), gateway).unwrap();
    let redirect = Redirect { target: Ipv4Addr::new(192, 0, 2, 2).into() };
    let contents = Contents { redirect: Some(Ok(redirect)), ..Contents::EMPTY };
    let event = Event::InformationalReceived { contents, repeated: false };
    let list = client.handle(NOW, client.sa().unwrap(), event);
    assert!(matches!(list.get(0), Some(initiator::Action::Acknowledge { .. })));
    assert!(matches!(list.get(1), Some(initiator::Action::Vet { .. })));
    assert_eq!((list.len(), list.get(2)), (2, None));
    assert!(list.into_iter().eq(list.iter()));
    assert_eq!(format!("{list:?}"), format!("{:?}", list.iter().collect::<Vec<_>>()));
}

#[test]
fn a_list_is_shown_as_a_list() {
    assert_eq!(format!("{:?}", none()), "[]");
    assert_eq!(format!("{:?}", one()), format!("[{SEND:?}]"));
}
