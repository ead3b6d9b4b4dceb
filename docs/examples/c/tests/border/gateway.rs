//! The gateway's machine.

use std::collections::BTreeSet;

use ikev2_redirect::responder::{
    Action, Awaits, Client, Config, Event, Phase, Responder, Retransmission, Stage, TargetId,
};
use ikev2_redirect::{Actions, Instant};

use super::{Random, c_auth_message, c_contents, c_peer_auth, c_status, zeros};
use crate::memory::{RESPONDER_SIZE, ResponderMemory};
use crate::responder::calls as c;
use crate::responder::{CActions, CClient, CConfig, CEvent, CView};

/// The tag, target, stage, reason, misuse and flags of each action.
type Said = Vec<([u32; 5], [u8; 2])>;

fn said_by_c(list: &CActions) -> Said {
    let one = |it: &crate::responder::CAction| {
        ([it.tag, it.target, it.stage, it.reason, it.misuse], [it.with_identity, it.with_auth])
    };
    list.items[..list.count].iter().map(one).collect()
}

fn said(actions: Actions<Action>) -> Said {
    let one = |action| match action {
        Action::PassOn => ([1, 0, 0, 0, 0], [0; 2]),
        Action::Decide { stage: Stage::Claimed } => ([2, 0, 1, 0, 0], [0; 2]),
        Action::Decide { stage: Stage::First } => ([2, 0, 2, 0, 0], [0; 2]),
        Action::Decide { stage: Stage::Complete } => ([2, 0, 3, 0, 0], [0; 2]),
        Action::RespondRedirect { target, with_identity, with_auth } => {
            ([3, target.0, 0, 0, 0], [with_identity as u8, with_auth as u8])
        }
        Action::SendRedirect { target } => ([4, target.0, 0, 0, 0], [0; 2]),
        Action::Retransmit => ([5, 0, 0, 0, 0], [0; 2]),
        Action::Acknowledge => ([6, 0, 0, 0, 0], [0; 2]),
        Action::DeleteSa => ([7, 0, 0, 0, 0], [0; 2]),
        Action::DropSa => ([8, 0, 0, 0, 0], [0; 2]),
        Action::ClientLeft => ([9, 0, 0, 0, 0], [0; 2]),
        Action::Ignored { reason } => ([10, 0, 0, reason as u32, 0], [0; 2]),
        Action::Misused { misuse } => ([11, 0, 0, 0, misuse as u32], [0; 2]),
        Action::Failed { reason } => ([12, 0, 0, reason as u32, 0], [0; 2]),
    };
    actions.into_iter().map(one).collect()
}

fn any_config(random: &mut Random) -> Config {
    Config {
        grace: random.of(&[0, 25, 30_000]),
        retransmission: match random.flag() {
            true => Retransmission::ByHost { give_up_after: random.of(&[0, 40]) },
            false => Retransmission::ByMachine {
                first_pause: random.of(&[0, 5, 500]),
                tries: random.of(&[0, 2, 3]),
            },
        },
        redirect_unauthenticated: random.flag(),
    }
}

fn c_config(config: &Config) -> CConfig {
    // What does not count may be anything.
    let there = CConfig {
        grace: config.grace,
        retransmission: 0,
        give_up_after: 77,
        first_pause: 77,
        tries: 77,
        redirect_unauthenticated: config.redirect_unauthenticated as u8,
    };
    match config.retransmission {
        Retransmission::ByHost { give_up_after } => {
            CConfig { retransmission: 1, give_up_after, ..there }
        }
        Retransmission::ByMachine { first_pause, tries } => {
            CConfig { retransmission: 2, first_pause, tries, ..there }
        }
    }
}

fn any_event(random: &mut Random) -> Event<'static> {
    match random.below(14) {
        0..=2 => {
            let contents = random.contents();
            Event::AuthRequestReceived { peer: random.peer_auth(&contents), contents }
        }
        3..=5 => Event::AuthResponseSent { sent: random.auth_message() },
        6 => Event::Acknowledged,
        7 => Event::NoAnswer,
        8 | 9 => Event::InformationalReceived { contents: random.contents() },
        10 => Event::MisplacedRedirect,
        11 => Event::Deleted,
        _ => Event::Rekeyed,
    }
}

fn c_event(event: &Event<'_>) -> CEvent {
    let mut it = zeros::<CEvent>();
    it.tag = match event {
        Event::AuthRequestReceived { peer, contents } => {
            (it.peer_auth, it.contents) = (c_peer_auth(*peer), c_contents(contents));
            1
        }
        Event::AuthResponseSent { sent } => {
            it.auth_sent = c_auth_message(*sent);
            2
        }
        Event::Acknowledged => 3,
        Event::NoAnswer => 4,
        Event::InformationalReceived { contents } => {
            it.contents = c_contents(contents);
            5
        }
        Event::MisplacedRedirect => 6,
        Event::Deleted => 7,
        Event::Rekeyed => 8,
    };
    it
}

/// One machine, twice.
struct Twin {
    rust: Responder,
    c: ResponderMemory,
    now: u64,
}

