//! What the random host and its client do, in a form that shrinks, and runs that get somewhere.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Client, Config, Event, Retransmission, TargetId};
use ikev2_redirect::wire::{Contents, Redirect};
use quickcheck::{Arbitrary, Gen};

use super::log::Input;
use crate::sample::{arbitrary_content, below, once_in, pick};

/// Time passes, then something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) pause: u64,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Redirect(u32),
    /// So much later than now.
    RedirectIn(u32, u64),
    Cancel,
    AuthRequest {
        peer: PeerAuth,
        carries: AuthMessage,
        redirect: bool,
    },
    AuthResponse {
        sent: AuthMessage,
    },
    Acknowledged,
    NoAnswer,
    Informational {
        redirect: bool,
        deletes: bool,
    },
    MisplacedRedirect,
    SaDeleted,
    Rekeyed,
    Timeout,
}

impl Step {
    pub(crate) fn input(&self, now: u64) -> Input {
        match self.what {
            What::Redirect(target) => Input::Redirect(TargetId(target)),
            What::RedirectIn(target, later) => {
                Input::RedirectAt(TargetId(target), now.saturating_add(later))
            }
            What::Cancel => Input::Cancel,
            What::AuthRequest { peer, carries, redirect } => {
                let contents = Contents {
                    redirect: offered(redirect),
                    auth: peer != PeerAuth::Absent,
                    eap: carries.eap,
                    another_auth_follows: carries.another_auth_follows,
                    multiple_auth_supported: carries.multiple_auth_supported,
                    ..Contents::default()
                };
                Input::Event(Event::AuthRequest { peer, contents })
            }
            What::AuthResponse { sent } => Input::Event(Event::AuthResponse { sent }),
            What::Acknowledged => Input::Event(Event::Acknowledged),
            What::NoAnswer => Input::Event(Event::NoAnswer),
            What::Informational { redirect, deletes } => {
                let redirect = offered(redirect);
                let contents =
                    Contents { redirect, deletes_ike_sa: deletes, ..Contents::default() };
                Input::Event(Event::Informational { contents })
            }
            What::MisplacedRedirect => Input::Event(Event::MisplacedRedirect),
            What::SaDeleted => Input::Event(Event::SaDeleted),
            What::Rekeyed => Input::Event(Event::Rekeyed),
            What::Timeout => Input::Event(Event::Timeout),
        }
    }
}

fn offered(redirect: bool) -> Option<Result<Redirect<'static>, Reason>> {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    redirect.then_some(Ok(Redirect { target }))
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        Step { pause: arbitrary_pause(g), what: arbitrary_what(g) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Step { pause, what } = *self;
        Box::new((pause > 0).then_some(Step { pause: 0, what }).into_iter())
    }
}

fn arbitrary_pause(g: &mut Gen) -> u64 {
    const PAUSES: [u64; 12] = [0, 0, 0, 0, 1, 99, 100, 101, 199, 200, 1_600, 1 << 33];
    pick(g, &PAUSES)
}

fn arbitrary_what(g: &mut Gen) -> What {
    let redirect = bool::arbitrary(g);
    match below(g, 13) {
        0 => What::Redirect(u32::arbitrary(g)),
        1 => What::RedirectIn(u32::arbitrary(g), pick(g, &[0, 1, 100, u64::MAX])),
        2 => What::Cancel,
        3 => What::AuthRequest {
            peer: pick(g, &[PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed]),
            carries: arbitrary_content(g),
            redirect: once_in(g, 4),
        },
        4 => What::AuthResponse { sent: arbitrary_content(g) },
        5 => What::Acknowledged,
        6 if once_in(g, 2) => What::NoAnswer,
        7 => What::Informational { redirect, deletes: once_in(g, 5) },
        8 => What::MisplacedRedirect,
        9 if once_in(g, 3) => What::SaDeleted,
        10 => What::Rekeyed,
        _ => What::Timeout,
    }
}

/// A client, and what happens to its IKE SA.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) starts_established: bool,
    pub(crate) steps: Vec<Step>,
}

