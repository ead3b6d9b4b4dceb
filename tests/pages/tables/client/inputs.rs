//! Everything that can happen to a client, wherever it is.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, SaId, SentInit};
use ikev2_redirect::wire::{
    Contents, InitRedirect, InitResponse, Nonce, NotifyType, Redirect, Spi,
};
use ikev2_redirect::{Fqdn, Reason, Target};

use super::KINDS;
use super::node::{Do, Node, gateway, other_than};
use crate::tables::observation::{Input, arrow, quiet};

/// Something to do to the machine.
pub(super) struct Asked {
    /// The table that it stands in.
    pub(super) kind: &'static str,
    pub(super) input: Input,
    pub(super) what: Do,
}

const INIT: &str = KINDS[0];
const AUTH: &str = KINDS[1];
const INFORMATIONAL: &str = KINDS[2];
const ALWAYS: &str = KINDS[3];
const ORDERS: &str = KINDS[4];
const NI: [u8; 16] = [7; 16];
const SENT: SentInit<'static> = SentInit { spi: Spi([1; 8]), nonce: &NI };
const NOTHING: AuthMessage = AuthMessage::NOTHING;

impl Asked {
    /// There is a REDIRECT in the message.
    pub(super) fn has_redirect(&self) -> bool {
        match self.what {
            Do::Event(_, Event::InitResponseReceived { response, .. }) => {
                response.redirect.is_some()
            }
            Do::Event(
                _,
                Event::AuthResponseReceived { contents, .. }
                | Event::InformationalReceived { contents, .. },
            ) => contents.redirect.is_some(),
            _ => false,
        }
    }

    pub(super) fn moves_gateway(&self) -> bool {
        matches!(self.what, Do::Event(_, Event::GatewayMoved { .. }))
    }

    /// The same without what it has beside something simpler.
    pub(super) fn simpler(&self) -> Option<Do> {
        match self.what {
            Do::Event(sa, Event::InformationalReceived { contents, repeated })
                if contents.deletes_ike_sa =>
            {
                let contents = Contents { deletes_ike_sa: false, ..contents };
                Some(Do::Event(sa, Event::InformationalReceived { contents, repeated }))
            }
            Do::Event(sa, Event::AuthResponseReceived { peer, contents })
                if contents.deletes_ike_sa =>
            {
                let contents = Contents { deletes_ike_sa: false, ..contents };
                Some(Do::Event(sa, Event::AuthResponseReceived { peer, contents }))
            }
            Do::PermitUnfit(_) | Do::TimeoutDue => Some(Do::Refuse),
            _ => None,
        }
    }
}

type Told = (&'static str, Input, Event<'static, 'static>);

pub(super) fn inputs(node: &Node) -> Vec<Asked> {
    let mut inputs = orders(node);
    for sa in node.machine.sa().into_iter().chain(node.machine.kept()) {
        inputs.extend(events(node, sa));
    }
    inputs
}

fn orders(node: &Node) -> Vec<Asked> {
    let from = node.question.and_then(|question| question.from);
    let target = node.question.and_then(|question| question.target);
    let mut orders = vec![
        (arrow("`connect`", "connect"), Do::Connect),
        (arrow("`permit`", "permit"), Do::Permit(target.unwrap_or(other_than(from)))),
        (arrow("`refuse`", "refused"), Do::Refuse),
        (quiet("a time-out before the deadline"), Do::TimeoutEarly),
        (arrow("a time-out at the deadline", "no verdict in time"), Do::TimeoutDue),
        (quiet("`retry`"), Do::Retry),
        (arrow("`renew`", "renew"), Do::Renew),
        (quiet("`close`"), Do::Close),
    ];
    match target {
        Some(_) => orders.push((quiet("`permit` of another address"), Do::PermitAnother)),
        // Whatever can be unfit about an address of a name.
        None => orders.extend(
            from.map(|from| (quiet("`permit` of an unfit address"), Do::PermitUnfit(from))),
        ),
    }
    orders.into_iter().map(|(input, what)| Asked { kind: ORDERS, input, what }).collect()
}

fn events(node: &Node, sa: SaId) -> Vec<Asked> {
    let mut events = init_responses(node);
    events.push((
        INIT,
        arrow("`InitCompleted`", "keys"),
        Event::InitCompleted { multiple_auth_offered: true },
    ));
    events.extend(auth_requests());
    events.extend(auth_responses(node));
    events.push((AUTH, arrow("`Established`", "established"), Event::Established));
    events.extend(informationals(node));
    events.extend([
        (ALWAYS, arrow("`GivenUp`", "gone"), Event::GivenUp),
        (ALWAYS, arrow("`Deleted`", "gone"), Event::Deleted),
        (ALWAYS, quiet("`Rekeyed`"), Event::Rekeyed),
        (ALWAYS, quiet("`GatewayMoved`"), Event::GatewayMoved { to: gateway(1) }),
        (ALWAYS, quiet("`MisplacedRedirect`"), Event::MisplacedRedirect),
    ]);
    let asked = |(kind, input, event)| Asked { kind, input, what: Do::Event(sa, event) };
    events.into_iter().map(asked).collect()
}

fn name() -> Target<'static> {
    Target::Fqdn(Fqdn::new("gw.example.com").expect("a name"))
}

