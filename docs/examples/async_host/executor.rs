//! An executor in less than forty lines of code: one thread, which sleeps when no task can go on.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Futures that run side by side, and for ever.
#[derive(Default)]
pub(crate) struct Executor<'t> {
    tasks: Vec<Pin<Box<dyn Future<Output = ()> + 't>>>,
}

/// All tasks have one waker. Each wake lets all of them look: for a handful that costs less than
/// to keep a list of those that are awake.
struct Alarm(Thread);

impl Wake for Alarm {
    /// The thread does not fall asleep if this comes before it does.
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl<'t> Executor<'t> {
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 't) {
        self.tasks.push(Box::pin(task));
    }

    /// Runs everything until `main` is done, or for too long.
    pub(crate) fn run<T>(mut self, main: impl Future<Output = T>, patience: Duration) -> Option<T> {
        let waker = Arc::new(Alarm(thread::current())).into();
        let mut context = Context::from_waker(&waker);
        let (mut main, end) = (pin!(main), Instant::now() + patience);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Poll::Ready(result) = main.as_mut().poll(&mut context) {
                return Some(result);
            }
            for task in &mut self.tasks {
                // These never end.
                let _ = task.as_mut().poll(&mut context);
            }
            thread::park_timeout(left);
        }
        None
    }
}
