//! What the functions return: one number that says what is wrong, and its name.

use core::ffi::c_char;

use ikev2_redirect::wire::BufferTooSmall;
use ikev2_redirect::{Misuse, Reason};

use crate::define::constants;

constants! {
    "IKR_": u32 {
        OK = 0;
        NULL_POINTER = 1;
        MISALIGNED = 2;
        WRONG_SIZE = 3;
        WRONG_OBJECT = 4;
        UNKNOWN_TAG = 5;
        NO_FLAG = 6;
        UNKNOWN_REASON = 7;
        TOO_MANY = 8;
        BUFFER_TOO_SMALL = 9;
        OVERLAP = 10;
        MISUSE_BASE = 0x100;
        REASON_BASE = 0x200;
    }
}

/// What is wrong with a call.
pub(crate) struct Fault(pub(crate) u32);

pub(crate) type Outcome<T> = Result<T, Fault>;

impl From<Misuse> for Fault {
    fn from(misuse: Misuse) -> Self {
        Fault(MISUSE_BASE | misuse as u32)
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Fault(REASON_BASE | reason as u32)
    }
}

impl From<BufferTooSmall> for Fault {
    fn from(_: BufferTooSmall) -> Self {
        Fault(BUFFER_TOO_SMALL)
    }
}

/// The body of a function of the header.
pub(crate) fn status(body: impl FnOnce() -> Outcome<()>) -> u32 {
    match body() {
        Ok(()) => OK,
        Err(Fault(number)) => number,
    }
}

/// The reason of that number.
pub(crate) fn reason(number: u32) -> Outcome<Reason> {
    let known = Reason::ALL.iter().find(|reason| **reason as u32 == number);
    known.copied().ok_or(Fault(UNKNOWN_REASON))
}

/// Octets of the longest name and its NUL.
const WIDTH: usize = 32;

/// Names by number, each ended by a NUL.
struct Names<const N: usize>([[u8; WIDTH]; N]);

impl<const N: usize> Names<N> {
    const fn with(mut self, number: usize, name: &str) -> Self {
        let name = name.as_bytes();
        assert!(name.len() < WIDTH);
        let mut i = 0;
        while i < name.len() {
            self.0[number][i] = name[i];
            i += 1;
        }
        self
    }

    fn get(&self, number: u32) -> *const c_char {
        let name = usize::try_from(number).ok().and_then(|number| self.0.get(number));
        match name {
            Some([0, ..]) | None => UNKNOWN.as_ptr(),
            Some(name) => name.as_ptr().cast(),
        }
    }
}

const UNKNOWN: &core::ffi::CStr = c"unknown";

static REASONS: Names<{ Reason::COUNT }> = {
    let mut names = Names([[0; WIDTH]; Reason::COUNT]);
    let mut i = 0;
    while i < Reason::ALL.len() {
        names = names.with(Reason::ALL[i] as usize, Reason::ALL[i].name());
        i += 1;
    }
    names
};

static MISUSES: Names<{ Misuse::COUNT }> = {
    let mut names = Names([[0; WIDTH]; Misuse::COUNT]);
    let mut i = 0;
    while i < Misuse::ALL.len() {
        names = names.with(Misuse::ALL[i] as usize, Misuse::ALL[i].name());
        i += 1;
    }
    names
};

static OTHERS: Names<11> = Names([[0; WIDTH]; 11])
    .with(OK as usize, "ok")
    .with(NULL_POINTER as usize, "null-pointer")
    .with(MISALIGNED as usize, "misaligned")
    .with(WRONG_SIZE as usize, "wrong-size")
    .with(WRONG_OBJECT as usize, "wrong-object")
    .with(UNKNOWN_TAG as usize, "unknown-tag")
    .with(NO_FLAG as usize, "no-flag")
    .with(UNKNOWN_REASON as usize, "unknown-reason")
    .with(TOO_MANY as usize, "too-many")
    .with(BUFFER_TOO_SMALL as usize, "buffer-too-small")
    .with(OVERLAP as usize, "overlap");

/// `ikr_status_name`
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ikr_status_name(status: u32) -> *const c_char {
    match status {
        REASON_BASE.. => REASONS.get(status - REASON_BASE),
        MISUSE_BASE.. => MISUSES.get(status - MISUSE_BASE),
        _ => OTHERS.get(status),
    }
}

/// `ikr_reason_name`
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ikr_reason_name(reason: u32) -> *const c_char {
    REASONS.get(reason)
}

/// `ikr_misuse_name`
#[unsafe(no_mangle)]
pub(crate) extern "C" fn ikr_misuse_name(misuse: u32) -> *const c_char {
    MISUSES.get(misuse)
}
