//! The client machine: one event or command.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Config, Event, Initiator, QuestionId, SaId, SentInit};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Instant, Target};

use super::visit::Visitor;

pub(crate) const NOW: Instant = Instant::from_millis(1_000);
const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
pub(crate) const SECOND: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 45);
const SPI: Spi = Spi([1; 8]);
const NI: [u8; 32] = [7; 32];
/// What the machine calls the first IKE SA, and the question about it.
const FIRST_SA: SaId = SaId(0);
const FIRST_QUESTION: QuestionId = QuestionId(1);
pub(crate) const AUTH: AuthMessage = AuthMessage { auth: true, ..AuthMessage::NOTHING };

pub(crate) fn visit(visitor: &mut impl Visitor) {
    let mut step = |name, start: Initiator, event: Event<'_, '_>| {
        visitor.operation(name, size_of::<Initiator>(), start, |machine| {
            machine.handle(NOW, FIRST_SA, *black_box(&event))
        });
    };
    step("client: REDIRECT in INIT", connecting(), init_redirect(&NI));
    step("client: forged REDIRECT", connecting(), init_redirect(&[8; 32]));
    step("client: IKE_SA_INIT done", connecting(), INIT_COMPLETED);
    step("client: IKE_AUTH request", authenticating(), AUTH_REQUEST);
    step("client: IKE_AUTH response", asking(), auth_response(None));
    step("client: REDIRECT in AUTH", asking(), auth_response(Some(redirect())));
    step("client: REDIRECT in session", established(), informational());
    step("client: session up", authenticated(), Event::Established);
    visitor.operation("client: early time-out", size_of::<Initiator>(), asked(), |machine| {
        machine.timeout(NOW)
    });
    visitor.operation("client: permit", size_of::<Initiator>(), asked(), |machine| {
        machine.permit(NOW, FIRST_QUESTION, *black_box(&IpAddr::V4(SECOND)))
    });
}

pub(crate) fn init_redirect(nonce: &[u8]) -> Event<'_, '_> {
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
    Event::InitResponseReceived { sent: SentInit { spi: SPI, nonce: &NI }, response }
}

const INIT_COMPLETED: Event<'_, '_> = Event::InitCompleted { multiple_auth_offered: false };
const AUTH_REQUEST: Event<'_, '_> = Event::AuthRequestSent { sent: AUTH };

fn redirect() -> Redirect<'static> {
    Redirect { target: Target::V4(SECOND) }
}

fn auth_response(redirect: Option<Redirect<'static>>) -> Event<'static, 'static> {
    let contents = Contents { redirect: redirect.map(Ok), auth: true, ..Contents::default() };
    Event::AuthResponseReceived { peer: PeerAuth::Verified, contents }
}

fn informational() -> Event<'static, 'static> {
    let contents = Contents { redirect: Some(Ok(redirect())), ..Contents::default() };
    Event::InformationalReceived { contents, repeated: false }
}

/// A machine that has seen these events.
fn after(events: &[Event<'_, '_>]) -> Initiator {
    let mut machine = Initiator::new(Config::default()).expect("the default is legal");
    let _ = machine.connect(NOW, FIRST);
    for event in events {
        let _ = machine.handle(NOW, FIRST_SA, *event);
    }
    machine
}

fn connecting() -> Initiator {
    after(&[])
}

fn asked() -> Initiator {
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
    after(&[INIT_COMPLETED, AUTH_REQUEST, auth_response(None), Event::Established])
}

/// A client's life in 14 steps: redirected in IKE_SA_INIT, up, moved make-before-break, closed.
pub(crate) fn life(machine: &mut Initiator) {
    let seen = |machine: &mut Initiator, sa, event: Event<'_, '_>| {
        black_box(&machine.handle(NOW, sa, event));
    };
    let set_up = [INIT_COMPLETED, AUTH_REQUEST, auth_response(None), Event::Established];
    black_box(&machine.connect(NOW, FIRST));
    seen(machine, FIRST_SA, init_redirect(&NI));
    black_box(&machine.permit(NOW, FIRST_QUESTION, SECOND.into()));
    // Names are counted over both.
    let second_sa = SaId(2);
    for event in set_up {
        seen(machine, second_sa, event);
    }
    let third = Ipv4Addr::new(192, 0, 2, 46);
    let redirect = Redirect { target: third.into() };
    let contents = Contents { redirect: Some(Ok(redirect)), ..Contents::default() };
    seen(machine, second_sa, Event::InformationalReceived { contents, repeated: false });
    black_box(&machine.permit(NOW, QuestionId(3), third.into()));
    for event in set_up {
        seen(machine, SaId(4), event);
    }
    black_box(&machine.close(NOW));
    debug_assert_eq!(machine.followed(NOW), 2);
}
