use redirect_firmware::board::stack;

/// The deepest stack of all calls that were made through it.
#[derive(Default)]
pub(crate) struct Meter {
    deepest: usize,
}

impl Meter {
    pub(crate) fn call<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let (result, depth) = stack::deepest(work);
        self.deepest = self.deepest.max(depth);
        result
    }

    /// What it has measured; it starts again from nothing.
    pub(crate) fn take(&mut self) -> usize {
        core::mem::take(&mut self.deepest)
    }
}
