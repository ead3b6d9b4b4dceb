//! The example hosts end as they should. Each test is bounded: no example waits for anything but
//! itself.

// The tests drive the examples below their command lines' entry points.
#[allow(dead_code)]
#[path = "../docs/examples/peers/mod.rs"]
mod peers;
#[allow(dead_code)]
#[path = "../docs/examples/tour/mod.rs"]
mod tour;

#[path = "examples/tour.rs"]
mod tour_tests;
