use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Progress};
use ikev2_redirect::{Fqdn, Instant, Misuse, Reason, Target, TargetRules};

use crate::wire::unknown_contents;
use crate::{any, seen, unknown_octets};

pub(super) fn call_all() {
    gateway();
    time();
    auth();
    seen(Reason::name(unknown_reason()));
    seen(Misuse::name(any(Misuse::LimitTooLarge)));
}

pub(super) fn unknown_v4() -> Ipv4Addr {
    any(Ipv4Addr::UNSPECIFIED)
}

pub(super) fn unknown_v6() -> Ipv6Addr {
    any(Ipv6Addr::UNSPECIFIED)
}

pub(super) fn unknown_address() -> IpAddr {
    any(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

pub(super) fn unknown_gateway() -> Target<'static> {
    any(Target::V4(unknown_v4()))
}

pub(super) fn unknown_instant() -> Instant {
    Instant::from_millis(any(0))
}

pub(super) fn unknown_content() -> AuthMessage {
    any(AuthMessage::NOTHING)
}

pub(super) fn unknown_peer_auth() -> PeerAuth {
    any(PeerAuth::Absent)
}

pub(super) fn unknown_rules() -> TargetRules {
    any(TargetRules::LENIENT)
}

fn unknown_reason() -> Reason {
    any(Reason::Truncated)
}

fn gateway() {
    seen(Target::from(unknown_v4()));
    seen(Target::from(unknown_v6()));
    seen(Target::from(unknown_address()));
    let text = core::str::from_utf8(unknown_octets()).unwrap_or_default();
    seen(Fqdn::from_octets(unknown_octets()));
    seen(Fqdn::try_from(unknown_octets()));
    seen(Fqdn::try_from(text));
    seen(Target::parse(text));
    seen(Target::try_from(text));
    seen(TargetRules::new());
    if let Ok(name) = Fqdn::new(text) {
        seen(Fqdn::as_str(&name));
        seen(Fqdn::as_octets(&name));
        seen(Target::from(name));
    }
    seen(Target::address(&unknown_gateway()));
    seen(TargetRules::check(&unknown_rules(), unknown_address()));
}

fn time() {
    seen(Instant::as_millis(unknown_instant()));
    seen(Instant::after(unknown_instant(), any(0)));
    seen(Instant::rebased(unknown_instant(), unknown_instant(), unknown_instant()));
    seen(unknown_instant() < unknown_instant());
}

fn auth() {
    seen(AuthMessage::of_peer(&unknown_contents(), unknown_peer_auth()));
    seen(PeerAuth::fits(unknown_peer_auth(), &unknown_contents()));
    let mut progress = any(Progress::new(any(true)));
    Progress::request(&mut progress, unknown_content());
    seen(Progress::after_request(progress, unknown_content()));
    seen(Progress::position_if_ended(&progress));
    seen(Progress::response(&mut progress, unknown_content()));
    seen(Progress::awaits_response(&progress));
    seen(Progress::client_authenticated(&progress));
    seen(Progress::gateway_authenticated(&progress));
    seen(Progress::owes_identity(&progress));
    seen(Progress::is_complete(&progress));
    seen(progress);
}
