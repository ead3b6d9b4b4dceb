//! The gateway machine: one event or command.

use std::hint::black_box;

use ikev2_redirect::Instant;
use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{Client, Config, Event, Responder, TargetId};
use ikev2_redirect::wire::Contents;

use super::client::{AUTH, NOW};
use super::visit::Visitor;

pub(crate) const CLIENT: Client = Client { supports_redirect: true, multiple_auth_offered: false };
const TARGET: TargetId = TargetId(7);

pub(crate) fn visit(visitor: &mut impl Visitor) {
    let mut step = |name, start: Responder, event: Event<'_>| {
        visitor.operation(name, size_of::<Responder>(), start, |machine| {
            machine.handle(NOW, *black_box(&event))
        });
    };
    step("gateway: IKE_AUTH request", new(), auth_request());
    step("gateway: usual response", deciding(), Event::AuthResponseSent { sent: AUTH });
    step("gateway: acknowledged", redirecting(), Event::Acknowledged);
    step("gateway: client left", leaving(), Event::Deleted);
    let mut order = |name, start: Responder| {
        visitor.operation(name, size_of::<Responder>(), start, |machine| {
            machine.redirect(NOW, *black_box(&TARGET))
        });
    };
    order("gateway: redirect in AUTH", deciding());
    order("gateway: redirect the session", established());
    let mut time_out = |name, now: Instant| {
        visitor.operation(name, size_of::<Responder>(), redirecting(), |machine| {
            machine.timeout(*black_box(&now))
        });
    };
    time_out("gateway: early time-out", NOW);
    time_out("gateway: retransmit", LATER);
}

const LATER: Instant = Instant::from_millis(10_000);

fn auth_request() -> Event<'static> {
    let contents = Contents { auth: true, sa: true, ..Contents::default() };
    Event::AuthRequestReceived { peer: PeerAuth::Verified, contents }
}

fn new() -> Responder {
    Responder::new(Config::default(), CLIENT)
}

fn deciding() -> Responder {
    let mut machine = new();
    let _ = machine.handle(NOW, auth_request());
    machine
}

fn established() -> Responder {
    Responder::established(Config::default(), CLIENT)
}

fn redirecting() -> Responder {
    let mut machine = established();
    let _ = machine.redirect(NOW, TARGET);
    machine
}

fn leaving() -> Responder {
    let mut machine = redirecting();
    let _ = machine.handle(NOW, Event::Acknowledged);
    machine
}

/// A session's life in 5 steps: set up, redirected, left.
pub(crate) fn life(machine: &mut Responder) {
    black_box(&machine.handle(NOW, auth_request()));
    black_box(&machine.handle(NOW, Event::AuthResponseSent { sent: AUTH }));
    black_box(&machine.redirect(NOW, TARGET));
    black_box(&machine.handle(NOW, Event::Acknowledged));
    black_box(&machine.handle(NOW, Event::Deleted));
}
