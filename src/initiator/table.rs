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
    pub(super) fn event<'a>(&mut self, now: Instant, event: Event<'a>) -> Actions<Action<'a>> {
        if let (Some(about), Some(sa)) = (event.slot(), self.state.sa()) {
            match self.kept {
                Some(old) if old.slot == about => return self.kept_event(old, event),
                Some(_) | None if sa.slot != about => return ignored(Reason::UnknownSa),
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
            ) => ignored(Reason::UnknownSa),

            // IKE_SA_INIT.
            (Connecting(attempt), E::InitResponse { sent, response, .. }) => {
                self.init_response(now, attempt, sent, response)
            }
            (Connecting(attempt), E::InitCompleted { multiple_auth_supported, .. }) => {
                self.enter(Authenticating(attempt, Progress::new(multiple_auth_supported)))
            }
            (Connecting(_), E::AttemptFailed { .. }) => self.fail(Reason::AttemptFailed),
            (
                Connecting(_),
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::Informational { .. }
                | E::SaDeleted { .. }
                | E::Rekeyed { .. },
            ) => ignored(Reason::OutOfTurn),

            // A REDIRECT in IKE_SA_INIT waits for its verdict.
            (VettingInit(..), E::InitResponse { .. } | E::InitCompleted { .. }) => {
                ignored(Reason::VettingInProgress)
            }
            (VettingInit(attempt, vet), E::AttemptFailed { .. }) => {
                self.enter(VettingInit(attempt, vet.over(Remains::Nothing)))
            }
            (VettingInit(attempt, vet), E::Timeout) if vet.is_due(now) => {
                self.abandon().and(self.decline_init(attempt, vet, Reason::VetTimeout))
            }
            (
                VettingInit(..),
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::Informational { .. }
                | E::SaDeleted { .. }
                | E::Rekeyed { .. },
            ) => ignored(Reason::OutOfTurn),

            // IKE_AUTH.
            (Authenticating(attempt, progress), E::AuthRequest { sent, .. }) => {
                self.enter(Authenticating(attempt, progress.after_request(sent)))
            }
            (Authenticating(attempt, progress), E::AuthResponse { peer, contents, .. }) => {
                self.auth_response(now, attempt, progress, peer, contents)
            }
            (Authenticating(attempt, progress), E::Established { .. })
                if progress.is_complete() =>
            {
                self.arrive(attempt.sa)
            }
            (Authenticating(..), E::Established { .. }) => ignored(Reason::PhaseIncomplete),
            (Authenticating(..), E::AttemptFailed { .. }) => self.fail(Reason::AttemptFailed),
            (Authenticating(attempt, progress), E::Informational { contents, .. })
                if progress.is_complete() =>
            {
                self.early_informational(attempt.sa, contents)
            }
            (Authenticating(..), E::SaDeleted { .. }) => self.fail(Reason::SaLost),
            (
                Authenticating(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::Informational { .. }
                | E::Rekeyed { .. },
            ) => ignored(Reason::OutOfTurn),

            // A REDIRECT in IKE_AUTH waits for its verdict.
            (
                VettingAuth(..),
                E::AuthRequest { .. } | E::AuthResponse { .. } | E::Established { .. },
            ) => ignored(Reason::VettingInProgress),
            (VettingAuth(attempt, vet), E::Informational { contents, .. })
                if vet.remains != Remains::Unfinished =>
            {
                let vet = vet.after(&contents);
                self.informational_meanwhile(attempt.sa, contents, VettingAuth(attempt, vet))
            }
            (VettingAuth(attempt, vet), E::AttemptFailed { .. } | E::SaDeleted { .. }) => {
                self.enter(VettingAuth(attempt, vet.over(Remains::Nothing)))
            }
            (VettingAuth(attempt, vet), E::Timeout) if vet.is_due(now) => {
                self.abandon().and(self.decline_auth(attempt, vet, Reason::VetTimeout))
            }
            (
                VettingAuth(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::Informational { .. }
                | E::Rekeyed { .. },
            ) => ignored(Reason::OutOfTurn),

            // The session.
            (Established(sa), E::Informational { contents, repeated, .. }) => {
                self.informational(now, sa, contents, repeated)
            }
            (Established(_), E::SaDeleted { .. }) => self.fail(Reason::SaLost),
            (Established(_), E::Rekeyed { .. }) => Actions::none(), // R8-2
            (
                Established(_),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::AttemptFailed { .. },
            ) => ignored(Reason::OutOfTurn),

            // A REDIRECT in INFORMATIONAL waits for its verdict.
            (VettingActive(sa, vet), E::Informational { contents, .. }) => {
                let vet = vet.after(&contents);
                self.informational_meanwhile(sa, contents, VettingActive(sa, vet))
            }
            (VettingActive(sa, vet), E::SaDeleted { .. }) => {
                self.enter(VettingActive(sa, vet.over(Remains::Nothing)))
            }
            (VettingActive(sa, vet), E::Timeout) if vet.is_due(now) => {
                self.abandon().and(self.decline_active(sa, vet, Reason::VetTimeout))
            }
            (VettingActive(..), E::Rekeyed { .. }) => Actions::none(), // R8-2
            (
                VettingActive(..),
                E::InitResponse { .. }
                | E::InitCompleted { .. }
                | E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Established { .. }
                | E::AttemptFailed { .. },
            ) => ignored(Reason::OutOfTurn),

            // In every state.
            (
                Idle | Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                E::MisplacedRedirect { .. },
            ) => ignored(Reason::MisplacedRedirect), // R1-1, R5-6
            (
                Idle | Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                E::Timeout,
            ) => Actions::none(), // early or late: no harm
        }
    }

    /// What happens to the old IKE SA that make-before-break keeps.
    fn kept_event<'a>(&mut self, old: Sa, event: Event<'a>) -> Actions<Action<'a>> {
        match event {
            E::Informational { contents, .. } => {
                if contents.deletes_ike_sa {
                    self.kept = None;
                }
                answer(old.slot, &contents, Reason::MoveInProgress)
            }
            E::SaDeleted { .. } => {
                self.kept = None;
                Actions::none()
            }
            E::Rekeyed { .. } | E::Timeout => Actions::none(),
            E::MisplacedRedirect { .. } => ignored(Reason::MisplacedRedirect),
            E::InitResponse { .. }
            | E::InitCompleted { .. }
            | E::AuthRequest { .. }
            | E::AuthResponse { .. }
            | E::Established { .. }
            | E::AttemptFailed { .. } => ignored(Reason::OutOfTurn),
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        Ok(match (self.state, command) {
            (Idle, Connect(gateway)) => {
                self.start(Attempt { sa: Sa { slot: Slot::A, gateway }, from: None })
            }
            (
                Connecting(_) | VettingInit(..) | Authenticating(..) | VettingAuth(..)
                | Established(_) | VettingActive(..),
                Connect(_),
            ) => return Err(Misuse::AlreadyConnected),

            // The verdict is yes.
            (VettingInit(attempt, _), Follow(to)) => {
                self.follow(now, attempt.sa, to, Provenance::Init)
            }
            (VettingAuth(attempt, vet), Follow(to)) => {
                leave(attempt.sa, vet.remains) // R6-2, R6-12
                    .and(self.follow(now, attempt.sa, to, Provenance::Auth))
            }
            (VettingActive(sa, vet), Follow(to)) => {
                match (self.config.moving, vet.remains) {
                    (Moving::MakeBeforeBreak, Remains::Whole) => {
                        self.kept = Some(sa);
                        let next = Sa { slot: sa.slot.other(), ..sa };
                        self.follow(now, next, to, Provenance::Informational)
                    }
                    (Moving::MakeBeforeBreak, Remains::Unfinished | Remains::Nothing)
                    | (
                        Moving::BreakBeforeMake,
                        Remains::Whole | Remains::Unfinished | Remains::Nothing,
                    ) => leave(sa, vet.remains) // R5-7
                        .and(self.follow(now, sa, to, Provenance::Informational)),
                }
            }

            // The verdict is no.
            (VettingInit(attempt, vet), Refuse(reason)) => self.decline_init(attempt, vet, reason),
            (VettingAuth(attempt, vet), Refuse(reason)) => self.decline_auth(attempt, vet, reason),
            (VettingActive(sa, vet), Refuse(reason)) => self.decline_active(sa, vet, reason),
            (Idle | Connecting(_) | Authenticating(..) | Established(_), Follow(_) | Refuse(_)) => {
                return Err(Misuse::NothingToVet);
            }

            // The user has enough.
            (Idle, Close) => return Err(Misuse::NotConnected),
            (Connecting(attempt), Close) => self.end(attempt.sa, Remains::Unfinished),
            (Authenticating(attempt, progress), Close) if progress.is_complete() => {
                self.end(attempt.sa, Remains::Whole)
            }
            (Authenticating(attempt, _), Close) => self.end(attempt.sa, Remains::Unfinished),
            (Established(sa), Close) => self.end(sa, Remains::Whole),
            (VettingInit(attempt, vet) | VettingAuth(attempt, vet), Close) => {
                self.abandon().and(self.end(attempt.sa, vet.remains))
            }
            (VettingActive(sa, vet), Close) => self.abandon().and(self.end(sa, vet.remains)),
        })
    }
}
