//! A tour of the redirect mechanism on loopback: a client, an anycast front door and gateways
//! exchange real messages over UDP, and every decision is the machines'.
//!
//! ```text
//! cargo run --release --example tour
//! ```

use std::process::ExitCode;

#[path = "book.rs"]
mod book;
#[allow(dead_code, unused_imports, reason = "every example uses its share of the host")]
#[path = "host/mod.rs"]
mod host;
#[allow(dead_code, reason = "every example uses its share of it")]
#[path = "stand_ins.rs"]
mod stand_ins;
#[path = "tour/mod.rs"]
mod tour;

fn main() -> ExitCode {
    tour::main(std::env::args().skip(1).collect())
}
