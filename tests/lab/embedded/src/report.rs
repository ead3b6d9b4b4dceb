//! What an image says: one line for each step, one for each figure, a verdict. Without `core::fmt`,
//! which is large.

use crate::board;

#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    pub fn title(&self, text: &str) {
        line(&["# ", text]);
    }

    pub fn step(&mut self, what: &str, good: bool) {
        if good {
            self.passed += 1;
            line(&["ok      ", what]);
        } else {
            self.failed += 1;
            line(&["FAILED  ", what]);
        }
    }

    pub fn figure(&self, what: &str, octets: usize) {
        line(&["figure  ", what, " ", decimal(octets, &mut [0; 10])]);
    }

    pub fn verdict(self) -> ! {
        let (mut passed, mut failed) = ([0; 10], [0; 10]);
        line(&[
            "verdict ",
            decimal(self.passed, &mut passed),
            " passed, ",
            decimal(self.failed, &mut failed),
            " failed",
        ]);
        board::exit(usize::from(self.failed > 0 || self.passed == 0))
    }
}

fn line(parts: &[&str]) {
    for part in parts {
        board::print(part);
    }
    board::print("\n");
}

fn decimal(mut number: usize, digits: &mut [u8; 10]) -> &str {
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    core::str::from_utf8(&digits[first..]).unwrap_or("?")
}
