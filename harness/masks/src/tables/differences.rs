//! Where masks differ on the same prefix, counted by pair of arms and by what was found out.

use serde::{Deserialize, Serialize};

use crate::{Configuration, Difference, Finding, trials::Trials};

/// Examples that are shown of a pair.
const SHOWN: usize = 5;

/// What the masks of two arms of one configuration have shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// The two arms.
    pub arms: [String; 2],
    /// Their configuration.
    pub configuration: Configuration,
    /// Subjects on which both computed masks with checksums, so that they were compared.
    pub compared: u64,
    /// Subjects on which some mask differs.
    pub differing: u64,
    /// Findings that the first, and that the second, forbids what leads to a valid text.
    pub narrow: [u64; 2],
    /// The same, where it accepts that text when it is cut as the tokenizer would.
    #[serde(default)]
    pub recut: [u64; 2],
    /// Findings that the first, and that the second, allows what leads to invalid texts alone.
    pub wide: [u64; 2],
    /// Questioned tokens of which neither was shown.
    pub undecided: u64,
    /// The first subject of each finding, those with a proof first.
    pub examples: Vec<Shown>,
}

/// One questioned token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The subject's id.
    pub subject: String,
    /// The instance that both were led along.
    pub instance: String,
    /// Tokens taken before the masks.
    pub at: u32,
    /// The text so far.
    pub prefix: String,
    /// The token, as text.
    pub token: String,
    /// The arm that allows it.
    pub allowed_by: String,
    /// What was found out about it.
    pub finding: Finding,
}

/// Every pair of arms of one configuration.
pub(crate) fn differences(trials: &Trials<'_>) -> Vec<Differences> {
    trials.pairs().into_iter().map(|pair| of_pair(trials, pair)).collect()
}

fn of_pair(trials: &Trials<'_>, pair: [usize; 2]) -> Differences {
    let arms = pair.map(|arm| trials.arm(arm).name.clone());
    let summed = |arm, place| {
        let walks = trials.get(arm, place).map(|trial| &trial.record.walks);
        walks.is_some_and(|walks| walks.iter().any(|walk| !walk.sums.is_empty()))
    };
    let compared =
        (0..trials.survey.subjects.len()).filter(|place| pair.iter().all(|arm| summed(*arm, *place))).count();
    let found: Vec<&Difference> = trials
        .survey
        .differences
        .iter()
        .filter(|difference| arms.iter().all(|arm| difference.arms.contains(arm)))
        .collect();
    let mut all = Differences {
        configuration: trials.arm(pair[0]).configuration,
        compared: compared as u64,
        differing: found.len() as u64,
        narrow: [0; 2],
        recut: [0; 2],
        wide: [0; 2],
        undecided: 0,
        examples: examples(&found),
        arms,
    };
    for token in found.iter().flat_map(|difference| &difference.tokens) {
        let of = |arm: &String| all.arms.iter().position(|name| name == arm);
        match &token.finding {
            Finding::Narrow { arm, .. } => of(arm).into_iter().for_each(|arm| all.narrow[arm] += 1),
            Finding::Recut { arm, .. } => of(arm).into_iter().for_each(|arm| all.recut[arm] += 1),
            Finding::Wide { arm, .. } => of(arm).into_iter().for_each(|arm| all.wide[arm] += 1),
            Finding::Undecided(_) => all.undecided += 1,
        }
    }
    all
}

/// The sort of what proves nothing.
const LAST: u8 = 3;

/// The first of each sort of finding, then what else there is room for.
fn examples(found: &[&Difference]) -> Vec<Shown> {
    let shown = found.iter().flat_map(|difference| {
        difference.tokens.iter().map(|token| Shown {
            subject: difference.subject.clone(),
            instance: difference.instance.clone(),
            at: difference.at,
            prefix: difference.prefix.clone(),
            token: token.text.clone(),
            allowed_by: token.allowed_by.clone(),
            finding: token.finding.clone(),
        })
    });
    let sort = |shown: &Shown| match &shown.finding {
        Finding::Narrow { arm, .. } => (0, arm.clone()),
        Finding::Wide { arm, .. } => (1, arm.clone()),
        Finding::Recut { arm, .. } => (2, arm.clone()),
        Finding::Undecided(_) => (LAST, String::new()),
    };
    let (mut first, mut rest, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for shown in shown {
        let sort = sort(&shown);
        if seen.contains(&sort) {
            rest.push(shown);
        } else {
            seen.push(sort);
            first.push(shown);
        }
    }
    first.extend(rest);
    first.sort_by_key(|shown| sort(shown).0 == LAST);
    first.truncate(SHOWN);
    first
}
