//! Sans-IO state machines for the IKEv2 Redirect Mechanism (RFC 5685).
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
