//! The class of each schema on record, and what a change of it is: worse, better or none.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

use crate::Class;

/// From the class that is worst for who relies on an engine to the best: taking a process down is worse than being
/// silently wrong, and that is worse than saying that one cannot.
const WORST_FIRST: [Class; 15] = [
    Class::Broken,
    Class::Crashed,
    Class::OutOfMemory,
    Class::Hung,
    Class::CompileTimeout,
    Class::MaskTimeout,
    Class::Unsound,
    Class::OverAndUnder,
    Class::UnderConstrained,
    Class::OverConstrained,
    Class::GaveUp,
    Class::Rejected,
    Class::WhitespaceBound,
    Class::OrderBound,
    Class::Ok,
];

/// The classes of one arm on one corpus, as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Of what.
    pub of: BaselineOf,
    /// Class by subject.
    pub classes: BTreeMap<String, Class>,
}

/// What a baseline is of: its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineOf {
    /// The arm.
    pub arm: String,
    /// The engine's version.
    pub version: String,
    /// The corpus.
    pub corpus: String,
    /// The tokenizer.
    pub tokenizer: String,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    subject: String,
    class: Class,
}

/// A subject whose class is another than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The subject.
    pub subject: String,
    /// Its class as it was.
    pub was: Class,
    /// As it is.
    pub is: Class,
}

/// What has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ratchet {
    /// What has grown worse.
    pub worse: Vec<Change>,
    /// What has grown better.
    pub better: Vec<Change>,
    /// Subjects that are not on record.
    pub new: Vec<String>,
    /// Subjects on record that there are no more.
    pub gone: Vec<String>,
}

impl Ratchet {
    /// Whether nothing is worse than on record, and everything is on record.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.worse.is_empty() && self.new.is_empty() && self.gone.is_empty()
    }
}

impl Baseline {
    /// Reads what [`Self::lines`] wrote.
    ///
    /// # Errors
    /// The number of the line that is not one, from 1, and why.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut lines = text.lines().enumerate();
        let wrong = |at: usize, error: serde_json::Error| (at + 1, error.to_string());
        let (_, first) = lines.next().ok_or((1, "it is empty".to_owned()))?;
        let of = serde_json::from_str(first).map_err(|error| wrong(0, error))?;
        let mut classes = BTreeMap::new();
        for (at, line) in lines {
            let row: Row = serde_json::from_str(line).map_err(|error| wrong(at, error))?;
            classes.insert(row.subject, row.class);
        }
        Ok(Self { of, classes })
    }

    /// JSON lines, in the order of the subjects' ids, so that a change is a line of a diff.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut text = serde_json::json!(self.of).to_string() + "\n";
        for (subject, class) in &self.classes {
            let _ = writeln!(text, "{}", serde_json::json!({ "subject": subject, "class": class }));
        }
        text
    }

    /// What is different now.
    #[must_use]
    pub fn compare(&self, now: &BTreeMap<String, Class>) -> Ratchet {
        let mut ratchet = Ratchet::default();
        for (subject, is) in now {
            match self.classes.get(subject) {
                None => ratchet.new.push(subject.clone()),
                Some(was) if was == is => {}
                Some(was) => {
                    let change = Change { subject: subject.clone(), was: *was, is: *is };
                    let side =
                        if place(*is) < place(*was) { &mut ratchet.worse } else { &mut ratchet.better };
                    side.push(change);
                }
            }
        }
        ratchet.gone = self.classes.keys().filter(|subject| !now.contains_key(*subject)).cloned().collect();
        ratchet
    }
}

fn place(class: Class) -> usize {
    WORST_FIRST.iter().position(|known| *known == class).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Baseline, BaselineOf, Change, WORST_FIRST};
    use crate::Class;

    fn classes(of: &[(&str, Class)]) -> BTreeMap<String, Class> {
        of.iter().map(|(subject, class)| ((*subject).to_owned(), *class)).collect()
    }

    fn baseline(of: &[(&str, Class)]) -> Baseline {
        let text = |text: &str| text.to_owned();
        Baseline {
            of: BaselineOf {
                arm: text("llguidance"),
                version: text("1.9.1"),
                corpus: text("keywords"),
                tokenizer: text("smollm2"),
            },
            classes: classes(of),
        }
    }

    #[test]
    fn every_class_has_its_place() {
        let placed: BTreeSet<Class> = WORST_FIRST.into_iter().collect();
        assert_eq!(placed, Class::ALL.iter().copied().collect());
    }

    #[test]
    fn worse_and_new_do_not_hold_and_better_does() {
        let then = baseline(&[("a", Class::Ok), ("b", Class::Rejected), ("c", Class::Ok), ("d", Class::Ok)]);
        let same = then.compare(&then.classes);
        assert!(same.holds() && same.better.is_empty());
        let now =
            classes(&[("a", Class::UnderConstrained), ("b", Class::Ok), ("c", Class::Ok), ("e", Class::Ok)]);
        let ratchet = then.compare(&now);
        let change = |subject: &str, was, is| Change { subject: subject.into(), was, is };
        assert_eq!(ratchet.worse, [change("a", Class::Ok, Class::UnderConstrained)]);
        assert_eq!(ratchet.better, [change("b", Class::Rejected, Class::Ok)]);
        assert_eq!(
            (ratchet.new.as_slice(), ratchet.gone.as_slice()),
            (&["e".to_owned()][..], &["d".to_owned()][..])
        );
        assert!(!ratchet.holds());
        // Silence is worse than a declared refusal, whatever the precedence of the classes.
        let silent = baseline(&[("a", Class::Rejected)]).compare(&classes(&[("a", Class::UnderConstrained)]));
        assert_eq!(silent.worse.len(), 1);
    }

    #[test]
    fn what_is_written_is_read_and_what_is_not_is_named_by_its_line() {
        let baseline = baseline(&[("a \"quoted\"", Class::Ok), ("b", Class::Hung)]);
        assert_eq!(Baseline::parse(&baseline.lines()), Ok(baseline.clone()));
        let broken = baseline.lines().replace("hung", "hanging");
        assert_eq!(Baseline::parse(&broken).unwrap_err().0, 3);
        assert_eq!(Baseline::parse("").unwrap_err().0, 1);
    }
}
