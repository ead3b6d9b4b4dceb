use core::arch::{asm, global_asm};

// The vector table and the reset handler: the chip loads the stack pointer from the first word and
// jumps to the second.
// Written for ARMv6-M, which ARMv7-M contains.
global_asm!(
    ".section .start, \"a\"",
    ".word __stack_top",
    ".word start",
    ".rept 14",
    ".word fault",
    ".endr",
    ".section .text.start, \"ax\"",
    ".global start",
    ".type start, %function",
    ".thumb_func",
    "start:",
    "ldr r0, =__bss_start",
    "ldr r1, =__bss_end",
    "movs r2, #0",
    "1: cmp r0, r1",
    "bhs 2f",
    "stm r0!, {{r2}}",
    "b 1b",
    "2: ldr r0, =__data_start",
    "ldr r1, =__data_end",
    "ldr r2, =__data_load",
    "3: cmp r0, r1",
    "bhs 4f",
    "ldm r2!, {{r3}}",
    "stm r0!, {{r3}}",
    "b 3b",
    "4: bl main",
    ".global fault",
    ".type fault, %function",
    ".thumb_func",
    "fault: bl on_fault",
    ".ltorg",
);

/// # Safety
/// `argument` must be what the semihosting operation expects.
pub(super) unsafe fn call_debugger(operation: usize, argument: usize) -> usize {
    let result;
    // SAFETY: the operations used here read memory at most; the caller vouches for `argument`.
    unsafe {
        asm!("bkpt 0xAB", inlateout("r0") operation => result, in("r1") argument, options(nostack, preserves_flags));
    }
    result
}

#[inline(always)]
pub(super) fn stack_pointer() -> usize {
    let here;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) here, options(nomem, nostack, preserves_flags)) };
    here
}
