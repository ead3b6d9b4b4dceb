//! A resolver that takes its time. The one of the standard library blocks, so that each look-up
//! has a thread, as in most runtimes.

use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// How long a look-up takes.
const TIME: Duration = Duration::from_millis(5);

/// What the task and the thread share.
#[derive(Default)]
struct LookUp {
    /// `Some(None)`: there is no such name.
    answer: Option<Option<IpAddr>>,
    task: Option<Waker>,
}

/// The address of a name. A table stands for DNS, which these examples leave alone.
pub(crate) async fn look_up(table: &[(&str, IpAddr)], name: &str) -> Option<IpAddr> {
    let found = table.iter().find(|(known, _)| *known == name).map(|(_, address)| *address);
    let shared = Arc::new(Mutex::new(LookUp::default()));
    let of_thread = Arc::clone(&shared);
    thread::spawn(move || resolve(found, &of_thread));
    poll_fn(|context| {
        let mut look_up = shared.lock().unwrap_or_else(PoisonError::into_inner);
        look_up.task = Some(context.waker().clone());
        look_up.answer.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// The thread's work.
fn resolve(found: Option<IpAddr>, shared: &Mutex<LookUp>) {
    thread::sleep(TIME);
    let mut look_up = shared.lock().unwrap_or_else(PoisonError::into_inner);
    look_up.answer = Some(found);
    if let Some(task) = look_up.task.take() {
        task.wake();
    }
}
