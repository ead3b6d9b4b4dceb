//! Random runs: a host that gets on with its connection, disturbed at random.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Config, Event, Moving, Refusal};
use ikev2_redirect::wire::Nonce;
use ikev2_redirect::{Reason, TargetRules};
use quickcheck::{Arbitrary, Gen};

use super::step::{ADDRESSES, Beside, Extra, Form, Ni, Offer, Pause, Step, USABLE, What, Which};
use crate::sample::{arbitrary_content, arbitrary_fatal, below, once_in, pick};

/// A client, and what happens to it.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) config: Config,
    /// What the host's clock shows at first.
    pub(super) start: u64,
    /// The gateway of the session with which the machine starts; it need not be one that can be.
    pub(super) restored: Option<usize>,
    /// How many names the machine gives before it starts over, if that is soon.
    pub(super) names_left: Option<u32>,
    pub(super) steps: Vec<Step>,
}

impl Arbitrary for Run {
    fn arbitrary(g: &mut Gen) -> Self {
        let config = arbitrary_config(g);
        let start = pick(g, &[0, 1_000_000, 1 << 40, u64::MAX - 20_000_000]);
        let restored = once_in(g, 4).then(|| arbitrary_gateway(g));
        let names_left = once_in(g, 4).then(|| below(g, 12) as u32);
        if once_in(g, 8) {
            let config = Config { max_redirects: 8, loop_detect_period: 1_000, ..config };
            let steps = (0..g.size()).map(|_| redirected_again(g)).collect();
            Run { config, start, restored, names_left, steps }
        } else {
            let steps = (0..g.size()).map(|_| arbitrary_step(g)).collect();
            Run { config, start, restored, names_left, steps }
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let run = self.clone();
        Box::new(self.steps.shrink().map(move |steps| Run { steps, ..run.clone() }))
    }
}

fn arbitrary_config(g: &mut Gen) -> Config {
    Config {
        max_redirects: pick(g, &[0, 1, 2, 5, 5, 8]),
        loop_detect_period: pick(g, &[1, 1_000, 300_000, 300_000, u32::MAX]),
        moving: pick(
            g,
            &[Moving::MakeBeforeBreak, Moving::MakeBeforeBreak, Moving::BreakBeforeMake],
        ),
        targets: TargetRules {
            allow_loopback: bool::arbitrary(g),
            allow_link_local: bool::arbitrary(g),
        },
        announce_again: bool::arbitrary(g),
        follow_on_resumption: bool::arbitrary(g),
        vet_timeout: pick(g, &[0, 100, 10_000, u32::MAX]),
    }
}

/// A client that does little but follow redirects, and so fills its record.
fn redirected_again(g: &mut Gen) -> Step {
    let pauses = [Pause::UntilRoomBut(0), back(g), Pause::Millis(1)];
    let pause = if once_in(g, 3) { pick(g, &pauses) } else { Pause::Millis(0) };
    let redirect = Some(Offer::To(below(g, USABLE)));
    Step { pause, what: What::Forward { dice: u64::arbitrary(g), redirect } }
}

fn arbitrary_step(g: &mut Gen) -> Step {
    let pause = match below(g, 20) {
        0..13 => Pause::Millis(0),
        13 => Pause::UntilExpiryBut(pick(g, &[0, 0, 1])),
        14 => Pause::Millis(pick(g, &[99, 100, 101, 899, 999, 1_000, 300_000])),
        15 => Pause::UntilRoomBut(pick(g, &[0, 0, 1])),
        16 => back(g),
        _ => Pause::Millis(1),
    };
    let what = if below(g, 10) < 6 { forward(g) } else { disturbance(g) };
    Step { pause, what }
}

/// Most clocks go back a little, one that is set anew to any time.
fn back(g: &mut Gen) -> Pause {
    Pause::Back(pick(g, &[1, 1, 1, 5_000, 1 << 33]))
}

fn forward(g: &mut Gen) -> What {
    let redirect = once_in(g, 3).then(|| arbitrary_offer(g));
    What::Forward { dice: u64::arbitrary(g), redirect }
}

fn arbitrary_gateway(g: &mut Gen) -> usize {
    if once_in(g, 4) { below(g, ADDRESSES.len()) } else { below(g, USABLE) }
}

pub(super) fn arbitrary_offer(g: &mut Gen) -> Offer {
    match below(g, 12) {
        0 => Offer::ToItself,
        1 | 2 => Offer::ToName,
        3 => Offer::To(below(g, ADDRESSES.len())),
        4 => Offer::Malformed(pick(g, &[Reason::GatewayLength, Reason::ConflictingNotifies])),
        _ => Offer::To(below(g, USABLE)),
    }
}

fn arbitrary_which(g: &mut Gen) -> Which {
    use Which::{Asked, Current, Gone, Kept, Never};
    pick(g, &[Current, Current, Current, Current, Kept, Kept, Kept, Asked, Gone, Never])
}

/// Any step at all.
pub(super) fn disturbance(g: &mut Gen) -> What {
    let of = arbitrary_which(g);
    let redirect = if once_in(g, 3) { None } else { Some(arbitrary_offer(g)) };
    match below(g, 22) {
        0 => What::Connect(arbitrary_gateway(g)),
        1 => What::PermitAsked(arbitrary_gateway(g)),
        2 => What::Permit(of, arbitrary_gateway(g)),
        3 => What::Refuse(of, pick(g, &[Refusal::Policy, Refusal::Unresolvable])),
        4 | 5 => What::Retry(arbitrary_gateway(g)),
        6 => What::Renew(arbitrary_gateway(g)),
        7 if once_in(g, 3) => What::Close,
        7 => What::TimeoutAtNever,
        8 => What::Timeout,
        9 | 10 => What::InitResponse { of, redirect, form: arbitrary_form(g) },
        11 => What::AuthRequest { of, sent: arbitrary_content(g) },
        12 | 13 => What::AuthResponse {
            of,
            peer: pick(g, &[PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed]),
            carries: arbitrary_content(g),
            redirect,
            extra: Extra {
                contradicts: once_in(g, 8),
                fatal: once_in(g, 4).then(|| arbitrary_fatal(g)),
                deletes: once_in(g, 6),
                sa: bool::arbitrary(g),
            },
        },
        14 | 15 => {
            let beside = Beside {
                deletes: once_in(g, 4),
                carries: arbitrary_content(g),
                fatal: once_in(g, 4).then(|| arbitrary_fatal(g)),
                sa: bool::arbitrary(g),
            };
            What::Informational { of, redirect, beside, repeated: once_in(g, 4) }
        }
        16 => What::Moved { of, to: arbitrary_gateway(g) },
        _ => What::Plain { of, event: arbitrary_event(g) },
    }
}

fn arbitrary_event(g: &mut Gen) -> Event<'static, 'static> {
    let multiple_auth_offered = bool::arbitrary(g);
    let events = [
        Event::InitCompleted { multiple_auth_offered },
        Event::Established,
        Event::GivenUp,
        Event::GivenUp,
        Event::MisplacedRedirect,
        Event::Deleted,
        Event::Rekeyed,
    ];
    pick(g, &events)
}

fn arbitrary_form(g: &mut Gen) -> Form {
    let altered = Ni::Altered(below(g, Nonce::MAX_LEN));
    let wrong = [altered, altered, Ni::Shortened, Ni::Extended];
    Form {
        length: pick(g, &[17, 32, 64, 255]),
        nonce: if once_in(g, 3) { pick(g, &wrong) } else { Ni::Right },
        wrong_spi: once_in(g, 6).then(|| below(g, 8)),
        odd_spi: once_in(g, 3).then(|| below(g, 8)),
        accepts: once_in(g, 3),
        resumption: once_in(g, 3),
        several: bool::arbitrary(g),
    }
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        arbitrary_step(g)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Step { pause, what } = *self;
        let at_once = (pause != Pause::Millis(0)).then_some(Step { pause: Pause::Millis(0), what });
        let simpler = simpler(what).map(|what| Step { pause, what });
        Box::new(at_once.into_iter().chain(simpler))
    }
}

fn simpler(what: What) -> Option<What> {
    const REDIRECT: Option<Offer> = Some(Offer::To(1));
    let simpler = match what {
        What::Forward { dice, redirect: Some(_) } if dice != 0 => {
            What::Forward { dice, redirect: None }
        }
        What::Connect(_) => What::Connect(0),
        What::Permit(of, _) => What::Permit(of, 1),
        What::PermitAsked(_) => What::PermitAsked(1),
        What::InitResponse { of, redirect: Some(_), form } => {
            What::InitResponse { of, redirect: REDIRECT, form: Form { odd_spi: None, ..form } }
        }
        What::AuthResponse { of, peer, carries, redirect: Some(_), extra } => {
            What::AuthResponse { of, peer, carries, redirect: REDIRECT, extra }
        }
        What::Informational { of, redirect: Some(_), beside: _, repeated: _ } => {
            What::Informational { of, redirect: REDIRECT, beside: Beside::NOTHING, repeated: false }
        }
        other => other,
    };
    (simpler != what).then_some(simpler)
}
