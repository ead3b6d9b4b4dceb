use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, LoopLimit, MobileIpv6, Provenance, Refusal, Slot,
};
use ikev2_redirect::{Actions, Instant};

use crate::values::{unknown_address, unknown_instant, unknown_rules};
use crate::{any, seen};

pub(super) fn call_all() {
    if let Ok(mut machine) = Initiator::new(unknown_config()) {
        commands(&mut machine);
        events(&mut machine);
        questions(&machine);
    }
    seen(Config::default());
    seen(Config::follows_redirects(&unknown_config()));
    seen(Slot::other(unknown_slot()));
    seen(Provenance::mobile_ipv6(any(Provenance::Init)));
    seen(MobileIpv6::may_update(any(MobileIpv6::Nothing), any(true)));
}

fn unknown_config() -> Config {
    any(Config { targets: unknown_rules(), ..Config::default() })
}

fn unknown_slot() -> Slot {
    any(Slot::A)
}

/// Any state that the machine can be in, and any that it cannot.
fn anywhere(machine: &mut Initiator) -> (&mut Initiator, Instant) {
    (any(machine), unknown_instant())
}

fn commands(machine: &mut Initiator) {
    let (machine, now) = anywhere(machine);
    seen(Initiator::connect(machine, now, unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::permit(machine, now, unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::refuse(machine, now, any(Refusal::Policy)));
    let (machine, now) = anywhere(machine);
    seen(Initiator::close(machine, now));
    let (machine, now) = anywhere(machine);
    Initiator::rebase(machine, now, unknown_instant());
}

fn events(machine: &mut Initiator) {
    let event = any(Event::Timeout);
    seen(Event::slot(&event));
    let (machine, now) = anywhere(machine);
    let actions = Initiator::handle(machine, now, event);
    seen(Actions::len(&actions));
    seen(Actions::is_empty(&actions));
    for action in Actions::iter(&actions) {
        seen(action);
    }
    seen(Actions::eq(&actions, &[any(Action::PassOn)]));
    for action in Actions::into_iter(actions) {
        seen(action);
    }
}

fn questions(machine: &Initiator) {
    seen(Initiator::next_deadline(machine));
    seen(Initiator::phase(machine));
    seen(Initiator::gateway(machine));
    seen(Initiator::slot(machine));
    seen(Initiator::kept(machine));
    seen(Initiator::init_notifies(machine));
    let limit = Initiator::loop_limit(machine);
    seen(LoopLimit::followed(limit, unknown_instant()));
    seen(LoopLimit::allows(limit, unknown_instant()));
    seen(*machine);
}
