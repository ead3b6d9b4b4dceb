//! The front door, and what is read of messages.

use core::net::IpAddr;

use ikev2_redirect::Reason;
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRedirect, InitRequest, InitResponse, Nonce, NotifyType, Spi};

use super::{
    ADDRESSES, Random, c_address, c_octets, c_redirect, c_rules, c_target, shown_address,
    shown_target, zeros,
};
use crate::codec::{CInitRequest, CInitResponse};
use crate::front_door::{
    CAnswer, CArrival, CDecision, CFrontDoor, MAX_ANSWER, ikr_front_door_answer,
    ikr_front_door_may_redirect, ikr_front_door_reject,
};

static NONCES: [[u8; 40]; 2] = [[0x5a; 40], [0xa5; 40]];

fn any_request(random: &mut Random) -> InitRequest<'static> {
    let octets = &NONCES[random.below(2)][..16 + random.below(24)];
    InitRequest {
        length: random.of(&[60, 90, 400]),
        initiator_spi: Spi([1, 2, 3, 4, 5, 6, 7, random.below(256) as u8]),
        nonce: Nonce::new(octets).unwrap(),
        redirect_supported: random.flag(),
        redirected_from: match random.below(3) {
            0 => None,
            1 => Some(Ok(random.address())),
            _ => Some(Err(random.of(Reason::ALL))),
        },
        cookie: random.of(&[None, Some(&b"cookie"[..]), Some(&b""[..])]),
        resumption: random.flag(),
    }
}

fn c_request(request: &InitRequest<'_>) -> CInitRequest {
    let (from, state, reason) = match request.redirected_from {
        None => (None, 0, 0),
        Some(Ok(from)) => (Some(from), 1, 0),
        Some(Err(reason)) => (None, 2, reason as u32),
    };
    CInitRequest {
        length: request.length,
        initiator_spi: request.initiator_spi.0,
        nonce: c_octets(request.nonce.octets()),
        cookie: c_octets(request.cookie.unwrap_or_default()),
        redirected_from: c_address(from),
        redirected_from_state: state,
        redirected_from_reason: reason,
        redirect_supported: request.redirect_supported as u8,
        has_cookie: request.cookie.is_some() as u8,
        resumption: request.resumption as u8,
    }
}

#[test]
fn a_request_crosses_the_border_whole() {
    let mut random = Random(5);
    for _ in 0..10_000 {
        let request = any_request(&mut random);
        let (there, wanted) = (CInitRequest::from(request), c_request(&request));
        let flags = |it: &CInitRequest| [it.redirect_supported, it.has_cookie, it.resumption];
        let numbers = |it: &CInitRequest| [it.redirected_from_state, it.redirected_from_reason];
        let lengths = |it: &CInitRequest| [it.length, it.nonce.length, it.cookie.length];
        assert_eq!((flags(&there), numbers(&there)), (flags(&wanted), numbers(&wanted)));
        assert_eq!(lengths(&there), lengths(&wanted));
        assert_eq!(shown_address(&there.redirected_from), shown_address(&wanted.redirected_from));
        // SAFETY: the octets are there.
        assert!(unsafe { there.get() }.is_ok_and(|back| back == request));
        assert!(unsafe { wanted.get() }.is_ok_and(|back| back == request));
    }
}

#[test]
fn a_response_crosses_the_border_whole() {
    let mut random = Random(6);
    for _ in 0..10_000 {
        let nonce = Nonce::new(&NONCES[random.below(2)]).unwrap();
        let redirect = InitRedirect { target: random.target(), nonce };
        let response = InitResponse {
            initiator_spi: Spi([1; 8]),
            responder_spi: random.of(&[Spi::ZERO, Spi([2; 8])]),
            redirect: random.of(&[None, Some(Ok(redirect)), Some(Err(Reason::SpiSize))]),
            accepts: random.flag(),
            multiple_auth_supported: random.flag(),
            resumption: random.flag(),
        };
        let there = CInitResponse::from(response);
        let wanted =
            c_redirect(response.redirect.map(|it| it.map(|it| (it.target, it.nonce.octets()))));
        let spis = [there.initiator_spi, there.responder_spi];
        assert_eq!(spis, [response.initiator_spi.0, response.responder_spi.0]);
        assert_eq!(
            [there.accepts, there.multiple_auth_supported, there.resumption].map(|it| it == 1),
            [response.accepts, response.multiple_auth_supported, response.resumption]
        );
        assert_eq!(
            (there.redirect.state, there.redirect.reason, there.redirect.nonce.length),
            (wanted.state, wanted.reason, wanted.nonce.length)
        );
        assert_eq!(shown_target(&there.redirect.target), shown_target(&wanted.target));
        // SAFETY: the octets are there.
        assert!(unsafe { there.get() }.is_ok_and(|back| back == response));
    }
}

