//! The gateway's machine.

use ikev2_redirect::Actions;
use ikev2_redirect::responder::{
    Action, Awaits, Client, Config, Event, Phase, Responder, Retransmission, Stage, TargetId,
};

use crate::codec::CContents;
use crate::define::{constants, structures};
use crate::initiator::action::MAX_ACTIONS;
use crate::initiator::event::{CAuthMessage, peer_auth};
use crate::status::{Fault, Outcome, UNKNOWN_TAG};
use crate::values::{NEVER, flag};

pub(crate) mod calls;

constants! {
    "IKR_": u32 {
        RETRANSMIT_BY_HOST = 1;
        RETRANSMIT_BY_MACHINE = 2;
    }
    "IKR_RESPONDER_EVENT_": u32 {
        AUTH_REQUEST_RECEIVED = 1;
        AUTH_RESPONSE_SENT = 2;
        ACKNOWLEDGED = 3;
        NO_ANSWER = 4;
        INFORMATIONAL_RECEIVED = 5;
        MISPLACED_REDIRECT = 6;
        DELETED = 7;
        REKEYED = 8;
    }
    "IKR_RESPONDER_ACTION_": u32 {
        PASS_ON = 1;
        DECIDE = 2;
        RESPOND_REDIRECT = 3;
        SEND_REDIRECT = 4;
        RETRANSMIT = 5;
        ACKNOWLEDGE = 6;
        DELETE_SA = 7;
        DROP_SA = 8;
        CLIENT_LEFT = 9;
        IGNORED = 10;
        MISUSED = 11;
        FAILED = 12;
    }
    "IKR_STAGE_": u32 {
        CLAIMED = 1;
        FIRST = 2;
        COMPLETE = 3;
    }
    "IKR_RESPONDER_PHASE_": u32 {
        AUTHENTICATING = 1;
        DECIDING = 2;
        ESTABLISHED = 3;
        SCHEDULED = 4;
        REDIRECTING = 5;
        LEAVING = 6;
        CLOSED = 7;
    }
    "IKR_AWAITS_": u32 {
        NOTHING = 0;
        SCHEDULE = 1;
        ACKNOWLEDGEMENT = 2;
        DEPARTURE = 3;
    }
}

structures! {
    /// The fields of `Config`.
    struct CConfig = "ikr_responder_config" {
        grace: u32,
        retransmission: u32,
        give_up_after: u32,
        first_pause: u32,
        tries: u8,
        redirect_unauthenticated: u8,
    }

    /// The fields of `Client`.
    struct CClient = "ikr_client" {
        supports_redirect: u8,
        multiple_auth_offered: u8,
    }

    /// An `Event`: the tag, and what goes with some tag.
    struct CEvent = "ikr_responder_event" {
        tag: u32,
        peer_auth: u32,
        contents: CContents,
        auth_sent: CAuthMessage,
    }

    /// An `Action`: the tag, and what goes with it.
    struct CAction = "ikr_responder_action" {
        tag: u32,
        target: u32,
        stage: u32,
        reason: u32,
        misuse: u32,
        with_identity: u8,
        with_auth: u8,
    }

    /// A list of actions.
    struct CActions = "ikr_responder_actions" {
        count: usize,
        items: [CAction; MAX_ACTIONS],
    }

    /// What the machine tells of itself.
    struct CView = "ikr_responder_view" {
        phase: u32,
        target: u32,
        awaits: u32,
        has_target: u8,
        supports_redirect: u8,
        deadline: u64,
    }
}

impl CConfig {
    fn get(&self) -> Outcome<Config> {
        Ok(Config {
            grace: self.grace,
            retransmission: match self.retransmission {
                RETRANSMIT_BY_HOST => Retransmission::ByHost { give_up_after: self.give_up_after },
                RETRANSMIT_BY_MACHINE => {
                    Retransmission::ByMachine { first_pause: self.first_pause, tries: self.tries }
                }
                _ => return Err(Fault(UNKNOWN_TAG)),
            },
            redirect_unauthenticated: flag(self.redirect_unauthenticated)?,
        })
    }
}

impl From<Config> for CConfig {
    fn from(config: Config) -> Self {
        let mut it = CConfig {
            grace: config.grace,
            retransmission: 0,
            give_up_after: 0,
            first_pause: 0,
            tries: 0,
            redirect_unauthenticated: config.redirect_unauthenticated.into(),
        };
        for known in [Retransmission::BY_HOST, Retransmission::default(), config.retransmission] {
            match known {
                Retransmission::ByHost { give_up_after } => {
                    (it.retransmission, it.give_up_after) = (RETRANSMIT_BY_HOST, give_up_after);
                }
                Retransmission::ByMachine { first_pause, tries } => {
                    it.retransmission = RETRANSMIT_BY_MACHINE;
                    (it.first_pause, it.tries) = (first_pause, tries);
                }
            }
        }
        it
    }
}

