//! Keeps a number of requests under way: each answer is checked and lets the next request go.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::latency::Latencies;
use super::request::{Number, Requests};
use super::{Outcome, account};

/// What to do.
pub(crate) struct Plan {
    pub(crate) server: SocketAddr,
    /// How many requests are under way at any time.
    pub(crate) window: usize,
    /// The answers come from an echo.
    pub(crate) plain: bool,
    pub(crate) time: Duration,
    /// The server's process.
    pub(crate) pid: u32,
}

/// A request that is not answered for so long is lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the server may take to come up.
const START: Duration = Duration::from_secs(10);

/// Asks, and prints what came of it as `name=value` pairs.
pub(crate) fn run(plan: &Plan) -> Outcome<String> {
    let mut run = Run::new(plan)?;
    run.wait_for_server()?;
    run.keep_asking(plan.time / 5)?; // warm-up
    run.reset();
    let before = account::processor_nanos(plan.pid)?;
    let begun = Instant::now();
    run.keep_asking(plan.time)?;
    let seconds = begun.elapsed().as_secs_f64();
    let used = account::processor_nanos(plan.pid)?.saturating_sub(before);
    let answers = run.latencies.count();
    if answers == 0 {
        return Err("there was no answer".into());
    }
    Ok(format!(
        "window={} answers={answers} lost={} rate={:.0} cpu_ns={:.0} busy={:.3} p50_us={:.1} \
         p99_us={:.1} rss_kib={}",
        plan.window,
        run.lost,
        answers as f64 / seconds,
        used as f64 / answers as f64,
        used as f64 / 1e9 / seconds,
        run.latencies.quantile_us(0.5),
        run.latencies.quantile_us(0.99),
        account::resident_kib(plan.pid)?,
    ))
}

struct Run<'p> {
    plan: &'p Plan,
    socket: UdpSocket,
    requests: Requests,
    /// What is under way, by the request's number modulo the window.
    pending: Vec<(Number, Instant)>,
    latencies: Latencies,
    lost: usize,
}

impl<'p> Run<'p> {
    fn new(plan: &'p Plan) -> io::Result<Self> {
        let any = if plan.server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(plan.server)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Run {
            plan,
            socket,
            requests: Requests::new(),
            pending: Vec::new(),
            latencies: Latencies::default(),
            lost: 0,
        })
    }

    fn reset(&mut self) {
        self.latencies = Latencies::default();
        self.lost = 0;
    }

    fn wait_for_server(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            // A server that is not up yet is a refused connection, now or at the next call.
            let _ = self.socket.send(self.requests.make(1));
            if let Ok(Some(1)) = self.receive() {
                return Ok(());
            }
        }
        Err("the server does not answer".into())
    }

    fn keep_asking(&mut self, time: Duration) -> Outcome<()> {
        let begun = Instant::now();
        // Numbers start behind those of the requests before: late answers are no longer counted.
        let first = self.pending.iter().map(|(number, _)| number + 1).max().unwrap_or(2);
        let base = first.next_multiple_of(self.plan.window as Number);
        self.pending.clear();
        for slot in 0..self.plan.window as Number {
            self.pending.push((base + slot, Instant::now()));
            self.send(slot as usize)?;
        }
        while begun.elapsed() < time {
            match self.receive()? {
                Some(number) => self.answered(number)?,
                None => self.give_up_lost()?,
            }
        }
        Ok(())
    }

    fn answered(&mut self, number: Number) -> io::Result<()> {
        let slot = (number % self.plan.window as Number) as usize;
        let (awaited, sent) = self.pending[slot];
        if number == awaited {
            self.latencies.add(sent.elapsed());
            self.next(slot)?;
        }
        Ok(())
    }

    fn give_up_lost(&mut self) -> io::Result<()> {
        for slot in 0..self.pending.len() {
            if self.pending[slot].1.elapsed() > PATIENCE {
                self.lost += 1;
                self.next(slot)?;
            }
        }
        Ok(())
    }

    fn next(&mut self, slot: usize) -> io::Result<()> {
        self.pending[slot].0 += self.plan.window as Number;
        self.pending[slot].1 = Instant::now();
        self.send(slot)
    }

    fn send(&mut self, slot: usize) -> io::Result<()> {
        self.socket.send(self.requests.make(self.pending[slot].0)).map(|_| ())
    }

    /// The number of the request that is answered; `None`: nothing came for a while.
    fn receive(&mut self) -> io::Result<Option<Number>> {
        let mut answer = [0; 2048];
        let length = match self.socket.recv(&mut answer) {
            Ok(length) => length,
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let answer = &answer[..length];
        let number = if self.plan.plain {
            Requests::echoed(answer)
        } else {
            self.requests.redirected(answer)
        };
        number.map(Some).ok_or_else(|| io::Error::other("an answer that is none"))
    }
}
