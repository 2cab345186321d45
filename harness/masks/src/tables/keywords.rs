//! What each arm does with each keyword: enforces it, rejects it, ignores it, or refuses what it allows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Class, InstanceVerdict, Subject, SubjectInstance, Treatment, Truth, trials::Trials};

/// The row of invalid instances of which the validator could not say what they violate.
pub(crate) const UNDECIDED: &str = "(undecided)";

/// What the arms do with one keyword.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyword {
    /// The keyword; `(undecided)` for invalid instances of which the validator could not say what they
    /// violate.
    pub keyword: String,
    /// The draft.
    pub draft: String,
    /// Whether the subjects are about the keyword, by the word of their author: the one that a folder in their
    /// id is named after, or else each that the author lists. Otherwise invalid instances
    /// count under the keyword that the validator says they violate, and valid ones under every keyword that
    /// their schema uses, so that a refusal of these is shown and blames no keyword.
    pub about: bool,
    /// Each arm, in the order of the survey.
    pub arms: Vec<KeywordCell>,
}

/// What one arm does with one keyword. `enforced`, `ignored`, `unsound`, `rejected`, `unanswered` and `missing` sum to
/// `invalid`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeywordCell {
    /// Invalid instances that were refused.
    pub enforced: u64,
    /// Invalid instances that were accepted: the keyword is silently ignored.
    pub ignored: u64,
    /// Subjects that these are from.
    #[serde(default)]
    pub ignored_schemas: u64,
    /// Invalid instances along which a mask allowed what is no JSON.
    pub unsound: u64,
    /// Invalid instances of schemas that the engine declined.
    pub rejected: u64,
    /// Invalid instances that were not answered: crash, timeout, error, memory.
    pub unanswered: u64,
    /// Invalid instances without a trial.
    pub missing: u64,
    /// Invalid instances.
    pub invalid: u64,
    /// Valid instances that were refused, whatever the order of their members.
    pub over: u64,
    /// Valid instances that were answered.
    pub valid: u64,
    /// The first instance of each sort that is not `enforced`: `subject / instance`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<Sort, String>,
}

/// How an instance counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// As [`KeywordCell::ignored`].
    Ignored,
    /// As [`KeywordCell::unsound`].
    Unsound,
    /// As [`KeywordCell::rejected`].
    Rejected,
    /// As [`KeywordCell::unanswered`].
    Unanswered,
    /// As [`KeywordCell::over`].
    Over,
}

impl Sort {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Unsound => "unsound",
            Self::Rejected => "rejected",
            Self::Unanswered => "unanswered",
            Self::Over => "over",
        }
    }
}

impl KeywordCell {
    /// Invalid instances that the arm answered, so that it was tested with them.
    #[must_use]
    pub fn tested(&self) -> u64 {
        self.enforced + self.ignored + self.unsound
    }

    /// Both together; examples are this one's where it has them.
    #[must_use]
    fn and(mut self, other: &Self) -> Self {
        self.enforced += other.enforced;
        self.ignored += other.ignored;
        self.ignored_schemas += other.ignored_schemas;
        self.unsound += other.unsound;
        self.rejected += other.rejected;
        self.unanswered += other.unanswered;
        self.missing += other.missing;
        self.invalid += other.invalid;
        self.over += other.over;
        self.valid += other.valid;
        for (sort, example) in &other.examples {
            self.examples.entry(*sort).or_insert_with(|| example.clone());
        }
        self
    }

    /// The same with nothing said of valid instances.
    fn without_valid(mut self) -> Self {
        (self.over, self.valid) = (0, 0);
        self.examples.remove(&Sort::Over);
        self
    }
}

/// A row of the matrix before its cells: keyword, draft, whether subjects are about it.
type Key<'a> = (&'a str, &'a str, bool);

