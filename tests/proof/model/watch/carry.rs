//! The client's host carries out what the machine wants, and looks whether it is right.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Provenance, QuestionId, SaId};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Actions, Reason, Target};

use super::client::{Cause, Command, NEXT_NAME, WatchedClient};
use crate::checker::Probe;
use crate::rows::ClientInput;
use crate::tag::Tag;
use crate::truth::client::{End, Named, Question, Sa, Stage, reason_of};
use crate::truth::reasons::objection;

/// What was said in one call.
#[derive(Default)]
struct Told {
    asked: usize,
    declined: Option<Reason>,
    passed_on: usize,
    ignored: usize,
    acknowledged: usize,
    tolerated: usize,
    followed: usize,
    started: usize,
    abandoned: usize,
    failed: Option<Reason>,
    failures: usize,
    stayed: Option<SaId>,
}

impl WatchedClient {
    pub(super) fn carry_out(
        &mut self,
        before: &Self,
        actions: &Actions<Action<'_>>,
        cause: &Cause,
        probe: &mut Probe,
    ) {
        let mut told = Told::default();
        for (place, action) in actions.iter().enumerate() {
            self.carry_out_one(before, place, action, cause, &mut told, probe);
        }
        self.check_ends(cause, probe);
        self.check_redirect(before, cause, &told, probe);
        self.check_outcome(before, cause, &told, probe);
        let idle = |action| matches!(action, Action::Ignored { .. } | Action::Misused { .. });
        if !actions.is_empty() && actions.iter().all(idle) {
            let same = self.machine == before.machine;
            probe.always("R3-9: what is only ignored changes nothing", same);
        }
    }

    fn carry_out_one(
        &mut self,
        before: &Self,
        place: usize,
        action: Action<'_>,
        cause: &Cause,
        told: &mut Told,
        probe: &mut Probe,
    ) {
        match action {
            Action::StartInit { sa, to, notifies } => {
                told.started += 1;
                self.start(before, sa, to, &notifies, cause, probe);
            }
            Action::Vet { question, sa, target, provenance } => {
                told.asked += 1;
                self.ask(question, sa, target, provenance, cause, probe);
            }
            Action::AbandonVet { question } => {
                told.abandoned += 1;
                let open = self.host.is_open(question);
                probe.always("only the open question is abandoned", open && cause.abandons);
                self.host.question = None;
            }
            Action::DeleteSa { sa } => self.delete(sa, cause, probe),
            Action::DropSa { sa } => self.drop(sa, probe),
            Action::RejectSa { sa } => self.reject(sa, probe),
            Action::Redirected { from, to, provenance } => {
                told.followed += 1;
                self.follow(before, (from, to, provenance), cause, probe);
            }
            Action::Acknowledge { sa } => {
                told.acknowledged += 1;
                let first = place == 0 && Some(sa) == cause.sa;
                probe.always("R5-4: a REDIRECT is acknowledged before anything else", first);
            }
            Action::PassOn { sa } => {
                told.passed_on += 1;
                probe.always("what is passed on is what came", Some(sa) == cause.sa);
            }
            Action::Tolerated { sa, reason } => {
                told.tolerated += 1;
                let right = Some(sa) == cause.sa && reason == Reason::NonzeroResponderSpi;
                probe.always("R3-7: what is tolerated is odd", right && cause.odd);
            }
            Action::Ignored { sa, reason } => {
                told.ignored += 1;
                probe.always("what is ignored is what came", Some(sa) == cause.sa);
                check_ignored(reason, cause, probe);
            }
            Action::Misused { .. } => {
                probe.always("F23: the truth is never called a mistake", false);
            }
            Action::Refused { sa, reason } => {
                told.declined = Some(reason);
                check_refused(before, sa, reason, cause, probe);
            }
            Action::MoveFailed { sa, reason } => {
                told.stayed = Some(sa);
                told.failed = Some(reason);
            }
            Action::Failed { reason } => {
                told.failures += 1;
                told.failed = Some(reason);
            }
        }
    }

