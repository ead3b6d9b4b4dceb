//! What holds for every answer of the front door, whoever asks and whatever its host decides.

mod messages;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRequest, InitResponse, NotifyType, Spi};
use ikev2_redirect::{Fqdn, Gateway, Reason, TargetRules};
use quickcheck::{Arbitrary, Gen, quickcheck};

use messages::{Message, NONCE, REDIRECT_SUPPORTED, REDIRECTED_FROM, identity, notify, part};

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
    request: Vec<u8>,
    nonce: Vec<u8>,
    spi: [u8; 8],
    supports: bool,
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
            Wish::ToName(name) => Decision::Redirect(Gateway::Fqdn(Fqdn::new(name).unwrap())),
        }
    }

    /// The answer, or why there is none.
    fn answer<'o>(&self, out: &'o mut [u8; 549]) -> Result<Answer<'o>, Reason> {
        let request = InitRequest::parse(&self.request)?;
        Ok(DOOR.answer(&request, self.arrival, self.decision(), out).expect("549 octets do"))
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
};

impl Arbitrary for Case {
    fn arbitrary(g: &mut Gen) -> Self {
        let length = *g.choose(&[0, 1, 15, 16, 17, 32, 32, 64, 255, 256, 257]).unwrap();
        let nonce: Vec<u8> = (0..length).map(|_| u8::arbitrary(g)).collect();
        let spi = u64::arbitrary(g).to_be_bytes();
        let mut message = Message { initiator_spi: spi, ..Message::request() };
        message = message.with_nonce(&nonce);
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
            message = message.with(part(messages::VENDOR_ID, &filling));
        }
        if bool::arbitrary(g) {
            message.parts.reverse();
        }
        Case {
            request: message.octets(),
            nonce,
            spi,
            supports: announces || from == Some(1),
            arrival: Arrival { destination: any_address(g), source_proven: bool::arbitrary(g) },
            wish: match u8::arbitrary(g) % 8 {
                0 => Wish::Proceed,
                1 => Wish::Refuse,
                2 => Wish::RefuseWith(NotifyType(u16::arbitrary(g) % 32768)),
                3 | 4 => Wish::ToName("g".repeat(usize::from(u8::arbitrary(g).max(1)))),
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
        let proceeds = matches!(case.answer(&mut [0; 549]), Ok(Answer::Proceed));
        !(proceeds && case.arrival.destination == ANYCAST)
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

    fn arbitrary_octets_get_no_answer_or_a_right_one(octets: Vec<u8>, case: Case) -> bool {
        let arbitrary = Case { request: octets, ..case };
        arbitrary.of_reply(|message| message.len() <= arbitrary.request.len())
    }
}

/// Whether the chain of `request` has a Nonce payload with this body.
fn has_nonce(request: &[u8], nonce: &[u8]) -> bool {
    let (mut kind, mut rest) = (request[16], &request[28..]);
    while kind != 0 {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if kind == NONCE && rest[4..length] == *nonce {
            return true;
        }
        (kind, rest) = (rest[0], &rest[length..]);
    }
    false
}
