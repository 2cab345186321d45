//! A part of a plan: which blocks one of several runs makes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One of `of` parts of a plan, written `2/4`.
///
/// Parts are of whole blocks, so that every case of a repeat meets all arms in one run, a moment apart, and
/// pairs survive. Blocks are in random order, so every `of`th of them is a random part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shard {
    /// From 1.
    pub number: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// Whether the block of this number is made here.
    #[must_use]
    pub fn takes(self, block: u32) -> bool {
        block % self.of.max(1) == self.number.saturating_sub(1)
    }

    /// Whether it leaves something to others.
    #[must_use]
    pub fn is_part(self) -> bool {
        self.of > 1
    }
}

/// A word that names no shard.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no shard; write number and count, like 2/4, from 1/4 to 4/4")]
pub struct NoShard(String);

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let shard = text.split_once('/').and_then(|(number, of)| {
            Some(Self { number: number.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        shard.filter(|shard| (1..=shard.of).contains(&shard.number)).ok_or_else(|| NoShard(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn a_shard_is_read_as_it_is_written_and_nothing_else_is() {
        let shard: Shard = "2/4".parse().unwrap();
        assert_eq!((shard, shard.to_string().as_str()), (Shard { number: 2, of: 4 }, "2/4"));
        for wrong in ["0/4", "5/4", "4", "1/0", "-1/4", "a/b", ""] {
            assert!(wrong.parse::<Shard>().unwrap_err().to_string().contains("like 2/4"), "{wrong}");
        }
    }
}
