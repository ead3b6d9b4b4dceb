//! The loop around a party: sockets, one timer, and what the command line wants of it.

use std::io;
use std::time::Duration;

use ikev2_redirect::{Instant, Misuse};

use crate::host::payloads::Chain;
use crate::host::{Client, Gateway, Host, Output};
use crate::net::Net;
use crate::options;
use crate::report::Reporter;

/// How a client's run ended, and so the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Failed,
    TimeOver,
}

/// A party with its sockets.
struct Runner<H> {
    host: H,
    net: Net,
    reporter: Reporter,
}

impl<H: Host> Runner<H> {
    /// Waits for the next message or the next deadline; returns what the party has reported.
    fn step(&mut self, until: Instant) -> Vec<&'static str> {
        let now = self.reporter.clock.now();
        let next = self.host.next_deadline().unwrap_or(until).min(until);
        let wait = next.as_millis().saturating_sub(now.as_millis());
        let mut told = Vec::new();
        if let Some(inbound) = self.net.receive(Duration::from_millis(wait)) {
            let now = self.reporter.clock.now();
            told = self.host.receive(now, inbound.path, &inbound.message);
        }
        let now = self.reporter.clock.now();
        told.extend(self.host.wake(now));
        self.carry_out(told)
    }

    fn carry_out(&mut self, outputs: Vec<Output>) -> Vec<&'static str> {
        let mut told = Vec::new();
        for output in outputs {
            match output {
                Output::Send { path, message } => self.net.send(path, &message),
                Output::Report(report) => {
                    self.reporter.event(&report.to_string());
                    told.push(report.name);
                }
                Output::Note(text) => self.reporter.note(&text),
                Output::Keys(line) => self.reporter.keys(&line),
            }
        }
        told
    }

    fn order(&mut self, outputs: Result<Vec<Output>, Misuse>) -> Vec<&'static str> {
        match outputs {
            Ok(outputs) => self.carry_out(outputs),
            Err(misuse) => {
                self.reporter.event(&format!("misuse what={}", misuse.name()));
                Vec::new()
            }
        }
    }
}

/// Serves until the time is over.
pub(crate) fn gateway(options: options::Gateway, reporter: Reporter) -> io::Result<()> {
    let net = Net::open(&options.policy.common)?;
    let over = reporter.clock.now().after(options.run_ms);
    let mut runner = Runner { host: Gateway::new(options.policy), net, reporter };
    runner.reporter.event("listening");
    while runner.reporter.clock.now() < over {
        runner.step(over);
    }
    Ok(())
}

/// Connects, follows where it is sent, and closes some time after the last IKE SA was established,
/// but not in the middle of a move.
pub(crate) fn client(options: options::Client, reporter: Reporter) -> io::Result<End> {
    let net = Net::open(&options.settings.common)?;
    let over = reporter.clock.now().after(options.run_ms);
    let host = Client::new(options.settings).map_err(io::Error::other)?;
    let mut runner = Runner { host, net, reporter };
    runner.reporter.event("listening");
    let now = runner.reporter.clock.now();
    let outputs = runner.host.connect(now, options.peer);
    let mut told = runner.order(outputs);
    let (mut close_at, mut end) = (None, None);
    loop {
        let now = runner.reporter.clock.now();
        for name in std::mem::take(&mut told) {
            match name {
                "established" | "move-failed" => {
                    close_at = Some(now.after(options.hold_ms));
                    // What no client may do, and what the machine has no command for.
                    if let Some(target) = options.redirect_back.filter(|_| name == "established") {
                        let outputs = runner.host.ask(now, &Chain::new().with_redirect(target));
                        told.extend(runner.carry_out(outputs));
                    }
                }
                "redirected" => close_at = None,
                "failed" => (close_at, end) = (None, Some(End::Failed)),
                _ => {}
            }
        }
        if close_at.is_some_and(|at| at <= now) {
            close_at = None;
            let outputs = runner.host.close(now);
            told.extend(runner.order(outputs));
            runner.reporter.event("closed");
            end = Some(End::Closed);
        }
        match end {
            Some(end) if runner.host.is_idle() => return Ok(end),
            _ if now >= over => return Ok(end.unwrap_or(End::TimeOver)),
            _ => told.extend(runner.step(close_at.unwrap_or(over).min(over))),
        }
    }
}