/// An answer, each field that counts.
fn said_by_c(it: &CAnswer) -> (u32, u32, String, Vec<u8>) {
    let message = match it.message.length {
        0 => Vec::new(),
        // SAFETY: it points to the octets that were written.
        length => unsafe { core::slice::from_raw_parts(it.message.data, length) }.to_vec(),
    };
    (it.tag, it.reason, shown_address(&it.from), message)
}

fn said(answer: Answer<'_>) -> (u32, u32, String, Vec<u8>) {
    match answer {
        Answer::Proceed => (1, 0, "none".to_owned(), Vec::new()),
        Answer::Reply { from, message } => (2, 0, from.to_string(), message.to_vec()),
        Answer::Refused(reason) => (3, reason as u32, "none".to_owned(), Vec::new()),
    }
}

fn any_decision(random: &mut Random) -> (Decision<'static>, CDecision) {
    let target = random.target();
    let error = random.of(&[14, 24, 16390, 0x100]);
    let there = |tag| CDecision { tag, error, target: c_target(target) };
    random.of(&[
        (Decision::Proceed, there(1)),
        (Decision::Redirect(target), there(2)),
        (Decision::Redirect(target), there(2)),
        (Decision::Refuse, there(3)),
        (Decision::RefuseWith(NotifyType(error)), there(4)),
    ])
}

#[test]
fn the_front_door_through_the_header_is_the_front_door() {
    let mut random = Random(7);
    let mut seen = [0; 4];
    for _ in 0..50_000 {
        let anycast: Vec<IpAddr> = ADDRESSES[..random.below(4)].to_vec();
        let list: Vec<_> = anycast.iter().map(|it| c_address(Some(*it))).collect();
        let door = FrontDoor {
            anycast: &anycast,
            targets: random.rules(),
            serve_unsupported_on_anycast: random.flag(),
            redirect_resumption: random.flag(),
        };
        let c_door = CFrontDoor {
            anycast: list.as_ptr(),
            anycast_count: list.len(),
            targets: c_rules(door.targets),
            serve_unsupported_on_anycast: door.serve_unsupported_on_anycast as u8,
            redirect_resumption: door.redirect_resumption as u8,
        };
        let request = any_request(&mut random);
        let arrival = Arrival { destination: random.address(), source_proven: random.flag() };
        let c_arrival = CArrival {
            destination: c_address(Some(arrival.destination)),
            source_proven: arrival.source_proven as u8,
        };
        let (decision, c_decision) = any_decision(&mut random);
        let (mut out, mut room) = ([0; MAX_ANSWER], [0; MAX_ANSWER]);
        let (mut answer, there) = (zeros::<CAnswer>(), c_request(&request));
        // SAFETY: all of it is there. So below.
        let status = unsafe {
            let (out, answer) = (room.as_mut_ptr(), &mut answer);
            ikr_front_door_answer(&c_door, &there, &c_arrival, &c_decision, out, MAX_ANSWER, answer)
        };
        let wanted = said(door.answer(&request, arrival, decision, &mut out).unwrap());
        assert_eq!((status, said_by_c(&answer)), (0, wanted.clone()));
        seen[wanted.0 as usize] += 1;

        let target = random.target();
        let status =
            unsafe { ikr_front_door_may_redirect(&c_door, &there, &c_arrival, &c_target(target)) };
        let wanted = door.may_redirect(&request, arrival, target);
        assert_eq!(status, wanted.map_or_else(|reason| 0x200 + reason as u32, |()| 0));

        // A message of version 3 and of a length at which the answer just fits, or does not.
        let mut message = [0; 37];
        (message[0], message[17], message[18], message[19]) = (1, 0x30, 34, 8);
        let message = &mut message[..35 + random.below(3)];
        message[27] = message.len() as u8;
        let (data, length) = (message.as_ptr(), message.len());
        let status = unsafe {
            let (out, answer) = (room.as_mut_ptr(), &mut answer);
            ikr_front_door_reject(&c_door, data, length, &c_arrival, out, MAX_ANSWER, answer)
        };
        let wanted = said(door.reject(message, arrival, &mut out).unwrap());
        assert_eq!((status, said_by_c(&answer)), (0, wanted));
    }
    assert!(seen[1..].iter().all(|count| *count > 1_000), "{seen:?}");
}
