//! The redirector of `docs/examples`: its parts, the whole over loopback, and its process.

#[path = "../messages/mod.rs"]
mod messages;
// The tests start it below its command line's entry point.
#[allow(dead_code)]
#[path = "../../docs/examples/redirector/mod.rs"]
mod redirector;

mod loopback;
mod process;
mod service;
