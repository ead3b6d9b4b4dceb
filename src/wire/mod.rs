//! Octets to values and back, without any protocol rule.
//!
//! Decoding borrows the octets, never copies them, never panics and never reads past their end.
//! Encoders write into the caller's slice; one that is too short gets the length that is needed
//! ([`BufferTooSmall`]). All numbers on the wire are big-endian and are read and written as such
//! on every machine.
//!
//! | file | what it knows |
//! |---|---|
//! | `header` | the IKE header, SPIs, exchange types, flags |
//! | `payload` | the chain of payloads |
//! | `notify` | the Notify payload and its open set of types |
//! | `redirect` | REDIRECT_SUPPORTED, REDIRECT, REDIRECTED_FROM |
//! | `init` | cleartext IKE_SA_INIT requests and responses |
//! | `contents` | the decrypted payloads of IKE_AUTH and INFORMATIONAL |

mod contents;
mod header;
mod init;
mod notify;
mod payload;
mod redirect;
mod writer;

pub use contents::Contents;
pub use header::{ExchangeType, Flags, Header, Spi};
pub use init::{InitNotifies, InitRequest, InitResponse};
pub use notify::{Notify, NotifyType};
pub use payload::{Payload, PayloadType, Payloads};
pub use redirect::{InitRedirect, Nonce, Redirect, RedirectSupported, RedirectedFrom};
pub use writer::BufferTooSmall;
