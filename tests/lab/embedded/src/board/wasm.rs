#[link(wasm_import_module = "host")]
unsafe extern "C" {
    #[link_name = "print"]
    fn host_print(text: *const u8, length: usize);
    #[link_name = "exit"]
    fn host_exit(code: usize) -> !;
}

unsafe extern "C" {
    fn main() -> !;
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: every image defines it, with this signature.
    unsafe { main() }
}

pub fn print(text: &str) {
    // SAFETY: the host reads this many octets from there.
    unsafe { host_print(text.as_ptr(), text.len()) }
}

pub fn exit(code: usize) -> ! {
    // SAFETY: the host throws, and so never returns.
    unsafe { host_exit(code) }
}

/// The engine's own stack can't be seen from here.
pub mod stack {
    pub fn deepest<R>(work: impl FnOnce() -> R) -> (R, usize) {
        (work(), 0)
    }
}
