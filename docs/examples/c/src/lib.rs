//! The functions of `ikev2_redirect.h`. What each does and what its caller owes it is told there.
//!
//! Every integer of the caller is checked before it becomes a flag, a tag or a number, every
//! pointer for null and alignment. What C cannot let us check is left to the caller, and the
//! header says so: that a pointer points to as much memory as it says.
#![cfg_attr(target_os = "none", no_std)]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]
// The header states it, function by function, for those who have to know.
#![allow(clippy::missing_safety_doc)]

// define        declares structures and constants, with what the test of the header needs to know
// memory        pointers of the caller, and machines in the caller's memory
// status        what the functions return
// values        addresses, targets, octets
// codec         messages and notifications
// front_door, initiator, responder: what the crate's modules of these names do
// event, action (of the initiator): C structures to values and back

mod codec;
mod define;
mod front_door;
mod initiator;
mod memory;
mod responder;
mod status;
mod values;

#[cfg(test)]
#[path = "../tests/header.rs"]
mod header;

#[cfg(test)]
#[path = "../tests/border/mod.rs"]
mod border;

/// On bare metal nothing in here can panic: whoever links the library finds out, because this
/// function does not exist.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn ikev2_redirect_has_a_panic_left() -> !;
    }
    // SAFETY: it does not exist, so no image with this call links.
    unsafe { ikev2_redirect_has_a_panic_left() }
}
