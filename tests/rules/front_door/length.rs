//! No answer is longer than a request from a source that is not proven: the front door is no
//! amplifier.

use ikev2_redirect::responder::front_door::{Answer, Arrival, FrontDoor};
use ikev2_redirect::wire::{InitRequest, Nonce, NotifyType, Spi};
use ikev2_redirect::{Fqdn, Reason, Target};

use super::{DOOR, Decision, answer, answer_of, at, ip, supporting};
use crate::compose::{self, Message};

/// A request of `length` octets, filled up with a vendor id.
fn request_of(length: usize) -> Vec<u8> {
    let bare = supporting().len();
    let filling = vec![7; length - bare - 4];
    Message::supporting().with(compose::part(compose::VENDOR_ID, &filling)).octets()
}

#[test]
fn an_answer_longer_than_the_request_is_not_sent_to_an_unproven_source() {
    // libreswan answers with 4.5 times the octets of the request.
    let longest = compose::name_of(254);
    let target = Decision::Redirect(Target::Fqdn(Fqdn::new(&longest).unwrap()));
    let length = 28 + 8 + 2 + 254 + 32;
    assert_eq!(answer(&request_of(length - 1), target), Err(Reason::AnswerTooLong));
    assert_eq!(answer(&request_of(length), target).unwrap().len(), length);
    assert_eq!(answer(&supporting(), target), Err(Reason::AnswerTooLong));
}

#[test]
fn the_longest_answer_is_as_long_as_it_is_said_to_be() {
    let name = compose::name_of(254);
    let target = Target::Fqdn(Fqdn::new(&name).unwrap());
    let nonce = [7; 256];
    let request = InitRequest {
        length: 0,
        initiator_spi: Spi([1; 8]),
        nonce: Nonce::new(&nonce).unwrap(),
        redirect_supported: true,
        redirected_from: None,
        cookie: None,
        resumption: false,
    };
    let arrival = Arrival { destination: ip("192.0.2.1"), source_proven: true };
    let mut out = [0; FrontDoor::MAX_ANSWER];
    let answer =
        FrontDoor::default().answer(&request, arrival, Decision::Redirect(target), &mut out);
    let Ok(Answer::Reply { message, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(message.len(), FrontDoor::MAX_ANSWER);
}

#[test]
fn a_proven_source_gets_a_longer_answer() {
    let longest = compose::name_of(254);
    let target = Decision::Redirect(Target::Fqdn(Fqdn::new(&longest).unwrap()));
    let arrival = Arrival { source_proven: true, ..at(DOOR) };
    let request = Message::supporting().with_nonce(&[7; 256]).octets();
    let sent = answer_of(&FrontDoor::default(), &request, arrival, target).unwrap();
    assert_eq!(sent.len(), 548);
    assert!(sent.len() > request.len());
}

#[test]
fn the_shortest_request_is_longer_than_a_refusal() {
    let shortest = Message {
        parts: vec![
            compose::part(compose::SA, &[]),
            compose::part(compose::KE, &[]),
            compose::part(compose::NONCE, &[7; 16]),
        ],
        ..Message::request()
    };
    let sent =
        answer(&shortest.octets(), Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN)).unwrap();
    assert!(sent.len() <= shortest.octets().len());
}
