//! What holds for every answer of the front door, whoever asks and whatever its host decides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRequest, InitResponse, NotifyType, Spi};
use ikev2_redirect::{Fqdn, Reason, Target, TargetRules};
use quickcheck::{Arbitrary, Gen, QuickCheck, quickcheck};

use crate::compose::{
    self, KE, Message, NONCE, NOTIFY, REDIRECT_SUPPORTED, REDIRECTED_FROM, SA, TICKET_OPAQUE,
    identity, name_of, notify, part,
};

/// Few addresses, so that they meet: an anycast address, gateways, and useless ones.
const ADDRESSES: [IpAddr; 8] = [
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1)),
];

const ANYCAST: IpAddr = ADDRESSES[0];

fn any_address(g: &mut Gen) -> IpAddr {
    *g.choose(&ADDRESSES).unwrap()
}

/// A request, how it arrives, and what the host wants.
#[derive(Clone, Debug)]
struct Case {
    /// What the octets of `request` were made of.
    message: Message,
    request: Vec<u8>,
    nonce: Vec<u8>,
    spi: [u8; 8],
    /// The client announces support, and the door redirects in that exchange.
    supports: bool,
    door: FrontDoor<'static>,
    arrival: Arrival,
    wish: Wish,
}

#[derive(Clone, Debug)]
enum Wish {
    Proceed,
    Refuse,
    RefuseWith(NotifyType),
    To(IpAddr),
    ToName(String),
}

impl Case {
    fn decision(&self) -> Decision<'_> {
        match &self.wish {
            Wish::Proceed => Decision::Proceed,
            Wish::Refuse => Decision::Refuse,
            Wish::RefuseWith(kind) => Decision::RefuseWith(*kind),
            Wish::To(address) => Decision::Redirect((*address).into()),
            Wish::ToName(name) => Decision::Redirect(Target::Fqdn(Fqdn::new(name).unwrap())),
        }
    }

    /// The answer, or why there is none.
    fn answer<'o>(&self, out: &'o mut [u8; 549]) -> Result<Answer<'o>, Reason> {
        let request = InitRequest::parse(&self.request)?;
        Ok(self.door.answer(&request, self.arrival, self.decision(), out).expect("549 octets do"))
    }

    /// Checks the message that is sent, if one is.
    fn of_reply(&self, check: impl Fn(&[u8]) -> bool) -> bool {
        match self.answer(&mut [0; 549]) {
            Ok(Answer::Reply { message, .. }) => check(message),
            Ok(Answer::Proceed | Answer::Refused(_)) | Err(_) => true,
        }
    }
}

const DOOR: FrontDoor<'static> = FrontDoor {
    anycast: &[ANYCAST],
    targets: TargetRules { allow_loopback: false, allow_link_local: false },
    serve_unsupported_on_anycast: false,
    redirect_resumption: false,
};

impl Arbitrary for Case {
    fn arbitrary(g: &mut Gen) -> Self {
        let length = *g.choose(&[0, 1, 15, 16, 17, 32, 32, 64, 255, 256, 257]).unwrap();
        let nonce: Vec<u8> = (0..length).map(|_| u8::arbitrary(g)).collect();
        let spi = u64::arbitrary(g).to_be_bytes();
        let mut message = Message { initiator_spi: spi, ..Message::request() };
        message = message.with_nonce(&nonce);
        let resumes = bool::arbitrary(g);
        if resumes {
            let ticket = notify(TICKET_OPAQUE, &[0x7c; 40]);
            message = Message { exchange: 38, ..message }.without(SA).without(KE).with(ticket);
        }
        let allowed = !resumes || bool::arbitrary(g);
        let announces = bool::arbitrary(g);
        if announces {
            message = message.with(notify(REDIRECT_SUPPORTED, &[]));
        }
        let from = *g.choose(&[None, Some(1u8), Some(3)]).unwrap();
        if let Some(kind) = from {
            message = message.with(notify(REDIRECTED_FROM, &identity(kind, b"abcd")));
        }
        if bool::arbitrary(g) {
            let filling = vec![0x56; usize::from(u8::arbitrary(g))];
            message = message.with(part(compose::VENDOR_ID, &filling));
        }
        if bool::arbitrary(g) {
            message.parts.reverse();
        }
        Case {
            request: message.octets(),
            message,
            nonce,
            spi,
            supports: (announces || from == Some(1)) && allowed,
            door: FrontDoor { redirect_resumption: resumes && allowed, ..DOOR },
            arrival: Arrival { destination: any_address(g), source_proven: bool::arbitrary(g) },
            wish: match u8::arbitrary(g) % 8 {
                0 => Wish::Proceed,
                1 => Wish::Refuse,
                2 => Wish::RefuseWith(NotifyType(u16::arbitrary(g) % 32768)),
                3 | 4 => Wish::ToName(name_of(usize::from(u8::arbitrary(g).clamp(1, 254)))),
                _ => Wish::To(any_address(g)),
            },
        }
    }
}

