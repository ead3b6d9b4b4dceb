//! A session in every state.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Phase, Responder, Retransmission, TargetId,
};
use ikev2_redirect::wire::{Contents, NotifyType, Redirect};
use ikev2_redirect::{Actions, Instant, Misuse, Reason};

pub(crate) use crate::auth::{AUTH, AUTH_AND_EAP, EAP, NOTHING};

pub const TARGET: TargetId = TargetId(7);
pub const OTHER: TargetId = TargetId(8);
pub const SEND: Action = Action::SendRedirect { target: TARGET };

pub const fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// The one moment at which most tests happen.
pub const NOW: Instant = at(1_000_000);

/// The time of a redirect that has one.
pub const LATER: Instant = at(1_060_000);

pub const SUPPORTING: Client = Client { supports_redirect: true, multiple_auth_offered: false };
pub const UNSUPPORTING: Client = Client { supports_redirect: false, ..SUPPORTING };
/// The gateway takes part in several authentications (RFC 4739).
pub const MULTIPLE: Client = Client { multiple_auth_offered: true, ..SUPPORTING };

pub fn opted_in() -> Config {
    Config { redirect_unauthenticated: true, ..Config::default() }
}

pub fn by_host() -> Config {
    Config { retransmission: Retransmission::BY_HOST, ..Config::default() }
}

pub fn by_machine(first_pause: u32, tries: u8) -> Config {
    let retransmission = Retransmission::ByMachine { first_pause, tries };
    Config { retransmission, ..Config::default() }
}

pub fn redirect() -> Contents<'static> {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 2).into();
    Contents { redirect: Some(Ok(Redirect { target })), ..Contents::default() }
}

pub fn delete() -> Contents<'static> {
    Contents { deletes_ike_sa: true, ..Contents::default() }
}

/// Ends the IKE SA without a DELETE (RFC 7296, 2.21.2).
pub fn fatal() -> Contents<'static> {
    Contents { fatal_error: Some(NotifyType::AUTHENTICATION_FAILED), ..Contents::default() }
}

/// An IKE_AUTH request whose AUTH is right.
pub const VERIFIED: Event<'static> = Event::AuthRequestReceived {
    peer: PeerAuth::Verified,
    contents: Contents {
        redirect: None,
        auth: true,
        eap: false,
        sa: false,
        another_auth_follows: false,
        multiple_auth_supported: false,
        deletes_ike_sa: false,
        fatal_error: None,
    },
};

/// The first of several authentications, right so far.
pub fn first_of_several() -> Event<'static> {
    let contents = Contents {
        auth: true,
        another_auth_follows: true,
        multiple_auth_supported: true,
        ..Contents::default()
    };
    Event::AuthRequestReceived { peer: PeerAuth::Verified, contents }
}

/// One without AUTH: the first of EAP, or an EAP message.
pub fn without_auth(eap: bool) -> Event<'static> {
    let contents = Contents { eap, ..Contents::default() };
    Event::AuthRequestReceived { peer: PeerAuth::Absent, contents }
}

pub fn informational(contents: Contents<'_>) -> Event<'_> {
    Event::InformationalReceived { contents }
}

pub fn sent(content: AuthMessage) -> Event<'static> {
    Event::AuthResponseSent { sent: content }
}

pub fn ignored(reason: Reason) -> [Action; 1] {
    [Action::Ignored { reason }]
}

pub fn misused(misuse: Misuse) -> [Action; 1] {
    [Action::Misused { misuse }]
}

/// Feeds events of which nothing is expected.
pub fn feed(session: &mut Responder, events: impl IntoIterator<Item = Event<'static>>) {
    for event in events {
        let _ = session.handle(NOW, event);
    }
}

pub fn session(config: Config) -> Responder {
    Responder::new(config, SUPPORTING)
}

pub fn established(config: Config) -> Responder {
    Responder::established(config, SUPPORTING)
}

pub fn redirecting(config: Config) -> Responder {
    let mut session = established(config);
    assert_eq!(session.redirect(NOW, TARGET).unwrap().len(), 1);
    session
}

pub fn leaving(config: Config) -> Responder {
    let mut session = redirecting(config);
    feed(&mut session, [Event::Acknowledged]);
    session
}

pub fn redirect_now(session: &mut Responder) -> Actions<Action> {
    session.redirect(NOW, TARGET).unwrap()
}

/// One session for each phase, and two whose redirect is decided but must wait: one for a response
/// that may carry it, one for its time, too.
pub fn every_phase() -> Vec<(Phase, Responder)> {
    let config = Config::default();
    let mut planned = session(config);
    let _ = redirect_now(&mut planned);
    let mut planned_for_later = session(config);
    let _ = planned_for_later.redirect_at(NOW, TARGET, LATER).unwrap();
    let mut deciding = session(config);
    feed(&mut deciding, [VERIFIED]);
    let mut scheduled = established(config);
    let _ = scheduled.redirect_at(NOW, TARGET, LATER).unwrap();
    let mut closed = established(config);
    feed(&mut closed, [Event::Deleted]);
    let sessions = [
        session(config),
        planned,
        planned_for_later,
        deciding,
        established(config),
        scheduled,
        redirecting(config),
        leaving(config),
        closed,
    ];
    sessions.into_iter().map(|session| (session.phase(), session)).collect()
}
