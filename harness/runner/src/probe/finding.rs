//! From what answers show to a verdict.

use gonogo_core::ContentHash;
use gonogo_dialects::shorten;

use super::said::{Begun, Heard, Opening, Said};

/// Characters of a reason that are kept.
const REASON: usize = 200;

/// What a backend does with a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The answer is what only the constraint can have made of it.
    Enforced,
    /// The server refuses the request, cleanly.
    Rejected,
    /// The server takes the request and answers as if it had not been constrained.
    Ignored,
    /// The engine keeps a value out that the constraint allows.
    OverConstrained,
    /// A constraint that cannot be compiled is dropped, and the request succeeds without it.
    FailsOpen,
    /// The answers show none of these.
    Unclear,
}

impl Verdict {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Rejected => "rejected",
            Self::Ignored => "accepted-but-ignored",
            Self::OverConstrained => "over-constrained",
            Self::FailsOpen => "fails-open",
            Self::Unclear => "unclear",
        }
    }

    /// Several verdicts as one: the worst that one of them shows.
    pub(super) fn together(verdicts: impl Iterator<Item = Self>) -> Self {
        let verdicts: Vec<Self> = verdicts.collect();
        let worst_first = [
            Self::FailsOpen,
            Self::Ignored,
            Self::OverConstrained,
            Self::Unclear,
            Self::Enforced,
            Self::Rejected,
        ];
        worst_first.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or(Self::Unclear)
    }
}

/// A verdict and the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence; empty where the answer says it all.
    pub why: String,
    /// The answer in question, shortened.
    pub answer: String,
    /// The captures that it rests on: the answer in question first, then what it is compared with.
    pub captures: Vec<ContentHash>,
}

/// Characters of an answer that are kept.
const ANSWER: usize = 120;

fn found(verdict: Verdict, said: &Said, why: &str) -> Finding {
    Finding {
        verdict,
        why: shorten::line(why, REASON),
        answer: shorten::line(&narrow(&said.text), ANSWER),
        captures: Vec::new(),
    }
}

