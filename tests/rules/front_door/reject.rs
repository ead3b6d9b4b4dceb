//! What the front door answers to messages that it cannot read (F20).

use ikev2_redirect::Reason;
use ikev2_redirect::responder::front_door::{Answer, Arrival, FrontDoor};
use ikev2_redirect::wire::{BufferTooSmall, InitRequest};

use super::{ANYCAST, DOOR, at, ip, supporting};
use crate::compose::{self, Message, Part, notify, part};

/// What is sent in return, or why nothing is.
fn reject_at(message: &[u8], arrival: Arrival) -> Result<Vec<u8>, Reason> {
    let mut out = [0xee; FrontDoor::MAX_ANSWER];
    match FrontDoor::default().reject(message, arrival, &mut out).unwrap() {
        Answer::Reply { from, message } => {
            assert_eq!(from, arrival.destination, "R4-2");
            Ok(message.to_vec())
        }
        Answer::Refused(reason) => Err(reason),
        Answer::Proceed => panic!("nothing proceeds that cannot be read"),
    }
}

fn reject(message: &Message) -> Result<Vec<u8>, Reason> {
    reject_at(&message.octets(), at(DOOR))
}

fn critical(kind: u8) -> Part {
    Part { kind, flags: 0x80, body: vec![1, 2, 3] }
}

/// The notification as RFC 7296 draws it, in an answer to `request`.
fn told(request: &Message, kind: u16, data: &[u8]) -> Vec<u8> {
    let parts = vec![notify(kind, data)];
    Message { exchange: request.exchange, ..Message::response(parts) }.octets()
}

#[test]
fn a_critical_payload_of_unknown_type_is_named_to_its_sender() {
    for kind in [1, 32, 55, 200, 255] {
        for exchange in [34, 38] {
            let request = Message { exchange, ..Message::supporting() }.with(critical(kind));
            let refused = InitRequest::parse(&request.octets()).map(drop);
            assert_eq!(refused, Err(Reason::UnknownCriticalPayload));
            assert_eq!(reject(&request), Ok(told(&request, 1, &[kind])), "type {kind}");
        }
    }
}

#[test]
fn of_two_critical_payloads_of_unknown_type_the_first_is_named() {
    let request = Message::supporting().with(critical(200)).with(critical(201));
    assert_eq!(reject(&request), Ok(told(&request, 1, &[200])));
}

#[test]
fn what_stands_behind_the_critical_payload_is_not_read() {
    let mut octets = Message::supporting().with(critical(200)).with(part(43, b"vendor")).octets();
    let last = octets.len() - 8;
    octets[last] = 0xff; // the length of the vendor id
    assert!(reject_at(&octets, at(DOOR)).is_ok());
}

#[test]
fn the_sender_of_a_higher_major_version_is_told_of_this_one() {
    for version in [0x30, 0x3f, 0x40, 0xf0] {
        let request = Message { version, ..Message::supporting() };
        let refused = InitRequest::parse(&request.octets()).map(drop);
        assert_eq!(refused, Err(Reason::UnsupportedVersion));
        assert_eq!(reject(&request), Ok(told(&request, 5, &[])), "version {version:#04x}");
    }
}

#[test]
fn the_exchange_of_a_higher_major_version_need_not_be_known() {
    for exchange in [0, 35, 99, 255] {
        let request = Message { version: 0x30, exchange, ..Message::supporting() };
        assert_eq!(reject(&request), Ok(told(&request, 5, &[])));
    }
}

#[test]
fn a_lower_major_version_gets_silence() {
    for version in [0x00, 0x10, 0x1f] {
        let request = Message { version, ..Message::supporting() };
        assert_eq!(reject(&request), Err(Reason::UnsupportedVersion));
    }
}

// Two hosts that answered answers would never stop.
#[test]
fn a_response_is_never_answered() {
    for flags in [0x20, 0x28, 0x00] {
        for message in [
            Message { flags, version: 0x30, ..Message::supporting() },
            Message { flags, ..Message::supporting().with(critical(200)) },
        ] {
            assert_eq!(reject(&message), Err(Reason::WrongFlags), "flags {flags:#04x}");
        }
    }
    let sent = reject(&Message::supporting().with(critical(200))).unwrap();
    assert_eq!(reject_at(&sent, at(DOOR)), Err(Reason::WrongFlags));
}

