use core::arch::{asm, global_asm};

// The hart starts at the first octet of the image; traps end the run.
global_asm!(
    ".section .start, \"ax\"",
    ".global start",
    "start:",
    "la sp, __stack_top",
    "la t0, fault",
    "csrw mtvec, t0",
    "la t0, __bss_start",
    "la t1, __bss_end",
    "1: bgeu t0, t1, 2f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2: la t0, __data_start",
    "la t1, __data_end",
    "la t2, __data_load",
    "3: bgeu t0, t1, 4f",
    "lw t3, 0(t2)",
    "sw t3, 0(t0)",
    "addi t0, t0, 4",
    "addi t2, t2, 4",
    "j 3b",
    "4: call main",
    ".balign 4",
    "fault: call on_fault",
);

/// # Safety
/// `argument` must be what the semihosting operation expects.
pub(super) unsafe fn call_debugger(operation: usize, argument: usize) -> usize {
    let result;
    // SAFETY: the operations used here read memory at most; the caller vouches for `argument`.
    // The debugger knows the call by these three uncompressed instructions, which must not straddle
    // a page.
    unsafe {
        asm!(
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inlateout("a0") operation => result,
            in("a1") argument,
            options(nostack, preserves_flags),
        );
    }
    result
}

#[inline(always)]
pub(super) fn stack_pointer() -> usize {
    let here;
    // SAFETY: reads a register.
    unsafe { asm!("mv {}, sp", out(reg) here, options(nomem, nostack, preserves_flags)) };
    here
}