/// A text with single spaces: engines let models indent as they like.
fn narrow(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is shown without looking at the value: a refusal, a failure, a constraint that was not at
/// work at all.
fn outright(opening: &Opening, said: &Said) -> Option<Finding> {
    match said.heard {
        Heard::Refused => Some(found(Verdict::Rejected, said, &said.why)),
        Heard::Failed => Some(found(Verdict::Unclear, said, &said.why)),
        Heard::Fits => None,
        Heard::Differs | Heard::Cut | Heard::Stuck => match opening.of(&said.text) {
            Begun::Yes => None,
            Begun::No => Some(found(Verdict::Ignored, said, "the whole constraint was dropped")),
            Begun::Unknown if said.heard == Heard::Stuck => None,
            Begun::Unknown => Some(found(Verdict::Unclear, said, &said.why)),
        },
    }
}

/// A canary: `bound` came under the constraint, `free` without, both were judged by what was asked.
pub(super) fn canary(opening: &Opening, bound: &Said, free: &Said) -> Finding {
    if let Some(finding) = outright(opening, bound) {
        return finding;
    }
    match bound.heard {
        Heard::Fits if free.heard == Heard::Failed => found(
            Verdict::Unclear,
            bound,
            &format!("there is no answer without the constraint to compare: {}", free.why),
        ),
        Heard::Fits if opening.of(&free.text) == Begun::Yes => {
            found(Verdict::Unclear, bound, "the same answer comes without the constraint")
        }
        Heard::Fits => found(Verdict::Enforced, bound, ""),
        Heard::Differs => found(Verdict::Ignored, bound, &bound.why),
        Heard::Cut | Heard::Stuck | Heard::Refused | Heard::Failed => {
            found(Verdict::Unclear, bound, &bound.why)
        }
    }
}

/// A schema that cannot be compiled; judged by its outline, which can.
pub(super) fn uncompilable(opening: &Opening, said: &Said) -> Finding {
    match outright(opening, said) {
        Some(finding) if finding.verdict == Verdict::Ignored => {
            Finding { verdict: Verdict::FailsOpen, ..finding }
        }
        Some(finding) => finding,
        None if said.heard == Heard::Stuck => found(Verdict::Unclear, said, &said.why),
        None => found(Verdict::Ignored, said, "what cannot be resolved was taken for anything"),
    }
}

/// A keyword that must keep a value out: both answers were judged with it, and asked for the value
/// that it forbids.
pub(super) fn forbids(opening: &Opening, with: &Said, without: &Said) -> Finding {
    if let Some(finding) = outright(opening, with) {
        return finding;
    }
    let unclear = |why: &str| found(Verdict::Unclear, with, why);
    match with.heard {
        Heard::Differs => return found(Verdict::Ignored, with, &with.why),
        Heard::Cut | Heard::Stuck | Heard::Refused | Heard::Failed => return unclear(&with.why),
        Heard::Fits => {}
    }
    match without.heard {
        Heard::Differs if opening.of(&without.text) == Begun::Yes => found(
            Verdict::Enforced,
            with,
            &format!("without it came {}", shorten::quoted(&narrow(&without.text))),
        ),
        Heard::Fits => unclear("the answer without the keyword satisfies it too: the model was not tempted"),
        Heard::Differs | Heard::Cut | Heard::Stuck | Heard::Refused | Heard::Failed => {
            unclear(&format!("no answer without the keyword to compare: {}", without.why))
        }
    }
}

/// A schema that allows nothing but one value: `hard` came under it, `easy` under a twin whose only
/// value is a plain one, each judged by its own.
pub(super) fn allows(opening: &Opening, hard: &Said, easy: &Said) -> Finding {
    if let Some(finding) = outright(opening, hard) {
        return finding;
    }
    match hard.heard {
        Heard::Fits => found(Verdict::Enforced, hard, ""),
        Heard::Differs | Heard::Stuck if easy.heard == Heard::Fits => found(
            Verdict::OverConstrained,
            hard,
            &format!("the only legal value does not come; {}", hard.why),
        ),
        Heard::Differs | Heard::Stuck => {
            found(Verdict::Unclear, hard, &format!("nor does a plainer value come: {}", easy.why))
        }
        Heard::Cut | Heard::Refused | Heard::Failed => found(Verdict::Unclear, hard, &hard.why),
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Verdict, allows, canary, forbids, uncompilable};
    use crate::probe::said::{Heard, Opening, Said};

    fn said(heard: Heard, text: &str) -> Said {
        Said { heard, text: text.into(), why: "why".into(), first_byte: None, first_token: None }
    }

    fn opening() -> Opening {
        Opening::key("k")
    }

    const HELD: &str = "{\"k\": 1}";

    #[test]
    fn a_canary_proves_or_shows_what_else_happened() {
        let free = said(Heard::Differs, "hello");
        let verdict = |bound: Said, free: &Said| canary(&opening(), &bound, free).verdict;
        for (heard, text, expected) in [
            (Heard::Fits, HELD, Verdict::Enforced),
            (Heard::Differs, HELD, Verdict::Ignored),
            (Heard::Differs, "hello", Verdict::Ignored),
            (Heard::Cut, "hello hello", Verdict::Ignored),
            (Heard::Cut, "{\"k\": \"abc", Verdict::Unclear),
            (Heard::Cut, "{ \n", Verdict::Unclear),
            (Heard::Stuck, "", Verdict::Unclear),
            (Heard::Refused, "", Verdict::Rejected),
            (Heard::Failed, "", Verdict::Unclear),
        ] {
            assert_eq!(verdict(said(heard, text), &free), expected, "{heard:?} {text}");
        }
        assert_eq!(verdict(said(Heard::Fits, HELD), &said(Heard::Fits, HELD)), Verdict::Unclear);
        assert_eq!(verdict(said(Heard::Fits, HELD), &said(Heard::Failed, "")), Verdict::Unclear);
    }

    #[test]
    fn a_keyword_is_enforced_only_where_its_absence_shows() {
        let verdict = |with: (Heard, &str), without: (Heard, &str)| {
            forbids(&opening(), &said(with.0, with.1), &said(without.0, without.1)).verdict
        };
        let broken = (Heard::Differs, HELD);
        assert_eq!(verdict((Heard::Fits, HELD), broken), Verdict::Enforced);
        assert_eq!(verdict((Heard::Fits, HELD), (Heard::Fits, HELD)), Verdict::Unclear);
        assert_eq!(verdict((Heard::Fits, HELD), (Heard::Cut, HELD)), Verdict::Unclear);
        assert_eq!(verdict((Heard::Fits, HELD), (Heard::Differs, "hello")), Verdict::Unclear);
        assert_eq!(verdict((Heard::Differs, HELD), broken), Verdict::Ignored);
        assert_eq!(verdict((Heard::Differs, "hello"), broken), Verdict::Ignored);
        assert_eq!(verdict((Heard::Refused, ""), broken), Verdict::Rejected);
        assert_eq!(verdict((Heard::Cut, HELD), broken), Verdict::Unclear);
    }

    #[test]
    fn a_legal_value_that_does_not_come_is_over_constrained_only_beside_one_that_does() {
        let verdict =
            |hard: Heard, easy: Heard| allows(&opening(), &said(hard, HELD), &said(easy, HELD)).verdict;
        assert_eq!(verdict(Heard::Fits, Heard::Differs), Verdict::Enforced);
        assert_eq!(verdict(Heard::Differs, Heard::Fits), Verdict::OverConstrained);
        assert_eq!(verdict(Heard::Stuck, Heard::Fits), Verdict::OverConstrained);
        assert_eq!(verdict(Heard::Differs, Heard::Differs), Verdict::Unclear);
        assert_eq!(verdict(Heard::Refused, Heard::Fits), Verdict::Rejected);
    }

    #[test]
    fn what_cannot_be_compiled_is_refused_or_fails_open() {
        let verdict = |heard, text| uncompilable(&opening(), &said(heard, text)).verdict;
        assert_eq!(verdict(Heard::Refused, ""), Verdict::Rejected);
        assert_eq!(verdict(Heard::Differs, "hello"), Verdict::FailsOpen);
        assert_eq!(verdict(Heard::Fits, HELD), Verdict::Ignored);
        assert_eq!(verdict(Heard::Failed, ""), Verdict::Unclear);
        assert_eq!(verdict(Heard::Stuck, ""), Verdict::Unclear);
    }

    #[test]
    fn the_worst_of_several_verdicts_counts_and_long_evidence_is_cut() {
        use Verdict::{Enforced, Ignored, Rejected, Unclear};
        assert_eq!(Verdict::together([Enforced, Ignored, Unclear].into_iter()), Ignored);
        assert_eq!(Verdict::together([Enforced, Unclear].into_iter()), Unclear);
        assert_eq!(Verdict::together([Rejected, Enforced].into_iter()), Enforced);
        assert_eq!(Verdict::together(std::iter::empty()), Unclear);
        let Finding { answer, .. } =
            canary(&opening(), &said(Heard::Differs, &"x".repeat(500)), &said(Heard::Fits, ""));
        assert!(answer.chars().count() < 130 && answer.ends_with('…'));
    }
}
