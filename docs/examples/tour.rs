//! A tour of the redirect mechanism on loopback: a client, an anycast front door and gateways
//! exchange real messages over UDP, and every decision is the machines'.
//!
//! ```text
//! cargo run --release --example tour
//! ```

use std::process::ExitCode;

#[allow(dead_code, reason = "every example uses its share of the parties")]
#[path = "peers/mod.rs"]
mod peers;
#[path = "tour/mod.rs"]
mod tour;

fn main() -> ExitCode {
    tour::main(std::env::args().skip(1).collect())
}