    fn start(
        &mut self,
        before: &Self,
        id: SaId,
        to: IpAddr,
        notifies: &InitNotifies,
        cause: &Cause,
        probe: &mut Probe,
    ) {
        let attempt = before.host.current();
        let question = before.host.question;
        let (ordered, from, literal) = match cause.order {
            Some(Command::Connect(to) | Command::Renew(to)) => (Some(to), None, false),
            Some(Command::Permit(_, to)) => {
                let literal = question.is_some_and(|asked| asked.target != Named::Name);
                (Some(to), question.map(|asked| asked.from), literal)
            }
            Some(Command::Retry(to)) => {
                (Some(to), attempt.and_then(|sa| sa.from), attempt.is_some_and(|sa| sa.literal))
            }
            Some(Command::Refuse(..) | Command::Close) | None => (None, None, false),
        };
        probe.always("R3-10: goes where the host said", ordered == Some(to));
        probe.always("F08: a name is not used again", id.0 >= NEXT_NAME);
        probe.always(
            "R3-12, F09: REDIRECTED_FROM names who sent the client there",
            notifies.redirected_from == from,
        );
        let announces = self.rules.limit > 0 && (from.is_none() || self.rules.announces_again);
        probe.always("R3-1, D3-6: announces support", notifies.redirect_supported == announces);
        let again = self.machine.init_notifies() == Some(*notifies);
        probe.always("R3-12: each retry repeats the notifications", again);
        let stage = Stage::Init { accepted: false };
        let sa = Sa { id, gateway: to, from, literal, stage, end: None, tag: Tag(0), heard: 0 };
        let fits = self.host.begin(sa);
        probe.always("there are at most two IKE SAs", fits);
    }

    fn ask(
        &mut self,
        id: QuestionId,
        sa: SaId,
        target: Target<'_>,
        provenance: Provenance,
        cause: &Cause,
        probe: &mut Probe,
    ) {
        let Some(sent) = cause.redirect else {
            return probe.always("R3-3: asks only about a REDIRECT", false);
        };
        let named = match target {
            Target::Fqdn(_) => Named::Name,
            Target::V4(address) => Named::Address(address.into()),
            Target::V6(address) => Named::Address(address.into()),
        };
        probe.always("T04: the target is the one that was sent", named == sent.named);
        probe.always("R3-18: the provenance is the exchange", provenance == sent.provenance);
        probe.always("a question is about what came", Some(sa) == cause.sa);
        probe.always("F07: a name is not used again", id.0 >= NEXT_NAME);
        probe.always("one question is open at a time", self.host.question.is_none());
        let from = self.host.sa(sa).map(|sa| sa.gateway);
        let Some(from) = from else { return probe.always("asks about what is alive", false) };
        self.host.question = Some(Question { id, sa, from, target: named, provenance, age: 0 });
    }

    fn drop(&mut self, id: SaId, probe: &mut Probe) {
        let dropped = self.host.sa(id);
        let right = dropped.is_some_and(|sa| sa.end.is_none() && !sa.is_whole());
        probe.always("R6-12: only what never was whole is dropped, and once", right);
        self.host.forget(id);
    }

    fn reject(&mut self, id: SaId, probe: &mut Probe) {
        let rejected = self.host.sa(id);
        let right = rejected.is_some_and(|sa| sa.end == Some(End::Rejected));
        probe.always("F15: only a gateway that is not proven is rejected", right);
        self.host.forget(id);
    }

    fn delete(&mut self, id: SaId, cause: &Cause, probe: &mut Probe) {
        let deleted = self.host.sa(id).copied();
        let stands = deleted.is_some_and(|sa| matches!(sa.end, None | Some(End::GivenUp)));
        let right = deleted.is_some_and(|sa| sa.is_whole());
        probe.always("F04, R6-2: only what both ends have is deleted", stands && right);
        let works = deleted.is_some_and(|sa| sa.is_up() && sa.end.is_none());
        let replaced = cause.input == ClientInput::Established && cause.sa != Some(id);
        let ordered = match cause.order {
            Some(Command::Close) => true,
            Some(Command::Permit(..) | Command::Renew(_)) => !self.rules.keeps,
            Some(Command::Connect(_) | Command::Refuse(..) | Command::Retry(_)) | None => false,
        };
        probe.always(
            "F02: a working IKE SA is deleted only when another one works or the user wants it",
            !works || replaced || ordered,
        );
        let sent = self.host.delete(id);
        probe.always("an IKE SA is deleted once", sent);
    }

