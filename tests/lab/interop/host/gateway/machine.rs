//! Between the machines and the rest: events in, actions out.

use ikev2_redirect::responder::{Action, Event, Stage};
use ikev2_redirect::wire::ExchangeType;
use ikev2_redirect::{Actions, Misuse};

use crate::message::Chain;

use super::{Gateway, Key};

/// What a message leaves to do, after the machine has seen it.
#[derive(Clone, Copy, Default)]
pub(super) struct Todo {
    pub(super) as_usual: bool,
    /// A redirect is legal here; the machine asks whether there is to be one.
    pub(super) decide: Option<Stage>,
}

impl Gateway {
    pub(super) fn tell(&mut self, key: Key, event: Event<'_>) -> Todo {
        let Some(session) = self.sessions.get_mut(&key) else { return Todo::default() };
        let actions = session.machine.handle(self.clock.now(), event);
        self.carry_out(key, actions)
    }

    pub(super) fn command(&mut self, key: Key, actions: Result<Actions<Action>, Misuse>) {
        match actions {
            Ok(actions) => drop(self.carry_out(key, actions)),
            Err(misuse) => self.reporter.event("misuse", &[("what", &format!("{misuse:?}"))]),
        }
    }

    fn carry_out(&mut self, key: Key, actions: Actions<Action>) -> Todo {
        let mut todo = Todo::default();
        for action in actions {
            self.reporter.note(&format!("session {key}: {action:?}"));
            match action {
                Action::PassOn => todo.as_usual = true,
                Action::Decide { stage } => todo.decide = Some(stage),
                Action::RespondRedirect { with_identity, with_auth, target: _ } => {
                    self.respond_redirect(key, with_identity, with_auth);
                }
                Action::SendRedirect { target: _ } => self.send_redirect(key),
                Action::Retransmit => self.repeat_redirect(key),
                Action::Acknowledge => {
                    self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new())
                }
                Action::DeleteSa => self.delete(key),
                Action::DropSa => self.drop_sa(key),
                Action::ClientLeft => self.reporter.event("client-left", &[]),
                Action::Ignored { reason } => {
                    self.reporter.event("ignored", &[("reason", &reason)])
                }
                Action::Failed { reason } => self.reporter.event("failed", &[("reason", &reason)]),
            }
        }
        todo
    }
}
