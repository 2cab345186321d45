//! Doubts that follow from the rows, added to those of the receipt.

use std::collections::BTreeSet;

use gonogo_core::{Attempt, COMPILE_CACHE, Caveat, Enforcement, Kind, Nanos, Receipt};

use crate::{
    latency::{ns, own_work},
    rows::Rows,
    summary::finished,
};

/// Fewer attempts per arm than this leave intervals wider than 20 points either way.
const SMALL_SAMPLE: u64 = 30;

/// A harness that takes more than 1 % of the time is part of what it measures.
const OVERHEAD_PER_MILLE: f64 = 10.0;

/// Compiling that takes more than 5 % of an arm's time decides comparisons of totals.
const COMPILE_PER_MILLE: f64 = 50.0;

/// The receipt's caveats and those that follow from the rows, each once.
pub(crate) fn caveats(receipt: &Receipt, attempts: &[Attempt], rows: &Rows<'_>) -> Vec<Caveat> {
    let mut found: BTreeSet<Caveat> = receipt.caveats.iter().cloned().collect();
    if !finished(receipt, rows.n()) {
        // The rows know better than a receipt that was written before them.
        found.retain(|caveat| !matches!(caveat, Caveat::Unfinished { .. }));
        let (rows, planned, missing) = (count(rows.n()), receipt.planned, receipt.missing_shards());
        found.insert(if missing.is_empty() {
            Caveat::Unfinished { rows, planned }
        } else {
            Caveat::Shards { rows, planned, missing }
        });
    }
    for arm in &rows.arms {
        of_arm(arm, &mut found);
    }
    let smallest = rows.arms.iter().map(crate::rows::Arm::n).filter(|n| *n > 0).min();
    if let Some(n) = smallest.filter(|n| *n < SMALL_SAMPLE) {
        found.insert(Caveat::SmallSample { n: count(n) });
    }
    if shape_only(rows) {
        found.insert(Caveat::ShapeOnly);
    }
    let repeats = rows.first().any(|attempt| attempt.key.repeat > 0);
    if repeats && receipt.temperature <= 0.0 {
        found.insert(Caveat::Deterministic);
    }
    if receipt.gonogo.dirty == Some(true) {
        found.insert(Caveat::DirtyTree);
    }
    if receipt.gonogo.profile != "release" {
        found.insert(Caveat::UnoptimisedBuild);
    }
    found.retain(|caveat| !matches!(caveat, Caveat::SharedMachine { .. }));
    found.extend(shared_machine(receipt));
    found.extend(receipt.parts.iter().chain([receipt]).filter_map(busy_machine));
    found.extend(resumed(receipt));
    found.extend(behind(receipt, rows));
    if let Some(per_mille) = overhead(attempts) {
        found.insert(Caveat::Overhead { per_mille });
    }
    found.into_iter().collect()
}

fn of_arm(arm: &crate::rows::Arm<'_>, found: &mut BTreeSet<Caveat>) {
    let lost = arm.lost();
    if lost > 0 {
        found.insert(Caveat::AskedAgain { arm: arm.name.into(), lost: count(lost) });
    }
    if arm.is_insecure() {
        found.insert(Caveat::Insecure { arm: arm.name.into() });
    }
    if arm.enforcement() == Enforcement::Unproven {
        found.insert(Caveat::Unproven { arm: arm.name.into() });
    } else if let (Some(why), Some(receipt)) = (arm.engine_claimed(), arm.receipt) {
        let (arm, engine) = (arm.name.into(), receipt.engine.clone());
        found.insert(Caveat::EngineClaimed { arm, engine, why: why.into() });
    }
    for attempt in &arm.first {
        if !attempt.provenance.is_evidence() {
            found.insert(Caveat::NotEvidence {
                arm: arm.name.into(),
                provenance: attempt.provenance.name().into(),
            });
        }
    }
    let compiling = share(arm.first.iter().map(|attempt| (attempt.timings.compile, attempt.timings.total)));
    if arm.receipt.and_then(|receipt| receipt.facts.get(COMPILE_CACHE)).is_some_and(|cache| cache == "on") {
        found.insert(Caveat::CompileCache { arm: arm.name.into() });
    } else if compiling > COMPILE_PER_MILLE {
        found.insert(Caveat::ColdCompile { arm: arm.name.into(), per_mille: per_mille(compiling) });
    }
    if arm.n() > 0 && arm.passed().next().is_none() {
        found.insert(Caveat::NothingPassed { arm: arm.name.into() });
    }
}

