//! A stateless front door for a fleet of gateways: answers every IKE_SA_INIT request with a
//! REDIRECT to one of them. The operator's manual is `docs/redirector.md`.
//!
//! ```text
//! cargo run --release --example redirector -- --listen 192.0.2.1:500 --to gw1.example.com
//! ```

use std::process::ExitCode;

#[path = "redirector/mod.rs"]
mod redirector;

fn main() -> ExitCode {
    redirector::main(std::env::args_os().skip(1))
}
