//! The front door.

use core::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::NotifyType;

use crate::codec::CInitRequest;
use crate::define::{constants, structures};
use crate::memory::{self, Place};
use crate::status::{Fault, NULL_POINTER, Outcome, TOO_MANY, UNKNOWN_TAG, status};
use crate::values::{CAddress, COctets, CTarget, CTargetRules, flag, name};

constants! {
    "IKR_": usize {
        MAX_ANYCAST = 16;
        MAX_ANSWER = FrontDoor::MAX_ANSWER;
    }
    "IKR_DECISION_": u32 {
        PROCEED = 1;
        REDIRECT = 2;
        REFUSE = 3;
        REFUSE_WITH = 4;
    }
    "IKR_ANSWER_": u32 {
        GO_ON = 1;
        REPLY = 2;
        REFUSED = 3;
    }
}

structures! {
    /// The fields of `FrontDoor`.
    struct CFrontDoor = "ikr_front_door" {
        anycast: *const CAddress,
        anycast_count: usize,
        targets: CTargetRules,
        serve_unsupported_on_anycast: u8,
        redirect_resumption: u8,
    }

    /// The fields of `Arrival`.
    struct CArrival = "ikr_arrival" {
        destination: CAddress,
        source_proven: u8,
    }

    /// A `Decision`.
    struct CDecision = "ikr_decision" {
        tag: u32,
        error: u16,
        target: CTarget,
    }

    /// An `Answer`.
    struct CAnswer = "ikr_answer" {
        tag: u32,
        reason: u32,
        from: CAddress,
        message: COctets,
    }
}

const NO_ANSWER: CAnswer =
    CAnswer { tag: 0, reason: 0, from: CAddress::NONE, message: COctets::EMPTY };

impl CArrival {
    fn get(&self) -> Outcome<Arrival> {
        let source_proven = flag(self.source_proven)?;
        Ok(Arrival { destination: self.destination.get()?, source_proven })
    }
}

impl CDecision {
    /// # Safety
    /// The octets of its target can be read.
    unsafe fn get<'a>(&self) -> Outcome<Decision<'a>> {
        match self.tag {
            PROCEED => Ok(Decision::Proceed),
            // SAFETY: passed on.
            REDIRECT => Ok(Decision::Redirect(unsafe { self.target.get() }?)),
            REFUSE => Ok(Decision::Refuse),
            REFUSE_WITH => Ok(Decision::RefuseWith(NotifyType(self.error))),
            _ => Err(Fault(UNKNOWN_TAG)),
        }
    }
}

impl From<Answer<'_>> for CAnswer {
    fn from(answer: Answer<'_>) -> Self {
        match answer {
            Answer::Proceed => CAnswer { tag: GO_ON, ..NO_ANSWER },
            Answer::Reply { from, message } => {
                CAnswer { tag: REPLY, from: from.into(), message: message.into(), ..NO_ANSWER }
            }
            Answer::Refused(reason) => CAnswer { tag: REFUSED, reason: reason as u32, ..NO_ANSWER },
        }
    }
}

/// Calls `body` with the caller's front door.
///
/// # Safety
/// The door and its list can be read.
unsafe fn with<R>(
    door: *const CFrontDoor,
    body: impl FnOnce(FrontDoor<'_>) -> Outcome<R>,
) -> Outcome<R> {
    // SAFETY: passed on.
    let door = unsafe { memory::read(door) }?;
    let mut addresses = [IpAddr::V4(Ipv4Addr::UNSPECIFIED); MAX_ANYCAST];
    let anycast = addresses.get_mut(..door.anycast_count).ok_or(Fault(TOO_MANY))?;
    for (i, address) in anycast.iter_mut().enumerate() {
        if door.anycast.is_null() {
            return Err(Fault(NULL_POINTER));
        }
        // SAFETY: passed on; the list has more than `i` entries.
        *address = unsafe { memory::read(door.anycast.wrapping_add(i)) }?.get()?;
    }
    body(FrontDoor {
        anycast,
        targets: door.targets.get()?,
        serve_unsupported_on_anycast: flag(door.serve_unsupported_on_anycast)?,
        redirect_resumption: flag(door.redirect_resumption)?,
    })
}

/// `ikr_front_door_answer`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_front_door_answer(
    door: *const CFrontDoor,
    request: *const CInitRequest,
    arrival: *const CArrival,
    decision: *const CDecision,
    out: *mut u8,
    size: usize,
    answer: *mut CAnswer,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let place = Place::new(answer)?;
            place.put(NO_ANSWER);
            let request = memory::read(request)?.get()?;
            let arrival = memory::read(arrival)?.get()?;
            let decision = memory::read(decision)?.get()?;
            let target = match decision {
                Decision::Redirect(target) => name(target),
                Decision::Proceed | Decision::Refuse | Decision::RefuseWith(_) => &[],
            };
            let cookie = request.cookie.unwrap_or_default();
            let room = memory::room(out, size, &[request.nonce.octets(), cookie, target])?;
            let answer =
                with(door, |door| Ok(door.answer(&request, arrival, decision, room)?.into()))?;
            place.put(answer);
        }
        Ok(())
    })
}

/// `ikr_front_door_reject`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_front_door_reject(
    door: *const CFrontDoor,
    message: *const u8,
    length: usize,
    arrival: *const CArrival,
    out: *mut u8,
    size: usize,
    answer: *mut CAnswer,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let place = Place::new(answer)?;
            place.put(NO_ANSWER);
            let message = memory::octets(message, length)?;
            let arrival = memory::read(arrival)?.get()?;
            let room = memory::room(out, size, &[message])?;
            place.put(with(door, |door| Ok(door.reject(message, arrival, room)?.into()))?);
        }
        Ok(())
    })
}

/// `ikr_front_door_may_redirect`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_front_door_may_redirect(
    door: *const CFrontDoor,
    request: *const CInitRequest,
    arrival: *const CArrival,
    target: *const CTarget,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        unsafe {
            let request = memory::read(request)?.get()?;
            let arrival = memory::read(arrival)?.get()?;
            let target = memory::read(target)?.get()?;
            with(door, |door| Ok(door.may_redirect(&request, arrival, target)?))
        }
    })
}
