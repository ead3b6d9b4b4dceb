//! The list of actions that a call returns.

use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Slot};
use ikev2_redirect::{Actions, Instant, Reason};

const NOW: Instant = Instant::from_millis(0);
const PASS_ON: Action<'static> = Action::PassOn;
const IGNORED: Action<'static> = Action::Ignored { reason: Reason::MisplacedRedirect };

fn of(event: Event<'static>) -> Actions<Action<'static>> {
    Initiator::new(Config::default()).unwrap().handle(NOW, event)
}

fn none() -> Actions<Action<'static>> {
    of(Event::Timeout)
}

fn one() -> Actions<Action<'static>> {
    of(Event::MisplacedRedirect { slot: Slot::A })
}

#[test]
fn a_list_knows_how_long_it_is() {
    assert_eq!((none().len(), none().is_empty()), (0, true));
    assert_eq!((one().len(), one().is_empty()), (1, false));
}

#[test]
fn a_list_equals_the_same_actions_and_no_others() {
    let nothing: [Action<'static>; 0] = [];
    assert!(none() == nothing);
    assert!(one() == [IGNORED]);
    assert!(one() != [PASS_ON]);
    assert!(one() != [IGNORED, IGNORED]);
    assert!(one() != nothing);
}

#[test]
fn a_list_gives_its_actions_by_value_and_by_reference() {
    assert_eq!(one().iter().collect::<Vec<_>>(), [IGNORED]);
    assert_eq!(one().into_iter().collect::<Vec<_>>(), [IGNORED]);
}

#[test]
fn a_list_is_shown_as_a_list() {
    assert_eq!(format!("{:?}", none()), "[]");
    assert_eq!(format!("{:?}", one()), format!("[{IGNORED:?}]"));
}
