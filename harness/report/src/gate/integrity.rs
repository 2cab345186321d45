//! Reasons that forbid a GO, whatever the rates say, and those that forbid a NO-GO with it.

use std::collections::{BTreeSet, HashSet};

use gonogo_core::{Domain, Enforcement, Family, Kind, Receipt};
use gonogo_stats::Rate;
use serde::Serialize;

use super::{Cause, EngineName, Infrastructure, Policy};
use crate::{
    caveats::is_behind,
    format::{part, percent},
    rows::{Arm, Rows, pair_key},
    summary::finished,
    table::real,
};

/// What judging a run's stored captures again has found. The gate reads outcomes and times from the rows, and this
/// is how far they can be believed. There is no default: that nothing was found amiss is for somebody to say who
/// looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recheck {
    /// Nobody looked, so nothing can rest on the rows.
    NotDone,
    /// Every row was looked at.
    Done {
        /// Rows that plan and receipt do not know, or whose capture answers another request.
        foreign: u64,
        /// Rows whose outcome, times or tokens are not what today's judge reads in the capture.
        changed: u64,
        /// Rows whose capture is missing or does not match its hash.
        lost: u64,
    },
}

/// Why an arm cannot be GO; see [`Blocker::forbids_no_go`] for those that leave no verdict at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Blocker {
    /// Nothing was measured.
    NoRows,
    /// Every attempt that has a row failed in the infrastructure: nothing of engine or model was seen.
    Unanswered {
        /// How many.
        rows: u64,
        /// As what they failed, with how often.
        kinds: Vec<(Kind, u64)>,
    },
    /// Nobody judged the stored captures again.
    NotChecked,
    /// Rows that plan and receipt do not know, or whose stored capture answers another request.
    Foreign {
        /// How many.
        rows: u64,
    },
    /// Rows whose outcome, times or tokens are not what today's judge reads in the stored capture.
    Unverified {
        /// How many.
        rows: u64,
    },
    /// Rows whose stored capture is missing or does not match its hash.
    CaptureLost {
        /// How many.
        rows: u64,
    },
    /// Shards of the plan are not here: what is here is a sample that nobody may call the whole.
    Shards {
        /// First tries present.
        rows: u64,
        /// Attempts planned, by all shards.
        planned: u64,
        /// The shard that this is; `None` for a merged run.
        shard: Option<String>,
        /// The shards that are not here.
        missing: Vec<String>,
    },
    /// Planned attempts have no row.
    Unfinished {
        /// First tries present.
        rows: u64,
        /// Attempts planned.
        planned: u64,
    },
    /// More first tries than the plan knows.
    Unplanned {
        /// First tries present.
        rows: u64,
        /// Attempts planned.
        planned: u64,
    },
    /// The same attempt occurs more than once.
    Duplicates {
        /// Rows too many.
        rows: u64,
    },
    /// The receipt does not list the arm.
    NoReceipt,
    /// Rows that the policy does not accept as evidence.
    Provenance {
        /// How many.
        rows: u64,
        /// Where the arm's rows come from.
        found: String,
    },
    /// The receipt says another provenance than the rows.
    Contradiction {
        /// What the receipt says.
        receipt: String,
        /// What the rows say.
        rows: String,
    },
    /// No certificate was checked, so it is unknown who answered.
    Insecure,
    /// No canary showed that the constraint is enforced.
    Unproven,
    /// The policy speaks about engines by name, and this one's name is only claimed.
    EngineClaimed {
        /// The engine that the arm names.
        engine: String,
        /// Why that is only its own word.
        why: String,
    },
    /// What the policy asks to be probed was not found enforced.
    Probe {
        /// What was to be probed.
        probe: String,
        /// What stands in the way.
        why: String,
    },
    /// Infrastructure took more attempts than the policy allows.
    Attrition {
        /// How many it took.
        lost: u64,
        /// Of how many.
        n: u64,
        /// What the policy allows, as it is printed.
        allowed: String,
        /// Whether the others alone are judged.
        left_out: bool,
    },
    /// Attempts that ended in a fault of gonogo itself.
    HarnessErrors {
        /// How many.
        rows: u64,
    },
    /// Rows of suites that the policy does not speak about.
    OtherSuites {
        /// Which.
        suites: Vec<String>,
    },
    /// Rows of several rungs: schemas of different difficulty are not one rate.
    MixedRungs {
        /// Which.
        rungs: Vec<String>,
    },
    /// More than one attempt in a hundred started later than the schedule of an open loop meant it to, for want of a
    /// slot or because the breaker was open: its time is not only the server's, and a threshold is on time.
    Behind {
        /// How many.
        late: u64,
        /// Of how many.
        of: u64,
    },
    /// Too few distinct cases.
    FewCases {
        /// Cases tried.
        cases: u64,
        /// Cases the policy asks for.
        minimum: u64,
    },
    /// Too few attempts.
    BelowMinimum {
        /// Attempts judged.
        n: u64,
        /// Attempts the policy asks for.
        minimum: u64,
    },
}