fn init_responses(node: &Node) -> Vec<Told> {
    let (same, other) = node.same_and_other();
    let plain = init_response(None);
    let redirect = init_response(Some(Ok(Target::from(other))));
    let beside = |response| InitResponse { accepts: true, ..response };
    let malformed = init_response(Some(Err(Reason::GatewayLength)));
    let to_wrong_nonce = InitResponse {
        redirect: Some(Ok(InitRedirect {
            target: Target::from(other),
            nonce: Nonce::new(&[8; 16]).expect("a legal length"),
        })),
        ..redirect
    };
    let responses = [
        (quiet("no REDIRECT"), plain),
        (quiet("another SPI"), InitResponse { initiator_spi: Spi([9; 8]), ..redirect }),
        (quiet("REDIRECT"), redirect),
        (quiet("REDIRECT"), init_response(Some(Ok(name())))),
        (quiet("REDIRECT beside SA, KE and Nr"), beside(redirect)),
        (quiet("REDIRECT, wrong nonce"), to_wrong_nonce),
        (quiet("REDIRECT, malformed"), malformed),
        (quiet("REDIRECT, refused"), init_response(Some(Ok(Target::from(same))))),
    ];
    let told = |response| Event::InitResponseReceived { sent: SENT, response };
    responses.into_iter().map(|(input, response)| (INIT, input, told(response))).collect()
}

fn init_response(target: Option<Result<Target<'static>, Reason>>) -> InitResponse<'static> {
    let nonce = Nonce::new(&NI).expect("a legal length");
    InitResponse {
        initiator_spi: SENT.spi,
        responder_spi: Spi::ZERO,
        redirect: target.map(|target| target.map(|target| InitRedirect { target, nonce })),
        accepts: target.is_none(),
        multiple_auth_supported: true,
        resumption: false,
    }
}

fn auth_requests() -> Vec<Told> {
    let willing = AuthMessage { multiple_auth_supported: true, ..NOTHING };
    let auth = AuthMessage { auth: true, ..NOTHING };
    let another = AuthMessage { auth: true, another_auth_follows: true, ..willing };
    let told = |sent| (AUTH, quiet("`AuthRequestSent`"), Event::AuthRequestSent { sent });
    [auth, willing, another].map(told).to_vec()
}

/// Responses such as the gateway may send now; EAP goes on only with a client that is in it.
fn auth_responses(node: &Node) -> Vec<Told> {
    let (same, other) = node.same_and_other();
    let mut responses = Vec::new();
    for peer in [PeerAuth::Absent, PeerAuth::Verified] {
        for another_auth_follows in [false, true] {
            let eap = !node.progress.client_authenticated();
            let auth = peer == PeerAuth::Verified;
            let with = |redirect, deletes_ike_sa| {
                let contents = Contents {
                    redirect,
                    eap,
                    auth,
                    another_auth_follows,
                    deletes_ike_sa,
                    ..Contents::default()
                };
                Event::AuthResponseReceived { peer, contents }
            };
            let refused = redirect_to(same.into());
            responses.extend([
                (quiet("no REDIRECT"), with(None, false)),
                (quiet("REDIRECT"), with(redirect_to(other.into()), false)),
                (quiet("REDIRECT"), with(redirect_to(name()), false)),
                (arrow("REDIRECT, refused", "refused"), with(refused, false)),
                (quiet("no REDIRECT, DELETE"), with(None, true)),
                (quiet("REDIRECT, DELETE"), with(redirect_to(other.into()), true)),
                (quiet("REDIRECT, refused, DELETE"), with(refused, true)),
            ]);
        }
    }
    let fatal = |redirect| {
        let fatal_error = Some(NotifyType::AUTHENTICATION_FAILED);
        let contents = Contents { redirect, fatal_error, ..Contents::default() };
        Event::AuthResponseReceived { peer: PeerAuth::Absent, contents }
    };
    let contents = Contents { auth: true, ..Contents::default() };
    let contradiction = Event::AuthResponseReceived { peer: PeerAuth::Absent, contents };
    let wrong = Event::AuthResponseReceived { peer: PeerAuth::Failed, contents };
    responses.extend([
        (quiet("no REDIRECT, phase failed"), fatal(None)),
        (quiet("REDIRECT, phase failed"), fatal(redirect_to(other.into()))),
        (arrow("a wrong AUTH", "wrong AUTH"), wrong),
        (quiet("an AUTH that is called absent"), contradiction),
    ]);
    responses.into_iter().map(|(input, event)| (AUTH, input, event)).collect()
}

fn informationals(node: &Node) -> Vec<Told> {
    let (same, other): (IpAddr, IpAddr) = node.same_and_other();
    let told = |redirect, deletes_ike_sa, repeated| {
        let contents = Contents { redirect, deletes_ike_sa, ..Contents::default() };
        Event::InformationalReceived { contents, repeated }
    };
    let redirect = redirect_to(other.into());
    // Over the kept IKE SA, that is not to its own gateway; but there it makes no difference.
    let refused = redirect_to(same.into());
    let requests = [
        (quiet("no REDIRECT"), told(None, false, false)),
        (quiet("any of these with DELETE"), told(None, true, false)),
        (quiet("REDIRECT"), told(redirect, false, false)),
        (quiet("REDIRECT"), told(redirect_to(name()), false, false)),
        (quiet("any of these with DELETE"), told(redirect, true, false)),
        (quiet("any of these with DELETE"), told(refused, true, false)),
        (quiet("REDIRECT, refused"), told(refused, false, false)),
        (quiet("REDIRECT, repeated"), told(redirect, false, true)),
    ];
    requests.into_iter().map(|(input, event)| (INFORMATIONAL, input, event)).collect()
}

fn redirect_to(target: Target<'static>) -> Option<Result<Redirect<'static>, Reason>> {
    Some(Ok(Redirect { target }))
}
