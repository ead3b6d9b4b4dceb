//! The client's machine.

use std::collections::BTreeSet;

use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Moving, Phase, Provenance, QuestionId, Refusal, SaId,
    SentInit,
};
use ikev2_redirect::wire::{InitNotifies, InitRedirect, InitResponse, Nonce, Spi};
use ikev2_redirect::{Actions, Instant, Misuse, Reason};

use super::{
    Random, c_address, c_auth_message, c_contents, c_octets, c_peer_auth, c_redirect, c_rules,
    c_status, or_none, shown_address, shown_target, zeros,
};
use crate::codec::{CInitNotifies, CInitResponse};
use crate::initiator::action::{CAction, CActions};
use crate::initiator::event::CEvent;
use crate::initiator::{self as c, CConfig, CView};
use crate::memory::{INITIATOR_SIZE, InitiatorMemory};

const SPI: Spi = Spi([1, 2, 3, 4, 5, 6, 7, 8]);
const NI: [u8; 17] = [9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7];

/// A list of actions, each field that counts by its name.
type Said = Vec<String>;

fn said_by_c(list: &CActions) -> Said {
    list.items[..list.count].iter().map(one_said_by_c).collect()
}

fn one_said_by_c(it: &CAction) -> String {
    format!(
        "{} sa={} question={} provenance={} reason={} misuse={} from={} to={} target={} {}",
        it.tag,
        it.sa,
        it.question,
        it.provenance,
        it.reason,
        it.misuse,
        shown_address(&it.from),
        shown_address(&it.to),
        shown_target(&it.target),
        notifies_of_c(&it.notifies)
    )
}

fn notifies_of_c(it: &CInitNotifies) -> String {
    format!("{} {}", shown_address(&it.redirected_from), it.redirect_supported)
}

fn notifies_of(it: Option<InitNotifies>) -> String {
    let supported = it.is_some_and(|it| it.redirect_supported);
    format!("{} {}", or_none(it.and_then(|it| it.redirected_from)), supported as u8)
}

fn said(actions: Actions<Action<'_>>) -> Said {
    actions.into_iter().map(one_said).collect()
}

#[rustfmt::skip]
fn one_said(action: Action<'_>) -> String {
    let [mut sa, mut question, mut from_phase, mut reason, mut misuse] = [0; 5];
    let (mut from, mut to, mut target, mut notifies) = (None, None, None, None);
    let phase = |it| match it {
        Provenance::Init => 1,
        Provenance::Auth => 2,
        Provenance::Informational => 3,
    };
    let mut about = |SaId(of): SaId| sa = of;
    let mut because = |it: Reason| reason = it as u32;
    let tag = match action {
        Action::StartInit { sa, to: there, notifies: with } => {
            about(sa); to = Some(there); notifies = Some(with); 1
        }
        Action::PassOn { sa } => { about(sa); 2 }
        Action::Vet { question: QuestionId(asked), sa, target: there, provenance } => {
            about(sa); question = asked; target = Some(there); from_phase = phase(provenance); 3
        }
        Action::AbandonVet { question: QuestionId(asked) } => { question = asked; 4 }
        Action::Acknowledge { sa } => { about(sa); 5 }
        Action::DeleteSa { sa } => { about(sa); 6 }
        Action::DropSa { sa } => { about(sa); 7 }
        Action::RejectSa { sa } => { about(sa); 8 }
        Action::Redirected { from: here, to: there, provenance } => {
            from = Some(here); to = Some(there); from_phase = phase(provenance); 9
        }
        Action::Tolerated { sa, reason } => { about(sa); because(reason); 10 }
        Action::Ignored { sa, reason } => { about(sa); because(reason); 11 }
        Action::Misused { sa, misuse: it } => { about(sa); misuse = it as u32; 12 }
        Action::Refused { sa, reason } => { about(sa); because(reason); 13 }
        Action::MoveFailed { sa, reason } => { about(sa); because(reason); 14 }
        Action::Failed { reason } => { because(reason); 15 }
    };
    format!(
        "{tag} sa={sa} question={question} provenance={from_phase} reason={reason} \
         misuse={misuse} from={} to={} target={} {}",
        or_none(from), or_none(to), or_none(target), notifies_of(notifies)
    )
}

fn any_config(random: &mut Random) -> Config {
    Config {
        max_redirects: random.of(&[0, 2, 5]),
        loop_detect_period: random.of(&[0, 40, 300_000]),
        moving: random.of(&[Moving::MakeBeforeBreak, Moving::BreakBeforeMake]),
        targets: random.rules(),
        announce_again: random.flag(),
        follow_on_resumption: random.flag(),
        vet_timeout: random.of(&[15, 10_000]),
    }
}

