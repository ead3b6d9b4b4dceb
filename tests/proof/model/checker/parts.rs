//! The parts of the checker, each checked by itself.

use super::level::PIECE;
use super::*;

#[test]
fn a_level_keeps_its_order_over_many_pieces() {
    let mut level = level::Level::new();
    let count = PIECE * 3 + 5;
    for state in 0..count {
        level.push(state);
    }
    let mut taken = level.take(2);
    taken.extend(level.take(9));
    assert!(level.is_empty());
    assert_eq!(taken.concat(), (0..count).collect::<Vec<_>>());
}

#[test]
fn fingerprints_tell_near_states_apart() {
    let mut seen = std::collections::HashSet::new();
    for high in 0..500_u16 {
        for low in 0..500_u16 {
            assert!(seen.insert(fingerprint::plain_hash(&(high, low))));
        }
    }
}

#[test]
fn the_visited_set_keeps_numbers_and_origins_while_it_grows() {
    use visited::{Origin, Visited};
    let mut visited = Visited::new();
    let origin = |id: u32| Origin { parent: id / 2, step: (id % 7) as u16 };
    // Neighbouring fingerprints collide in the table on purpose.
    for id in 0..20_000 {
        assert_eq!(
            visited.insert(u64::from(id / 2) << 40 | u64::from(id % 2), origin(id)),
            (id, true)
        );
    }
    for id in 0..20_000 {
        let fingerprint = u64::from(id / 2) << 40 | u64::from(id % 2);
        assert_eq!(visited.find(fingerprint), Some(id));
        assert_eq!(visited.insert(fingerprint, origin(0)), (id, false));
        assert_eq!(visited.origin(id), origin(id));
    }
    assert_eq!(visited.find(u64::MAX), None);
}
