//! The client machine: one event or command.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Config, Event, Initiator, SentInit, Slot};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Instant, Target};

use super::visit::Visitor;

pub(crate) const NOW: Instant = Instant::from_millis(1_000);
const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
pub(crate) const SECOND: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 45);
const SPI: Spi = Spi([1; 8]);
const NI: [u8; 32] = [7; 32];
pub(crate) const AUTH: AuthMessage = AuthMessage { auth: true, ..AuthMessage::NOTHING };

pub(crate) fn visit(visitor: &mut impl Visitor) {
    let mut step = |name, start: Initiator, event: Event<'_>| {
        visitor.operation(name, size_of::<Initiator>(), start, |machine| {
            machine.handle(NOW, *black_box(&event))
        });
    };
    step("client: REDIRECT in INIT", connecting(), init_redirect(&NI));
    step("client: forged REDIRECT", connecting(), init_redirect(&[8; 32]));
    step("client: IKE_SA_INIT done", connecting(), INIT_COMPLETED);
    step("client: IKE_AUTH request", authenticating(), AUTH_REQUEST);
    step("client: IKE_AUTH response", asking(), auth_response(None));
    step("client: REDIRECT in AUTH", asking(), auth_response(Some(redirect())));
    step("client: REDIRECT in session", established(), informational());
    step("client: session up", authenticated(), Event::Established { slot: Slot::A });
    step("client: early time-out", vetting(), Event::Timeout);
    visitor.operation("client: follow", size_of::<Initiator>(), vetting(), |machine| {
        machine.permit(NOW, *black_box(&IpAddr::V4(SECOND)))
    });
}

pub(crate) fn init_redirect(nonce: &[u8]) -> Event<'_> {
    let nonce = Nonce::new(nonce).expect("a nonce");
    let redirect = InitRedirect { target: Target::V4(SECOND), nonce };
    let response = InitResponse {
        initiator_spi: SPI,
        responder_spi: Spi::ZERO,
        redirect: Some(Ok(redirect)),
        accepts: false,
        multiple_auth_supported: false,
        resumption: false,
    };
    Event::InitResponse { slot: Slot::A, sent: SentInit { spi: SPI, nonce: &NI }, response }
}

const INIT_COMPLETED: Event<'_> =
    Event::InitCompleted { slot: Slot::A, multiple_auth_offered: false };
const AUTH_REQUEST: Event<'_> = Event::AuthRequest { slot: Slot::A, sent: AUTH };

fn redirect() -> Redirect<'static> {
    Redirect { target: Target::V4(SECOND) }
}

fn auth_response(redirect: Option<Redirect<'_>>) -> Event<'_> {
    let contents = Contents { redirect: redirect.map(Ok), auth: true, ..Contents::default() };
    Event::AuthResponse { slot: Slot::A, peer: PeerAuth::Verified, contents }
}

fn informational() -> Event<'static> {
    let contents = Contents { redirect: Some(Ok(redirect())), ..Contents::default() };
    Event::Informational { slot: Slot::A, contents, repeated: false }
}

/// A machine that has seen these events.
fn after(events: &[Event<'_>]) -> Initiator {
    let mut machine = Initiator::new(Config::default()).expect("the default is legal");
    let _ = machine.connect(NOW, FIRST);
    for event in events {
        let _ = machine.handle(NOW, *event);
    }
    machine
}

fn connecting() -> Initiator {
    after(&[])
}

fn vetting() -> Initiator {
    after(&[init_redirect(&NI)])
}

fn authenticating() -> Initiator {
    after(&[INIT_COMPLETED])
}

fn asking() -> Initiator {
    after(&[INIT_COMPLETED, AUTH_REQUEST])
}

fn authenticated() -> Initiator {
    after(&[INIT_COMPLETED, AUTH_REQUEST, auth_response(None)])
}

fn established() -> Initiator {
    let up = Event::Established { slot: Slot::A };
    after(&[INIT_COMPLETED, AUTH_REQUEST, auth_response(None), up])
}

/// A client's life in 14 steps: redirected in IKE_SA_INIT, up, moved make-before-break, closed.
pub(crate) fn life(machine: &mut Initiator) {
    let seen = |machine: &mut Initiator, event: Event<'_>| {
        black_box(&machine.handle(NOW, event));
    };
    black_box(&machine.connect(NOW, FIRST));
    seen(machine, init_redirect(&NI));
    black_box(&machine.permit(NOW, SECOND.into()));
    for event in [INIT_COMPLETED, AUTH_REQUEST, auth_response(None)] {
        seen(machine, event);
    }
    seen(machine, Event::Established { slot: Slot::A });
    let moved = Contents {
        redirect: Some(Ok(Redirect { target: Ipv4Addr::new(192, 0, 2, 46).into() })),
        ..Contents::default()
    };
    seen(machine, Event::Informational { slot: Slot::A, contents: moved, repeated: false });
    black_box(&machine.permit(NOW, Ipv4Addr::new(192, 0, 2, 46).into()));
    let slot = Slot::B;
    seen(machine, Event::InitCompleted { slot, multiple_auth_offered: false });
    seen(machine, Event::AuthRequest { slot, sent: AUTH });
    let contents = Contents { auth: true, ..Contents::default() };
    seen(machine, Event::AuthResponse { slot, peer: PeerAuth::Verified, contents });
    seen(machine, Event::Established { slot });
    black_box(&machine.close(NOW));
}
