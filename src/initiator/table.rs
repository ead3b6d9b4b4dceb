//! Every transition of the client machine: what happens, and what the host orders.

use super::Event as E;
use super::machine::Command::{self, Close, Connect, Follow, Refuse};
use super::state::State::{
    Authenticating, Connecting, Established, Idle, VettingActive, VettingAuth, VettingInit,
};
use super::state::{Attempt, Remains, Sa};
use super::steps::{answer, ignored, leave};
use super::{Action, Event, Initiator, Moving, Provenance, Slot};
use crate::auth::Progress;
use crate::{Actions, Instant, Misuse, Reason};

impl Initiator {
    /// What happens. Events about the kept IKE SA stand in [`kept_event`](Self::kept_event):
    /// they mean the same in every state.
    pub(super) fn event<'a>(
        &mut self,
        now: Instant,
        event: Event<'a>,
        actions: &mut Actions<Action<'a>>,
    ) {
        if let (Some(about), Some(sa)) = (event.slot(), self.state.sa()) {
            match self.kept {
                Some(old) if old.slot == about => return self.kept_event(old, event, actions),
                Some(_) | None if sa.slot != about => {
                    return actions.push(ignored(Reason::UnknownSa));
                }
                Some(_) | None => {}
            }
        }
        match (self.state, event) {
            // Nothing is up.
            (
                Idle,
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::AttemptFailed { .. }
                | E::Informational { .. }
                | E::SaDeleted { .. }
                | E::Rekeyed { .. },
            ) => actions.push(ignored(Reason::UnknownSa)),

            // IKE_SA_INIT.
            (Connecting(attempt), E::InitResponse { sent, response, .. }) => {
                self.init_response(now, attempt, sent, response, actions)
            }
            (Connecting(attempt), E::InitCompleted { multiple_auth_offered, .. }) => {
                self.state = Authenticating(attempt, Progress::new(multiple_auth_offered))
            }
            (Connecting(_), E::AttemptFailed { .. }) => self.fail(Reason::AttemptFailed, actions),
            (
                Connecting(_),
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::Informational { .. }
                | E::SaDeleted { .. }
                | E::Rekeyed { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // A REDIRECT in IKE_SA_INIT waits for its verdict.
            // The host was still busy with a response that was passed on before: that was first.
            (VettingInit(attempt, vet), E::InitCompleted { multiple_auth_offered, .. })
                if vet.remains != Remains::Nothing =>
            {
                actions.push(Action::AbandonVet);
                self.state = Authenticating(attempt, Progress::new(multiple_auth_offered));
            }
            (VettingInit(..), E::InitResponse { .. } | E::InitCompleted { .. }) => {
                actions.push(ignored(Reason::QuestionOpen));
            }
            (VettingInit(attempt, vet), E::AttemptFailed { .. }) => {
                self.state = VettingInit(attempt, vet.over(Remains::Nothing))
            }
            (VettingInit(attempt, vet), E::Timeout) if vet.is_due(now) => {
                actions.push(Action::AbandonVet);
                self.decline(Connecting(attempt), vet, Reason::VetTimeout, actions);
            }
            (
                VettingInit(..),
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::Informational { .. }
                | E::SaDeleted { .. }
                | E::Rekeyed { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // IKE_AUTH.
            (Authenticating(attempt, progress), E::AuthRequest { sent, .. }) => {
                self.state = Authenticating(attempt, progress.after_request(sent))
            }
            (Authenticating(attempt, progress), E::AuthResponse { peer, contents, .. }) => {
                self.auth_response(now, attempt, progress, peer, contents, actions)
            }
            (Authenticating(attempt, progress), E::Established { .. })
                if progress.is_complete() =>
            {
                self.arrive(attempt.sa, actions)
            }
            (Authenticating(..), E::Established { .. }) => actions.push(ignored(Reason::OutOfTurn)),
            (Authenticating(attempt, progress), E::AttemptFailed { .. }) => {
                if progress.is_complete() {
                    leave(attempt.sa, Remains::Whole, actions);
                }
                self.fail(Reason::AttemptFailed, actions);
            }
            // R5-4, D6-1: the IKE SA is valid, even if the host is not done with it.
            (Authenticating(attempt, progress), E::Informational { contents, repeated, .. })
                if progress.is_complete() =>
            {
                self.informational(now, attempt.sa, contents, repeated, actions)
            }
            (Authenticating(..), E::SaDeleted { .. }) => self.fail(Reason::SaLost, actions),
            (
                Authenticating(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::Informational { .. }
                | E::Rekeyed { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // A REDIRECT in IKE_AUTH waits for its verdict.
            (
                VettingAuth(..),
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::AttemptFailed { .. },
            ) => actions.push(ignored(Reason::QuestionOpen)),
            (VettingAuth(attempt, vet), E::Informational { contents, .. })
                if vet.remains != Remains::Unfinished =>
            {
                let vet = vet.after(&contents);
                self.informational_meanwhile(
                    attempt.sa,
                    &contents,
                    VettingAuth(attempt, vet),
                    actions,
                );
            }
            (VettingAuth(attempt, vet), E::SaDeleted { .. }) => {
                self.state = VettingAuth(attempt, vet.over(Remains::Nothing))
            }
            (VettingAuth(attempt, vet), E::Timeout) if vet.is_due(now) => {
                actions.push(Action::AbandonVet);
                self.decline_auth(attempt, vet, Reason::VetTimeout, actions);
            }
            (
                VettingAuth(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::Informational { .. }
                | E::Rekeyed { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // The session.
            (Established(sa), E::Informational { contents, repeated, .. }) => {
                self.informational(now, sa, contents, repeated, actions)
            }
            (Established(_), E::SaDeleted { .. }) => self.fail(Reason::SaLost, actions),
            (Established(sa), E::AttemptFailed { .. }) => {
                leave(sa, Remains::Whole, actions);
                self.fail(Reason::AttemptFailed, actions);
            }
            (Established(_), E::Established { .. }) => {} // told late: a REDIRECT came first
            (Established(_), E::Rekeyed { .. }) => {}     // R8-2
            (
                Established(_),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::AuthRequest { .. }
                | E::AuthResponse { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // A REDIRECT in INFORMATIONAL waits for its verdict.
            (VettingActive(sa, vet), E::Informational { contents, .. }) => {
                let vet = vet.after(&contents);
                self.informational_meanwhile(sa, &contents, VettingActive(sa, vet), actions);
            }
            (VettingActive(sa, vet), E::SaDeleted { .. }) => {
                self.state = VettingActive(sa, vet.over(Remains::Nothing))
            }
            (VettingActive(sa, vet), E::Timeout) if vet.is_due(now) => {
                actions.push(Action::AbandonVet);
                self.decline(Established(sa), vet, Reason::VetTimeout, actions);
            }
            (VettingActive(sa, vet), E::AttemptFailed { .. }) => {
                leave(sa, vet.remains, actions);
                self.state = VettingActive(sa, vet.over(Remains::Nothing));
            }
            (VettingActive(..), E::Established { .. }) => {}
            (VettingActive(..), E::Rekeyed { .. }) => {} // R8-2
            (
                VettingActive(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::AuthRequest { .. }
                | E::AuthResponse { .. },
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // In every state.
            (
                Idle | Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                E::MisplacedRedirect { .. },
            ) => actions.push(ignored(Reason::MisplacedRedirect)), // R1-1, R5-6
            (
                Idle | Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                E::Timeout,
            ) => {} // early or late: no harm
        }
    }

    /// What happens to the old IKE SA that make-before-break keeps.
    fn kept_event(&mut self, old: Sa, event: Event<'_>, actions: &mut Actions<Action<'_>>) {
        match event {
            E::Informational { contents, .. } => {
                if contents.deletes_ike_sa {
                    self.kept = None;
                }
                answer(old.slot, &contents, Reason::MoveInProgress, actions);
            }
            E::SaDeleted { .. } => {
                self.kept = None;
            }
            E::Rekeyed { .. } | E::Timeout => {}
            E::MisplacedRedirect { .. } => actions.push(ignored(Reason::MisplacedRedirect)),
            E::InitResponse { .. }
            | E::InitCompleted { .. }
            | E::AuthRequest { .. }
            | E::AuthResponse { .. }
            | E::Established { .. }
            | E::AttemptFailed { .. } => actions.push(ignored(Reason::OutOfTurn)),
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
        actions: &mut Actions<Action<'_>>,
    ) -> Result<(), Misuse> {
        match (self.state, command) {
            (Idle, Connect(gateway)) => {
                self.start(Attempt { sa: Sa { slot: Slot::A, gateway }, from: None }, actions);
            }
            (
                Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                Connect(_),
            ) => return Err(Misuse::AlreadyConnected),

            // The verdict is yes.
            (VettingInit(attempt, _), Follow(to)) => {
                self.follow(now, attempt.sa, to, Provenance::Init, actions);
            }
            (VettingAuth(attempt, vet), Follow(to)) => {
                leave(attempt.sa, vet.remains, actions); // R6-2, R6-12
                self.follow(now, attempt.sa, to, Provenance::Auth, actions);
            }
            (VettingActive(sa, vet), Follow(to)) => {
                match (self.config.moving, vet.remains) {
                    (Moving::MakeBeforeBreak, Remains::Whole) => {
                        self.kept = Some(sa);
                        let next = Sa { slot: sa.slot.other(), ..sa };
                        self.follow(now, next, to, Provenance::Informational, actions);
                    }
                    (Moving::MakeBeforeBreak, Remains::Unfinished | Remains::Nothing)
                    | (
                        Moving::BreakBeforeMake,
                        Remains::Whole | Remains::Unfinished | Remains::Nothing,
                    ) => {
                        leave(sa, vet.remains, actions); // R5-7
                        self.follow(now, sa, to, Provenance::Informational, actions);
                    }
                }
            }

            // The verdict is no.
            (VettingInit(attempt, vet), Refuse(reason)) => {
                self.decline(Connecting(attempt), vet, reason, actions)
            }
            (VettingAuth(attempt, vet), Refuse(reason)) => {
                self.decline_auth(attempt, vet, reason, actions)
            }
            (VettingActive(sa, vet), Refuse(reason)) => {
                self.decline(Established(sa), vet, reason, actions)
            }
            (Idle | Connecting(_) | Authenticating(..) | Established(_), Follow(_) | Refuse(_)) => {
                return Err(Misuse::UnknownQuestion);
            }

            // The user has enough.
            (Idle, Close) => return Err(Misuse::NotConnected),
            (Connecting(attempt), Close) => self.end(attempt.sa, Remains::Unfinished, actions),
            (Authenticating(attempt, progress), Close) if progress.is_complete() => {
                self.end(attempt.sa, Remains::Whole, actions)
            }
            (Authenticating(attempt, _), Close) => {
                self.end(attempt.sa, Remains::Unfinished, actions)
            }
            (Established(sa), Close) => self.end(sa, Remains::Whole, actions),
            (VettingInit(attempt, vet) | VettingAuth(attempt, vet), Close) => {
                actions.push(Action::AbandonVet);
                self.end(attempt.sa, vet.remains, actions);
            }
            (VettingActive(sa, vet), Close) => {
                actions.push(Action::AbandonVet);
                self.end(sa, vet.remains, actions);
            }
        }
        Ok(())
    }
}
