//! What the machine tells of itself, and what the log tells.

use ikev2_redirect::initiator::{Awaits, Initiator, Phase};
use ikev2_redirect::{Deadline, Instant};

use super::log::Log;

pub(super) fn check(machine: &Initiator, log: &Log, now: u64) -> Result<(), String> {
    let current = log.current();
    let question = log.question();
    let deadline = question
        .and_then(|question| log.expiry(&question))
        .map(|expiry| Deadline { at: Instant::from_millis(expiry), reason: Awaits::Verdict });
    // A retry of the request carries what the first one did (R7.3-1).
    let retried = current.filter(|&sa| !log.has_keys(sa)).map(|sa| log.notifies(sa));
    let views = [
        ("phase", machine.phase() == phase(log)),
        ("sa", machine.sa() == current),
        ("kept", machine.kept() == log.kept()),
        ("gateway", machine.gateway() == current.and_then(|sa| log.gateway(sa))),
        ("question", machine.question() == question.map(|question| question.id)),
        ("deadline", machine.next_deadline() == deadline),
        ("notifies", machine.init_notifies() == retried),
        ("limit", machine.followed(Instant::from_millis(now)) == log.followed(now)),
        ("settings", *machine.config() == log.config),
        ("number of IKE SAs", log.living().len() <= 2),
        ("kept before it was up", log.kept().is_none_or(|kept| log.is_up(kept))),
    ];
    match views.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((what, _)) => {
            Err(format!("{what} is wrong after {:?}: {machine:?}", log.entries.last()))
        }
    }
}

pub(super) fn phase(log: &Log) -> Phase {
    match log.current() {
        None => Phase::Idle,
        Some(sa) if log.is_up(sa) => Phase::Up,
        Some(sa) if log.has_keys(sa) => Phase::Auth,
        Some(_) => Phase::Init,
    }
}