impl Twin {
    fn new(random: &mut Random) -> Twin {
        let config = any_config(random);
        let client =
            Client { supports_redirect: random.below(4) > 0, multiple_auth_offered: random.flag() };
        let there = c_config(&config);
        let known = CClient {
            supports_redirect: client.supports_redirect as u8,
            multiple_auth_offered: client.multiple_auth_offered as u8,
        };
        let mut c = zeros::<ResponderMemory>();
        let mut stay = 0;
        // SAFETY: all of it is there. So below.
        assert_eq!(unsafe { c::ikr_responder_longest_stay(&there, &mut stay) }, 0);
        assert_eq!(stay, config.longest_stay());
        let (rust, status) = match random.flag() {
            true => (Responder::established(config, client), unsafe {
                c::ikr_responder_init_established(&mut c, RESPONDER_SIZE, &there, &known)
            }),
            false => (Responder::new(config, client), unsafe {
                c::ikr_responder_init(&mut c, RESPONDER_SIZE, &there, &known)
            }),
        };
        assert_eq!(status, 0);
        Twin { rust, c, now: 1_000 }
    }

    /// The same call to both.
    fn step(&mut self, random: &mut Random) -> Said {
        let other_clock = random.time_goes_on(&mut self.now);
        let now = Instant::from_millis(self.now);
        if let Some(to) = other_clock {
            self.rust.rebase(now, Instant::from_millis(to));
            assert_eq!(unsafe { c::ikr_responder_rebase(&mut self.c, self.now, to) }, 0);
            self.now = to;
            return Said::new();
        }
        let target = TargetId(random.below(9) as u32);
        let (c, time, mut list) = (&raw mut self.c, self.now, zeros::<CActions>());
        let (outcome, status) = match random.below(16) {
            0 | 1 => (self.rust.redirect(now, target), unsafe {
                c::ikr_responder_redirect(c, time, target.0, &mut list)
            }),
            2 | 3 => {
                let at = self.now + random.below(50) as u64;
                (self.rust.redirect_at(now, target, Instant::from_millis(at)), unsafe {
                    c::ikr_responder_redirect_at(c, time, target.0, at, &mut list)
                })
            }
            4 => (self.rust.cancel(now), unsafe { c::ikr_responder_cancel(c, time, &mut list) }),
            5 | 6 => (Ok(self.rust.timeout(now)), unsafe {
                c::ikr_responder_timeout(c, time, &mut list)
            }),
            _ => {
                let event = any_event(random);
                (Ok(self.rust.handle(now, event)), unsafe {
                    c::ikr_responder_handle(c, time, &c_event(&event), &mut list)
                })
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
        assert_eq!(unsafe { c::ikr_responder_look(&self.c, &mut view) }, 0);
        let phase = match self.rust.phase() {
            Phase::Authenticating => 1,
            Phase::Deciding => 2,
            Phase::Established => 3,
            Phase::Scheduled => 4,
            Phase::Redirecting => 5,
            Phase::Leaving => 6,
            Phase::Closed => 7,
        };
        let deadline = self.rust.next_deadline();
        let awaits = match deadline.map(|it| it.reason) {
            None => 0,
            Some(Awaits::Schedule) => 1,
            Some(Awaits::Acknowledgement) => 2,
            Some(Awaits::Departure) => 3,
        };
        assert_eq!((view.phase, view.awaits), (phase, awaits));
        assert_eq!(view.deadline, deadline.map_or(u64::MAX, |it| it.at.as_millis()));
        let target = (view.has_target == 1).then_some(TargetId(view.target));
        assert_eq!(target, self.rust.target());
        assert_eq!(view.supports_redirect == 1, self.rust.supports_redirect());
    }
}

#[test]
fn the_gateway_through_the_header_is_the_gateway() {
    let mut random = Random(3);
    let mut seen = BTreeSet::new();
    for _ in 0..4_000 {
        let mut twin = Twin::new(&mut random);
        for _ in 0..40 {
            seen.extend(twin.step(&mut random).iter().map(|(fields, flags)| {
                (fields[0], fields[2], *flags) // the tag, the stage and the flags
            }));
            twin.look();
        }
    }
    let tags: BTreeSet<u32> = seen.iter().map(|it| it.0).collect();
    assert_eq!(tags, (1..=12).collect(), "actions");
    let stages: BTreeSet<u32> = seen.iter().map(|it| it.1).collect();
    assert_eq!(stages, (0..=3).collect(), "stages");
    assert!(seen.iter().any(|it| it.2 == [1, 1]) && seen.iter().any(|it| it.2 == [0, 1]));
}

#[test]
fn settings_cross_the_border_whole() {
    let mut random = Random(4);
    for _ in 0..100 {
        let config = any_config(&mut random);
        let (there, wanted) = (CConfig::from(config), c_config(&config));
        assert_eq!(
            (there.grace, there.retransmission, there.redirect_unauthenticated),
            (wanted.grace, wanted.retransmission, wanted.redirect_unauthenticated)
        );
        let pauses = |it: &CConfig| (it.give_up_after, it.first_pause, it.tries);
        match config.retransmission {
            Retransmission::ByHost { .. } => assert_eq!(pauses(&there).0, pauses(&wanted).0),
            Retransmission::ByMachine { .. } => {
                assert_eq!((there.first_pause, there.tries), (wanted.first_pause, wanted.tries));
            }
        }
    }
}
