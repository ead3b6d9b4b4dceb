//! Whole sessions on the chip, checked step by step; real messages where there are some, a host of
//! a few lines.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use ikev2_redirect::Actions;
use ikev2_redirect::initiator::{self, Initiator};
use ikev2_redirect::responder::{self, Responder};
use redirect_firmware::board;
use redirect_firmware::report::Report;

mod client;
mod front_door;
mod gateway;
mod meter;
mod protected;

use meter::Meter;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut report = Report::default();
    let mut meter = Meter::default();
    front_door::run(&mut report, &mut meter);
    let of_front_door = meter.take();
    client::run(&mut report, &mut meter);
    let of_initiator = meter.take();
    gateway::run(&mut report, &mut meter);
    let of_responder = meter.take();

    // The engine that runs WebAssembly keeps its stack to itself.
    if cfg!(not(target_arch = "wasm32")) {
        report.figure("stack of the front door", of_front_door);
        report.figure("stack of the initiator", of_initiator);
        report.figure("stack of the responder", of_responder);
        sizes(&report);
    }
    report.verdict()
}

fn sizes(report: &Report) {
    report.figure("size of Initiator", size_of::<Initiator>());
    report.figure("size of Responder", size_of::<Responder>());
    report.figure("size of the initiator's Event", size_of::<initiator::Event<'_, '_>>());
    report.figure("size of the initiator's Actions", size_of::<Actions<initiator::Action<'_>>>());
    report.figure("size of the responder's Event", size_of::<responder::Event<'_>>());
    report.figure("size of the responder's Actions", size_of::<Actions<responder::Action>>());
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    board::panicked(info)
}
