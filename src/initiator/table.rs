//! Every transition of the client machine: what happens to an IKE SA, what the host orders, and
//! what time brings. Nothing else assigns to the machine's fields.

use core::net::IpAddr;

use super::Event as E;
use super::judge::{self, Decline};
use super::machine::Command::{self, Close, Connect, Permit, Refuse, Renew, Retry};
use super::question::Question;
use super::sa::IkeSa;
use super::sa::Stage::{Auth, Init, Up};
use super::{Action, Event, Initiator, Moving, Provenance, QuestionId, SaId};
use crate::auth::Progress;
use crate::{Actions, Instant, Misuse, Reason, Target};

impl Initiator {
    /// What happens to the IKE SA `id`. It means the same whether that is the current or the kept
    /// one, which is always up, and whether a question is open or not.
    pub(super) fn event<'m>(
        &mut self,
        now: Instant,
        id: SaId,
        event: Event<'m, '_>,
        out: &mut Actions<Action<'m>>,
    ) {
        let Some(sa) = self.find(id) else {
            return out.push(ignored(id, Reason::UnknownSa));
        };
        match (sa.stage, event) {
            // IKE_SA_INIT.
            (Init, E::InitResponseReceived { sent, response }) => {
                match self.judge_init(now, &sa, &sent, &response) {
                    judge::Init::Usual => out.push(Action::PassOn { sa: id }),
                    judge::Init::Ignore(reason) => out.push(ignored(id, reason)),
                    judge::Init::IgnoreRedirect(reason) => {
                        out.push(ignored(id, reason));
                        out.push(Action::PassOn { sa: id });
                    }
                    judge::Init::Refuse(reason) => out.push(refused(id, reason)),
                    judge::Init::Ask(target, odd) => {
                        if let Some(reason) = odd {
                            out.push(Action::Tolerated { sa: id, reason });
                        }
                        self.ask(now, &sa, target, Provenance::Init, out); // R3-8 … R3-11
                    }
                }
            }
            (Init, E::InitCompleted { multiple_auth_offered }) => {
                self.current = Some(sa.at(Auth(Progress::new(multiple_auth_offered))));
                // An unauthenticated word does not outlive keys.
                self.abandon_if(|question| question.provenance == Provenance::Init, out);
            }

            // IKE_AUTH.
            (Auth(progress), E::AuthRequestSent { sent }) => match judge::request(&progress) {
                Ok(()) => self.current = Some(sa.at(Auth(progress.after_request(sent)))),
                Err(misuse) => out.push(misused(id, misuse)),
            },
            (Auth(progress), E::AuthResponseReceived { peer, contents }) => {
                match self.judge_auth(now, &sa, progress, peer, &contents) {
                    judge::Auth::Mistaken(misuse) => return out.push(misused(id, misuse)),
                    judge::Auth::Unproven => {
                        out.push(Action::RejectSa { sa: id });
                        self.abandon_if(|question| question.sa == id, out);
                        self.gone(id, Reason::GatewayAuthFailed, out);
                    }
                    judge::Auth::Ended => {
                        if contents.redirect.is_some() {
                            out.push(ignored(id, Reason::FatalNotification));
                        }
                        out.push(Action::PassOn { sa: id });
                    }
                    judge::Auth::Usual(next) => {
                        self.current = Some(sa.at(Auth(next)));
                        out.push(Action::PassOn { sa: id });
                    }
                    judge::Auth::IgnoreRedirect(next, reason) => {
                        self.current = Some(sa.at(Auth(next)));
                        out.push(ignored(id, reason));
                        out.push(Action::PassOn { sa: id });
                    }
                    judge::Auth::Refuse(next, reason) => {
                        out.push(refused(id, reason));
                        if !contents.deletes_ike_sa {
                            out.push(leave(&sa.at(Auth(next))));
                        }
                        self.gone(id, reason, out);
                    }
                    judge::Auth::Ask(next, target) => {
                        self.current = Some(sa.at(Auth(next)));
                        self.ask(now, &sa, target, Provenance::Auth, out); // R6-2 … R6-12
                    }
                }
                self.gone_if(contents.deletes_ike_sa, id, out);
            }
            (Auth(progress), E::Established) if progress.is_complete() => {
                self.current = Some(sa.at(Up));
                if let Some(kept) = self.kept.take() {
                    out.push(Action::DeleteSa { sa: kept.id }); // R5-7
                }
            }
            (Init | Auth(_), E::Established) => out.push(misused(id, Misuse::PhaseIncomplete)),

            // INFORMATIONAL.
            (Auth(_) | Up, E::InformationalReceived { contents, repeated }) => {
                let verdict = self.judge_informational(now, &sa, &contents, repeated);
                if contents.redirect.is_some() {
                    out.push(Action::Acknowledge { sa: id }); // R5-4
                }
                match verdict {
                    judge::Informational::Usual => out.push(Action::PassOn { sa: id }),
                    judge::Informational::Ignore(reason) => out.push(ignored(id, reason)),
                    judge::Informational::Refuse(reason) => out.push(refused(id, reason)),
                    judge::Informational::Ask(target) => {
                        self.ask(now, &sa, target, Provenance::Informational, out);
                    }
                }
                self.gone_if(contents.deletes_ike_sa, id, out);
            }
            (Auth(_) | Up, E::Rekeyed) => match judge::rekeyed(&sa) {
                Ok(()) => {} // R8-2
                Err(misuse) => out.push(misused(id, misuse)),
            },
            (Auth(_) | Up, E::GatewayMoved { to }) => match judge::moved(&sa, to) {
                Ok(()) => self.move_gateway(id, to),
                Err(misuse) => out.push(misused(id, misuse)),
            },

            // In every stage.
            (Init | Auth(_) | Up, E::GivenUp) => {
                if sa.is_whole() {
                    out.push(leave(&sa));
                }
                self.gone(id, Reason::AttemptFailed, out);
            }
            (Init | Auth(_) | Up, E::Deleted) => self.gone(id, Reason::SaLost, out),
            (Init | Auth(_) | Up, E::MisplacedRedirect) => {
                out.push(ignored(id, Reason::MisplacedRedirect)); // R1-1, R5-6
            }

            // The network delivers late; the host does not tell what cannot be.
            (Auth(_) | Up, E::InitResponseReceived { .. }) => {
                out.push(ignored(id, Reason::OutOfTurn));
            }
            (Auth(_) | Up, E::InitCompleted { .. })
            | (Init | Up, E::AuthRequestSent { .. } | E::AuthResponseReceived { .. })
            | (Init, E::InformationalReceived { .. } | E::Rekeyed | E::GatewayMoved { .. })
            | (Up, E::Established) => out.push(misused(id, Misuse::OutOfTurn)),
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
        out: &mut Actions<Action<'_>>,
    ) -> Result<(), Misuse> {
        match command {
            Connect(to) => {
                self.judge_connect(to)?;
                self.start(to, None, false, out);
            }
            Permit(id, to) => {
                let question = self.asked(id)?;
                match self.judge_permit(&question, to)? {
                    Ok(()) => {
                        self.question = None;
                        self.limit.record(&self.config, now);
                        let Question { from, provenance, literal, .. } = question;
                        out.push(Action::Redirected { from, to, provenance });
                        self.make_way(out);
                        self.start(to, Some(from), literal.is_some(), out);
                    }
                    Err(reason) => self.decline(question, reason, out),
                }
            }
            Refuse(id, reason) => {
                let question = self.asked(id)?;
                self.decline(question, reason, out);
            }
            Retry(to) => {
                let sa = self.judge_retry(to)?;
                out.push(leave(&sa));
                self.start(to, sa.from, sa.literal, out);
            }
            Renew(to) => {
                self.judge_renew(to)?;
                self.make_way(out);
                self.start(to, None, false, out);
            }
            Close => {
                self.judge_close()?;
                self.abandon_if(|_| true, out);
                if let Some(sa) = self.current.take() {
                    out.push(leave(&sa));
                }
                if let Some(kept) = self.kept.take() {
                    out.push(Action::DeleteSa { sa: kept.id });
                }
            }
        }
        Ok(())
    }

    /// What time brings: a verdict that does not come is a refusal. A time-out that comes early,
    /// late or twice does nothing.
    pub(super) fn time(&mut self, now: Instant, out: &mut Actions<Action<'_>>) {
        if let Some(question) = self.question.filter(|question| question.is_due(now)) {
            out.push(Action::AbandonVet { question: question.id });
            self.decline(question, Reason::VetTimeout, out);
        }
    }

    /// Opens a question to the host.
    fn ask<'m>(
        &mut self,
        now: Instant,
        sa: &IkeSa,
        target: Target<'m>,
        provenance: Provenance,
        out: &mut Actions<Action<'m>>,
    ) {
        let id = QuestionId(self.next_number());
        self.question = Some(Question {
            id,
            sa: sa.id,
            from: sa.gateway,
            literal: target.address(),
            provenance,
            until: now.after(self.config.vet_timeout),
        });
        out.push(Action::Vet { question: id, sa: sa.id, target, provenance });
    }

    /// Starts an attempt, which goes on like the first one and may be redirected again (`R3-13`,
    /// `D3-5`).
    fn start(
        &mut self,
        to: IpAddr,
        from: Option<IpAddr>,
        literal: bool,
        out: &mut Actions<Action<'_>>,
    ) {
        let sa = IkeSa { id: SaId(self.next_number()), gateway: to, from, literal, stage: Init };
        self.current = Some(sa);
        out.push(Action::StartInit { sa: sa.id, to, notifies: self.notifies_of(&sa) });
    }

    /// Makes way for another IKE SA: one that is up is kept, if that is wanted, any other is left.
    fn make_way(&mut self, out: &mut Actions<Action<'_>>) {
        match (self.current.take(), self.config.moving) {
            (None, Moving::MakeBeforeBreak | Moving::BreakBeforeMake) => {}
            (Some(sa), Moving::MakeBeforeBreak) if sa.is_up() => self.kept = Some(sa.into()),
            (Some(sa), Moving::MakeBeforeBreak | Moving::BreakBeforeMake) => {
                out.push(leave(&sa)); // R5-7, R6-2, R6-12
            }
        }
    }

    /// An IKE SA is gone. If it was the current one, the kept one takes its place; without one, an
    /// open question may still lead somewhere.
    fn gone(&mut self, id: SaId, reason: Reason, out: &mut Actions<Action<'_>>) {
        if self.kept.is_some_and(|kept| kept.id == id) {
            self.kept = None;
            return;
        }
        self.current = self.kept.take().map(IkeSa::from);
        match (self.current, self.question) {
            (Some(sa), _) => out.push(Action::MoveFailed { sa: sa.id, reason }),
            (None, None) => out.push(Action::Failed { reason }),
            (None, Some(_)) => {}
        }
    }

    fn gone_if(&mut self, deleted: bool, id: SaId, out: &mut Actions<Action<'_>>) {
        if deleted && self.find(id).is_some() {
            self.gone(id, Reason::SaLost, out);
        }
    }

    /// A redirect is not followed.
    fn decline(&mut self, question: Question, reason: Reason, out: &mut Actions<Action<'_>>) {
        self.question = None;
        out.push(refused(question.sa, reason));
        match self.judge_decline(&question) {
            Decline::GoOn => {}
            Decline::Leave(sa) => {
                out.push(leave(&sa));
                self.gone(sa.id, reason, out);
            }
            Decline::NothingLeft => out.push(Action::Failed { reason }),
        }
    }

    fn abandon_if(&mut self, which: impl Fn(&Question) -> bool, out: &mut Actions<Action<'_>>) {
        if let Some(question) = self.question.take_if(|question| which(question)) {
            out.push(Action::AbandonVet { question: question.id });
        }
    }

    /// The gateway of this IKE SA has another address, for an open question about it, too.
    fn move_gateway(&mut self, id: SaId, to: IpAddr) {
        if let Some(sa) = self.current.as_mut().filter(|sa| sa.id == id) {
            sa.gateway = to;
        }
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.id == id) {
            kept.gateway = to;
        }
        if let Some(question) = self.question.as_mut().filter(|question| question.sa == id) {
            question.from = to;
        }
    }

    /// A number that names nothing yet.
    fn next_number(&mut self) -> u32 {
        let number = self.issued;
        self.issued = number.wrapping_add(1);
        number
    }
}

/// How an IKE SA is left: by what the gateway has of it.
const fn leave<'m>(sa: &IkeSa) -> Action<'m> {
    if sa.is_whole() { Action::DeleteSa { sa: sa.id } } else { Action::DropSa { sa: sa.id } }
}

const fn ignored<'m>(sa: SaId, reason: Reason) -> Action<'m> {
    Action::Ignored { sa, reason }
}

const fn refused<'m>(sa: SaId, reason: Reason) -> Action<'m> {
    Action::Refused { sa, reason }
}

const fn misused<'m>(sa: SaId, misuse: Misuse) -> Action<'m> {
    Action::Misused { sa, misuse }
}
