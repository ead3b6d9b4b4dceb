//! Between the machine and the rest: events in, actions out.

use std::fmt::Display;
use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Event, Provenance};
use ikev2_redirect::{Actions, Misuse, Reason, Target};

use super::{Client, End};

/// What a message leaves to do, after the machine has seen it.
#[derive(Default)]
pub(super) struct Todo<'a> {
    pub(super) as_usual: bool,
    /// The target that the machine wants vetted.
    pub(super) question: Option<Target<'a>>,
}

impl Client {
    /// Returns whether the message is to be processed as usual.
    pub(super) fn tell(&mut self, event: Event<'_>) -> bool {
        let actions = self.machine.handle(self.clock.now(), event);
        let todo = self.carry_out(actions);
        self.vet(todo.question);
        todo.as_usual
    }

    pub(super) fn command(&mut self, actions: Result<Actions<Action<'static>>, Misuse>) {
        match actions {
            Ok(actions) => drop(self.carry_out(actions)),
            Err(misuse) => self.reporter.event("misuse", &[("what", &format!("{misuse:?}"))]),
        }
    }

    pub(super) fn carry_out<'a>(&mut self, actions: Actions<Action<'a>>) -> Todo<'a> {
        let mut todo = Todo::default();
        for action in actions {
            self.reporter.note(&format!("action {action:?}"));
            match action {
                Action::PassOn => todo.as_usual = true,
                Action::StartInit { slot, to, notifies } => self.start(slot, to, notifies),
                Action::Vet { target, .. } => todo.question = Some(target),
                Action::AbandonVet => self.vetting = None,
                Action::Acknowledge { slot } => self.acknowledge(slot),
                Action::DeleteSa { slot } => self.delete(slot),
                Action::DropSa { slot } => self.drop_sa(slot),
                Action::Redirected { from, to, provenance } => {
                    self.redirected(from, to, provenance);
                }
                Action::Tolerated { reason } => self.report("tolerated", reason),
                Action::Ignored { reason } => self.report("ignored", reason),
                Action::Refused { reason } => self.report("refused", reason),
                Action::MoveFailed { reason } => {
                    self.report("move-failed", reason);
                    self.hold();
                }
                Action::Failed { reason } => {
                    self.report("failed", reason);
                    self.close_at = None;
                    self.end = Some(End::Failed);
                }
            }
        }
        todo
    }

    /// Starts to look for a verdict on the target, if the machine asks for one.
    pub(super) fn vet(&mut self, question: Option<Target<'_>>) {
        let Some(target) = question else { return };
        let at = self.clock.now().after(self.options.vet_after_ms);
        self.vetting = Some((at, target.into()));
        self.give_verdict();
    }

    pub(super) fn give_verdict(&mut self) {
        let now = self.clock.now();
        let Some((_, target)) = self.vetting.take_if(|(at, _)| *at <= now) else { return };
        let actions = match self.options.verdict(&target) {
            Ok(address) => self.machine.permit(now, address),
            Err(refusal) => self.machine.refuse(now, refusal),
        };
        self.command(actions);
    }

    fn redirected(&mut self, from: IpAddr, to: IpAddr, provenance: Provenance) {
        // Not in the middle of a move.
        self.close_at = None;
        let phase = phase(provenance);
        let fields: [(&str, &dyn Display); 3] = [("from", &from), ("to", &to), ("phase", &phase)];
        self.reporter.event("redirected", &fields);
    }

    pub(super) fn report(&mut self, name: &str, reason: Reason) {
        self.reporter.event(name, &[("reason", &reason)]);
    }
}

fn phase(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Init => "init",
        Provenance::Auth => "auth",
        Provenance::Informational => "active",
    }
}
