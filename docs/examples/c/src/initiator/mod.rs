//! The client's machine.

use ikev2_redirect::initiator::{
    Action, Config, Initiator, Moving, Phase, QuestionId, Refusal, SaId,
};
use ikev2_redirect::{Actions, Instant};

use crate::codec::CInitNotifies;
use crate::define::{constants, structures};
use crate::memory::{self, InitiatorMemory, Place};
use crate::status::{Fault, Outcome, UNKNOWN_TAG, status};
use crate::values::{CAddress, CTargetRules, NEVER, flag};

pub(crate) mod action;
pub(crate) mod event;

use action::CActions;
use event::CEvent;

constants! {
    "IKR_": u32 {
        MAKE_BEFORE_BREAK = 1;
        BREAK_BEFORE_MAKE = 2;
        REFUSED_BY_POLICY = 1;
        REFUSED_AS_UNRESOLVABLE = 2;
    }
    "IKR_INITIATOR_PHASE_": u32 {
        IDLE = 1;
        INIT = 2;
        AUTH = 3;
        UP = 4;
    }
}

structures! {
    /// The fields of `Config`.
    struct CConfig = "ikr_initiator_config" {
        moving: u32,
        loop_detect_period: u32,
        vet_timeout: u32,
        max_redirects: u8,
        announce_again: u8,
        follow_on_resumption: u8,
        targets: CTargetRules,
    }

    /// What the machine tells of itself.
    struct CView = "ikr_initiator_view" {
        phase: u32,
        sa: u32,
        kept: u32,
        question: u32,
        followed: u32,
        gateway: CAddress,
        notifies: CInitNotifies,
        has_sa: u8,
        has_kept: u8,
        has_question: u8,
        has_notifies: u8,
        deadline: u64,
    }
}

impl CConfig {
    fn get(&self) -> Outcome<Config> {
        Ok(Config {
            max_redirects: self.max_redirects,
            loop_detect_period: self.loop_detect_period,
            moving: match self.moving {
                MAKE_BEFORE_BREAK => Moving::MakeBeforeBreak,
                BREAK_BEFORE_MAKE => Moving::BreakBeforeMake,
                _ => return Err(Fault(UNKNOWN_TAG)),
            },
            targets: self.targets.get()?,
            announce_again: flag(self.announce_again)?,
            follow_on_resumption: flag(self.follow_on_resumption)?,
            vet_timeout: self.vet_timeout,
        })
    }
}

impl From<Config> for CConfig {
    fn from(config: Config) -> Self {
        CConfig {
            moving: match config.moving {
                Moving::MakeBeforeBreak => MAKE_BEFORE_BREAK,
                Moving::BreakBeforeMake => BREAK_BEFORE_MAKE,
            },
            loop_detect_period: config.loop_detect_period,
            vet_timeout: config.vet_timeout,
            max_redirects: config.max_redirects,
            announce_again: config.announce_again.into(),
            follow_on_resumption: config.follow_on_resumption.into(),
            targets: config.targets.into(),
        }
    }
}

impl CView {
    fn of(machine: &Initiator, now: Instant) -> Self {
        let (sa, kept, question) = (machine.sa(), machine.kept(), machine.question());
        let notifies = machine.init_notifies();
        CView {
            phase: match machine.phase() {
                Phase::Idle => IDLE,
                Phase::Init => INIT,
                Phase::Auth => AUTH,
                Phase::Up => UP,
            },
            sa: sa.map_or(0, |sa| sa.0),
            kept: kept.map_or(0, |kept| kept.0),
            question: question.map_or(0, |question| question.0),
            followed: machine.followed(now) as u32,
            gateway: machine.gateway().into(),
            notifies: notifies.map_or(CInitNotifies::NONE, CInitNotifies::from),
            has_sa: sa.is_some().into(),
            has_kept: kept.is_some().into(),
            has_question: question.is_some().into(),
            has_notifies: notifies.is_some().into(),
            deadline: machine.next_deadline().map_or(NEVER, |deadline| deadline.at.as_millis()),
        }
    }
}

