//! The octets: what is read from them, what is written, and that nothing else is accepted.

mod addresses;
mod chain;
mod compose;
mod contents;
mod field;
mod identities;
mod init_notifies;
mod messages;
mod names;
mod notifications;
mod properties;
mod resumption;
mod second_reading;
#[path = "../proof/oracle/seed.rs"]
mod seed;
mod vectors;
