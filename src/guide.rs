//! The guide: the pages of `docs/` that a user of the API needs.
//!
//! | you want to | page |
//! |---|---|
//! | put the machines into a daemon, an async service or firmware | [`wrapping`] |
//! | know what the client's machine does, row by row | [`initiator`] |
//! | know what the gateway's machine does, row by row | [`responder`] |
//! | know who could attack what, and what the host must do | [`security`] |
//! | build for a microcontroller | [`embedded`] |
//! | look up a requirement by its id, such as `R6-14` | [`conformance`] |

macro_rules! source {
    () => {
        "https://docs.rs/crate/ikev2-redirect/latest/source/docs/examples/"
    };
}

// Of two definitions of a link the first counts: these lead somewhere in the API docs.
#[doc = "[embedded.md]: crate::guide::embedded"]
#[doc = "[security.md]: crate::guide::security#what-the-host-must-do"]
#[doc = concat!("[`async_host`]: ", source!(), "async_host.rs")]
#[doc = concat!("[`drain`]: ", source!(), "drain.rs")]
#[doc = ""]
#[doc = include_str!("../docs/wrapping.md")]
pub mod wrapping {}
#[doc = "[wrapping.md]: crate::guide::wrapping"]
#[doc = ""]
#[doc = include_str!("../docs/initiator.md")]
pub mod initiator {}
#[doc = include_str!("../docs/responder.md")]
pub mod responder {}
#[doc = include_str!("../docs/security.md")]
pub mod security {}
#[doc = "[wrapping.md]: crate::guide::wrapping"]
#[doc = ""]
#[doc = include_str!("../docs/embedded.md")]
pub mod embedded {}
#[doc = include_str!("../docs/conformance.md")]
pub mod conformance {}