/// Whether attempts had to share the machine. The concurrency of an open loop is a cap that is seldom met, and what
/// it does to latency is what such a run is for; but workers on this machine share it all the same.
fn shared_machine(receipt: &Receipt) -> Option<Caveat> {
    let local = receipt.arms.iter().any(|arm| arm.kind == "local");
    let (concurrency, cores) = (receipt.concurrency, receipt.machine.cores);
    (concurrency > 1 && (receipt.pace.is_none() || local))
        .then_some(Caveat::SharedMachine { concurrency, cores })
}

/// Whether more than every second core had something else to do when the run began.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a load is small and not negative"
)]
fn busy_machine(receipt: &Receipt) -> Option<Caveat> {
    let (load, cores) = (receipt.load?.start?, receipt.machine.cores);
    (load > f64::from(cores) / 2.0)
        .then(|| Caveat::BusyMachine { hundredths: (load * 100.0).round() as u32, cores })
}

/// The sessions after the first, of the run or of the runs that were merged into it.
fn resumed(receipt: &Receipt) -> impl Iterator<Item = Caveat> {
    let sessions = receipt.parts.iter().chain([receipt]).flat_map(|run| &run.resumed);
    sessions.map(|session| Caveat::Resumed {
        at: session.at.clone(),
        left: session.left,
        given_up: session.given_up.keys().cloned().collect(),
    })
}

/// Whether code passed although nothing shows that any source was looked at: a check that can only accept
/// leaves the same rows as no check.
fn shape_only(rows: &Rows<'_>) -> bool {
    let source = |attempt: &Attempt| {
        matches!(attempt.outcome.kind, Kind::SourceSyntax | Kind::SourceCompile | Kind::SourceBehaviour)
    };
    rows.first().any(|attempt| attempt.outcome.passed() && attempt.language.is_some())
        && !rows.first().any(source)
}

/// Whether attempts of an open loop started later than meant, by more than the mean gap of its schedule.
fn behind(receipt: &Receipt, rows: &Rows<'_>) -> Option<Caveat> {
    let late = rows.first().filter(|attempt| is_behind(receipt, attempt)).count() as u64;
    (late > 0).then(|| Caveat::Behind { late: count(late), of: count(rows.n()) })
}

/// Whether the attempt started later than meant, by more than the mean gap of the schedule and more than a timer
/// errs: something of ours made it wait, a slot or the breaker, and its time is not only the server's.
pub(crate) fn is_behind(receipt: &Receipt, attempt: &Attempt) -> bool {
    const TIMER: f64 = 10e6;
    let gap = receipt.pace.map_or(f64::INFINITY, |pace| 1e9 / pace.per_second);
    attempt.late.is_some_and(|late| ns(late) > gap.max(TIMER))
}

/// The harness' share of the time, per mille, where it is visible.
fn overhead(attempts: &[Attempt]) -> Option<u32> {
    let own = share(attempts.iter().map(|attempt| (own_work(attempt), attempt.timings.total)));
    (own > OVERHEAD_PER_MILLE).then(|| per_mille(own))
}

/// A part of the total time, per mille, over the attempts that report it.
fn share(parts: impl Iterator<Item = (Option<Nanos>, Nanos)>) -> f64 {
    let reported = parts.filter_map(|(part, total)| Some((part?, total)));
    let (part, total) =
        reported.fold((0.0, 0.0), |(part, total), (one, whole)| (part + ns(one), total + ns(whole)));
    if total > 0.0 { part / total * 1000.0 } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small non-negative share")]
fn per_mille(share: f64) -> u32 {
    share.round() as u32
}

fn count(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
