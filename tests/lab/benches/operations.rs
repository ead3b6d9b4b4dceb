//! What one operation of the crate costs: in time, as the ratio to a copy of the same octets, and
//! for `tests/lab/benches/instructions` in instructions.
//!
//! ```text
//! cargo bench --bench operations                        time of each operation
//! cargo bench --bench operations -- --list              their names
//! cargo bench --bench operations -- --repeat NAME       runs one of them a fixed number of times
//! ```

#[path = "operations/client.rs"]
mod client;
mod common;
#[path = "operations/decode.rs"]
mod decode;
#[path = "operations/door.rs"]
mod door;
#[path = "operations/gateway.rs"]
mod gateway;
#[path = "operations/life.rs"]
mod life;
#[path = "operations/visit.rs"]
mod visit;

use std::process::ExitCode;

use common::Arguments;
use visit::{List, Repeat, Time, Visitor};

fn main() -> ExitCode {
    let arguments = Arguments::read();
    if arguments.has("--list") {
        visit_all(&mut List);
    } else if let Some(name) = arguments.value("--repeat") {
        let mut repeat = Repeat::new(name);
        visit_all(&mut repeat);
        return repeat.finish();
    } else {
        println!("{}", Time::HEAD);
        visit_all(&mut Time::new(arguments.patience()));
    }
    ExitCode::SUCCESS
}

fn visit_all(visitor: &mut impl Visitor) {
    decode::visit(visitor);
    door::visit(visitor);
    client::visit(visitor);
    gateway::visit(visitor);
    life::visit(visitor);
}