fn c_config(config: &Config) -> CConfig {
    CConfig {
        moving: match config.moving {
            Moving::MakeBeforeBreak => 1,
            Moving::BreakBeforeMake => 2,
        },
        loop_detect_period: config.loop_detect_period,
        vet_timeout: config.vet_timeout,
        max_redirects: config.max_redirects,
        announce_again: config.announce_again as u8,
        follow_on_resumption: config.follow_on_resumption as u8,
        targets: c_rules(config.targets),
    }
}

fn any_event(random: &mut Random) -> Event<'static, 'static> {
    match random.below(18) {
        0..=3 => {
            let nonce = Nonce::new(random.of(&[&NI, &NI, &NI, &[7; 16][..]])).unwrap();
            let redirect = InitRedirect { target: random.target(), nonce };
            let response = InitResponse {
                initiator_spi: random.of(&[SPI, SPI, SPI, Spi([3; 8])]),
                responder_spi: random.of(&[Spi::ZERO, Spi([4; 8])]),
                redirect: random.of(&[None, Some(Ok(redirect)), Some(Err(Reason::SpiSize))]),
                accepts: random.flag(),
                multiple_auth_supported: random.flag(),
                resumption: random.below(4) == 0,
            };
            Event::InitResponseReceived { sent: SentInit { spi: SPI, nonce: &NI }, response }
        }
        4 => Event::InitCompleted { multiple_auth_offered: random.flag() },
        5 | 6 => Event::AuthRequestSent { sent: random.auth_message() },
        7 | 8 => {
            let contents = random.contents();
            Event::AuthResponseReceived { peer: random.peer_auth(&contents), contents }
        }
        9 | 10 => Event::Established,
        11 => Event::GivenUp,
        12 | 13 => {
            let contents = random.contents();
            Event::InformationalReceived { contents, repeated: random.below(4) == 0 }
        }
        14 => Event::MisplacedRedirect,
        15 => Event::Deleted,
        16 => Event::Rekeyed,
        _ => Event::GatewayMoved { to: random.address() },
    }
}

fn c_event(event: &Event<'_, '_>) -> CEvent {
    let mut it = zeros::<CEvent>();
    it.tag = match event {
        Event::InitResponseReceived { sent, response } => {
            it.sent_spi = sent.spi.0;
            it.sent_nonce = c_octets(sent.nonce);
            let redirect = response.redirect;
            it.response = CInitResponse {
                initiator_spi: response.initiator_spi.0,
                responder_spi: response.responder_spi.0,
                redirect: c_redirect(
                    redirect.map(|it| it.map(|it| (it.target, it.nonce.octets()))),
                ),
                accepts: response.accepts as u8,
                multiple_auth_supported: response.multiple_auth_supported as u8,
                resumption: response.resumption as u8,
            };
            1
        }
        Event::InitCompleted { multiple_auth_offered } => {
            it.multiple_auth_offered = *multiple_auth_offered as u8;
            2
        }
        Event::AuthRequestSent { sent } => {
            it.auth_sent = c_auth_message(*sent);
            3
        }
        Event::AuthResponseReceived { peer, contents } => {
            (it.peer_auth, it.contents) = (c_peer_auth(*peer), c_contents(contents));
            4
        }
        Event::Established => 5,
        Event::GivenUp => 6,
        Event::InformationalReceived { contents, repeated } => {
            (it.contents, it.repeated) = (c_contents(contents), *repeated as u8);
            7
        }
        Event::MisplacedRedirect => 8,
        Event::Deleted => 9,
        Event::Rekeyed => 10,
        Event::GatewayMoved { to } => {
            it.gateway = c_address(Some(*to));
            11
        }
    };
    it
}

/// One machine, twice.
struct Twin {
    rust: Initiator,
    c: InitiatorMemory,
    now: u64,
}

impl Twin {
    /// `None`: both say that the settings cannot be.
    fn new(random: &mut Random) -> Option<Twin> {
        let config = any_config(random);
        let there = c_config(&config);
        let mut c = zeros::<InitiatorMemory>();
        let established = random.flag();
        let gateway = random.address();
        let (rust, status) = if established {
            let address = c_address(Some(gateway));
            // SAFETY: all of it is there. So below.
            let status = unsafe {
                c::ikr_initiator_init_established(&mut c, INITIATOR_SIZE, &there, &address)
            };
            (Initiator::established(config, gateway), status)
        } else {
            let status = unsafe { c::ikr_initiator_init(&mut c, INITIATOR_SIZE, &there) };
            (Initiator::new(config), status)
        };
        assert_eq!(status, c_status(&rust));
        Some(Twin { rust: rust.ok()?, c, now: 1_000 })
    }

