//! Octets to values and back, without any protocol rule.
//!
//! Decoding borrows the octets, never copies them, never panics and never reads past their end.
//! Encoders write into the caller's slice; one that is too short gets the length that is needed
//! ([`BufferTooSmall`]). All numbers on the wire are big-endian and are read and written as such
//! on every machine.
//!
//! Whole messages: [`InitRequest`], [`InitResponse`], [`Contents`] of a decrypted one, and
//! [`UnsupportedRequest`] for one that cannot be read but is to be answered. The
//! notifications: [`RedirectSupported`], [`Redirect`], [`InitRedirect`], [`RedirectedFrom`], and
//! [`InitNotifies`] for those that a request carries. The parts: [`Header`], [`Payloads`],
//! [`Notify`].

mod contents;
mod header;
mod init;
mod notify;
mod payload;
mod redirect;
mod unsupported;
mod writer;

pub use contents::Contents;
pub use header::{ExchangeType, Flags, Header, Spi};
pub use init::{InitNotifies, InitRequest, InitResponse};
pub use notify::{Notify, NotifyType};
pub use payload::{Payload, PayloadType, Payloads};
pub use redirect::{InitRedirect, Nonce, Redirect, RedirectSupported, RedirectedFrom};
pub use unsupported::{Unsupported, UnsupportedRequest};
pub use writer::BufferTooSmall;