    fn follow(
        &mut self,
        before: &Self,
        (from, to, provenance): (IpAddr, IpAddr, Provenance),
        cause: &Cause,
        probe: &mut Probe,
    ) {
        let question = before.host.question;
        let right = question.is_some_and(|asked| {
            let verdict = cause.order == Some(Command::Permit(asked.id, to));
            verdict && asked.from == from && asked.provenance == provenance
        });
        probe.always("F07: follows the redirect that the verdict names", right);
        let fits = self.host.follow();
        probe.always("R9-4: no more redirects than the limit", fits);
    }

    /// What is over has been left, and in the right way.
    fn check_ends(&mut self, cause: &Cause, probe: &mut Probe) {
        for place in &mut self.host.sas {
            let Some(Sa { end: Some(end), .. }) = *place else { continue };
            let whole = place.is_some_and(|sa| sa.is_whole());
            let right = match end {
                End::GivenUp => !whole,
                End::Deleted => true,
                End::Rejected => false,
            };
            probe.always("F01, F05: what the host gives up is left as it has to be", right);
            probe.always("a loss has its reason", cause.reason.is_some());
            *place = None;
        }
    }

    fn check_redirect(&self, before: &Self, cause: &Cause, told: &Told, probe: &mut Probe) {
        let acknowledged = usize::from(cause.acknowledges);
        probe.always("R5-4: acknowledged once", told.acknowledged == acknowledged);
        let passed_on = usize::from(cause.passes);
        probe.always("H14: goes on as usual, or not", told.passed_on == passed_on);
        probe.always("R3-7: oddities are told", told.tolerated == 0 || told.asked == 1);
        let asks = cause.redirect.is_some_and(|sent| sent.verdict.asks());
        probe.always("F03: what counts is asked about", asks == (told.asked == 1));
        let Some(sent) = cause.redirect else {
            let ignored = usize::from(cause.ignores.is_some());
            return probe.always("only what is odd is ignored", told.ignored == ignored);
        };
        let ignored = usize::from(sent.verdict.is_ignored());
        let counted = told.ignored == ignored;
        probe.always("F03: a REDIRECT is ignored with a reason", counted);
        let declined = !asks && ignored == 0;
        let reason = told.declined.is_some();
        probe.always("F03: a REDIRECT is refused with a reason", declined == reason);
        let stays = told.asked == 1 || self.host.question == before.host.question;
        probe.always("F07: a REDIRECT leaves the open question alone", stays || cause.abandons);
    }

    fn check_outcome(&self, before: &Self, cause: &Cause, told: &Told, probe: &mut Probe) {
        let open = before.host.question.is_some();
        let abandoned = usize::from(open && cause.abandons);
        probe.always("a question ends when it has to", told.abandoned == abandoned);
        let (objected, follows) = match (cause.order, before.host.question) {
            (Some(Command::Permit(_, to)), Some(asked)) => {
                let objected = objection(asked.from, to).is_some();
                (objected, !objected)
            }
            _ => (false, false),
        };
        probe.always("R3-10: a permitted redirect is followed", follows == (told.followed == 1));
        let begins = match cause.order {
            Some(Command::Connect(_) | Command::Retry(_) | Command::Renew(_)) => true,
            Some(Command::Permit(..)) => !objected,
            Some(Command::Refuse(..) | Command::Close) | None => false,
        };
        probe.always("an attempt begins when it has to", told.started == usize::from(begins));
        let closed = cause.order == Some(Command::Close);
        let ended = before.host.has_anything() && !self.host.has_anything();
        let failures = usize::from(ended && !closed);
        probe.always("no client ends without a reason", told.failures == failures);
        let lost = before.host.kept().filter(|kept| {
            let others = before.host.count() - 1;
            others > 0 && self.host.count() == 1 && self.host.sa(kept.id).is_some()
        });
        let stayed = lost.map(|kept| kept.id);
        probe.always("R5-7: a move that fails is told", told.stayed == stayed);
        if let Some(reason) = told.failed {
            let right = told.declined == Some(reason) || cause.reason == Some(reason);
            probe.always("a failure has its reason", right);
        }
        self.check_declined(before, cause, told, probe);
        let left = before.host.sas.iter().flatten().filter(|sa| self.host.sa(sa.id).is_none());
        for sa in left {
            let may = self.may_leave(before, sa, cause, told);
            probe.always("no IKE SA is left that nobody has asked to leave", may);
        }
    }