    /// The same call to both; the tags of the actions.
    fn step(&mut self, random: &mut Random) -> Said {
        let other_clock = random.time_goes_on(&mut self.now);
        let now = Instant::from_millis(self.now);
        if let Some(to) = other_clock {
            self.rust.rebase(now, Instant::from_millis(to));
            assert_eq!(unsafe { c::ikr_initiator_rebase(&mut self.c, self.now, to) }, 0);
            self.now = to;
            return Said::new();
        }
        let address = random.address();
        let there = c_address(Some(address));
        let asked = self.rust.question().filter(|_| random.below(8) > 0);
        let question = asked.unwrap_or(QuestionId(random.below(5) as u32));
        let (c, time, mut list) = (&raw mut self.c, self.now, zeros::<CActions>());
        let (outcome, status): (Result<Actions<Action<'_>>, Misuse>, u32) = match random.below(24) {
            0 | 1 => (self.rust.connect(now, address), unsafe {
                c::ikr_initiator_connect(c, time, &there, &mut list)
            }),
            2..=5 => (self.rust.permit(now, question, address), unsafe {
                c::ikr_initiator_permit(c, time, question.0, &there, &mut list)
            }),
            6 => {
                let (why, number) = random.of(&[(Refusal::Policy, 1), (Refusal::Unresolvable, 2)]);
                (self.rust.refuse(now, question, why), unsafe {
                    c::ikr_initiator_refuse(c, time, question.0, number, &mut list)
                })
            }
            7 => (self.rust.retry(now, address), unsafe {
                c::ikr_initiator_retry(c, time, &there, &mut list)
            }),
            8 => (self.rust.renew(now, address), unsafe {
                c::ikr_initiator_renew(c, time, &there, &mut list)
            }),
            9 if random.below(4) == 0 => {
                (self.rust.close(now), unsafe { c::ikr_initiator_close(c, time, &mut list) })
            }
            10 => (Ok(self.rust.timeout(now)), unsafe {
                c::ikr_initiator_timeout(c, time, &mut list)
            }),
            _ => {
                let known = [self.rust.sa(), self.rust.sa(), self.rust.kept()];
                let sa = random.of(&known).unwrap_or(SaId(random.below(4) as u32));
                let event = any_event(random);
                let status =
                    unsafe { c::ikr_initiator_handle(c, time, sa.0, &c_event(&event), &mut list) };
                (Ok(self.rust.handle(now, sa, event)), status)
            }
        };
        assert_eq!(status, c_status(&outcome));
        let said = outcome.map_or_else(|_| Said::new(), said);
        assert_eq!(said_by_c(&list), said);
        said
    }

    /// What both tell of themselves.
    fn look(&self) {
        let mut view = zeros::<CView>();
        assert_eq!(unsafe { c::ikr_initiator_look(&self.c, self.now, &mut view) }, 0);
        let it = &self.rust;
        let phase = match it.phase() {
            Phase::Idle => 1,
            Phase::Init => 2,
            Phase::Auth => 3,
            Phase::Up => 4,
        };
        let followed = it.followed(Instant::from_millis(self.now)) as u32;
        assert_eq!((view.phase, view.followed), (phase, followed));
        let numbered = |number: u32, there: u8| (there == 1).then_some(number);
        assert_eq!(numbered(view.sa, view.has_sa), it.sa().map(|it| it.0));
        assert_eq!(numbered(view.kept, view.has_kept), it.kept().map(|it| it.0));
        assert_eq!(numbered(view.question, view.has_question), it.question().map(|it| it.0));
        assert_eq!(shown_address(&view.gateway), or_none(it.gateway()));
        assert_eq!(view.has_notifies == 1, it.init_notifies().is_some());
        assert_eq!(notifies_of_c(&view.notifies), notifies_of(it.init_notifies()));
        let deadline = it.next_deadline().map_or(u64::MAX, |it| it.at.as_millis());
        assert_eq!(view.deadline, deadline);
    }
}

#[test]
fn the_client_through_the_header_is_the_client() {
    let mut random = Random(2);
    let mut seen = BTreeSet::new();
    for _ in 0..4_000 {
        let Some(mut twin) = Twin::new(&mut random) else { continue };
        for _ in 0..40 {
            let said = twin.step(&mut random);
            seen.extend(said.iter().map(|it| it.split(' ').next().unwrap().to_owned()));
            twin.look();
        }
    }
    assert_eq!(seen, (1..=15).map(|tag| tag.to_string()).collect(), "actions");
}

#[test]
fn the_default_settings_are_those_of_the_crate() {
    let mut there = c_config(&Config { max_redirects: 1, ..Config::new() });
    // SAFETY: it is there.
    assert_eq!(unsafe { c::ikr_initiator_default_config(&mut there) }, 0);
    let fields = |it: &CConfig| {
        (
            [it.moving, it.loop_detect_period, it.vet_timeout],
            [it.max_redirects, it.announce_again, it.follow_on_resumption],
            [it.targets.allow_loopback, it.targets.allow_link_local],
        )
    };
    assert_eq!(fields(&there), fields(&c_config(&Config::new())));
    for mut random in (0..100).map(Random) {
        let config = any_config(&mut random);
        assert_eq!(fields(&config.into()), fields(&c_config(&config)));
    }
}
