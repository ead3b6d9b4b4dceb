//! The pages of `docs` say what the sources, the tests and the machines bear out.

mod conformance;
#[path = "../lab/record/mod.rs"]
mod record;
mod tables;
