//! The octets: what is read from them, what is written, and that nothing else is accepted.

mod compose;
mod messages;
mod notifications;
mod properties;
mod vectors;
