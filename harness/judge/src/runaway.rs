//! Loops that a grammar allows and a model does not leave: statistics over the end of a cut text.
//!
//! Consulted only for answers that were cut by a budget and are the beginning of what was asked
//! for, so an answer of ten equal rows that ends by itself is never called a runaway. An array
//! such as `[0,0,0,…` that is still going at the cap is one, rightly: it is the loop to bound.

use crate::scan::is_blank;

/// Bytes of trailing whitespace below which nothing is suspected; deep indentation stays under it.
const BLANK_BYTES: usize = 32;
/// Share of the text that trailing whitespace must have.
const BLANK_PERCENT: usize = 25;
/// Longest period looked for, bytes.
const LONGEST_PERIOD: usize = 200;
/// Bytes of repetition below which nothing is suspected.
const REPEATED_BYTES: usize = 64;
/// Share of the text that the repetition must have.
const REPEATED_PERCENT: usize = 40;
/// Rounds below which it is no loop.
const ROUNDS: usize = 4;

/// Bytes of JSON whitespace at the end of `text`, where they are a runaway: at least
/// max(32, 25 % of the text). The caller knows whether the text ends inside a string.
pub(crate) fn whitespace(text: &[u8]) -> Option<usize> {
    let blank = text.iter().rev().take_while(|byte| is_blank(**byte)).count();
    let enough = BLANK_BYTES.max(share(text.len(), BLANK_PERCENT));
    (blank >= enough).then_some(blank)
}

/// A text's end that repeats itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repetition {
    /// Bytes of one round.
    pub(crate) period: usize,
    /// Bytes of all rounds.
    pub(crate) bytes: usize,
}

/// The shortest period p in 1..=200 with which the end of `text` repeats over at least
/// max(64, 40 % of the text) bytes and four rounds.
///
/// The repeated region of period p is p plus the longest run, from the end backwards, of bytes
/// equal to the one p before them: one comparison a byte, and most periods fail at once.
pub(crate) fn repetition(text: &[u8]) -> Option<Repetition> {
    let enough = REPEATED_BYTES.max(share(text.len(), REPEATED_PERCENT));
    (1..=LONGEST_PERIOD.min(text.len())).find_map(|period| {
        let earlier = text.get(..text.len() - period)?;
        let equal = text.iter().rev().zip(earlier.iter().rev()).take_while(|(a, b)| a == b).count();
        let bytes = period + equal;
        (bytes >= enough && bytes >= ROUNDS * period).then_some(Repetition { period, bytes })
    })
}

/// `percent` of `length`, rounded up.
fn share(length: usize, percent: usize) -> usize {
    (length * percent).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Repetition, repetition, whitespace};

    #[test]
    fn thresholds_are_where_they_are_said_to_be() {
        let padded = |text: usize, blank: usize| [vec![b'x'; text], vec![b'\n'; blank]].concat();
        assert_eq!(whitespace(&padded(10, 31)), None);
        assert_eq!(whitespace(&padded(10, 32)), Some(32));
        assert_eq!(whitespace(&padded(301, 100)), None);
        assert_eq!(whitespace(&padded(300, 100)), Some(100));
        assert_eq!(repetition(&[b'0'; 63]), None);
        assert_eq!(repetition(&[b'0'; 64]), Some(Repetition { period: 1, bytes: 64 }));
        let rounds = |n: usize| [b"{\"unlike\":".to_vec(), b"abcdefghijklmnopqrstuvwxyz,".repeat(n)].concat();
        assert_eq!(repetition(&rounds(3)), None);
        assert_eq!(repetition(&rounds(4)).map(|found| found.period), Some(27));
    }

    /// Rows of one shape and different content, as a faithful answer has them.
    fn rows() -> impl Strategy<Value = String> {
        proptest::collection::vec(("[a-z]{3,9}", 0_u32..100_000, any::<bool>()), 1..40).prop_map(|rows| {
            let mut seen = std::collections::BTreeSet::new();
            let rows: Vec<_> = rows
                .into_iter()
                .filter(|(name, ..)| seen.insert(name.clone()))
                .map(|(name, n, flag)| serde_json::json!({"kind": "assign", "target": name, "value": n, "const": flag}))
                .collect();
            serde_json::to_string_pretty(&rows).unwrap()
        })
    }

    proptest! {
        #[test]
        fn rows_of_one_shape_are_no_loop_wherever_they_are_cut(text in rows(), cut: prop::sample::Index) {
            let bytes = &text.as_bytes()[..=cut.index(text.len())];
            prop_assert_eq!(whitespace(bytes), None);
            prop_assert_eq!(repetition(bytes), None);
        }

        #[test]
        fn a_loop_after_any_beginning_is_found(start in "[ -~]{0,80}", round in "[ -~]{1,60}", cut in 0_usize..60) {
            let mut text = start.into_bytes();
            let rounds = (text.len() + 64) / round.len() + 6;
            text.extend(round.as_bytes().repeat(rounds));
            text.truncate(text.len() - cut.min(round.len() - 1));
            let found = repetition(&text);
            prop_assert!(found.is_some_and(|found| found.period <= round.len()), "{:?}", found);
        }

        #[test]
        fn a_whitespace_tail_is_found(start in "[ -~]{0,80}", blank in "[ \n\t]{64,90}") {
            let text = format!("{start}x{blank}");
            prop_assert!(whitespace(text.as_bytes()).is_some());
        }
    }
}