impl Arbitrary for Run {
    fn arbitrary(g: &mut Gen) -> Self {
        let config = Config {
            grace: pick(g, &[0, 100, 30_000, u32::MAX]),
            retransmission: arbitrary_retransmission(g),
            redirect_unauthenticated: bool::arbitrary(g),
        };
        let client =
            Client { supports_redirect: !once_in(g, 5), multiple_auth_offered: bool::arbitrary(g) };
        let starts_established = once_in(g, 4);
        let mut script = Vec::new();
        if !starts_established {
            authenticate(g, &mut script);
        }
        script.extend(session(g));
        let mut steps = Vec::new();
        for what in script {
            disturb(g, what, &mut steps);
        }
        steps.truncate(g.size());
        Run { config, client, starts_established, steps }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let run = self.clone();
        Box::new(self.steps.shrink().map(move |steps| Run { steps, ..run.clone() }))
    }
}

fn arbitrary_retransmission(g: &mut Gen) -> Retransmission {
    if once_in(g, 4) {
        Retransmission::ByHost
    } else {
        Retransmission::ByMachine {
            first_pause: pick(g, &[0, 100, 100, u32::MAX]),
            tries: pick(g, &[0, 1, 6, 12, 255]),
        }
    }
}

fn disturb(g: &mut Gen, what: What, steps: &mut Vec<Step>) {
    if once_in(g, 12) {
        steps.push(Step::arbitrary(g));
    }
    if !once_in(g, 30) {
        let pause = if once_in(g, 3) { arbitrary_pause(g) } else { 0 };
        steps.push(Step { pause, what });
    }
}

/// One to three authentications of the client, with AUTH or with EAP, and as many of the gateway
/// as it likes. The host may order the redirect at any time.
fn authenticate(g: &mut Gen, script: &mut Vec<What>) {
    let rounds = if once_in(g, 3) { 1 + below(g, 3) } else { 1 };
    let proof = AuthMessage { auth: true, ..AuthMessage::NOTHING };
    let eap = AuthMessage { eap: true, ..AuthMessage::NOTHING };
    for round in 1..=rounds {
        let last = AuthMessage {
            another_auth_follows: round < rounds,
            multiple_auth_supported: rounds > 1,
            ..proof
        };
        if once_in(g, 2) {
            let identity = AuthMessage { auth: false, another_auth_follows: false, ..last };
            let proves = round == 1 && !once_in(g, 4);
            exchange(g, identity, AuthMessage { auth: proves, ..eap }, script);
            for _ in 0..below(g, 3) {
                exchange(g, eap, eap, script);
            }
            exchange(g, last, proof, script);
        } else {
            let another_auth_follows = rounds > 1 && once_in(g, 3);
            let sent =
                AuthMessage { auth: round == 1, another_auth_follows, ..AuthMessage::NOTHING };
            exchange(g, last, sent, script);
            if another_auth_follows {
                exchange(g, AuthMessage::NOTHING, proof, script);
            }
        }
    }
}

fn exchange(g: &mut Gen, request: AuthMessage, sent: AuthMessage, script: &mut Vec<What>) {
    let order = once_in(g, 12).then(|| What::Redirect(u32::arbitrary(g)));
    let peer = if request.auth { PeerAuth::Verified } else { PeerAuth::Absent };
    let early = once_in(g, 2);
    script.extend(order.filter(|_| early));
    script.push(What::AuthRequest { peer, carries: request, redirect: once_in(g, 12) });
    script.extend(order.filter(|_| !early));
    script.push(What::AuthResponse { sent });
}

/// The client is redirected, sooner or later, and leaves, or is made to.
fn session(g: &mut Gen) -> Vec<What> {
    let target = u32::arbitrary(g);
    let mut script = vec![match below(g, 3) {
        0 => What::RedirectIn(target, pick(g, &[0, 1, 100])),
        _ => What::Redirect(target),
    }];
    for _ in 0..below(g, 9) {
        script.push(What::Timeout);
    }
    script.push(What::Acknowledged);
    for _ in 0..below(g, 3) {
        script.push(What::Timeout);
    }
    script.push(What::Informational { redirect: once_in(g, 4), deletes: bool::arbitrary(g) });
    script.push(What::Timeout);
    script
}
