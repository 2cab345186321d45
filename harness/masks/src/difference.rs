//! Where two engines' masks differ on the same prefix, and which of them is wrong.

use serde::{Deserialize, Serialize};

/// The first step of a subject at which two arms' masks differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The subject's id.
    pub subject: String,
    /// The instance that both were led along.
    pub instance: String,
    /// Tokens taken before the masks.
    pub at: u32,
    /// The text so far.
    pub prefix: String,
    /// The two arms.
    pub arms: [String; 2],
    /// Tokens that only the first, and only the second, allows.
    pub only: [u32; 2],
    /// The first tokens in question: at most one that only the first allows and one that only the
    /// second does.
    pub tokens: Vec<Questioned>,
}

/// A token that one of two arms allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questioned {
    /// Its id.
    pub token: u32,
    /// Its bytes, as text where they are.
    pub text: String,
    /// The arm that allows it.
    pub allowed_by: String,
    /// What was found out about it.
    pub finding: Finding,
}

/// What was found out about a questioned token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The token leads to a text that the validator finds valid: the arm that forbids it is too narrow.
    Narrow {
        /// The arm that forbids it.
        arm: String,
        /// The valid text.
        witness: String,
    },
    /// The token leads to a valid text, which the arm that forbids it accepts when it is cut as the tokenizer would: that
    /// arm is narrow in its cuts, and not in what can be said.
    Recut {
        /// The arm that forbids it.
        arm: String,
        /// The valid text.
        witness: String,
    },
    /// The arm that allows the token accepts a text that begins so and that the validator finds invalid,
    /// and none of the others drawn from there was valid: the arm is too wide.
    Wide {
        /// The arm that allows it.
        arm: String,
        /// The invalid text.
        witness: String,
    },
    /// Neither was shown: why.
    Undecided(String),
}