impl Blocker {
    /// Whether a NO-GO cannot rest on the rows either, so that the arm is INCONCLUSIVE whatever they say.
    ///
    /// The rule: a NO-GO stands when the rows are what they claim to be and the reason could only have made
    /// them look better than they should. It falls when it is open whose rows these are, which of them count,
    /// or what they are a sample of.
    #[must_use]
    pub fn forbids_no_go(&self) -> bool {
        match self {
            // There is nothing to rest on.
            Self::NoRows => true,
            // A policy that counts the infrastructure's failures means those of an endpoint that is away, too.
            Self::Unanswered { .. } => false,
            // What the rows say may be made up, for good or ill.
            Self::NotChecked => true,
            // Whatever these rows say, it is not about what was planned.
            Self::Foreign { .. } => true,
            // The row was altered, or judged by rules that are no longer ours; judge the run again first.
            Self::Unverified { .. } => true,
            // Nobody can check what these rows say any more.
            Self::CaptureLost { .. } => true,
            // A NO-GO is given only if it would stand had every missing attempt passed, as curtailed sampling
            // does: looking early, or stopping when the figures are bad, then gains nothing. A shard is an
            // unfinished run of the whole plan.
            Self::Unfinished { .. } | Self::Shards { .. } => false,
            // Some rows are of another run, or were added: which of them count is unknown.
            Self::Unplanned { .. } => true,
            // One attempt with two rows has no outcome, and a failure written twice weighs twice.
            Self::Duplicates { .. } => true,
            // What answered is unknown, so the verdict would be about nothing that can be named.
            Self::NoReceipt => true,
            // A recording or a simulation says nothing about the backend today, for good or ill.
            Self::Provenance { .. } => true,
            // Receipt or rows are wrong about where the answers came from; either may be wrong about more.
            Self::Contradiction { .. } => true,
            // Whoever sat on the way may have answered, well or badly.
            Self::Insecure => true,
            // The rows are those of the arm as it is set up. If its constraint is not enforced, then that is
            // why it misses the threshold, and it misses it all the same.
            Self::Unproven => false,
            // The policy's verdict is about an engine by its name, and whose rows these are is open.
            Self::EngineClaimed { .. } => true,
            // The arm misses the threshold as it is set up, whatever its constraint does.
            Self::Probe { .. } => false,
            // Where they count as failures that is what a user sees; of the rest alone nobody can say what it is a
            // sample of.
            Self::Attrition { left_out, .. } => *left_out,
            // A NO-GO is given only if it would stand had those attempts passed.
            Self::HarnessErrors { .. } => false,
            // The thresholds were not set for these prompts, which may be harder.
            Self::OtherSuites { .. } => true,
            // Schemas of different difficulty: the hard rungs could miss what the policy's own would meet.
            Self::MixedRungs { .. } => true,
            // What made them late may have made them slow.
            Self::Behind { .. } => true,
            // The policy says from which size on it wants to be asked, either way.
            Self::FewCases { .. } => true,
            Self::BelowMinimum { .. } => true,
        }
    }