impl CClient {
    fn get(&self) -> Outcome<Client> {
        Ok(Client {
            supports_redirect: flag(self.supports_redirect)?,
            multiple_auth_offered: flag(self.multiple_auth_offered)?,
        })
    }
}

impl CEvent {
    /// # Safety
    /// The octets that go with its tag can be read.
    unsafe fn get<'a>(&self) -> Outcome<Event<'a>> {
        Ok(match self.tag {
            AUTH_REQUEST_RECEIVED => Event::AuthRequestReceived {
                peer: peer_auth(self.peer_auth)?,
                // SAFETY: passed on.
                contents: unsafe { self.contents.get() }?,
            },
            AUTH_RESPONSE_SENT => Event::AuthResponseSent { sent: self.auth_sent.get()? },
            ACKNOWLEDGED => Event::Acknowledged,
            NO_ANSWER => Event::NoAnswer,
            INFORMATIONAL_RECEIVED => Event::InformationalReceived {
                // SAFETY: passed on.
                contents: unsafe { self.contents.get() }?,
            },
            MISPLACED_REDIRECT => Event::MisplacedRedirect,
            DELETED => Event::Deleted,
            REKEYED => Event::Rekeyed,
            _ => return Err(Fault(UNKNOWN_TAG)),
        })
    }
}

const NO_ACTION: CAction =
    CAction { tag: 0, target: 0, stage: 0, reason: 0, misuse: 0, with_identity: 0, with_auth: 0 };

impl From<Action> for CAction {
    fn from(action: Action) -> Self {
        let of = |tag| CAction { tag, ..NO_ACTION };
        match action {
            Action::PassOn => of(PASS_ON),
            Action::Decide { stage } => {
                let stage = match stage {
                    Stage::Claimed => CLAIMED,
                    Stage::First => FIRST,
                    Stage::Complete => COMPLETE,
                };
                CAction { stage, ..of(DECIDE) }
            }
            Action::RespondRedirect { target: TargetId(target), with_identity, with_auth } => {
                let (with_identity, with_auth) = (with_identity.into(), with_auth.into());
                CAction { target, with_identity, with_auth, ..of(RESPOND_REDIRECT) }
            }
            Action::SendRedirect { target: TargetId(target) } => {
                CAction { target, ..of(SEND_REDIRECT) }
            }
            Action::Retransmit => of(RETRANSMIT),
            Action::Acknowledge => of(ACKNOWLEDGE),
            Action::DeleteSa => of(DELETE_SA),
            Action::DropSa => of(DROP_SA),
            Action::ClientLeft => of(CLIENT_LEFT),
            Action::Ignored { reason } => CAction { reason: reason as u32, ..of(IGNORED) },
            Action::Misused { misuse } => CAction { misuse: misuse as u32, ..of(MISUSED) },
            Action::Failed { reason } => CAction { reason: reason as u32, ..of(FAILED) },
        }
    }
}

impl CActions {
    const NONE: CActions = CActions { count: 0, items: [NO_ACTION; MAX_ACTIONS] };
}

impl From<Actions<Action>> for CActions {
    fn from(actions: Actions<Action>) -> Self {
        let mut list = CActions::NONE;
        for (place, action) in list.items.iter_mut().zip(&actions) {
            *place = action.into();
        }
        list.count = actions.len();
        list
    }
}

impl CView {
    fn of(machine: &Responder) -> Self {
        let (target, deadline) = (machine.target(), machine.next_deadline());
        CView {
            phase: match machine.phase() {
                Phase::Authenticating => AUTHENTICATING,
                Phase::Deciding => DECIDING,
                Phase::Established => ESTABLISHED,
                Phase::Scheduled => SCHEDULED,
                Phase::Redirecting => REDIRECTING,
                Phase::Leaving => LEAVING,
                Phase::Closed => CLOSED,
            },
            target: target.map_or(0, |target| target.0),
            awaits: match deadline.map(|deadline| deadline.reason) {
                None => NOTHING,
                Some(Awaits::Schedule) => SCHEDULE,
                Some(Awaits::Acknowledgement) => ACKNOWLEDGEMENT,
                Some(Awaits::Departure) => DEPARTURE,
            },
            has_target: target.is_some().into(),
            supports_redirect: machine.supports_redirect().into(),
            deadline: deadline.map_or(NEVER, |deadline| deadline.at.as_millis()),
        }
    }
}
