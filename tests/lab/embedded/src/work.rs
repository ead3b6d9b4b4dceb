//! What a firmware uses of the crate, for weighing: nothing of the host's own, every input unknown
//! to the optimizer.

use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::initiator::{Config, Event, Initiator, QuestionId, Refusal, SaId};
use ikev2_redirect::responder::front_door::{Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Client, Responder, TargetId};
use ikev2_redirect::wire::{
    Contents, InitNotifies, InitRequest, InitResponse, PayloadType, Redirect,
};
use ikev2_redirect::{Instant, Target};

/// A client: its machine, what it reads, what it writes.
#[inline(never)]
pub fn initiator() {
    let Ok(mut machine) = Initiator::new(black_box(Config::default())) else { return };
    let machine = black_box(&mut machine);
    let now = Instant::from_millis(black_box(0));
    black_box(machine.connect(now, any_address()).is_ok());
    let question = black_box(QuestionId(0));
    black_box(machine.permit(now, question, any_address()).is_ok());
    black_box(machine.refuse(now, question, black_box(Refusal::Policy)).is_ok());
    black_box(machine.retry(now, any_address()).is_ok());
    black_box(machine.renew(now, any_address()).is_ok());
    black_box(machine.close(now).is_ok());
    for action in machine.handle(now, black_box(SaId(0)), black_box(Event::Established)) {
        black_box(action);
    }
    black_box(machine.timeout(now));
    black_box(machine.next_deadline());
    black_box(InitResponse::parse(any_octets()).is_ok());
    black_box(Contents::parse(black_box(PayloadType::NONE), any_octets()).is_ok());
    let notifies = InitNotifies { redirect_supported: true, redirected_from: Some(any_address()) };
    black_box(black_box(notifies).encode(PayloadType::NONE, any_room(&mut [0; 64])).is_ok());
}

/// A gateway: the front door, the machine of an IKE SA, what they read and write.
#[inline(never)]
pub fn responder() {
    if let Ok(request) = InitRequest::parse(any_octets()) {
        let door = black_box(FrontDoor::default());
        let arrival = black_box(Arrival { destination: any_address(), source_proven: false });
        let decision = black_box(Decision::Refuse);
        black_box(door.answer(&request, arrival, decision, any_room(&mut [0; 64])).is_ok());
    }
    let client = black_box(Client { supports_redirect: true, multiple_auth_offered: false });
    let mut machine = Responder::new(black_box(responder::Config::default()), client);
    let machine = black_box(&mut machine);
    let now = Instant::from_millis(black_box(0));
    black_box(machine.redirect(now, TargetId(0)).is_ok());
    black_box(machine.redirect_at(now, TargetId(0), now).is_ok());
    black_box(machine.cancel(now).is_ok());
    for action in machine.handle(now, black_box(responder::Event::Acknowledged)) {
        black_box(action);
    }
    black_box(machine.timeout(now));
    black_box(machine.next_deadline());
    black_box(Contents::parse(black_box(PayloadType::NONE), any_octets()).is_ok());
    let redirect = Redirect { target: black_box(Target::V4(Ipv4Addr::UNSPECIFIED)) };
    black_box(redirect.encode(PayloadType::NONE, any_room(&mut [0; 64])).is_ok());
}

fn any_address() -> IpAddr {
    black_box(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn any_octets() -> &'static [u8] {
    let octets: &[u8] = &[0; 64];
    black_box(octets)
}

fn any_room(room: &mut [u8; 64]) -> &mut [u8] {
    black_box(&mut room[..])
}

/// An image that does some of this and nothing else.
#[macro_export]
macro_rules! image {
    ($($work:expr),*) => {
        #[unsafe(no_mangle)]
        extern "C" fn main() -> ! {
            $($work;)*
            $crate::board::exit(0)
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $crate::board::exit(2)
        }
    };
}
