//! Random runs that get somewhere: scripts of what a host and its gateways do when all goes well,
//! disturbed at random.

use ikev2_redirect::TargetRules;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Config, Moving};
use quickcheck::{Arbitrary, Gen};

use super::step::{Ni, Step, What, Which, arbitrary_offer, arbitrary_pause};
use crate::sample::{below, once_in, pick};

/// A client, and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) config: Config,
    pub(crate) steps: Vec<Step>,
}

impl Arbitrary for Run {
    fn arbitrary(g: &mut Gen) -> Self {
        let config = arbitrary_config(g);
        let mut steps = Vec::new();
        while steps.len() < g.size() {
            for what in session(g) {
                disturb(g, what, &mut steps);
            }
        }
        Run { config, steps }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let config = self.config;
        Box::new(self.steps.shrink().map(move |steps| Run { config, steps }))
    }
}

fn arbitrary_config(g: &mut Gen) -> Config {
    Config {
        max_redirects: pick(g, &[0, 1, 2, 5, 8]),
        loop_detect_period: pick(g, &[1, 1_000, 300_000]),
        moving: pick(g, &[Moving::MakeBeforeBreak, Moving::BreakBeforeMake]),
        targets: TargetRules {
            allow_loopback: bool::arbitrary(g),
            allow_link_local: bool::arbitrary(g),
        },
        announce_again: bool::arbitrary(g),
        vet_timeout: pick(g, &[0, 100, 10_000, u32::MAX]),
    }
}

/// Adds the step; sometimes another one before it, sometimes none.
fn disturb(g: &mut Gen, what: What, steps: &mut Vec<Step>) {
    if once_in(g, 10) {
        steps.push(Step::arbitrary(g));
    }
    if !once_in(g, 25) {
        let pause = if once_in(g, 8) { arbitrary_pause(g) } else { 0 };
        steps.push(Step { pause, what });
    }
}

const OF: Which = Which::Current;

/// One connection, from the first request on, through a few gateways.
fn session(g: &mut Gen) -> Vec<What> {
    let mut script = Vec::new();
    for _ in 0..=below(g, 4) {
        script.push(What::Connect(below(g, 4))); // misuse, unless something went wrong
        script.extend(arrive(g));
        script.extend(redirect_session(g));
    }
    script.push(if bool::arbitrary(g) { What::Close } else { What::SaDeleted { of: OF } });
    script
}

/// Sets up the IKE SA, perhaps redirected on the way.
fn arrive(g: &mut Gen) -> Vec<What> {
    let mut script = Vec::new();
    for _ in 0..below(g, 3) {
        let redirect = Some(arbitrary_offer(g));
        let nonce = if once_in(g, 8) { Ni::arbitrary(g) } else { Ni::Right };
        let fits = !once_in(g, 20);
        let zero_spi = !once_in(g, 5);
        script.push(What::InitResponse { of: OF, redirect, nonce, fits, zero_spi });
        script.push(What::PermitAsked(below(g, 4)));
    }
    let multiple_auth_offered = bool::arbitrary(g);
    script.push(What::InitCompleted { of: OF, multiple_auth_offered });
    script.extend(authenticate(g));
    script.push(What::Established { of: OF });
    script
}

/// One to three authentications of the client, each with AUTH or with EAP, and as many of the
/// gateway as it likes; a REDIRECT may ride on any response.
fn authenticate(g: &mut Gen) -> Vec<What> {
    let mut script = Vec::new();
    let rounds = if once_in(g, 3) { 1 + below(g, 3) } else { 1 };
    for round in 1..=rounds {
        let auth = AuthMessage {
            auth: true,
            another_auth_follows: round < rounds,
            multiple_auth_supported: rounds > 1,
            ..AuthMessage::NOTHING
        };
        if once_in(g, 2) {
            let identity = AuthMessage { auth: false, another_auth_follows: false, ..auth };
            let peer =
                if round == 1 && !once_in(g, 4) { PeerAuth::Verified } else { PeerAuth::Absent };
            let eap = AuthMessage { eap: true, ..AuthMessage::NOTHING };
            script.extend(exchange(g, identity, peer, eap));
            for _ in 0..below(g, 3) {
                script.extend(exchange(g, eap, PeerAuth::Absent, eap));
            }
            script.extend(exchange(g, auth, PeerAuth::Verified, AuthMessage::NOTHING));
        } else {
            let peer = if round == 1 { PeerAuth::Verified } else { PeerAuth::Absent };
            let another_auth_follows = rounds > 1 && once_in(g, 4);
            let carries = AuthMessage { another_auth_follows, ..AuthMessage::NOTHING };
            script.extend(exchange(g, auth, peer, carries));
            if another_auth_follows {
                let peer = PeerAuth::Verified;
                script.extend(exchange(g, AuthMessage::NOTHING, peer, AuthMessage::NOTHING));
            }
        }
    }
    script
}

fn exchange(g: &mut Gen, sent: AuthMessage, peer: PeerAuth, carries: AuthMessage) -> Vec<What> {
    let redirect = once_in(g, 5).then(|| arbitrary_offer(g));
    let mut script = vec![
        What::AuthRequest { of: OF, sent },
        What::AuthResponse { of: OF, peer, carries, redirect },
    ];
    if redirect.is_some() && !once_in(g, 4) {
        script.push(What::PermitAsked(below(g, 4)));
        script.push(What::InitCompleted { of: OF, multiple_auth_offered: once_in(g, 2) });
    }
    script
}

/// The gateway redirects the session in its middle.
fn redirect_session(g: &mut Gen) -> Vec<What> {
    let redirect = Some(arbitrary_offer(g));
    let deletes = once_in(g, 5);
    vec![
        What::Informational { of: OF, redirect, deletes, repeated: false },
        What::PermitAsked(below(g, 4)),
    ]
}
