#![no_std]
#![no_main]

use redirect_firmware::work;

redirect_firmware::image!(work::responder());
