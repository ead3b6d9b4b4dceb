//! Actions, as C structures.

use ikev2_redirect::Actions;
use ikev2_redirect::initiator::{Action, Provenance, QuestionId, SaId};

use crate::codec::CInitNotifies;
use crate::define::{constants, structures};
use crate::values::{CAddress, CTarget};

constants! {
    "IKR_": usize {
        MAX_ACTIONS = Actions::<()>::CAPACITY;
    }
    "IKR_INITIATOR_ACTION_": u32 {
        START_INIT = 1;
        PASS_ON = 2;
        VET = 3;
        ABANDON_VET = 4;
        ACKNOWLEDGE = 5;
        DELETE_SA = 6;
        DROP_SA = 7;
        REJECT_SA = 8;
        REDIRECTED = 9;
        TOLERATED = 10;
        IGNORED = 11;
        MISUSED = 12;
        REFUSED = 13;
        MOVE_FAILED = 14;
        FAILED = 15;
    }
    "IKR_PROVENANCE_": u32 {
        INIT = 1;
        AUTH = 2;
        INFORMATIONAL = 3;
    }
}

structures! {
    /// An `Action`: the tag, and what goes with it.
    struct CAction = "ikr_initiator_action" {
        tag: u32,
        sa: u32,
        question: u32,
        provenance: u32,
        reason: u32,
        misuse: u32,
        from: CAddress,
        to: CAddress,
        target: CTarget,
        notifies: CInitNotifies,
    }

    /// A list of actions.
    struct CActions = "ikr_initiator_actions" {
        count: usize,
        items: [CAction; MAX_ACTIONS],
    }
}

const NO_ACTION: CAction = CAction {
    tag: 0,
    sa: 0,
    question: 0,
    provenance: 0,
    reason: 0,
    misuse: 0,
    from: CAddress::NONE,
    to: CAddress::NONE,
    target: CTarget::NONE,
    notifies: CInitNotifies::NONE,
};

impl CActions {
    pub(super) const NONE: CActions = CActions { count: 0, items: [NO_ACTION; MAX_ACTIONS] };
}

impl From<Actions<Action<'_>>> for CActions {
    fn from(actions: Actions<Action<'_>>) -> Self {
        let mut list = CActions::NONE;
        for (place, action) in list.items.iter_mut().zip(&actions) {
            *place = action.into();
        }
        list.count = actions.len();
        list
    }
}

const fn provenance(provenance: Provenance) -> u32 {
    match provenance {
        Provenance::Init => INIT,
        Provenance::Auth => AUTH,
        Provenance::Informational => INFORMATIONAL,
    }
}

impl From<Action<'_>> for CAction {
    fn from(action: Action<'_>) -> Self {
        let of = |tag, SaId(sa): SaId| CAction { tag, sa, ..NO_ACTION };
        match action {
            Action::StartInit { sa, to, notifies } => {
                CAction { to: to.into(), notifies: notifies.into(), ..of(START_INIT, sa) }
            }
            Action::PassOn { sa } => of(PASS_ON, sa),
            Action::Vet { question: QuestionId(question), sa, target, provenance: given } => {
                let (target, provenance) = (target.into(), provenance(given));
                CAction { question, target, provenance, ..of(VET, sa) }
            }
            Action::AbandonVet { question: QuestionId(question) } => {
                CAction { tag: ABANDON_VET, question, ..NO_ACTION }
            }
            Action::Acknowledge { sa } => of(ACKNOWLEDGE, sa),
            Action::DeleteSa { sa } => of(DELETE_SA, sa),
            Action::DropSa { sa } => of(DROP_SA, sa),
            Action::RejectSa { sa } => of(REJECT_SA, sa),
            Action::Redirected { from, to, provenance: given } => {
                let (from, to, provenance) = (from.into(), to.into(), provenance(given));
                CAction { tag: REDIRECTED, from, to, provenance, ..NO_ACTION }
            }
            Action::Tolerated { sa, reason } => {
                CAction { reason: reason as u32, ..of(TOLERATED, sa) }
            }
            Action::Ignored { sa, reason } => CAction { reason: reason as u32, ..of(IGNORED, sa) },
            Action::Misused { sa, misuse } => CAction { misuse: misuse as u32, ..of(MISUSED, sa) },
            Action::Refused { sa, reason } => CAction { reason: reason as u32, ..of(REFUSED, sa) },
            Action::MoveFailed { sa, reason } => {
                CAction { reason: reason as u32, ..of(MOVE_FAILED, sa) }
            }
            Action::Failed { reason } => {
                CAction { tag: FAILED, reason: reason as u32, ..NO_ACTION }
            }
        }
    }
}