    /// What the reason comes down to.
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Unanswered { .. } => Cause::NoAnswer,
            Self::NoRows | Self::Unfinished { .. } | Self::Shards { .. } => Cause::RowsMissing,
            Self::FewCases { .. } | Self::BelowMinimum { .. } => Cause::TooFewCases,
            Self::NotChecked
            | Self::Foreign { .. }
            | Self::Unverified { .. }
            | Self::CaptureLost { .. }
            | Self::Unplanned { .. }
            | Self::Duplicates { .. }
            | Self::NoReceipt
            | Self::Provenance { .. }
            | Self::Contradiction { .. }
            | Self::Insecure
            | Self::Unproven
            | Self::EngineClaimed { .. }
            | Self::Probe { .. }
            | Self::Attrition { .. }
            | Self::HarnessErrors { .. }
            | Self::OtherSuites { .. }
            | Self::MixedRungs { .. }
            | Self::Behind { .. } => Cause::InDoubt,
        }
    }

    /// The reason, in words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NoRows => "nothing was measured".into(),
            Self::Unanswered { rows, kinds } => unanswered(*rows, kinds),
            Self::NotChecked => "nobody judged the stored captures again".into(),
            Self::Foreign { rows } => format!(
                "{} no place in this run: an attempt that the plan does not have, an arm or a provenance that the \
                 receipt does not say, or a capture that answers another request",
                have(*rows)
            ),
            Self::Unverified { rows } => format!(
                "{} an outcome, a time or a token count that is not what today's judge reads in the stored \
                 capture: altered, or of an older gonogo, which timed the first token by another clock (gonogo \
                 rejudge writes today's)",
                have(*rows)
            ),
            Self::CaptureLost { rows } => {
                format!("{} no stored capture that matches its hash", have(*rows))
            }
            Self::Shards { rows, planned, shard, missing } => {
                shards(*rows, *planned, shard.as_deref(), missing)
            }
            Self::Unfinished { rows, planned } => {
                format!("the run is unfinished: {rows} of {planned} planned attempts have a row")
            }
            Self::Unplanned { rows, planned } => {
                format!("the run has {rows} first tries for {planned} planned attempts")
            }
            Self::Duplicates { rows } => format!("{rows} rows repeat an attempt that has its row already"),
            Self::NoReceipt => "the run's receipt does not list this arm".into(),
            Self::Provenance { rows, found } => no_evidence(*rows, found),
            Self::Contradiction { receipt, rows } => {
                format!("the receipt says {receipt}, the rows say {rows}")
            }
            Self::Insecure => {
                "no certificate was checked (`insecure` or --insecure), so nobody knows who answered".into()
            }
            Self::Unproven => "no canary showed that the constraint is enforced".into(),
            Self::EngineClaimed { engine, why } => format!(
                "the policy asks for proof of the engine, and that it is `{engine}` is only the configuration's word \
                 ({why})"
            ),
            Self::Probe { probe, why } => format!("the policy asks for the probe `{probe}`, and {why}"),
            Self::Attrition { lost, n, allowed, .. } => too_many_lost(*lost, *n, allowed),
            Self::HarnessErrors { rows } => format!("{rows} attempts ended in a fault of gonogo itself"),
            Self::OtherSuites { suites } => {
                format!("the policy does not speak about the suites {}", suites.join(", "))
            }
            Self::MixedRungs { rungs } => {
                format!("rows of several rungs ({}) are not one rate", rungs.join(", "))
            }
            Self::Behind { late, of } => behind(*late, *of),
            Self::FewCases { cases, minimum } => {
                format!("{cases} cases tried, the policy asks for {minimum}")
            }
            Self::BelowMinimum { n, minimum } => {
                format!("{n} attempts judged, the policy asks for {minimum}")
            }
        }
    }
}

