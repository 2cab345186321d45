//! Order that a seed gives.

use fastrand::Rng;

/// Shuffles by a seed: equal seeds give equal orders.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    Rng::with_seed(seed).shuffle(items);
}

/// A seed of one subject's own: equal plans make equal ones, whichever lane takes the subject.
pub(crate) fn seed_of(seed: u64, subject: usize) -> u64 {
    /// The golden ratio's share of 2^64: neighbours land far from one another.
    const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;
    let nth = u64::try_from(subject).unwrap_or(u64::MAX);
    Rng::with_seed(seed.wrapping_add(nth.wrapping_mul(STRIDE))).u64(..)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{seed_of, shuffle};

    #[test]
    fn equal_seeds_give_equal_orders_and_subjects_have_seeds_of_their_own() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..50).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let seeds: BTreeSet<u64> = (0..1000).map(|subject| seed_of(7, subject)).collect();
        assert_eq!(seeds.len(), 1000);
    }
}
