use ikev2_redirect::Actions;
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Responder, Retransmission, TargetId,
};

use crate::values::unknown_instant;
use crate::wire::unknown_request;
use crate::{any, seen};

pub(super) fn call_all() {
    let client = any(Client::of(&unknown_request()));
    let config = any(Config::default());
    let mut machine = any(Responder::new(config, client));
    commands(&mut machine);
    events(&mut machine);
    questions(&machine);
    seen(Responder::established(config, client));
    seen(Config::longest_stay(&config));
    seen(config);
    seen(Retransmission::default());
    seen(client);
}

fn commands(machine: &mut Responder) {
    let machine = any(machine);
    seen(Responder::redirect(machine, unknown_instant(), any(TargetId(0))));
    let machine = any(machine);
    let at = unknown_instant();
    seen(Responder::redirect_at(machine, unknown_instant(), any(TargetId(0)), at));
    let machine = any(machine);
    seen(Responder::cancel(machine, unknown_instant()));
    Responder::rebase(any(machine), unknown_instant(), unknown_instant());
}

fn events(machine: &mut Responder) {
    seen(Responder::timeout(any(machine), unknown_instant()));
    let event = any(Event::Acknowledged);
    seen(event);
    let actions = Responder::handle(any(machine), unknown_instant(), event);
    seen(Actions::eq(&actions, &[any(Action::PassOn)]));
    for action in Actions::into_iter(actions) {
        seen(action);
    }
}

fn questions(machine: &Responder) {
    seen(Responder::next_deadline(machine));
    seen(Responder::phase(machine));
    seen(Responder::target(machine));
    seen(Responder::supports_redirect(machine));
    seen(*machine);
}
