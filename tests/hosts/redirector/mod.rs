//! The redirector: its parts, and the program as an operator runs it.

mod exposition;
mod files;
mod loopback;
mod metrics;
mod operator;
mod process;
mod running;
mod service;
