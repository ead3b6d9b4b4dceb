//! Exhaustive exploration of the real machines, see `docs/verification.md`.

mod checker;