quickcheck! {
    fn every_answer_reads_as_a_response(case: Case) -> bool {
        case.of_reply(|message| InitResponse::parse(message).is_ok())
    }

    fn r3_7_every_answer_has_the_clients_spi_and_none_of_the_responder(case: Case) -> bool {
        case.of_reply(|message| {
            let response = InitResponse::parse(message).unwrap();
            response.initiator_spi == Spi(case.spi) && response.responder_spi == Spi::ZERO
        })
    }

    fn r3_5_every_redirect_has_the_nonce_and_the_target(case: Case) -> bool {
        case.of_reply(|message| match InitResponse::parse(message).unwrap().redirect {
            Some(Ok(redirect)) => {
                redirect.nonce.octets() == case.nonce
                    && case.decision() == Decision::Redirect(redirect.target)
            }
            Some(Err(_)) => false,
            None => matches!(case.wish, Wish::RefuseWith(_)),
        })
    }

    fn no_answer_is_longer_than_the_request_of_an_unproven_source(case: Case) -> bool {
        case.of_reply(|message| {
            case.arrival.source_proven || message.len() <= case.request.len()
        })
    }

    fn r4_2_every_answer_leaves_from_the_address_that_was_asked(case: Case) -> bool {
        match case.answer(&mut [0; 549]) {
            Ok(Answer::Reply { from, .. }) => from == case.arrival.destination,
            Ok(Answer::Proceed | Answer::Refused(_)) | Err(_) => true,
        }
    }

    fn r3_2_what_refuses_is_an_error(case: Case, kind: u16) -> bool {
        let refused = Case { wish: Wish::RefuseWith(NotifyType(kind)), ..case };
        refused.of_reply(|message| u16::from_be_bytes([message[34], message[35]]) < 16384)
    }

    fn r3_2_no_redirect_goes_to_a_client_without_support(case: Case) -> bool {
        case.of_reply(|message| {
            case.supports || InitResponse::parse(message).unwrap().redirect.is_none()
        })
    }

    fn r4_3_no_redirect_names_an_anycast_or_a_useless_address(case: Case) -> bool {
        case.of_reply(|message| match (InitResponse::parse(message).unwrap().redirect, &case.wish) {
            (Some(_), Wish::To(address)) => ADDRESSES[1..5].contains(address),
            _ => true,
        })
    }

    fn r4_3_nothing_proceeds_at_an_anycast_address(case: Case) -> bool {
        let arrival = Arrival { destination: ANYCAST, ..case.arrival };
        let case = Case { arrival, wish: Wish::Proceed, ..case };
        !matches!(case.answer(&mut [0; 549]), Ok(Answer::Proceed))
    }

    fn r4_4_nobody_is_redirected_to_the_address_that_was_asked(case: Case) -> bool {
        ADDRESSES.iter().all(|&address| {
            let arrival = Arrival { destination: address, source_proven: true };
            let back = Case { arrival, wish: Wish::To(address), ..case.clone() };
            back.of_reply(|_| false)
        })
    }

    fn a_host_that_asks_first_gets_the_same_verdict(case: Case) -> bool {
        let Ok(request) = InitRequest::parse(&case.request) else { return true };
        let longest = name_of(254);
        let mut targets = ADDRESSES.map(Target::from).to_vec();
        targets.push(Target::Fqdn(Fqdn::new(&longest).unwrap()));
        targets.iter().all(|&target| {
            let asked = case.door.may_redirect(&request, case.arrival, target);
            let decision = Decision::Redirect(target);
            match case.door.answer(&request, case.arrival, decision, &mut [0; 549]) {
                Ok(Answer::Reply { .. }) => asked == Ok(()),
                Ok(Answer::Refused(reason)) => asked == Err(reason),
                Ok(Answer::Proceed) | Err(_) => false,
            }
        })
    }

    fn r3_6_the_same_request_gets_the_same_answer(case: Case, dirt: u8) -> bool {
        let (mut first, mut second) = ([0; 549], [dirt; 549]);
        case.answer(&mut first) == case.answer(&mut second)
    }

    /// Refusing everything would keep every rule above.
    fn a_redirect_that_no_rule_forbids_is_sent(case: Case) -> bool {
        let usable = match &case.wish {
            Wish::To(address) => {
                ADDRESSES[1..5].contains(address) && *address != case.arrival.destination
            }
            Wish::ToName(_) => true,
            Wish::Proceed | Wish::Refuse | Wish::RefuseWith(_) => return true,
        };
        let identity_len = match &case.wish {
            Wish::To(IpAddr::V4(_)) => 4,
            Wish::ToName(name) => name.len(),
            _ => 16,
        };
        let length = 28 + 8 + 2 + identity_len + case.nonce.len();
        let fits = case.arrival.source_proven || length <= case.request.len();
        let legal = (16..=256).contains(&case.nonce.len());
        let sent = matches!(case.answer(&mut [0; 549]), Ok(Answer::Reply { .. }));
        sent == (usable && fits && legal && case.supports && case.spi != [0; 8])
    }

    fn a_request_with_one_octet_flipped_gets_no_wrong_nonce(case: Case, flip: u8) -> bool {
        (0..case.request.len()).all(|at| {
            let mut request = case.request.clone();
            request[at] ^= flip.max(1);
            let flipped = Case { request, ..case.clone() };
            // Whatever is echoed stands in the request as the body of a Nonce payload.
            flipped.of_reply(|message| match InitResponse::parse(message).unwrap().redirect {
                Some(Ok(redirect)) => has_nonce(&flipped.request, redirect.nonce.octets()),
                Some(Err(_)) => false,
                None => true,
            })
        })
    }
}

