#![no_std]
#![no_main]

redirect_firmware::image!();
