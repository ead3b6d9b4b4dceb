//! What the client alone must have seen.

use super::client::Step;
use crate::checker::Probe;
use crate::goals;
use crate::truth::client::Sa;
use crate::watch::client::{CLOSED, Command, WatchedClient};

goals!(ClientGoal {
    Up => "the client is up",
    Followed => "R3-10: a redirect is followed",
    FollowedTwice => "D3-5: a second redirect is followed within the period",
    Full => "R9-4: the limit is reached",
    Kept => "R5-7: an IKE SA is kept",
    Moved => "R5-7: the client has moved and left the old gateway",
    StaysUp => "R5-7: a move fails and the old IKE SA goes on",
    AskedAboutGone => "a question outlives its IKE SA",
    FollowsGone => "a redirect over an IKE SA that is gone is followed",
    AskedBeside => "a question is open while another IKE SA is set up",
    Retried => "F09: another address of a redirect's target is tried",
    LateVerdict => "F07: a verdict comes too late",
    TimedOut => "a question is not answered in time",
    Withdrawn => "keys end a question",
    Failed => "a client ends with a reason",
});

/// What a step has led to.
pub(super) fn note(before: &WatchedClient, after: &WatchedClient, step: Step, probe: &mut Probe) {
    let (was, is) = (&before.host, &after.host);
    let up = is.current().is_some_and(Sa::is_up);
    let followed = is.followed() > was.followed();
    probe.sometimes(ClientGoal::Up, up);
    probe.sometimes(ClientGoal::Followed, followed);
    probe.sometimes(ClientGoal::FollowedTwice, is.followed() > 1);
    let full = before.rules.limit > 0 && is.followed() >= usize::from(before.rules.limit);
    probe.sometimes(ClientGoal::Full, full);
    probe.sometimes(ClientGoal::Kept, is.kept().is_some());
    let alone = was.kept().is_some() && is.kept().is_none() && up;
    let established = matches!(step, Step::Established(_));
    probe.sometimes(ClientGoal::Moved, alone && established);
    probe.sometimes(ClientGoal::StaysUp, alone && !established);
    let gone = was.question.is_some_and(|asked| was.sa(asked.sa).is_none());
    probe.sometimes(ClientGoal::AskedAboutGone, gone);
    probe.sometimes(ClientGoal::FollowsGone, gone && followed);
    let other =
        |asked: ikev2_redirect::initiator::SaId| was.current().is_some_and(|sa| sa.id != asked);
    let beside = was.question.is_some_and(|asked| other(asked.sa));
    probe.sometimes(ClientGoal::AskedBeside, beside && !gone);
    let sent = was.current().is_some_and(|sa| sa.from.is_some());
    let retried = matches!(step, Step::Order(Command::Retry(_))) && before.machine != after.machine;
    probe.sometimes(ClientGoal::Retried, retried && sent);
    let late = matches!(step, Step::Order(Command::Permit(CLOSED, _)));
    probe.sometimes(ClientGoal::LateVerdict, late && was.question.is_some());
    let ended = was.question.is_some() && is.question.is_none();
    probe.sometimes(ClientGoal::TimedOut, ended && matches!(step, Step::Timeout));
    probe.sometimes(ClientGoal::Withdrawn, ended && matches!(step, Step::Keys(..)));
    probe.sometimes(ClientGoal::Failed, was.has_anything() && !is.has_anything());
}
