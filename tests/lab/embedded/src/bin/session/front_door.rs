//! A stateless front door before real clients.

use core::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::InitRequest;
use ikev2_redirect::{Reason, Target};
use redirect_firmware::captures::{
    LIBRESWAN_ANSWER, LIBRESWAN_REQUEST, LIBRESWAN_SECOND_REQUEST, STRONGSWAN_ANSWER,
    STRONGSWAN_REQUEST,
};
use redirect_firmware::report::Report;

use crate::meter::Meter;

pub(crate) fn run(report: &mut Report, meter: &mut Meter) {
    report.title("front door");
    let mut door = Door { meter, room: [0; 128] };
    let to_strongswan = Ipv4Addr::new(10, 99, 0, 4);
    report.step(
        "strongSwan's request gets the answer that it followed",
        door.redirects(&STRONGSWAN_REQUEST, to_strongswan, &STRONGSWAN_ANSWER),
    );
    let to_libreswan = Ipv4Addr::new(10, 98, 0, 2);
    report.step(
        "libreswan's answer is made octet for octet",
        door.redirects(&LIBRESWAN_REQUEST, to_libreswan, &LIBRESWAN_ANSWER),
    );
    report.step(
        "REDIRECTED_FROM counts as support",
        door.redirects(&LIBRESWAN_SECOND_REQUEST, to_libreswan, &LIBRESWAN_ANSWER),
    );
    report.step(
        "a target that is no unicast address is refused",
        door.refuses_multicast(&STRONGSWAN_REQUEST),
    );
}

struct Door<'m> {
    meter: &'m mut Meter,
    room: [u8; 128],
}

impl Door<'_> {
    fn redirects(&mut self, request: &[u8], target: Ipv4Addr, expected: &[u8]) -> bool {
        matches!(self.ask(request, target), Some(Answer::Reply { message, .. }) if message == expected)
    }

    fn refuses_multicast(&mut self, request: &[u8]) -> bool {
        let answer = self.ask(request, Ipv4Addr::new(224, 0, 0, 1));
        answer == Some(Answer::Refused(Reason::MulticastTarget))
    }

    fn ask(&mut self, request: &[u8], target: Ipv4Addr) -> Option<Answer<'_>> {
        let arrival =
            Arrival { destination: IpAddr::V4(Ipv4Addr::new(10, 99, 0, 2)), source_proven: false };
        let decision = Decision::Redirect(Target::V4(target));
        let room = &mut self.room;
        self.meter.call(|| {
            let request = InitRequest::parse(request).ok()?;
            FrontDoor::default().answer(&request, arrival, decision, room).ok()
        })
    }
}
