//! How deep the stack goes: paint what lies below, run the work, see how much of the paint is gone.

use super::chip::stack_pointer;

const PAINT: u32 = 0xA5C3_5A3C;
/// Painted below the measured call; work that uses all of it is reported as this much.
const PAINTED: usize = 4096;

/// The result of `work`, and the stack in octets that it needed with all it called.
#[inline(never)]
pub fn deepest<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let top = stack_pointer();
    let bottom = (top - PAINTED).max(limit());
    for address in (bottom..top).step_by(4) {
        // SAFETY: RAM between the end of .bss and the stack pointer, used by nobody; no interrupt is enabled,
        // and nothing is called between here and the measured work.
        unsafe { (address as *mut u32).write_volatile(PAINT) };
    }
    let result = below(work);
    let mut reached = bottom;
    // SAFETY: reads the RAM just painted.
    while reached < top && unsafe { (reached as *const u32).read_volatile() } == PAINT {
        reached += 4;
    }
    (result, top - reached)
}

/// Kept out of `deepest`, so that the frame of the work lies below the measured line.
#[inline(never)]
fn below<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn limit() -> usize {
    unsafe extern "C" {
        static __stack_limit: u32;
    }
    &raw const __stack_limit as usize
}
