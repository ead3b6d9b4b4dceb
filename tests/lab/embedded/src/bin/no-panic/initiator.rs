use ikev2_redirect::actions::{IntoIter, Iter};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, MobileIpv6, Provenance, QuestionId, Refusal, SaId,
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
    seen(Config::new());
    seen(Initiator::established(unknown_config(), unknown_address()));
    seen(Config::follows_redirects(&unknown_config()));
    seen(Refusal::reason(any(Refusal::Policy)));
    seen(Provenance::mobile_ipv6(any(Provenance::Init)));
    seen(MobileIpv6::may_update(any(MobileIpv6::Nothing), any(true)));
}

fn unknown_config() -> Config {
    any(Config { targets: unknown_rules(), ..Config::default() })
}

fn unknown_sa() -> SaId {
    SaId(any(0))
}

fn unknown_question() -> QuestionId {
    QuestionId(any(0))
}

/// Any state that the machine can be in, and any that it cannot.
fn anywhere(machine: &mut Initiator) -> (&mut Initiator, Instant) {
    (any(machine), unknown_instant())
}

fn commands(machine: &mut Initiator) {
    let (machine, now) = anywhere(machine);
    seen(Initiator::connect(machine, now, unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::permit(machine, now, unknown_question(), unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::refuse(machine, now, unknown_question(), any(Refusal::Policy)));
    let (machine, now) = anywhere(machine);
    seen(Initiator::retry(machine, now, unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::renew(machine, now, unknown_address()));
    let (machine, now) = anywhere(machine);
    seen(Initiator::close(machine, now));
    let (machine, now) = anywhere(machine);
    Initiator::rebase(machine, now, unknown_instant());
    let (machine, _) = anywhere(machine);
    Initiator::renumber(machine, any(0));
}

fn events(machine: &mut Initiator) {
    let (machine, now) = anywhere(machine);
    seen(Initiator::timeout(machine, now));
    let (machine, now) = anywhere(machine);
    let actions = Initiator::handle(machine, now, unknown_sa(), any(Event::Established));
    seen(Actions::len(&actions));
    seen(Actions::is_empty(&actions));
    seen(Actions::get(&actions, any(0)));
    let mut all = Actions::iter(&actions);
    while let Some(action) = Iter::next(&mut all) {
        seen(action);
    }
    seen(Actions::eq(&actions, &[any(Action::PassOn { sa: unknown_sa() })]));
    let mut all = Actions::into_iter(actions);
    while let Some(action) = IntoIter::next(&mut all) {
        seen(action);
    }
}

fn questions(machine: &Initiator) {
    seen(Initiator::next_deadline(machine));
    seen(Initiator::phase(machine));
    seen(Initiator::gateway(machine));
    seen(Initiator::sa(machine));
    seen(Initiator::kept(machine));
    seen(Initiator::question(machine));
    seen(Initiator::config(machine));
    seen(Initiator::init_notifies(machine));
    seen(Initiator::followed(machine, unknown_instant()));
    seen(*machine);
}
