//! The loop around the client's machine, as the guide shows it: something happens, the machine is
//! told, its actions are carried out in order, its timer is armed. [`Ike`](super::client) is a
//! stack that implements it (F24).

use ikev2_redirect::initiator::{Action, Event, Initiator, SaId};
use ikev2_redirect::{Actions, Instant};

/// What the loop needs of an IKE stack.
pub(crate) trait Stack {
    /// A message of the peer, as the stack keeps it.
    type Message;
    fn now(&self) -> Instant;
    /// Does one thing. `cause` is the message that the machine was told of, if it was one: the one
    /// that `PassOn` and `Acknowledge` mean.
    fn act(&mut self, action: Action<'_>, cause: Option<&Self::Message>);
    /// Sets the timer that calls `Initiator::timeout`.
    fn arm(&mut self, at: Option<Instant>);
}

/// Does what an event, a command, a verdict or a time-out has brought about.
pub(crate) fn carry_out<S: Stack>(
    client: &Initiator,
    stack: &mut S,
    actions: Actions<Action<'_>>,
    cause: Option<&S::Message>,
) {
    for action in actions {
        stack.act(action, cause);
    }
    stack.arm(client.next_deadline().map(|deadline| deadline.at));
}

/// Tells the machine of a message.
pub(crate) fn on_message<S: Stack>(
    client: &mut Initiator,
    stack: &mut S,
    (sa, event): (SaId, Event<'_, '_>),
    message: &S::Message,
) {
    let actions = client.handle(stack.now(), sa, event);
    carry_out(client, stack, actions, Some(message));
}