fn unanswered(rows: u64, kinds: &[(Kind, u64)]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    let all = if rows == 1 { "the only attempt".into() } else { format!("all {rows} attempts") };
    format!("{all} failed in the infrastructure ({}): nothing was seen of engine or model", kinds.join(", "))
}

fn shards(rows: u64, planned: u64, shard: Option<&str>, missing: &[String]) -> String {
    format!(
        "{} has {rows} of {planned} planned attempts: shard {} {} (gonogo merge makes one run of all)",
        shard.map_or_else(|| "the merged run".into(), |shard| format!("shard {shard}")),
        missing.join(", "),
        if missing.len() == 1 { "is not here" } else { "are not here" },
    )
}

fn no_evidence(rows: u64, found: &str) -> String {
    let rows = if rows == 1 { "1 row is".into() } else { format!("{rows} rows are") };
    format!("{rows} no evidence under this policy (the arm's rows are {found})")
}

fn too_many_lost(lost: u64, n: u64, allowed: &str) -> String {
    format!(
        "infrastructure took {} of the first tries, more than the {allowed} that the policy allows",
        part(Rate { passed: lost, n })
    )
}

fn behind(late: u64, of: u64) -> String {
    format!(
        "{late} of {of} attempts started later than the schedule meant them to, and a threshold is on time (raise \
         --concurrency or lower --rate)"
    )
}

fn have(rows: u64) -> String {
    if rows == 1 { "1 row has".into() } else { format!("{rows} rows have") }
}

/// Attempts an arm was planned to make: a plan crosses every case with every arm.
pub(super) fn planned(receipt: &Receipt) -> u64 {
    u64::from(receipt.planned) / (receipt.arms.len() as u64).max(1)
}

/// Reasons that concern every arm of the run.
pub(super) fn of_run(receipt: &Receipt, rows: &Rows<'_>, recheck: Recheck) -> Vec<Blocker> {
    let (n, planned) = (rows.n(), u64::from(receipt.planned));
    let mut blockers = Vec::new();
    match recheck {
        Recheck::NotDone => blockers.push(Blocker::NotChecked),
        Recheck::Done { foreign, changed, lost } => {
            blockers.extend((foreign > 0).then_some(Blocker::Foreign { rows: foreign }));
            blockers.extend((changed > 0).then_some(Blocker::Unverified { rows: changed }));
            blockers.extend((lost > 0).then_some(Blocker::CaptureLost { rows: lost }));
        }
    }
    let missing = receipt.missing_shards();
    if !finished(receipt, n) && !missing.is_empty() {
        let shard = receipt.shard.map(|shard| shard.to_string());
        blockers.push(Blocker::Shards { rows: n, planned, shard, missing });
    } else if !finished(receipt, n) {
        blockers.push(Blocker::Unfinished { rows: n, planned });
    }
    if n > planned {
        blockers.push(Blocker::Unplanned { rows: n, planned });
    }
    // Rows too many on one arm must not hide rows missing on another.
    let share = self::planned(receipt);
    if let Some(short) = rows.arms.iter().find(|arm| n >= planned && arm.n() < share) {
        blockers.push(Blocker::Unfinished { rows: short.n(), planned: share });
    }
    blockers
}

