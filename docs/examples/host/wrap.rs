//! The loop around the client's machine, as the README and the guide show it: something happens,
//! the machine is told, its actions are carried out in order, its timer is armed.

use ikev2_redirect::initiator::{Action, Event, Initiator, SaId};
use ikev2_redirect::{Actions, Instant};

/// What the loop needs of an IKE stack.
pub(crate) trait Stack {
    /// A message of the peer, as the stack has read it.
    type Message;

    fn now(&self) -> Instant;

    /// Does one thing. `about` is the message that the machine was told of, if it was one: the one
    /// that `PassOn` and `Acknowledge` mean.
    fn act(&mut self, action: Action<'_>, about: Option<&Self::Message>);

    /// Sets the timer that calls `Initiator::timeout`.
    fn arm(&mut self, at: Option<Instant>);
}

/// Tells the machine what has happened to an IKE SA.
pub(crate) fn on_event<S: Stack>(
    client: &mut Initiator,
    stack: &mut S,
    sa: SaId,
    event: Event<'_, '_>,
    about: Option<&S::Message>,
) {
    let actions = client.handle(stack.now(), sa, event);
    carry_out(client, stack, actions, about);
}

/// Does what an event, a command, a verdict or a time-out has brought about.
pub(crate) fn carry_out<S: Stack>(
    client: &Initiator,
    stack: &mut S,
    actions: Actions<Action<'_>>,
    about: Option<&S::Message>,
) {
    for action in actions {
        stack.act(action, about);
    }
    stack.arm(client.next_deadline().map(|deadline| deadline.at));
}