/// The whole matrix, by keyword and draft.
pub(crate) fn keywords(trials: &Trials<'_>) -> Vec<Keyword> {
    let arms = trials.survey.arms.len();
    let mut rows: BTreeMap<Key<'_>, Vec<KeywordCell>> = BTreeMap::new();
    for (place, subject) in trials.survey.subjects.iter().enumerate() {
        let mut ignoring: BTreeSet<(Key<'_>, usize)> = BTreeSet::new();
        for (index, instance) in subject.instances.iter().enumerate() {
            let Some(valid) = instance.valid().filter(|_| instance.reorders.is_none()) else { continue };
            for key in keys(subject, instance, valid) {
                let cells = rows.entry(key).or_insert_with(|| vec![KeywordCell::default(); arms]);
                for (arm, cell) in cells.iter_mut().enumerate() {
                    let judged = trials.get(arm, place).map(|trial| &trial.judged);
                    let verdict = judged.and_then(|judged| judged.instances.get(index));
                    let class = judged.map(|judged| judged.class);
                    let sort =
                        if valid { cell.count_valid(verdict) } else { cell.count_invalid(verdict, class) };
                    if sort == Some(Sort::Ignored) && ignoring.insert((key, arm)) {
                        cell.ignored_schemas += 1;
                    }
                    if let Some(sort) = sort {
                        let example = || format!("{} / {}", subject.id, instance.id);
                        cell.examples.entry(sort).or_insert_with(example);
                    }
                }
            }
        }
    }
    let row = |((keyword, draft, about), arms): (Key<'_>, Vec<KeywordCell>)| Keyword {
        keyword: keyword.to_owned(),
        draft: draft.to_owned(),
        about,
        arms,
    };
    rows.into_iter().map(row).collect()
}

/// Which rows an instance counts in.
fn keys<'a>(subject: &'a Subject, instance: &'a SubjectInstance, valid: bool) -> Vec<Key<'a>> {
    let draft = subject.draft.as_str();
    // Only who writes a subject with a reason says what it is about.
    let about = subject.why.is_some() && !subject.keywords.is_empty();
    if let Some(keyword) = named(subject).filter(|_| about) {
        return vec![(keyword, draft, true)];
    }
    match (&instance.truth, about || valid) {
        (_, true) => subject.keywords.iter().map(|keyword| (keyword.as_str(), draft, about)).collect(),
        (Truth::Invalid(breach), false) => vec![(&breach.keyword, draft, false)],
        (Truth::Valid | Truth::Undecided(_), false) => vec![(UNDECIDED, draft, false)],
    }
}

/// The one keyword of a subject that is the name of a folder in its id: `keywords/draft7/ref/to-a-sibling`.
fn named(subject: &Subject) -> Option<&str> {
    let folders: Vec<&str> = subject.id.rsplit('/').skip(1).collect();
    let is_named = |keyword: &&String| folders.contains(&keyword.trim_start_matches('$'));
    let mut named = subject.keywords.iter().filter(is_named);
    named.next().filter(|_| named.next().is_none()).map(String::as_str)
}

impl KeywordCell {
    fn count_invalid(&mut self, verdict: Option<&InstanceVerdict>, class: Option<Class>) -> Option<Sort> {
        self.invalid += 1;
        let Some(verdict) = verdict else {
            self.missing += 1;
            return None;
        };
        let (count, sort) = match (&verdict.treatment, verdict.class) {
            (_, Some(Class::Unsound)) => (&mut self.unsound, Sort::Unsound),
            (Treatment::Accepted, _) => (&mut self.ignored, Sort::Ignored),
            (Treatment::Refused { .. } | Treatment::Unended, _) => {
                self.enforced += 1;
                return None;
            }
            (Treatment::Unwalked, _) if class == Some(Class::Rejected) => {
                (&mut self.rejected, Sort::Rejected)
            }
            (Treatment::Unwalked | Treatment::GaveUp { .. }, _) => (&mut self.unanswered, Sort::Unanswered),
        };
        *count += 1;
        Some(sort)
    }

    fn count_valid(&mut self, verdict: Option<&InstanceVerdict>) -> Option<Sort> {
        let verdict = verdict?;
        match verdict.treatment {
            Treatment::Unwalked | Treatment::GaveUp { .. } => None,
            Treatment::Accepted | Treatment::Refused { .. } | Treatment::Unended => {
                self.valid += 1;
                (verdict.class == Some(Class::OverConstrained)).then(|| {
                    self.over += 1;
                    Sort::Over
                })
            }
        }
    }
}

/// The matrix with the drafts of each keyword together. Valid instances count only where their author says
/// what they are about.
pub(crate) fn by_keyword(matrix: &[Keyword]) -> Vec<(String, Vec<KeywordCell>)> {
    let mut rows: BTreeMap<&str, Vec<KeywordCell>> = BTreeMap::new();
    for row in matrix {
        let cells =
            row.arms.iter().map(|cell| if row.about { cell.clone() } else { cell.clone().without_valid() });
        match rows.remove(row.keyword.as_str()) {
            Some(sum) => {
                rows.insert(&row.keyword, sum.into_iter().zip(cells).map(|(a, b)| a.and(&b)).collect())
            }
            None => rows.insert(&row.keyword, cells.collect()),
        };
    }
    rows.into_iter().map(|(keyword, cells)| (keyword.to_owned(), cells)).collect()
}
