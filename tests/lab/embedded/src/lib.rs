//! What the images of this folder share: the board, and the work whose size is measured.
#![no_std]

pub mod board;
pub mod captures;
pub mod report;
pub mod work;