    /// Whether an IKE SA that is gone by this call had to go.
    fn may_leave(&self, before: &Self, sa: &Sa, cause: &Cause, told: &Told) -> bool {
        let kept = before.host.is_kept(sa.id);
        match cause.order {
            Some(Command::Close) => return true,
            Some(Command::Retry(_)) => return !kept,
            Some(Command::Permit(..)) if told.followed == 1 => {
                let stays = kept || (sa.is_up() && self.rules.keeps);
                return !stays;
            }
            Some(Command::Renew(_)) => return !kept && !self.rules.keeps,
            Some(Command::Permit(..) | Command::Connect(_) | Command::Refuse(..)) | None => {}
        }
        let asked = before.host.question.filter(|_| cause.redirect.is_none());
        let declined = told.declined.is_some() && asked.is_some_and(|asked| asked.sa == sa.id);
        let replaced = kept && cause.input == ClientInput::Established;
        let ended = cause.sa == Some(sa.id) && (cause.reason.is_some() || told.declined.is_some());
        declined || replaced || ended
    }

    /// What a redirect that is not followed leaves behind.
    fn check_declined(&self, before: &Self, cause: &Cause, told: &Told, probe: &mut Probe) {
        let Some(sent) = cause.redirect else {
            let (Some(_), Some(asked)) = (told.declined, before.host.question) else { return };
            let stays = self.host.sa(asked.sa).is_some();
            let was = before.host.sa(asked.sa);
            let goes = was.is_none_or(|sa| asked.provenance == Provenance::Auth && !sa.is_up());
            return probe
                .always("R6-2: who refuses leaves an IKE SA without CHILD SA", stays != goes);
        };
        let ends = sent.provenance == Provenance::Auth && told.declined.is_some();
        let alive = cause.sa.is_some_and(|id| self.host.sa(id).is_some());
        probe.always("R6-2: a refused redirect in IKE_AUTH ends the IKE SA", !ends || !alive);
    }
}

fn check_ignored(reason: Reason, cause: &Cause, probe: &mut Probe) {
    let by_redirect = cause.redirect.is_some_and(|sent| sent.verdict.is_ignored_for(reason));
    let right = by_redirect || cause.ignores == Some(reason);
    probe.always("F03: what is ignored has a reason that is true", right);
}

fn check_refused(
    before: &WatchedClient,
    sa: SaId,
    reason: Reason,
    cause: &Cause,
    probe: &mut Probe,
) {
    let by_redirect = cause.redirect.is_some_and(|sent| sent.verdict.is_refused_for(reason));
    let asked = before.host.question.filter(|_| cause.redirect.is_none());
    let by_verdict = asked.is_some_and(|asked| asked.sa == sa && cause.reason == Some(reason));
    let about = if cause.redirect.is_some() { cause.sa == Some(sa) } else { by_verdict };
    probe.always("what is refused has a reason that is true", about && (by_redirect || by_verdict));
}

/// The reason that is told when an IKE SA ends like this.
pub(super) fn loss(end: End) -> Option<Reason> {
    Some(reason_of(end))
}