#[test]
fn a_mutated_request_gets_no_answer_or_a_right_one() {
    fn holds(case: Case, first: Mutation, second: Option<Mutation>) -> bool {
        let mutations: Vec<_> = [first].into_iter().chain(second).collect();
        let mutated = case.mutated(&mutations);
        mutated.of_reply(|message| mutated.is_right(message))
    }
    // One in so many hits the very octet that a check is about.
    QuickCheck::new().tests(20_000).quickcheck(holds as fn(_, _, _) -> _);
}

/// Without this the property above could hold because no mutated request is ever answered.
#[test]
fn many_mutated_requests_are_answered_and_many_are_not() {
    let mut g = Gen::new(100);
    let answered = (0..2_000).filter(|_| {
        let case = Case::arbitrary(&mut g).mutated(&[Mutation::arbitrary(&mut g)]);
        matches!(case.answer(&mut [0; 549]), Ok(Answer::Reply { .. }))
    });
    assert!((100..1_900).contains(&answered.count()));
}

/// A change to a request. A place behind the end counts on from the front.
#[derive(Clone, Debug)]
enum Mutation {
    Octet { at: usize, value: u8 },
    Kind { at: usize, kind: u8 },
    Length { at: usize, length: u8 },
    Gone { at: usize },
    Twice { at: usize },
    First { at: usize },
}

