//! An executor in forty lines: one thread, which sleeps when no task can go on.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Futures that run side by side, and for ever.
pub(crate) struct Executor<'t> {
    tasks: Vec<(Task<'t>, Arc<Alarm>)>,
}

type Task<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// Whether a task wants to go on.
struct Alarm {
    rung: AtomicBool,
    thread: Thread,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl<'t> Executor<'t> {
    pub(crate) fn new() -> Self {
        Executor { tasks: Vec::new() }
    }

    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 't) {
        self.tasks.push((Box::pin(task), alarm()));
    }

    /// Runs everything until `main` is done, or for too long.
    pub(crate) fn run<T>(mut self, main: impl Future<Output = T>, patience: Duration) -> Option<T> {
        let (mut main, main_alarm, end) = (pin!(main), alarm(), Instant::now() + patience);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Some(Poll::Ready(result)) = poll(main.as_mut(), &main_alarm) {
                return Some(result);
            }
            for (task, alarm) in &mut self.tasks {
                // These never end.
                let _ = poll(task.as_mut(), alarm);
            }
            let idle = |alarm: &Arc<Alarm>| !alarm.rung.load(Ordering::Acquire);
            if idle(&main_alarm) && self.tasks.iter().all(|(_, alarm)| idle(alarm)) {
                thread::park_timeout(left);
            }
        }
        None
    }
}

fn alarm() -> Arc<Alarm> {
    Arc::new(Alarm { rung: AtomicBool::new(true), thread: thread::current() })
}

/// Lets a future go on if it wants to.
fn poll<F: Future + ?Sized>(future: Pin<&mut F>, alarm: &Arc<Alarm>) -> Option<Poll<F::Output>> {
    let rung = alarm.rung.swap(false, Ordering::AcqRel);
    rung.then(|| future.poll(&mut Context::from_waker(&Arc::clone(alarm).into())))
}
