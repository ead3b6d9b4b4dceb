//! The front door: request in, answer out.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRequest, NotifyType};
use ikev2_redirect::{Fqdn, Target};

use super::common::captures;
use super::visit::Visitor;

const ANYCAST: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1))];
const V4: Target<'_> = Target::V4(Ipv4Addr::new(192, 0, 2, 45));

pub(crate) fn visit(visitor: &mut impl Visitor) {
    let request = captures::strongswan_request();
    let name = Fqdn::new("gw2.example.com").expect("a name").into();
    let garbage: Vec<u8> = (0..request.len()).map(|i| (i * 167 + 13) as u8).collect();
    let unsupporting = captures::libreswan_unsupporting();
    let error = Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN);
    for (name, message, decision) in [
        ("door: redirect to an address", &request, Decision::Redirect(V4)),
        ("door: redirect to a name", &request, Decision::Redirect(name)),
        ("door: proceed refused (anycast)", &request, Decision::Proceed),
        ("door: client without support", &unsupporting, Decision::Redirect(V4)),
        ("door: error notification", &unsupporting, error),
        ("door: garbage", &garbage, Decision::Redirect(V4)),
    ] {
        let door = FrontDoor { anycast: &ANYCAST, ..FrontDoor::default() };
        visitor.operation(name, message.len(), [0; 549], |out| {
            answer(&door, black_box(message), &decision, out)
        });
    }
}

/// What a host does with a datagram: the length of the answer.
fn answer(door: &FrontDoor<'_>, message: &[u8], decision: &Decision<'_>, out: &mut [u8]) -> usize {
    let parsed = InitRequest::parse(message);
    let Ok(request) = &parsed else { return 0 };
    let arrival = Arrival { destination: ANYCAST[0], source_proven: false };
    match door.answer(request, arrival, *decision, out) {
        Ok(Answer::Reply { message, .. }) => message.len(),
        Ok(Answer::Proceed | Answer::Refused(_)) | Err(_) => 0,
    }
}
