//! The rows of both tables: every state with every event and every command.

use ikev2_redirect::{initiator, responder};

use crate::checker::Rows;

/// What can come to the client machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientInput {
    InitResponse,
    InitCompleted,
    AuthRequest,
    AuthResponse,
    Established,
    AttemptFailed,
    Informational,
    MisplacedRedirect,
    SaDeleted,
    Rekeyed,
    Timeout,
    Connect,
    Permit,
    Refuse,
    Close,
}

impl ClientInput {
    const ALL: [Self; 15] = [
        Self::InitResponse,
        Self::InitCompleted,
        Self::AuthRequest,
        Self::AuthResponse,
        Self::Established,
        Self::AttemptFailed,
        Self::Informational,
        Self::MisplacedRedirect,
        Self::SaDeleted,
        Self::Rekeyed,
        Self::Timeout,
        Self::Connect,
        Self::Permit,
        Self::Refuse,
        Self::Close,
    ];

    /// The kind of an event. No wildcard: a new event needs a row.
    pub(crate) fn of(event: &initiator::Event<'_>) -> Self {
        match event {
            initiator::Event::InitResponse { .. } => Self::InitResponse,
            initiator::Event::InitCompleted { .. } => Self::InitCompleted,
            initiator::Event::AuthRequest { .. } => Self::AuthRequest,
            initiator::Event::AuthResponse { .. } => Self::AuthResponse,
            initiator::Event::Established { .. } => Self::Established,
            initiator::Event::AttemptFailed { .. } => Self::AttemptFailed,
            initiator::Event::Informational { .. } => Self::Informational,
            initiator::Event::MisplacedRedirect { .. } => Self::MisplacedRedirect,
            initiator::Event::SaDeleted { .. } => Self::SaDeleted,
            initiator::Event::Rekeyed { .. } => Self::Rekeyed,
            initiator::Event::Timeout => Self::Timeout,
        }
    }

    fn is_about_an_sa(self) -> bool {
        !matches!(self, Self::Timeout | Self::Connect | Self::Permit | Self::Refuse | Self::Close)
    }
}

/// Where an input finds the client machine: in a phase, or with an old IKE SA that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientPlace {
    In(initiator::Phase),
    Kept,
}

impl ClientPlace {
    const ALL: [Self; 8] = [
        Self::In(initiator::Phase::Idle),
        Self::In(initiator::Phase::Connecting),
        Self::In(initiator::Phase::VettingInit),
        Self::In(initiator::Phase::Authenticating),
        Self::In(initiator::Phase::VettingAuth),
        Self::In(initiator::Phase::Established),
        Self::In(initiator::Phase::VettingActive),
        Self::Kept,
    ];
}

/// What can come to the gateway machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GatewayInput {
    AuthRequest,
    AuthResponse,
    Acknowledged,
    NoAnswer,
    Informational,
    MisplacedRedirect,
    SaDeleted,
    Rekeyed,
    Timeout,
    Redirect,
    RedirectAt,
    Cancel,
}

impl GatewayInput {
    const ALL: [Self; 12] = [
        Self::AuthRequest,
        Self::AuthResponse,
        Self::Acknowledged,
        Self::NoAnswer,
        Self::Informational,
        Self::MisplacedRedirect,
        Self::SaDeleted,
        Self::Rekeyed,
        Self::Timeout,
        Self::Redirect,
        Self::RedirectAt,
        Self::Cancel,
    ];

    /// The kind of an event. No wildcard: a new event needs a row.
    pub(crate) fn of(event: &responder::Event<'_>) -> Self {
        match event {
            responder::Event::AuthRequest { .. } => Self::AuthRequest,
            responder::Event::AuthResponse { .. } => Self::AuthResponse,
            responder::Event::Acknowledged => Self::Acknowledged,
            responder::Event::NoAnswer => Self::NoAnswer,
            responder::Event::Informational { .. } => Self::Informational,
            responder::Event::MisplacedRedirect => Self::MisplacedRedirect,
            responder::Event::SaDeleted => Self::SaDeleted,
            responder::Event::Rekeyed => Self::Rekeyed,
            responder::Event::Timeout => Self::Timeout,
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

/// The row of the client's table.
pub(crate) fn client_row(place: ClientPlace, input: ClientInput) -> usize {
    let place = match place {
        ClientPlace::In(phase) => phase as usize,
        ClientPlace::Kept => ClientPlace::ALL.len() - 1,
    };
    place * ClientInput::ALL.len() + input as usize
}

/// The row of the gateway's table.
pub(crate) fn gateway_row(phase: responder::Phase, input: GatewayInput) -> usize {
    const CLIENT_ROWS: usize = ClientPlace::ALL.len() * ClientInput::ALL.len();
    CLIENT_ROWS + phase as usize * GatewayInput::ALL.len() + input as usize
}

/// The rows of both tables that `covered` lacks, in words.
pub(crate) fn uncovered(covered: &Rows) -> Vec<String> {
    let mut missing = Vec::new();
    for place in ClientPlace::ALL {
        for input in ClientInput::ALL {
            let exists = place != ClientPlace::Kept || input.is_about_an_sa();
            if exists && !covered.contains(client_row(place, input)) {
                missing.push(format!("client: {place:?} x {input:?}"));
            }
        }
    }
    for phase in GATEWAY_PHASES {
        for input in GatewayInput::ALL {
            if !covered.contains(gateway_row(phase, input)) {
                missing.push(format!("gateway: {phase:?} x {input:?}"));
            }
        }
    }
    missing
}