/// One call of the machine in `memory`.
///
/// # Safety
/// As the header asks for `memory` and `actions`.
unsafe fn call<'a>(
    memory: *mut InitiatorMemory,
    actions: *mut CActions,
    order: impl FnOnce(&mut Initiator) -> Outcome<Actions<Action<'a>>>,
) -> u32 {
    status(|| {
        // SAFETY: passed on.
        unsafe {
            let place = Place::new(actions)?;
            place.put(CActions::NONE);
            let mut machine = memory::load::<Initiator>(memory)?;
            place.put(order(&mut machine)?.into());
            memory::store(memory, machine);
        }
        Ok(())
    })
}

/// `ikr_initiator_default_config`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_default_config(config: *mut CConfig) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe { Place::new(config) }?.put(Config::new().into());
        Ok(())
    })
}

/// `ikr_initiator_init`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_init(
    memory: *mut InitiatorMemory,
    size: usize,
    config: *const CConfig,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let config = memory::read(config)?.get()?;
            memory::install(memory, size, Initiator::new(config)?)
        }
    })
}

/// `ikr_initiator_init_established`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_init_established(
    memory: *mut InitiatorMemory,
    size: usize,
    config: *const CConfig,
    gateway: *const CAddress,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let (config, gateway) = (memory::read(config)?.get()?, memory::read(gateway)?.get()?);
            memory::install(memory, size, Initiator::established(config, gateway)?)
        }
    })
}

/// `ikr_initiator_connect`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_connect(
    memory: *mut InitiatorMemory,
    now: u64,
    gateway: *const CAddress,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            Ok(machine.connect(Instant::from_millis(now), memory::read(gateway)?.get()?)?)
        })
    }
}

/// `ikr_initiator_permit`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_permit(
    memory: *mut InitiatorMemory,
    now: u64,
    question: u32,
    address: *const CAddress,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            let address = memory::read(address)?.get()?;
            Ok(machine.permit(Instant::from_millis(now), QuestionId(question), address)?)
        })
    }
}

/// `ikr_initiator_refuse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_refuse(
    memory: *mut InitiatorMemory,
    now: u64,
    question: u32,
    refusal: u32,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            let refusal = match refusal {
                REFUSED_BY_POLICY => Refusal::Policy,
                REFUSED_AS_UNRESOLVABLE => Refusal::Unresolvable,
                _ => return Err(Fault(UNKNOWN_TAG)),
            };
            Ok(machine.refuse(Instant::from_millis(now), QuestionId(question), refusal)?)
        })
    }
}

/// `ikr_initiator_retry`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_retry(
    memory: *mut InitiatorMemory,
    now: u64,
    address: *const CAddress,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            Ok(machine.retry(Instant::from_millis(now), memory::read(address)?.get()?)?)
        })
    }
}

/// `ikr_initiator_renew`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_renew(
    memory: *mut InitiatorMemory,
    now: u64,
    gateway: *const CAddress,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            Ok(machine.renew(Instant::from_millis(now), memory::read(gateway)?.get()?)?)
        })
    }
}

/// `ikr_initiator_close`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_close(
    memory: *mut InitiatorMemory,
    now: u64,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.close(Instant::from_millis(now))?)) }
}

/// `ikr_initiator_handle`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_handle(
    memory: *mut InitiatorMemory,
    now: u64,
    sa: u32,
    event: *const CEvent,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            let event = memory::read(event)?.get()?;
            Ok(machine.handle(Instant::from_millis(now), SaId(sa), event))
        })
    }
}

/// `ikr_initiator_timeout`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_timeout(
    memory: *mut InitiatorMemory,
    now: u64,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.timeout(Instant::from_millis(now)))) }
}

/// `ikr_initiator_look`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_look(
    memory: *const InitiatorMemory,
    now: u64,
    view: *mut CView,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, machine) = unsafe { (Place::new(view)?, memory::load::<Initiator>(memory)?) };
        place.put(CView::of(&machine, Instant::from_millis(now)));
        Ok(())
    })
}

/// `ikr_initiator_rebase`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_initiator_rebase(
    memory: *mut InitiatorMemory,
    from: u64,
    to: u64,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let mut machine = memory::load::<Initiator>(memory)?;
            machine.rebase(Instant::from_millis(from), Instant::from_millis(to));
            memory::store(memory, machine);
        }
        Ok(())
    })
}