#[test]
fn what_is_no_first_message_is_not_answered() {
    let bases = [
        Message { version: 0x30, ..Message::supporting() },
        Message::supporting().with(critical(200)),
    ];
    for base in bases {
        let id = Message { message_id: 1, ..base.clone() };
        assert_eq!(reject(&id), Err(Reason::WrongMessageId));
        let spi = Message { initiator_spi: [0; 8], ..base.clone() };
        assert_eq!(reject(&spi), Err(Reason::ZeroInitiatorSpi));
        let known = Message { responder_spi: [9; 8], ..base.clone() };
        assert_eq!(reject(&known), Err(Reason::NonzeroResponderSpi));
        let whole = base.octets();
        let cut = reject_at(&whole[..whole.len() - 1], at(DOOR));
        assert_eq!(cut, Err(Reason::Truncated));
        let longer = reject_at(&[&whole[..], &[0]].concat(), at(DOOR));
        assert_eq!(longer, Err(Reason::TrailingOctets));
    }
    let other = Message { exchange: 35, ..Message::supporting() }.with(critical(200));
    assert_eq!(reject(&other), Err(Reason::WrongExchange));
    assert_eq!(reject_at(b"GET / HTTP/1.1", at(DOOR)), Err(Reason::Truncated));
}

#[test]
fn a_message_in_which_nothing_is_unknown_gets_silence() {
    assert_eq!(reject_at(&supporting(), at(DOOR)), Err(Reason::Declined));
    let no_ke = Message::supporting().without(compose::KE);
    assert_eq!(reject(&no_ke), Err(Reason::Declined));
    let unknown = Part { flags: 0x7f, ..critical(200) };
    assert_eq!(reject(&Message::supporting().with(unknown)), Err(Reason::Declined));
    let known = Part { kind: 43, ..critical(43) };
    assert_eq!(reject(&Message::supporting().with(known)), Err(Reason::Declined));
    let sk = Part { kind: 46, ..critical(46) };
    assert_eq!(reject(&Message::supporting().with(sk)), Err(Reason::Declined));
}

#[test]
fn an_answer_that_would_be_longer_than_the_message_is_not_sent_to_an_unproven_source() {
    let bare = Message { parts: vec![], version: 0x30, ..Message::request() };
    assert_eq!(reject(&bare), Err(Reason::AnswerTooLong));
    let proven = Arrival { source_proven: true, ..at(DOOR) };
    assert_eq!(reject_at(&bare.octets(), proven).unwrap().len(), 36);
    // 28 octets of header and 8 of the payload: one fewer than the answer.
    let short = Part { kind: 200, flags: 0x80, body: vec![0; 4] };
    let short = Message { parts: vec![short], ..Message::request() };
    assert_eq!(reject(&short), Err(Reason::AnswerTooLong));
    assert_eq!(reject_at(&short.octets(), proven).unwrap().len(), 37);
    let enough = Part { kind: 200, flags: 0x80, body: vec![0; 5] };
    let enough = Message { parts: vec![enough], ..Message::request() };
    assert_eq!(reject(&enough).unwrap().len(), 37);
}

#[test]
fn r4_2_it_leaves_from_the_address_that_was_asked() {
    let request = Message { version: 0x30, ..Message::supporting() };
    for destination in [ANYCAST, "::ffff:203.0.113.1", "2001:db8::1"] {
        let arrival = Arrival { destination: ip(destination), source_proven: false };
        assert!(reject_at(&request.octets(), arrival).is_ok()); // compared in `reject_at`
    }
}

#[test]
fn too_little_room_is_said_with_the_room_needed() {
    let request = Message::supporting().with(critical(200)).octets();
    let door = FrontDoor::default();
    let mut room = [0; 37];
    let short = door.reject(&request, at(DOOR), &mut room[1..]);
    assert_eq!(short, Err(BufferTooSmall { needed: 37 }));
    assert!(matches!(door.reject(&request, at(DOOR), &mut room), Ok(Answer::Reply { .. })));
}
