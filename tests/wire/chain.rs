//! Chains of payloads: lengths, critical bits, payloads that say what follows them. The rules are
//! the same in requests, in responses and inside of protected messages, unless it is said.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{Contents, Header, InitRequest, InitResponse, PayloadType, Payloads};

use crate::compose::{self, Message, NOTIFY, Part, REDIRECT, VENDOR_ID, identity, notify, part};

fn request_fault(message: &Message) -> Reason {
    InitRequest::parse(&message.octets()).unwrap_err()
}

fn response_of(parts: &[Part]) -> Result<(), Reason> {
    InitResponse::parse(&Message::response(parts.to_vec()).octets()).map(drop)
}

fn contents_of(parts: &[Part]) -> Result<(), Reason> {
    Contents::parse(PayloadType(parts[0].kind), &compose::chain(parts)).map(drop)
}

fn request_with(part: &Part) -> Result<(), Reason> {
    InitRequest::parse(&Message::supporting().with(part.clone()).octets()).map(drop)
}

#[test]
fn an_unknown_critical_payload_is_refused_and_an_unknown_one_is_not() {
    let unknown = Part { kind: 200, flags: 0x80, body: vec![1, 2, 3] };
    let request = Message::supporting().with(unknown.clone());
    assert_eq!(request_fault(&request), Reason::UnknownCriticalPayload);
    let octets = Message::supporting().with(Part { flags: 0, ..unknown }).octets();
    assert!(InitRequest::parse(&octets).is_ok());
}

#[test]
fn the_critical_bit_of_a_known_payload_is_ignored() {
    let mut message = Message::supporting().with(part(VENDOR_ID, b"vendor"));
    for part in &mut message.parts {
        part.flags = 0x80;
    }
    assert!(InitRequest::parse(&message.octets()).unwrap().redirect_supported);
}

#[test]
fn lengths_that_do_not_add_up_are_refused() {
    let whole = Message::supporting().octets();
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(InitRequest::parse(&longer), Err(Reason::TrailingOctets));
    assert_eq!(InitRequest::parse(&whole[..whole.len() - 1]), Err(Reason::Truncated));
    let mut hidden = longer.clone();
    hidden[27] += 1; // the header covers the octet, no payload does
    assert_eq!(InitRequest::parse(&hidden), Err(Reason::TrailingOctets));
    assert_eq!(InitRequest::parse(&[]), Err(Reason::Truncated));
}

#[test]
fn a_payload_shorter_than_its_own_header_is_refused() {
    for length in 0..4 {
        let mut octets = Message::supporting().octets();
        octets[Header::LEN + 3] = length;
        assert_eq!(InitRequest::parse(&octets), Err(Reason::PayloadLength), "{length} octets");
    }
}

#[test]
fn a_payload_that_runs_past_the_message_is_refused() {
    let mut octets = Message::supporting().octets();
    octets[Header::LEN + 2] = 0xff;
    assert_eq!(InitRequest::parse(&octets), Err(Reason::Truncated));
}

#[test]
fn a_chain_that_points_past_its_end_is_refused() {
    let mut octets = Message::supporting().octets();
    let last = octets.len() - 8;
    octets[last] = NOTIFY;
    assert_eq!(InitRequest::parse(&octets), Err(Reason::Truncated));
}

// H12
#[test]
fn an_unknown_critical_payload_is_refused_in_a_response() {
    for kind in [1, 32, 55, 200, 255] {
        let unknown = Part { kind, flags: 0x80, body: vec![1, 2, 3] };
        let fault = Err(Reason::UnknownCriticalPayload);
        assert_eq!(response_of(std::slice::from_ref(&unknown)), fault, "type {kind}");
        assert_eq!(response_of(&[part(VENDOR_ID, b"vendor"), unknown.clone()]), fault);
        assert_eq!(response_of(&[unknown.clone(), part(VENDOR_ID, b"vendor")]), fault);
        assert_eq!(request_with(&unknown), fault);
        // Inside of a protected message it is the host's, which may know it.
        assert_eq!(contents_of(&[unknown]), Ok(()));
    }
}

// H12: only the highest bit says critical.
#[test]
fn reserved_bits_do_not_make_a_payload_critical() {
    for bit in 0..7 {
        let unknown = Part { kind: 200, flags: 1 << bit, body: vec![1, 2, 3] };
        assert_eq!(request_with(&unknown), Ok(()), "bit {bit}");
        assert_eq!(response_of(&[unknown]), Ok(()), "bit {bit}");
    }
    let all = Part { kind: 200, flags: 0x7f, body: vec![] };
    assert_eq!(request_with(&all), Ok(()));
    assert_eq!(response_of(&[all]), Ok(()));
}

