//! Which party a failure is: the rules, and the arms they look at.
//!
//! An engine is named only where its constraint was proven, it had the request, and neither the control nor
//! the other engines of the run fail in the same way. An answer outside a proven constraint is the engine's whatever
//! the control does: what a model does without a constraint does not explain a breach of an enforced one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gonogo_core::{Attempt, Domain, Enforcement, Family, Kind};

use super::Party;
use crate::rows::{Arm, PairKey, Rows, pair_key};

/// The arms of a run, and who failed what.
pub(super) struct Attribution<'r, 'a> {
    accused: Vec<&'r Arm<'a>>,
    controls: Vec<&'r Arm<'a>>,
    /// Position of each accused arm's control.
    control_of: HashMap<&'a str, usize>,
    /// Accused arms without a control whose model was asked without a constraint at another endpoint.
    elsewhere: HashSet<&'a str>,
    /// By attempt: what each arm with a row made of it.
    seen: HashMap<PairKey<'a>, Vec<(&'r Arm<'a>, &'a Attempt)>>,
    /// Arm and kind of which the control has as many on the attempts that both made.
    as_often: HashSet<(&'a str, Kind)>,
}

impl<'r, 'a> Attribution<'r, 'a> {
    pub(super) fn of(rows: &'r Rows<'a>) -> Self {
        let measured = || rows.arms.iter().filter(|arm| arm.n() > 0);
        let constrained: Vec<_> = measured().filter(|arm| !arm.is_control()).collect();
        let accused = if constrained.is_empty() { measured().collect() } else { constrained };
        let mut seen: HashMap<_, Vec<_>> = HashMap::new();
        for arm in measured() {
            for attempt in arm.first.iter().copied() {
                seen.entry(pair_key(attempt)).or_default().push((arm, attempt));
            }
        }
        let mut controls: Vec<&Arm<'a>> = Vec::new();
        let mut control_of = HashMap::new();
        let mut elsewhere = HashSet::new();
        for arm in accused.iter().filter(|arm| !arm.is_control()) {
            let Some(control) = measured().find(|control| is_control_of(control, arm)) else {
                if measured().any(|control| is_on_same_model(control, arm)) {
                    elsewhere.insert(arm.name);
                }
                continue;
            };
            let known = controls.iter().position(|known| known.name == control.name);
            let position = known.unwrap_or_else(|| {
                controls.push(control);
                controls.len() - 1
            });
            control_of.insert(arm.name, position);
        }
        let mut attribution =
            Self { accused, controls, control_of, elsewhere, seen, as_often: HashSet::new() };
        attribution.as_often = attribution.fail_as_often();
        attribution
    }

    /// The arms whose failures are attributed.
    pub(super) fn accused(&self) -> &[&'r Arm<'a>] {
        &self.accused
    }

    /// Their controls, each once.
    pub(super) fn controls(&self) -> &[&'r Arm<'a>] {
        &self.controls
    }

    pub(super) fn control(&self, arm: &Arm<'a>) -> Option<&'r Arm<'a>> {
        self.controls.get(*self.control_of.get(arm.name)?).copied()
    }

    /// Whether this arm is without a control because the only one asks another endpoint.
    pub(super) fn control_is_elsewhere(&self, arm: &Arm<'a>) -> bool {
        self.elsewhere.contains(arm.name)
    }

    /// Whether the control passes this very attempt.
    pub(super) fn control_passes(&self, arm: &Arm<'a>, attempt: &'a Attempt) -> bool {
        let control = self.control(arm);
        control.is_some_and(|control| {
            self.others(attempt).any(|(other, its)| other.name == control.name && its.outcome.passed())
        })
    }

    /// Whose failure this attempt is; `None` where it is none.
    pub(super) fn party(&self, arm: &Arm<'a>, attempt: &'a Attempt) -> Option<Party> {
        let kind = attempt.outcome.kind;
        // Nothing reached engine or model: what we asked could not be asked there.
        if matches!(kind, Kind::PromptTooLong | Kind::ConstraintUnsupported) {
            return Some(Party::PromptOrSchema);
        }
        // Not the domain in the row: a receipt that has lost its canary's evidence proves nothing.
        match kind.domain(arm.enforcement()) {
            Domain::Nobody => None,
            Domain::Infrastructure => Some(Party::Infrastructure),
            Domain::Harness => Some(Party::Harness),
            Domain::Budget => Some(Party::Budget),
            Domain::NotEnforced => Some(Party::NotEnforced),
            Domain::Model if self.models_agree(attempt) => Some(Party::PromptOrSchema),
            Domain::Model => Some(Party::Model),
            Domain::Engine => Some(self.of_engine(arm, attempt)),
        }
    }

    /// What looks like the engine's, and whether it is.
    fn of_engine(&self, arm: &Arm<'a>, attempt: &'a Attempt) -> Party {
        if arm.is_control() {
            // There is no engine: whatever runs the model has failed.
            Party::Infrastructure
        } else if arm.enforcement() == Enforcement::Unproven {
            Party::NotEnforced
        } else if self.engines_decline(attempt) {
            Party::PromptOrSchema
        } else if !is_breach(attempt.outcome.kind) && self.control_fails_alike(arm, attempt) {
            without_constraint(attempt.outcome.kind)
        } else {
            Party::Engine
        }
    }

