//! The few things that differ between the boards: start-up, a way to print, a way to stop, the
//! stack pointer.
//!
//! There is no start-up and no semihosting without `unsafe`; it stays in here and in each image's
//! entry point.

#[cfg(target_arch = "arm")]
#[path = "cortex_m.rs"]
mod chip;

#[cfg(target_arch = "riscv32")]
#[path = "riscv.rs"]
mod chip;

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
mod semihosting;

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub mod stack;

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub use semihosting::{exit, print};

#[cfg(target_arch = "wasm32")]
#[path = "wasm.rs"]
mod chip;

#[cfg(target_arch = "wasm32")]
pub use chip::{exit, print, stack};

/// What a panic handler does where a panic may happen.
pub fn panicked(panic: &core::panic::PanicInfo<'_>) -> ! {
    print("panic in ");
    print(panic.location().map_or("?", |place| place.file()));
    print("\n");
    exit(2)
}