#[test]
fn a_payload_of_each_registered_type_may_be_critical() {
    for kind in 33..=54 {
        if ![40, NOTIFY, 46, 53].contains(&kind) {
            let known = Part { kind, flags: 0x80, body: vec![1, 2, 3, 4] };
            assert_eq!(request_with(&known), Ok(()), "type {kind}");
            assert_eq!(response_of(&[known]), Ok(()), "type {kind}");
        }
    }
}

// H11: one that is skipped could hide a REDIRECT from one reader and show it to another.
#[test]
fn a_malformed_notify_payload_makes_the_message_invalid() {
    let spi_too_long = [0, 5, 0x40, 0x17, 1, 2, 3, 4];
    for body in [&[][..], &[0], &[0, 0, 0x40], &[0, 1, 0x40, 0x17], &spi_too_long] {
        let malformed = part(NOTIFY, body);
        let redirect = notify(REDIRECT, &identity(1, &[192, 0, 2, 45]));
        let fault = Err(Reason::NotifyLength);
        assert_eq!(request_with(&malformed), fault, "{body:?}");
        for parts in [
            vec![malformed.clone()],
            vec![malformed.clone(), redirect.clone()],
            vec![redirect, malformed],
        ] {
            assert_eq!(response_of(&parts), fault, "{body:?}");
            assert_eq!(contents_of(&parts), fault, "{body:?}");
        }
    }
}

// H10: other payloads than nonces may come twice, whatever a sender means by it.
#[test]
fn a_repeated_payload_of_a_registered_type_is_read() {
    let mut message = Message::supporting();
    let again: Vec<Part> = message.parts.iter().filter(|part| part.kind != 40).cloned().collect();
    message.parts.extend(again);
    let octets = message.octets();
    let request = InitRequest::parse(&octets).unwrap();
    assert!(request.redirect_supported);
    assert_eq!(request.nonce.octets(), compose::NI);
    let response = Message { flags: 0x20, ..message }.octets();
    assert!(InitResponse::parse(&response).unwrap().accepts);
}

#[test]
fn a_second_nonce_is_refused_in_a_response() {
    let nonce = part(40, &[3; 32]);
    assert_eq!(response_of(&[nonce.clone(), nonce]), Err(Reason::RepeatedNonce));
}

#[test]
fn an_sk_payload_says_what_is_the_first_payload_inside() {
    let chain = [PayloadType::IDI.0, 0, 0, 6, 0xaa, 0xbb];
    let sk = Payloads::new(PayloadType::SK, &chain).next().unwrap().unwrap();
    assert_eq!((sk.kind, sk.next, sk.body), (PayloadType::SK, PayloadType::IDI, &chain[4..]));
}

// F21
#[test]
fn a_chain_ends_with_an_encrypted_payload() {
    for kind in [PayloadType::SK, PayloadType::SKF] {
        let vendor = part(VENDOR_ID, b"vendor");
        let encrypted = part(kind.0, &[7; 40]);
        let mut chain = compose::chain(&[vendor, encrypted]);
        chain[10] = PayloadType::IDI.0; // the first payload inside
        let payloads: Vec<_> = Payloads::new(PayloadType::VENDOR_ID, &chain).collect();
        assert_eq!(payloads.len(), 2, "{payloads:?}");
        let last = payloads[1].unwrap();
        assert_eq!((last.kind, last.next, last.body.len()), (kind, PayloadType::IDI, 40));
    }
}

// F21
#[test]
fn octets_behind_an_encrypted_payload_are_refused() {
    for kind in [PayloadType::SK, PayloadType::SKF] {
        let chain = compose::chain(&[part(kind.0, &[7; 40]), part(VENDOR_ID, b"vendor")]);
        let payloads: Vec<_> = Payloads::new(kind, &chain).collect();
        assert!(payloads[0].is_ok());
        assert_eq!(payloads[1..], [Err(Reason::TrailingOctets)]);
    }
}

#[test]
fn an_encrypted_payload_in_the_clear_is_refused() {
    for kind in [46, 53] {
        let encrypted = part(kind, &[7; 40]);
        assert_eq!(request_with(&encrypted), Err(Reason::EncryptedPayload));
        assert_eq!(response_of(&[encrypted]), Err(Reason::EncryptedPayload));
    }
}

#[test]
fn a_chain_yields_nothing_behind_its_first_error() {
    let mut payloads = Payloads::new(PayloadType::VENDOR_ID, &[41, 0, 0, 3, 0, 0, 0, 4]);
    assert_eq!(payloads.next(), Some(Err(Reason::PayloadLength)));
    assert_eq!(payloads.next(), None);
}