/// Reasons that concern one arm, of which `judged` attempts are judged.
pub(super) fn of_arm(policy: &Policy, receipt: &Receipt, arm: &Arm<'_>, judged: u64) -> Vec<Blocker> {
    let mut blockers = Vec::new();
    let late = arm.count(|attempt| is_behind(receipt, attempt));
    if late * 100 > arm.n() && policy.is_about_time() {
        blockers.push(Blocker::Behind { late, of: arm.n() });
    }
    if arm.first.is_empty() {
        blockers.push(Blocker::NoRows);
    }
    blockers.extend(no_answer(arm));
    let distinct: HashSet<_> = arm.first.iter().map(|attempt| pair_key(attempt)).collect();
    if distinct.len() < arm.first.len() {
        blockers.push(Blocker::Duplicates { rows: arm.n() - distinct.len() as u64 });
    }
    match arm.receipt {
        None => blockers.push(Blocker::NoReceipt),
        Some(receipt) => {
            let says = receipt.provenance.name();
            if !arm.first.is_empty() && arm.provenance() != says {
                blockers.push(Blocker::Contradiction { receipt: says.into(), rows: arm.provenance() });
            }
            if arm.is_insecure() {
                blockers.push(Blocker::Insecure);
            }
            if arm.enforcement() == Enforcement::Unproven {
                blockers.push(Blocker::Unproven);
            }
            if let (EngineName::Proven, Some(why)) = (policy.engine(), arm.engine_claimed()) {
                blockers.push(Blocker::EngineClaimed { engine: receipt.engine.clone(), why: why.into() });
            }
        }
    }
    // The policy cannot list replayed or simulated rows; the second test keeps that true here as well.
    let accepted = |provenance| policy.provenance().contains(&provenance) && provenance.is_evidence();
    let refused = arm.count(|attempt| !accepted(attempt.provenance));
    if refused > 0 {
        blockers.push(Blocker::Provenance { rows: refused, found: arm.provenance() });
    }
    blockers.extend(attrition(policy, arm));
    blockers.extend(of_scope(policy, arm));
    let harness = arm.family(Family::Harness);
    if harness > 0 {
        blockers.push(Blocker::HarnessErrors { rows: harness });
    }
    if judged < policy.minimum_n() {
        blockers.push(Blocker::BelowMinimum { n: judged, minimum: policy.minimum_n() });
    }
    blockers
}

/// Whether more attempts were lost to infrastructure than the policy allows.
fn attrition(policy: &Policy, arm: &Arm<'_>) -> Option<Blocker> {
    let most = policy.attrition()?;
    let (lost, n) = (arm.count(|attempt| !attempt.outcome.kind.reached_peer()), arm.n());
    (real(lost) > most * real(n)).then(|| Blocker::Attrition {
        lost,
        n,
        allowed: format!("{} %", percent(most)),
        left_out: policy.infrastructure() == Infrastructure::Exclude,
    })
}

/// Whether no attempt of the arm, at whatever try, showed anything of engine or model.
fn no_answer(arm: &Arm<'_>) -> Option<Blocker> {
    if arm.first.is_empty() || arm.every().any(|attempt| attempt.outcome.domain != Domain::Infrastructure) {
        return None;
    }
    let kinds = Kind::ALL.iter().map(|kind| (*kind, arm.kind(*kind))).filter(|(_, count)| *count > 0);
    Some(Blocker::Unanswered { rows: arm.n(), kinds: kinds.collect() })
}

/// Reasons that lie in what was run: a policy about four suites says nothing about another.
fn of_scope(policy: &Policy, arm: &Arm<'_>) -> Vec<Blocker> {
    let keys = || arm.first.iter().map(|attempt| &attempt.key);
    let suites: BTreeSet<&String> = keys().map(|key| &key.suite).collect();
    let rungs: BTreeSet<&String> = keys().filter_map(|key| key.rung.as_ref()).collect();
    let cases = keys().map(|key| (&key.suite, &key.case)).collect::<BTreeSet<_>>().len() as u64;
    let named = |names: BTreeSet<&String>| names.into_iter().cloned().collect::<Vec<_>>();
    let mut blockers = Vec::new();
    let other: BTreeSet<&String> =
        suites.into_iter().filter(|suite| !policy.suites().contains(suite)).collect();
    if !policy.suites().is_empty() && !other.is_empty() {
        blockers.push(Blocker::OtherSuites { suites: named(other) });
    }
    if rungs.len() > 1 {
        blockers.push(Blocker::MixedRungs { rungs: named(rungs) });
    }
    if cases < policy.minimum_cases() && cases > 0 {
        blockers.push(Blocker::FewCases { cases, minimum: policy.minimum_cases() });
    }
    blockers
}
