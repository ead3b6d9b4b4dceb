//! Links only if no panic path is left in the crate: the panic handler calls what does not exist.
//!
//! Every public function is called here by its full name, with arguments that the optimizer knows
//! nothing about; `api.mjs` finds the function that is not.
#![no_std]
#![no_main]

use core::hash::{Hash, Hasher};
use core::hint::black_box;
use core::panic::PanicInfo;

use redirect_firmware::board;

mod initiator;
mod responder;
mod values;
mod wire;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    values::call_all();
    wire::call_all();
    initiator::call_all();
    responder::call_all();
    #[cfg(feature = "deliberate-panic")]
    black_box(unknown_octets()[black_box(3)]);
    board::exit(0)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn a_panic_path_is_left() -> !;
    }
    // SAFETY: it does not exist, so no image with this call links.
    unsafe { a_panic_path_is_left() }
}

/// A value that may be any other of its type.
fn any<T>(value: T) -> T {
    black_box(value)
}

/// Octets of any content and any number.
fn unknown_octets() -> &'static [u8] {
    let octets: &[u8] = &[0; 64];
    any(octets)
}

/// Room of any length.
fn unknown_room(room: &mut [u8; 64]) -> &mut [u8] {
    any(&mut room[..])
}

/// What a host can do with every value: copy, compare and hash it.
fn seen<T: Clone + PartialEq + Hash>(value: T) {
    let copy = black_box(value.clone());
    let mut sum = Sum(0);
    copy.hash(&mut sum);
    black_box((copy == value, sum.finish()));
    black_box(value);
}

/// A hasher that cannot panic itself.
struct Sum(u64);

impl Hasher for Sum {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = self.0.rotate_left(5) ^ u64::from(*octet);
        }
    }
}
