//! The example hosts end as they should, and the redirector serves. Each test is bounded: the
//! examples give up by themselves when something takes too long.

// The tests drive the examples below their command lines' entry points, and those that share the
// parties bring them along.
#![allow(dead_code, unused_imports, clippy::duplicate_mod)]

#[path = "../wire/compose.rs"]
mod compose;

#[path = "../../docs/examples/arguments.rs"]
mod arguments;
#[path = "../../docs/examples/async_host.rs"]
mod async_host;
#[path = "../../docs/examples/blocking.rs"]
mod blocking;
#[path = "../../docs/examples/book.rs"]
mod book;
#[path = "../../docs/examples/drain.rs"]
mod drain;
#[path = "../../docs/examples/host/mod.rs"]
mod host;
#[path = "../../docs/examples/redirector/mod.rs"]
mod redirector;
#[path = "../../docs/examples/stand_ins.rs"]
mod stand_ins;
#[path = "../../docs/examples/tour/mod.rs"]
mod tour;

#[path = "examples/drain.rs"]
mod drain_tests;
#[path = "examples/net.rs"]
mod net;
#[path = "examples/parties.rs"]
mod parties;
#[path = "redirector/mod.rs"]
mod redirector_tests;
#[path = "examples/runtimes.rs"]
mod runtime_tests;
#[path = "examples/sessions.rs"]
mod session_tests;
#[path = "examples/setup.rs"]
mod setup_tests;
#[path = "examples/tour.rs"]
mod tour_tests;
#[path = "examples/verdict.rs"]
mod verdict_tests;
