//! Arms of which a run has heard nothing: every row of theirs is a failure of the line. Nothing can be concluded
//! about them, however few attempts there were, and a nightly job must not take that for a good night.

use std::{collections::BTreeMap, fmt};

use gonogo_core::{Attempt, Domain, Kind};

/// An arm that never got an answer, and what came instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unanswered<'a> {
    arm: &'a str,
    /// Rows, retries included, by kind.
    kinds: BTreeMap<Kind, u32>,
}

/// The arms that have rows of which none holds an answer.
pub(crate) fn arms(rows: &[Attempt]) -> Vec<Unanswered<'_>> {
    let mut arms: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for row in rows {
        arms.entry(&row.key.arm).or_default().push(row);
    }
    arms.retain(|_, rows| rows.iter().all(|row| !has_answer(row)));
    let mut unanswered = Vec::new();
    for (arm, rows) in arms {
        let mut kinds = BTreeMap::new();
        rows.iter().for_each(|row| *kinds.entry(row.outcome.kind).or_default() += 1);
        unanswered.push(Unanswered { arm, kinds });
    }
    unanswered
}

/// Whether a row says anything about engine or model: an endpoint that was away, asleep or out of order says nothing.
pub(crate) fn has_answer(row: &Attempt) -> bool {
    row.outcome.domain != Domain::Infrastructure
}

impl fmt::Display for Unanswered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> =
            self.kinds.iter().map(|(kind, rows)| format!("{rows} {}", kind.name())).collect();
        write!(
            f,
            "{}: not one of its attempts got an answer ({}), so that nothing is shown about it; find the cause with \
             `gonogo explain`, then begin a new run",
            self.arm,
            kinds.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Attempt, ContentHash};
    use serde_json::json;

    use super::arms;

    fn row(arm: &str, kind: &str, domain: &str) -> Attempt {
        serde_json::from_value(json!({"index": 0, "suite": "s", "case": "c", "step": "answer", "arm": arm,
            "repeat": 0, "try": 0, "provenance": "live", "started": "", "seed": 0,
            "outcome": {"family": "transport", "kind": kind, "domain": domain, "detail": {"message": ""}},
            "timings": {"total": 1}, "tokens": {}, "answer_bytes": 0, "capture": ContentHash::of(b"")}))
        .unwrap()
    }

    #[test]
    fn an_arm_is_unanswered_when_no_row_of_it_is_an_answer() {
        let rows = [
            row("dead", "connection-failed", "infrastructure"),
            row("dead", "connection-failed", "infrastructure"),
            row("dead", "timeout-connect", "infrastructure"),
            row("flaky", "connection-failed", "infrastructure"),
            row("flaky", "invalid-json", "model"),
            row("refused", "constraint-rejected", "engine"),
        ];
        let said: Vec<String> = arms(&rows).iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with(
                "dead: not one of its attempts got an answer (1 timeout-connect, 2 connection-failed)"
            ),
            "{said:?}"
        );
        assert!(arms(&[]).is_empty());
    }
}
