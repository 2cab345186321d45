//! The row, from what is known without a judge and what the judge said.

use gonogo_core::{Attempt, AttemptFacts};
use gonogo_judge::Judged;

/// The row of these facts under this judgement.
pub(crate) fn row(facts: AttemptFacts, judged: Judged) -> Attempt {
    let AttemptFacts {
        index,
        key,
        r#try,
        then,
        late,
        before,
        asked_before,
        language,
        provenance,
        started,
        seed,
        capture,
    } = facts;
    let Judged { outcome, answer } = judged;
    Attempt {
        index,
        key,
        r#try,
        then,
        late,
        before,
        asked_before,
        language,
        provenance,
        started,
        seed,
        outcome,
        finish_reason: answer.finish_reason,
        timings: answer.timings,
        tokens: answer.tokens,
        answer_bytes: answer.text.len() as u64,
        capture,
    }
}
