//! A socket and a timer to wait for. The standard library cannot wait for many sockets at once,
//! so that each has a thread that does nothing but wait; an async runtime needs none.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What ended the waiting.
pub(crate) enum Event {
    Datagram { from: SocketAddr, octets: Vec<u8> },
    Due,
}

/// A socket whose task can wait for datagrams and for its timer.
pub(crate) struct Socket {
    socket: UdpSocket,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the task and the thread share.
#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    arrived: VecDeque<(SocketAddr, Vec<u8>)>,
    timer: Option<Instant>,
    task: Option<Waker>,
    closed: bool,
}

/// How late a timer may be. Late time-outs do no harm.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

impl Socket {
    pub(crate) fn new(socket: UdpSocket) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (of_thread, reader) = (Arc::clone(&shared), socket.try_clone()?);
        let thread = thread::spawn(move || of_thread.watch(&reader));
        Ok(Socket { socket, shared, thread: Some(thread) })
    }

    pub(crate) fn send(&self, octets: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.socket.send_to(octets, to)
    }

    /// Lets the task look again at its deadline.
    pub(crate) fn nudge(&self) {
        self.shared.lock().wake_task();
    }

    /// The next datagram, or the deadline, whichever comes first.
    pub(crate) async fn next(&self, deadline: impl Fn() -> Option<Instant>) -> Event {
        poll_fn(|context| self.poll(context, deadline())).await
    }

    fn poll(&self, context: &Context<'_>, deadline: Option<Instant>) -> Poll<Event> {
        let mut state = self.shared.lock();
        if let Some((from, octets)) = state.arrived.pop_front() {
            Poll::Ready(Event::Datagram { from, octets })
        } else if is_due(deadline) {
            Poll::Ready(Event::Due)
        } else {
            state.timer = deadline;
            state.task = Some(context.waker().clone());
            Poll::Pending
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by itself.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Wakes the task when a datagram has come or the timer is due.
    fn watch(&self, socket: &UdpSocket) {
        let mut buffer = [0; 2048];
        while !self.lock().closed {
            // It fails only for a time of zero.
            let _ = socket.set_read_timeout(Some(self.lock().wait()));
            let received = socket.recv_from(&mut buffer);
            let mut state = self.lock();
            if let Ok((length, from)) = received {
                state.arrived.push_back((from, buffer[..length].to_vec()));
                state.wake_task();
            } else if is_due(state.timer) {
                state.wake_task();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&self) -> Duration {
        let left = self.timer.map(|at| at.saturating_duration_since(Instant::now()));
        left.unwrap_or(LONGEST_WAIT).clamp(Duration::from_millis(1), LONGEST_WAIT)
    }

    fn wake_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

fn is_due(timer: Option<Instant>) -> bool {
    timer.is_some_and(|at| at <= Instant::now())
}
