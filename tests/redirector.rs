//! The redirector of `docs/examples` over loopback: real sockets, ephemeral ports.

// The tests drive it below its command line's entry point.
#[allow(dead_code)]
#[path = "../docs/examples/redirector/mod.rs"]
mod redirector;
