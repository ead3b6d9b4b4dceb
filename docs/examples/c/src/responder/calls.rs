//! The functions of the gateway's machine.

use ikev2_redirect::responder::{Action, Client, Config, Responder, TargetId};
use ikev2_redirect::{Actions, Instant};

use super::{CActions, CClient, CConfig, CEvent, CView};
use crate::memory::{self, Place, ResponderMemory};
use crate::status::{Outcome, status};

/// One call of the machine in `memory`.
///
/// # Safety
/// As the header asks for `memory` and `actions`.
unsafe fn call(
    memory: *mut ResponderMemory,
    actions: *mut CActions,
    order: impl FnOnce(&mut Responder) -> Outcome<Actions<Action>>,
) -> u32 {
    status(|| {
        // SAFETY: passed on.
        unsafe {
            let place = Place::new(actions)?;
            place.put(CActions::NONE);
            let mut machine = memory::load::<Responder>(memory)?;
            place.put(order(&mut machine)?.into());
            memory::store(memory, machine);
        }
        Ok(())
    })
}

/// Puts a machine made by `make` into `memory`.
///
/// # Safety
/// As the header asks for the arguments.
unsafe fn init(
    memory: *mut ResponderMemory,
    size: usize,
    config: *const CConfig,
    client: *const CClient,
    make: impl FnOnce(Config, Client) -> Responder,
) -> u32 {
    status(|| {
        // SAFETY: passed on.
        unsafe {
            let (config, client) = (memory::read(config)?.get()?, memory::read(client)?.get()?);
            memory::install(memory, size, make(config, client))
        }
    })
}

/// `ikr_responder_default_config`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_default_config(config: *mut CConfig) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe { Place::new(config) }?.put(Config::default().into());
        Ok(())
    })
}

/// `ikr_responder_longest_stay`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_longest_stay(
    config: *const CConfig,
    millis: *mut u64,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, config) = unsafe { (Place::new(millis)?, memory::read(config)?) };
        place.put(config.get()?.longest_stay());
        Ok(())
    })
}

/// `ikr_responder_init`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_init(
    memory: *mut ResponderMemory,
    size: usize,
    config: *const CConfig,
    client: *const CClient,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { init(memory, size, config, client, Responder::new) }
}

/// `ikr_responder_init_established`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_init_established(
    memory: *mut ResponderMemory,
    size: usize,
    config: *const CConfig,
    client: *const CClient,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { init(memory, size, config, client, Responder::established) }
}

/// `ikr_responder_redirect`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_redirect(
    memory: *mut ResponderMemory,
    now: u64,
    target: u32,
    actions: *mut CActions,
) -> u32 {
    let now = Instant::from_millis(now);
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.redirect(now, TargetId(target))?)) }
}

/// `ikr_responder_redirect_at`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_redirect_at(
    memory: *mut ResponderMemory,
    now: u64,
    target: u32,
    at: u64,
    actions: *mut CActions,
) -> u32 {
    let (now, at) = (Instant::from_millis(now), Instant::from_millis(at));
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.redirect_at(now, TargetId(target), at)?)) }
}

/// `ikr_responder_cancel`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_cancel(
    memory: *mut ResponderMemory,
    now: u64,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.cancel(Instant::from_millis(now))?)) }
}

/// `ikr_responder_handle`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_handle(
    memory: *mut ResponderMemory,
    now: u64,
    event: *const CEvent,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe {
        call(memory, actions, |machine| {
            Ok(machine.handle(Instant::from_millis(now), memory::read(event)?.get()?))
        })
    }
}

/// `ikr_responder_timeout`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_timeout(
    memory: *mut ResponderMemory,
    now: u64,
    actions: *mut CActions,
) -> u32 {
    // SAFETY: the header asks for it.
    unsafe { call(memory, actions, |machine| Ok(machine.timeout(Instant::from_millis(now)))) }
}

/// `ikr_responder_look`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_look(
    memory: *const ResponderMemory,
    view: *mut CView,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, machine) = unsafe { (Place::new(view)?, memory::load::<Responder>(memory)?) };
        place.put(CView::of(&machine));
        Ok(())
    })
}

/// `ikr_responder_rebase`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_responder_rebase(
    memory: *mut ResponderMemory,
    from: u64,
    to: u64,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let mut machine = memory::load::<Responder>(memory)?;
            machine.rebase(Instant::from_millis(from), Instant::from_millis(to));
            memory::store(memory, machine);
        }
        Ok(())
    })
}