    /// Whether the control fails in the same way: on this very attempt, or as often on those that both made.
    fn control_fails_alike(&self, arm: &Arm<'a>, attempt: &'a Attempt) -> bool {
        let Some(control) = self.control(arm) else { return false };
        let kind = attempt.outcome.kind;
        self.as_often.contains(&(arm.name, kind))
            || self.others(attempt).any(|(other, its)| {
                other.name == control.name && its.outcome.kind == kind && its.key.step == attempt.key.step
            })
    }

    /// Whether engines of at least two names were asked for this constraint, and every one declined it.
    fn engines_decline(&self, attempt: &'a Attempt) -> bool {
        let asked = || {
            self.others(attempt).filter(|(arm, its)| {
                !arm.is_control()
                    && its.outcome.family != Family::Timeout
                    && its.outcome.family != Family::Transport
            })
        };
        let engines: BTreeSet<&str> =
            asked().filter_map(|(arm, _)| arm.receipt.map(|arm| arm.engine.as_str())).collect();
        let declined = |kind| matches!(kind, Kind::ConstraintRejected | Kind::CompileTimeout);
        engines.len() > 1 && asked().all(|(_, its)| declined(its.outcome.kind))
    }

    /// Whether models of at least two names were asked, and every one failed as this one did, in the same step.
    /// A hash and a name may be one model's, so that only names of the same sort tell two models apart.
    fn models_agree(&self, attempt: &'a Attempt) -> bool {
        let mut models: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (sort, model) in self.others(attempt).filter_map(|(arm, _)| model(arm)) {
            models.entry(sort).or_default().insert(model);
        }
        models.values().any(|models| models.len() > 1)
            && self
                .others(attempt)
                .all(|(_, its)| its.outcome.kind == attempt.outcome.kind && its.key.step == attempt.key.step)
    }

    /// What every arm, this one included, made of the attempt.
    fn others(&self, attempt: &'a Attempt) -> impl Iterator<Item = (&'r Arm<'a>, &'a Attempt)> + '_ {
        self.seen.get(&pair_key(attempt)).into_iter().flatten().copied()
    }

    fn fail_as_often(&self) -> HashSet<(&'a str, Kind)> {
        let mut found = HashSet::new();
        for arm in &self.accused {
            let Some(control) = self.control(arm) else { continue };
            let mut counts: HashMap<Kind, [u64; 2]> = HashMap::new();
            for both in self.seen.values() {
                let of = |name: &str| both.iter().find(|(arm, _)| arm.name == name).map(|(_, row)| *row);
                let (Some(ours), Some(theirs)) = (of(arm.name), of(control.name)) else { continue };
                counts.entry(ours.outcome.kind).or_default()[0] += 1;
                counts.entry(theirs.outcome.kind).or_default()[1] += 1;
            }
            let alike = counts.into_iter().filter(|(_, [ours, theirs])| *ours > 0 && theirs >= ours);
            found.extend(alike.map(|(kind, _)| (arm.name, kind)));
        }
        found
    }
}

/// Facts of an arm that name its model, the most exact first.
const MODEL: [&str; 3] = ["model.sha256", "model.name", "model"];

/// Whether `control` shows what `arm` would do without a constraint: the same kind of backend, the same model and
/// the same endpoint, as far as both say.
fn is_control_of(control: &Arm<'_>, arm: &Arm<'_>) -> bool {
    is_on_same_model(control, arm) && same(control, arm, &["endpoint"])
}

/// Whether `control` is a control on the same kind of backend and the same model, wherever it runs.
fn is_on_same_model(control: &Arm<'_>, arm: &Arm<'_>) -> bool {
    let kind = |arm: &Arm<'_>| arm.receipt.map(|receipt| receipt.kind.clone());
    let same_kind = kind(control).is_some_and(|its| Some(its) == kind(arm));
    control.is_control() && same_kind && same(control, arm, &MODEL)
}

/// Whether two arms say the same in the first of these facts that both have; so they do where they share none.
fn same(one: &Arm<'_>, other: &Arm<'_>, facts: &[&str]) -> bool {
    let of = |arm: &Arm<'_>, fact: &str| arm.receipt?.facts.get(fact).cloned();
    let both = facts.iter().find_map(|fact| of(one, fact).zip(of(other, fact)));
    both.is_none_or(|(its, ours)| its == ours)
}

/// What the arm's receipt calls its model, by the most exact of its names, and which that is.
fn model<'a>(arm: &Arm<'a>) -> Option<(&'static str, &'a str)> {
    let facts = &arm.receipt?.facts;
    MODEL.into_iter().find_map(|name| Some((name, facts.get(name)?.as_str())))
}

/// Whether a kind says that an answer lies outside its constraint, so that whose it is depends on whether that was
/// proven.
fn is_breach(kind: Kind) -> bool {
    kind.domain(Enforcement::Unproven) == Domain::NotEnforced
}

/// Whose failure a kind is where it occurs without a constraint, too.
fn without_constraint(kind: Kind) -> Party {
    match kind.domain(Enforcement::Unconstrained) {
        Domain::Model | Domain::NotEnforced | Domain::Nobody => Party::Model,
        Domain::Budget => Party::Budget,
        Domain::Harness => Party::Harness,
        // Whatever runs the model dies without an engine, too.
        Domain::Infrastructure | Domain::Engine => Party::Infrastructure,
    }
}
