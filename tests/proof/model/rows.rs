//! The rows of both tables: where an IKE SA stands, whether a question is open, and what comes.
//! A row counts as covered when its outcome has been judged, not when it was merely taken (T05).

use ikev2_redirect::{initiator, responder};

use crate::checker::Rows;
use crate::truth::client::{Host, Stage};
use crate::watch::client::{Cause, Command};

/// Lists the kinds of an enum and makes an array of them.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $kind:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name { $($(#[$of])* $kind),+ }

        impl $name {
            const ALL: &'static [Self] = &[$(Self::$kind),+];
        }
    };
}

kinds!(
    /// What can come to the client machine.
    ClientInput {
        InitResponseReceived,
        InitCompleted,
        AuthRequestSent,
        AuthResponseReceived,
        Established,
        GivenUp,
        InformationalReceived,
        MisplacedRedirect,
        Deleted,
        Rekeyed,
        GatewayMoved,
        Timeout,
        Connect,
        Permit,
        Refuse,
        Retry,
        Renew,
        Close,
    }
);

impl ClientInput {
    /// The kind of an event. No wildcard: a new event needs a row.
    pub(crate) fn of(event: &initiator::Event<'_, '_>) -> Self {
        use initiator::Event;
        match event {
            Event::InitResponseReceived { .. } => Self::InitResponseReceived,
            Event::InitCompleted { .. } => Self::InitCompleted,
            Event::AuthRequestSent { .. } => Self::AuthRequestSent,
            Event::AuthResponseReceived { .. } => Self::AuthResponseReceived,
            Event::Established => Self::Established,
            Event::GivenUp => Self::GivenUp,
            Event::InformationalReceived { .. } => Self::InformationalReceived,
            Event::MisplacedRedirect => Self::MisplacedRedirect,
            Event::Deleted => Self::Deleted,
            Event::Rekeyed => Self::Rekeyed,
            Event::GatewayMoved { .. } => Self::GatewayMoved,
        }
    }

    pub(crate) fn of_command(command: &Command) -> Self {
        match command {
            Command::Connect(_) => Self::Connect,
            Command::Permit(..) => Self::Permit,
            Command::Refuse(..) => Self::Refuse,
            Command::Retry(_) => Self::Retry,
            Command::Renew(_) => Self::Renew,
            Command::Close => Self::Close,
        }
    }

    fn is_event(self) -> bool {
        (self as usize) < Self::Timeout as usize
    }
}

kinds!(
    /// Where an input finds the client.
    ClientPlace {
        Idle,
        Init,
        Auth,
        Up,
        /// An IKE SA that is kept; for a command: one is.
        Kept,
        Gone,
    }
);

kinds!(
    /// What can come to the gateway machine.
    GatewayInput {
        AuthRequestReceived,
        AuthResponseSent,
        Acknowledged,
        NoAnswer,
        InformationalReceived,
        MisplacedRedirect,
        Deleted,
        Rekeyed,
        Timeout,
        Redirect,
        RedirectAt,
        Cancel,
    }
);

impl GatewayInput {
    /// The kind of an event. No wildcard: a new event needs a row.
    pub(crate) fn of(event: &responder::Event<'_>) -> Self {
        use responder::Event;
        match event {
            Event::AuthRequestReceived { .. } => Self::AuthRequestReceived,
            Event::AuthResponseSent { .. } => Self::AuthResponseSent,
            Event::Acknowledged => Self::Acknowledged,
            Event::NoAnswer => Self::NoAnswer,
            Event::InformationalReceived { .. } => Self::InformationalReceived,
            Event::MisplacedRedirect => Self::MisplacedRedirect,
            Event::Deleted => Self::Deleted,
            Event::Rekeyed => Self::Rekeyed,
        }
    }
}

const GATEWAY_PHASES: [responder::Phase; 7] = [
    responder::Phase::Authenticating,
    responder::Phase::Deciding,
    responder::Phase::Established,
    responder::Phase::Scheduled,
    responder::Phase::Redirecting,
    responder::Phase::Leaving,
    responder::Phase::Closed,
];

/// The row of the client's table, by what the host knew before.
pub(crate) fn client_row(before: &Host, cause: &Cause) -> usize {
    client_row_at(place(before, cause), before.question.is_some(), cause.input)
}

pub(crate) fn client_row_at(place: ClientPlace, asked: bool, input: ClientInput) -> usize {
    (place as usize * 2 + usize::from(asked)) * ClientInput::ALL.len() + input as usize
}

/// Where what is told or ordered finds the client.
pub(crate) fn place(before: &Host, cause: &Cause) -> ClientPlace {
    let kept = match cause.sa {
        Some(id) => before.is_kept(id),
        None => before.kept().is_some(),
    };
    let about = match cause.sa {
        Some(id) => before.sa(id),
        None => before.current(),
    };
    match about.map(|sa| sa.stage) {
        _ if kept => ClientPlace::Kept,
        None if cause.sa.is_some() => ClientPlace::Gone,
        None => ClientPlace::Idle,
        Some(Stage::Init { .. }) => ClientPlace::Init,
        Some(Stage::Auth { .. } | Stage::Stuck | Stage::Whole) => ClientPlace::Auth,
        Some(Stage::Up) => ClientPlace::Up,
    }
}

/// The row of the gateway's table.
pub(crate) fn gateway_row(phase: responder::Phase, input: GatewayInput) -> usize {
    const CLIENT_ROWS: usize = ClientPlace::ALL.len() * 2 * ClientInput::ALL.len();
    CLIENT_ROWS + phase as usize * GatewayInput::ALL.len() + input as usize
}

/// The rows of both tables that `covered` lacks, in words.
pub(crate) fn uncovered(covered: &Rows) -> Vec<String> {
    let mut missing = Vec::new();
    for &place in ClientPlace::ALL {
        for asked in [false, true] {
            for &input in ClientInput::ALL {
                let absent = match place {
                    ClientPlace::Idle => input.is_event(),
                    ClientPlace::Gone => !input.is_event(),
                    ClientPlace::Init | ClientPlace::Auth => false,
                    ClientPlace::Up | ClientPlace::Kept => false,
                };
                if !absent && !covered.contains(client_row_at(place, asked, input)) {
                    let asked = if asked { ", asked" } else { "" };
                    missing.push(format!("client: {place:?}{asked} x {input:?}"));
                }
            }
        }
    }
    for phase in GATEWAY_PHASES {
        for &input in GatewayInput::ALL {
            if !covered.contains(gateway_row(phase, input)) {
                missing.push(format!("gateway: {phase:?} x {input:?}"));
            }
        }
    }
    missing
}
