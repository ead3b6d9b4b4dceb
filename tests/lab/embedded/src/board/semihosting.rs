//! Printing and stopping by asking the debugger (here QEMU): the same on every chip, no UART to set
//! up.

use super::chip::call_debugger;

const WRITE0: usize = 0x04;
const EXIT_EXTENDED: usize = 0x20;
const APPLICATION_EXIT: usize = 0x2_0026;

pub fn print(text: &str) {
    let mut chunk = [0; 33];
    for part in text.as_bytes().chunks(chunk.len() - 1) {
        // The debugger reads up to a NUL.
        for (to, from) in chunk.iter_mut().zip(part.iter().chain(&[0])) {
            *to = *from;
        }
        // SAFETY: points to a string that ends with NUL and outlives the call.
        unsafe { call_debugger(WRITE0, chunk.as_ptr() as usize) };
    }
}

pub fn exit(code: usize) -> ! {
    let block = [APPLICATION_EXIT, code];
    loop {
        // SAFETY: points to the two words that the operation reads.
        unsafe { call_debugger(EXIT_EXTENDED, block.as_ptr() as usize) };
    }
}

/// Every fault and trap ends here.
#[unsafe(no_mangle)]
extern "C" fn on_fault() -> ! {
    print("fault\n");
    exit(3)
}
