//! Where SPIs, nonces and public keys come from.

use std::sync::atomic::{AtomicU64, Ordering};

use ikev2_redirect::wire::Spi;

/// As many octets as are asked for.
///
/// A stand-in for the random generator of the operating system, so that every run of an example
/// looks alike. **Never do this**: an IKE implementation asks the operating system. A nonce that
/// can be guessed lets anybody forge the REDIRECT that answers it.
pub(super) fn octets<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    for chunk in octets.chunks_mut(8) {
        let word = word().to_be_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    octets
}

pub(super) fn spi() -> Spi {
    Spi(octets())
}

/// SplitMix64.
fn word() -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    static STATE: AtomicU64 = AtomicU64::new(0);
    let state = STATE.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
