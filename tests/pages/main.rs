//! The pages of `docs` say what the sources, the tests and the machines bear out.

mod conformance;
mod tables;
