//! Who to talk to about what failed: an attribution of every failure to one party, beside what the control does.

mod attribution;
mod captures;
mod render;
mod todo;
mod unknown;

use std::collections::BTreeMap;

use gonogo_core::Kind;
use gonogo_stats::Rate;
use serde::Serialize;

pub use captures::{Broke, Instructive};

use crate::{
    Table,
    rows::{Arm, Rows},
};
use attribution::Attribution;

/// Who can do something about a failure. Finer than a fault domain, which follows from the outcome and the arm's
/// canary alone: it looks at the other arms of the run, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Network, gateway, server. It stands first: while it fails, the others are not seen.
    Infrastructure,
    /// gonogo.
    Harness,
    /// Our own token or context budget.
    Budget,
    /// Our own prompt or schema.
    PromptOrSchema,
    /// The engine that computes masks.
    Engine,
    /// The model.
    Model,
    /// Nobody yet: the constraint was never shown to be enforced.
    NotEnforced,
}

impl Party {
    /// Every party, in the order the report shows them.
    pub const ALL: [Self; 7] = [
        Self::Infrastructure,
        Self::Harness,
        Self::Budget,
        Self::PromptOrSchema,
        Self::Engine,
        Self::Model,
        Self::NotEnforced,
    ];

    /// The stable kebab-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Infrastructure => "infrastructure",
            Self::Harness => "harness",
            Self::Budget => "budget",
            Self::PromptOrSchema => "prompt-or-schema",
            Self::Engine => "engine",
            Self::Model => "model",
            Self::NotEnforced => "not-enforced",
        }
    }
}

/// What a run says about who is to be talked to. First tries only, of the arms that ask for a constraint; of every
/// arm where none does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blame {
    /// First tries of these arms.
    pub n: u64,
    /// Of which failed; the counts of the complaints sum to it.
    pub failures: u64,
    /// One per party and kind, parties in their order, the most frequent kind first.
    pub complaints: Vec<Complaint>,
    /// What these rows cannot tell, and why.
    pub unknown: Vec<String>,
    /// Three captures at most that show most: see [`Instructive`].
    pub captures: Vec<Instructive>,
    #[serde(skip)]
    table: Table,
}

/// Failures of one kind that are one party's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Complaint {
    /// Whose.
    pub party: Party,
    /// The class of outcome.
    pub kind: Kind,
    /// How many first tries, of all arms together.
    pub count: u64,
    /// The same class on each control of these arms, whatever its cause there.
    pub controls: Vec<ControlRate>,
    /// What to do next.
    pub todo: String,
}

/// How often a control's first tries end in a class of outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlRate {
    /// Label of the control.
    pub arm: String,
    /// Its first tries of this class.
    pub count: u64,
    /// Its first tries.
    pub n: u64,
}

impl Blame {
    pub(crate) fn of(rows: &Rows<'_>) -> Self {
        let attribution = Attribution::of(rows);
        let counted = count(&attribution);
        let complaints: Vec<Complaint> = counted.iter().map(|one| complaint(&attribution, one)).collect();
        Self {
            n: attribution.accused().iter().map(|arm| arm.n()).sum(),
            failures: complaints.iter().map(|complaint| complaint.count).sum(),
            unknown: attribution.unknown(),
            captures: captures::instructive(&attribution, &counted),
            table: render::table(&attribution, &counted),
            complaints,
        }
    }

    /// The arms' complaints by party and kind, with the controls' rates beside them.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How many failures are this party's.
    #[must_use]
    pub fn count(&self, party: Party) -> u64 {
        self.complaints.iter().filter(|one| one.party == party).map(|one| one.count).sum()
    }
}

/// Failures of a kind that are one party's, by accused arm.
struct Counted {
    party: Party,
    kind: Kind,
    by_arm: Vec<u64>,
    /// How many of them the arm's control passes.
    control_passes: u64,
}

/// Every failure, in the order of the complaints.
fn count(attribution: &Attribution<'_, '_>) -> Vec<Counted> {
    let mut counts: BTreeMap<(Party, Kind), Counted> = BTreeMap::new();
    for (position, arm) in attribution.accused().iter().enumerate() {
        for attempt in &arm.first {
            let Some(party) = attribution.party(arm, attempt) else { continue };
            let kind = attempt.outcome.kind;
            let by_arm = || vec![0; attribution.accused().len()];
            let none = || Counted { party, kind, by_arm: by_arm(), control_passes: 0 };
            let one = counts.entry((party, kind)).or_insert_with(none);
            one.by_arm[position] += 1;
            one.control_passes += u64::from(attribution.control_passes(arm, attempt));
        }
    }
    let mut counted: Vec<Counted> = counts.into_values().collect();
    counted.sort_by_key(|one| (one.party, std::cmp::Reverse(one.count()), one.kind));
    counted
}

impl Counted {
    fn count(&self) -> u64 {
        self.by_arm.iter().sum()
    }
}

fn complaint(attribution: &Attribution<'_, '_>, one: &Counted) -> Complaint {
    let controls = attribution.controls().iter().map(|control| ControlRate {
        arm: control.label(),
        count: control.kind(one.kind),
        n: control.n(),
    });
    // Advice names the arm that has most of them.
    let most = (0..one.by_arm.len()).rev().max_by_key(|position| one.by_arm[*position]);
    let arm: Option<&Arm<'_>> = most.and_then(|position| attribution.accused().get(position).copied());
    Complaint {
        party: one.party,
        kind: one.kind,
        count: one.count(),
        controls: controls.collect(),
        todo: arm.map(|arm| todo::todo(one, arm)).unwrap_or_default(),
    }
}

/// How often an arm ends in this class.
fn rate(arm: &Arm<'_>, count: u64) -> Rate {
    Rate { passed: count, n: arm.n() }
}
