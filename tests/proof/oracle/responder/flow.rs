//! Runs that get somewhere: a client authenticates, is redirected and leaves, and now and then
//! something else happens.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::responder::{Client, Config, Retransmission};
use quickcheck::{Arbitrary, Gen};

use super::step::{Request, Step, Wait, What, arbitrary_offer, arbitrary_wait};
use crate::sample::{arbitrary_fatal, below, once_in, pick};

/// A client, and what happens to its IKE SA.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) starts_established: bool,
    /// What the host's clock shows at the beginning.
    pub(crate) start: u64,
    pub(crate) steps: Vec<Step>,
    /// What the client does when nothing else happens any more.
    pub(crate) rekeys_at_the_end: bool,
}

impl Arbitrary for Run {
    fn arbitrary(g: &mut Gen) -> Self {
        let config = Config {
            grace: pick(g, &[0, 100, 30_000, u32::MAX]),
            retransmission: arbitrary_retransmission(g),
            redirect_unauthenticated: bool::arbitrary(g),
        };
        let client =
            Client { supports_redirect: !once_in(g, 6), multiple_auth_offered: bool::arbitrary(g) };
        let starts_established = once_in(g, 4);
        let mut script = Vec::new();
        if !starts_established {
            authenticate(g, &mut script);
        }
        script.extend(session(g));
        let mut steps = Vec::new();
        for step in script {
            disturb(g, step, &mut steps);
        }
        steps.truncate(g.size());
        let start = pick(g, &[0, 1_000_000, 1_000_000, 1_000_000, u64::MAX - 1_000]);
        let rekeys_at_the_end = bool::arbitrary(g);
        Run { config, client, starts_established, start, steps, rekeys_at_the_end }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let run = self.clone();
        Box::new(self.steps.shrink().map(move |steps| Run { steps, ..run.clone() }))
    }
}

fn arbitrary_retransmission(g: &mut Gen) -> Retransmission {
    if once_in(g, 3) {
        Retransmission::ByHost { give_up_after: pick(g, &[0, 100, 600_000, u32::MAX]) }
    } else {
        Retransmission::ByMachine {
            first_pause: pick(g, &[0, 100, 100, 100, (1 << 28) + 1, u32::MAX]),
            // H15: more than 32 shifts.
            tries: if once_in(g, 24) { u8::MAX } else { pick(g, &[0, 1, 2, 6, 6, 12, 40]) },
        }
    }
}

/// Leaves a step out now and then, or puts any other before it.
fn disturb(g: &mut Gen, step: Step, steps: &mut Vec<Step>) {
    if once_in(g, 10) {
        steps.push(Step::arbitrary(g));
    }
    if !once_in(g, 30) {
        steps.push(step);
    }
}

fn soon(g: &mut Gen, what: What) -> Step {
    let wait = if once_in(g, 3) { arbitrary_wait(g) } else { Wait::Millis(0) };
    // Whoever waits for ever does nothing afterwards.
    let wait = if wait == Wait::Millis(u64::MAX) { Wait::Millis(1) } else { wait };
    Step { wait, what }
}

/// One to three authentications of the client, with AUTH or with EAP, and as many of the gateway
/// as it likes. The host may order the redirect at any time.
fn authenticate(g: &mut Gen, script: &mut Vec<Step>) {
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
            let proves = round == 1 && !once_in(g, 3);
            // H16: a first response with neither AUTH nor EAP, too.
            let goes_on = proves || !once_in(g, 4);
            exchange(g, identity, AuthMessage { auth: proves, eap: goes_on, ..eap }, script);
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

fn exchange(g: &mut Gen, request: AuthMessage, sent: AuthMessage, script: &mut Vec<Step>) {
    let order = once_in(g, 8).then(|| order(g));
    let early = once_in(g, 2);
    script.extend(order.filter(|_| early));
    let redirect = arbitrary_offer(g).filter(|_| once_in(g, 12));
    let request = Request { redirect, ..Request::true_to(request) };
    if once_in(g, 12) {
        // F18: the host is mistaken before it tells the same as it is.
        let mistaken = Request { auth: !request.auth, ..request };
        script.push(soon(g, What::AuthRequest(mistaken)));
    }
    script.push(soon(g, What::AuthRequest(request)));
    script.extend(order.filter(|_| !early));
    script.push(soon(g, What::AuthResponse { sent }));
}

fn order(g: &mut Gen) -> Step {
    let target = u32::arbitrary(g);
    let what = match below(g, 5) {
        0 => What::RedirectNever(target),
        1 | 2 => What::RedirectIn(target, pick(g, &[-1, 0, 1, 100, 10_000])),
        _ => What::Redirect(target),
    };
    soon(g, what)
}

/// The client is redirected, sooner or later, and leaves, or is made to.
fn session(g: &mut Gen) -> Vec<Step> {
    let due = |what| Step { wait: Wait::Deadline { short: 0 }, what };
    let mut script = vec![order(g)];
    for _ in 0..below(g, 9) {
        script.push(due(What::Timeout));
        if once_in(g, 4) {
            script.push(soon(g, What::Rekeyed));
        }
    }
    script.push(soon(g, What::Acknowledged));
    let late = if once_in(g, 4) { What::Acknowledged } else { What::Rekeyed };
    script.push(soon(g, late));
    if once_in(g, 3) {
        script.push(due(What::Timeout));
    }
    let informational = What::Informational {
        redirect: arbitrary_offer(g).filter(|_| once_in(g, 4)),
        deletes: bool::arbitrary(g),
        fatal: once_in(g, 8).then(|| arbitrary_fatal(g)),
        carries: AuthMessage::NOTHING,
        sa: once_in(g, 4),
    };
    script.push(soon(g, informational));
    script.push(due(What::Timeout));
    script
}