impl Arbitrary for Mutation {
    fn arbitrary(g: &mut Gen) -> Self {
        let at = usize::arbitrary(g);
        match u8::arbitrary(g) % 8 {
            0 => Mutation::Kind { at, kind: *g.choose(&[0, 33, 34, 40, 41, 43, 200]).unwrap() },
            1 => Mutation::Length { at, length: u8::arbitrary(g) },
            2 => Mutation::Gone { at },
            3 => Mutation::Twice { at },
            4 => Mutation::First { at },
            // Each octet of the header counts.
            5 => Mutation::Octet { at: at % 28, value: u8::arbitrary(g) },
            _ => Mutation::Octet { at, value: u8::arbitrary(g) },
        }
    }
}

impl Mutation {
    fn apply(&self, message: &mut Message) {
        let parts = &mut message.parts;
        let count = parts.len().max(1);
        match *self {
            _ if parts.is_empty() => {}
            Mutation::Octet { .. } => {}
            Mutation::Kind { at, kind } => parts[at % count].kind = kind,
            Mutation::Length { at, length } => parts[at % count].body.resize(length.into(), 0x5a),
            Mutation::Gone { at } => drop(parts.remove(at % count)),
            Mutation::Twice { at } => parts.push(parts[at % count].clone()),
            Mutation::First { at } => parts.swap(0, at % count),
        }
    }

    fn apply_to_octets(&self, octets: &mut [u8]) {
        if let Mutation::Octet { at, value } = *self {
            octets[at % octets.len()] = value;
        }
    }
}

impl Case {
    /// Payloads are mutated first, so that their lengths and the message's are right nonetheless.
    fn mutated(self, mutations: &[Mutation]) -> Case {
        let mut message = self.message.clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut message));
        let mut request = message.octets();
        mutations.iter().for_each(|mutation| mutation.apply_to_octets(&mut request));
        Case { request, ..self }
    }

    /// Whether an answer is one that the octets of the request, read without the crate, allow.
    fn is_right(&self, answer: &[u8]) -> bool {
        let (header, payloads) = (&self.request[..28], payloads(&self.request));
        let [version, exchange, flags] = header[17..20] else { unreachable!() };
        let asks = version >> 4 == 2 && [34, 38].contains(&exchange) && flags & 0x28 == 0x08;
        let is_first = header[..8] != [0; 8] && header[8..16] == [0; 8] && header[20..24] == [0; 4];
        let has = |kind: u8| payloads.iter().any(|(of, _)| *of == kind);
        let notifies = |kinds: &[u16]| {
            payloads.iter().any(|(kind, body)| {
                *kind == NOTIFY && kinds.iter().any(|of| body.get(2..4) == Some(&of.to_be_bytes()))
            })
        };
        let whole = if exchange == 38 { notifies(&[TICKET_OPAQUE]) } else { has(SA) && has(KE) };
        let nonces = payloads.iter().filter(|(kind, _)| *kind == NONCE).count();
        let fits = self.arrival.source_proven || answer.len() <= self.request.len();
        let response = InitResponse::parse(answer).unwrap();
        let echoes = match response.redirect {
            Some(Ok(redirect)) => {
                let nonce = redirect.nonce.octets();
                payloads.contains(&(NONCE, nonce)) && (16..=256).contains(&nonce.len())
            }
            Some(Err(_)) => false,
            None => true,
        };
        let supported =
            response.redirect.is_none() || notifies(&[REDIRECT_SUPPORTED, REDIRECTED_FROM]);
        asks && is_first
            && whole
            && nonces == 1
            && fits
            && echoes
            && supported
            && answer[..8] == header[..8]
    }
}

/// Whether the chain of `request` has a Nonce payload with this body.
fn has_nonce(request: &[u8], nonce: &[u8]) -> bool {
    payloads(request).contains(&(NONCE, nonce))
}

/// Types and bodies of the payloads of a request that is whole.
fn payloads(request: &[u8]) -> Vec<(u8, &[u8])> {
    let (mut kind, mut rest) = (request[16], &request[28..]);
    let mut payloads = Vec::new();
    while kind != 0 {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        payloads.push((kind, &rest[4..length]));
        (kind, rest) = (rest[0], &rest[length..]);
    }
    payloads
}
