//! The client: one VPN connection, moved from gateway to gateway as the
//! crate's `Initiator` says.

mod attempt;
mod incoming;
mod login;
mod machine;
mod options;
mod outgoing;
mod rekeying;
mod setup;
mod tunnel;

use std::io;
use std::time::Duration;

use ikev2_redirect::Instant;
use ikev2_redirect::initiator::{Event, Initiator, Slot};

use crate::flight::Due;
use crate::net::Net;
use crate::options::Target;
use crate::report::{Clock, Reporter};
use crate::sa::Departed;

use tunnel::Tunnels;

pub(crate) use options::Options;

/// How a run ended, and so the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Failed,
    TimeOver,
}

pub(crate) fn run(options: Options, clock: Clock, reporter: Reporter) -> io::Result<End> {
    let net = Net::open(&options.common.listen, options.common.ports)?;
    let machine = Initiator::new(options.machine).map_err(io::Error::other)?;
    let client = Client {
        options,
        clock,
        reporter,
        net,
        machine,
        tunnels: Tunnels::default(),
        departed: Departed::default(),
        vetting: None,
        close_at: None,
        rekey_at: None,
        end: None,
    };
    Ok(client.run())
}

struct Client {
    options: Options,
    clock: Clock,
    reporter: Reporter,
    net: Net,
    machine: Initiator,
    /// The SAs that the machine knows, by its slots.
    tunnels: Tunnels,
    departed: Departed,
    /// The target that the machine wants vetted, and when there will be a verdict.
    vetting: Option<(Instant, Target)>,
    close_at: Option<Instant>,
    rekey_at: Option<Instant>,
    end: Option<End>,
}

impl Client {
    fn run(mut self) -> End {
        let over = self.clock.now().after(self.options.common.run_ms);
        self.reporter.event("listening", &[]);
        let first = self.options.peer;
        let now = self.clock.now();
        let actions = self.machine.connect(now, first);
        self.command(actions);
        loop {
            let now = self.clock.now();
            if let Some(end) = self.end.filter(|_| !self.departed.awaits_answers()) {
                return end;
            }
            if now >= over {
                return self.end.unwrap_or(End::TimeOver);
            }
            let next = self.deadlines().min().unwrap_or(over).min(over);
            let wait = next.as_millis().saturating_sub(now.as_millis());
            if let Some(inbound) = self.net.receive(Duration::from_millis(wait)) {
                self.receive(&inbound);
            }
            self.tick();
        }
    }

    fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let machine = self.machine.next_deadline().map(|deadline| deadline.at);
        self.tunnels
            .deadlines()
            .chain(self.departed.deadlines())
            .chain(machine)
            .chain(self.vetting.as_ref().map(|(at, _)| *at))
            .chain(self.close_at)
            .chain(self.rekey_at)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        if self.machine.next_deadline().is_some_and(|deadline| deadline.at <= now) {
            self.tell(Event::Timeout);
        }
        self.give_verdict();
        for slot in [Slot::A, Slot::B] {
            self.retransmit(slot, now);
        }
        self.departed.retransmit(now, &self.net);
        if self.rekey_at.is_some_and(|at| at <= now) {
            self.rekey_at = None;
            self.ask_rekey();
        }
        if self.close_at.is_some_and(|at| at <= now) {
            self.close(now);
        }
    }

    /// Stays with the gateway for the time that the command line gives.
    fn hold(&mut self) {
        self.close_at = Some(self.clock.now().after(self.options.hold_ms));
    }

    fn close(&mut self, now: Instant) {
        self.close_at = None;
        let actions = self.machine.close(now);
        self.command(actions);
        self.reporter.event("closed", &[]);
        self.end = Some(End::Closed);
    }

    fn retransmit(&mut self, slot: Slot, now: Instant) {
        let Some(tunnel) = self.tunnels.get_mut(slot) else { return };
        match tunnel.poll(now) {
            Due::Nothing => {}
            Due::Resend => self.send_in_flight(slot),
            Due::GiveUp => {
                self.reporter.note("no answer");
                self.lose(slot);
            }
        }
    }
}
