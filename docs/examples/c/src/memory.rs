//! Pointers of the caller, and machines in the caller's memory.

use core::mem::MaybeUninit;
use core::slice;

use ikev2_redirect::initiator::Initiator;
use ikev2_redirect::responder::Responder;

use crate::define::constants;
use crate::status::{Fault, MISALIGNED, NULL_POINTER, OVERLAP, Outcome, WRONG_OBJECT, WRONG_SIZE};

constants! {
    "IKR_": usize {
        INITIATOR_SIZE = 256;
        RESPONDER_SIZE = 64;
        MACHINE_ALIGN = 8;
    }
}

/// Where the caller keeps a client's machine.
#[repr(C, align(8))]
pub(crate) struct InitiatorMemory([u8; INITIATOR_SIZE]);

/// Where the caller keeps a gateway's machine.
#[repr(C, align(8))]
pub(crate) struct ResponderMemory([u8; RESPONDER_SIZE]);

/// A machine that lives in memory of the caller.
pub(crate) trait Machine: Copy {
    /// What C calls that memory.
    type Memory;
    /// Tells one kind of machine from another, and both from memory that holds none.
    const MARK: u64;
    const FITS: ();
}

impl Machine for Initiator {
    type Memory = InitiatorMemory;
    const MARK: u64 = 0x696b_722d_696e_6974;
    const FITS: () = fits::<Self>();
}

impl Machine for Responder {
    type Memory = ResponderMemory;
    const MARK: u64 = 0x696b_722d_7265_7370;
    const FITS: () = fits::<Self>();
}

const fn fits<M: Machine>() {
    assert!(size_of::<Marked<M>>() <= size_of::<M::Memory>());
    assert!(align_of::<Marked<M>>() <= align_of::<M::Memory>());
    assert!(align_of::<M::Memory>() == MACHINE_ALIGN);
}

/// What stands in that memory.
#[repr(C)]
struct Marked<M> {
    mark: u64,
    machine: MaybeUninit<M>,
}

/// Puts a machine into memory that holds none yet.
///
/// # Safety
/// If `memory` is neither null nor misaligned, `size` octets can be written there.
pub(crate) unsafe fn install<M: Machine>(
    memory: *mut M::Memory,
    size: usize,
    machine: M,
) -> Outcome<()> {
    let () = M::FITS;
    check(memory)?;
    if size != size_of::<M::Memory>() {
        return Err(Fault(WRONG_SIZE));
    }
    let marked = Marked { mark: M::MARK, machine: MaybeUninit::new(machine) };
    // SAFETY: there is room for it, as `fits` shows, at an address that is aligned.
    unsafe { memory.cast::<Marked<M>>().write(marked) };
    Ok(())
}

/// The machine that memory holds.
///
/// # Safety
/// If `memory` is neither null nor misaligned, it can be read; if it has the mark, the rest is
/// what `install` or `store` has written.
pub(crate) unsafe fn load<M: Machine>(memory: *const M::Memory) -> Outcome<M> {
    check(memory)?;
    let marked = memory.cast::<Marked<M>>();
    // SAFETY: aligned, and the caller lets us read; the mark of any memory is a number.
    if unsafe { (&raw const (*marked).mark).read() } != M::MARK {
        return Err(Fault(WRONG_OBJECT));
    }
    // SAFETY: behind the mark stands a machine.
    Ok(unsafe { (&raw const (*marked).machine).read().assume_init() })
}

/// Puts a machine back.
///
/// # Safety
/// `load` has taken it from there.
pub(crate) unsafe fn store<M: Machine>(memory: *mut M::Memory, machine: M) {
    let marked = memory.cast::<Marked<M>>();
    // SAFETY: `load` was allowed to read there, and the caller lets us write.
    unsafe { (&raw mut (*marked).machine).write(MaybeUninit::new(machine)) };
}

/// Whether a pointer can be one to a `T`.
pub(crate) fn check<T>(pointer: *const T) -> Outcome<()> {
    if pointer.is_null() {
        Err(Fault(NULL_POINTER))
    } else if pointer.addr() & (align_of::<T>() - 1) != 0 {
        Err(Fault(MISALIGNED))
    } else {
        Ok(())
    }
}

/// A structure of the caller.
///
/// # Safety
/// If `from` is neither null nor misaligned, a `T` can be read there; any bits make a `T`.
pub(crate) unsafe fn read<T: Copy>(from: *const T) -> Outcome<T> {
    check(from)?;
    // SAFETY: checked above, or the caller's word.
    Ok(unsafe { from.read() })
}

/// A place of the caller for an outcome.
pub(crate) struct Place<T>(*mut T);

impl<T> Place<T> {
    /// # Safety
    /// If `to` is neither null nor misaligned, a `T` can be written there as long as this lives.
    pub(crate) unsafe fn new(to: *mut T) -> Outcome<Self> {
        check(to)?;
        Ok(Place(to))
    }

    pub(crate) fn put(&self, value: T) {
        // SAFETY: whoever made this has promised it.
        unsafe { self.0.write(value) }
    }
}

/// Octets of the caller; none may be at null.
///
/// # Safety
/// If `data` is not null, `length` octets can be read there, and nobody writes them during `'a`.
pub(crate) unsafe fn octets<'a>(data: *const u8, length: usize) -> Outcome<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    check(data)?;
    if isize::try_from(length).is_err() {
        return Err(Fault(WRONG_SIZE));
    }
    // SAFETY: checked above, or the caller's word.
    Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// Room of the caller for octets, in which nothing of what is `read` meanwhile may stand: an answer
/// is not written over its request.
///
/// # Safety
/// If `data` is not null, `size` octets can be written there, and nobody else looks during `'a`.
pub(crate) unsafe fn room<'a>(data: *mut u8, size: usize, read: &[&[u8]]) -> Outcome<&'a mut [u8]> {
    if size == 0 {
        return Ok(&mut []);
    }
    check(data)?;
    if isize::try_from(size).is_err() {
        return Err(Fault(WRONG_SIZE));
    }
    let (start, end) = (data.addr(), data.addr().saturating_add(size));
    let overlaps = |octets: &&[u8]| {
        let from = octets.as_ptr().addr();
        from < end && start < from.saturating_add(octets.len())
    };
    if read.iter().any(overlaps) {
        return Err(Fault(OVERLAP));
    }
    // SAFETY: checked above, or the caller's word.
    Ok(unsafe { slice::from_raw_parts_mut(data, size) })
}
