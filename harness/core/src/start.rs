//! That something was asked, written down before it is sent: a run that is killed must know what it had asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AttemptFacts, Planned};

/// A try that was handed to its backend, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Position of its attempt in the plan, from 0.
    pub index: u32,
    /// Step of the case.
    pub step: String,
    /// From 0.
    pub r#try: u32,
    /// When: UTC, RFC 3339 with milliseconds. Its row says the same.
    pub started: String,
}

impl Start {
    /// The start of this try, whose key names the step.
    #[must_use]
    pub fn of(planned: &Planned, r#try: u32, started: &str) -> Self {
        Self { index: planned.index, step: planned.key.step.clone(), r#try, started: started.to_owned() }
    }

    /// How often each attempt, by its index, was asked for an answer of which there is no row. A row stands for one
    /// start, and for those that it says were lost before it.
    #[must_use]
    pub fn lost(starts: &[Self], rows: &[AttemptFacts]) -> BTreeMap<u32, u32> {
        let mut lost: BTreeMap<u32, u32> = BTreeMap::new();
        for start in starts {
            *lost.entry(start.index).or_default() += 1;
        }
        for row in rows {
            if let Some(left) = lost.get_mut(&row.index) {
                *left = left.saturating_sub(1 + row.asked_before.unwrap_or_default());
            }
        }
        lost.retain(|_, left| *left > 0);
        lost
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Start;
    use crate::{AttemptFacts, ContentHash};

    fn start(index: u32) -> Start {
        Start { index, step: "answer".into(), r#try: 0, started: String::new() }
    }

    fn row(index: u32, asked_before: Option<u32>) -> AttemptFacts {
        let mut row = json!({"index": index, "suite": "s", "case": "c", "step": "answer", "arm": "a", "repeat": 0, "try": 0,
            "provenance": "live", "started": "", "seed": 1, "capture": ContentHash::of(b"")});
        if let Some(before) = asked_before {
            row["asked_before"] = before.into();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_row_stands_for_its_start_and_for_those_lost_before_it() {
        let starts = [0, 1, 1, 2, 2, 2, 3].map(start);
        let rows = [row(0, None), row(1, Some(1)), row(2, None), row(9, None)];
        let lost: Vec<_> = Start::lost(&starts, &rows).into_iter().collect();
        assert_eq!(lost, [(2, 2), (3, 1)]);
        assert!(Start::lost(&[], &rows).is_empty(), "rows of an older version have no starts");
    }
}
