//! The paragraph for a reader in a hurry, written from the figures.

use gonogo_core::{Receipt, RunStatus};

use crate::{
    examples::most_frequent,
    format::{code, p_value, part, share},
    rows::{Arm, Rows},
    success::Pair,
};
use gonogo_stats::{Confidence, Rate};

/// Whether every planned attempt has its row.
pub(crate) fn finished(receipt: &Receipt, rows: u64) -> bool {
    receipt.status == RunStatus::Complete && rows >= u64::from(receipt.planned)
}

/// What the first line must not hide; `None` for a run that is whole.
pub(crate) fn shortfall(receipt: &Receipt, rows: u64) -> Option<String> {
    if rows == 0 {
        return Some(format!("EMPTY: none of {} planned attempts has a row", receipt.planned));
    }
    (!finished(receipt, rows))
        .then(|| format!("UNFINISHED: {rows} of {} planned attempts have a row", receipt.planned))
}

/// The paragraph.
pub(crate) fn summary(rows: &Rows<'_>, pairs: &[Pair]) -> String {
    if rows.n() == 0 {
        return "Nothing was measured, so nothing can be said.".into();
    }
    let mut sentences = vec![best(rows)];
    sentences.extend(against(rows, pairs));
    sentences.extend(fails_most(rows));
    if rows.first().all(|attempt| !attempt.provenance.is_evidence()) {
        sentences.push(
            "No row is live or local: this describes a recording or a simulation, not a backend today."
                .into(),
        );
    }
    sentences.join(" ")
}

fn best(rows: &Rows<'_>) -> String {
    let ranked = ranked(rows);
    let Some((_, top)) = ranked.first() else { return String::new() };
    let figure = share(top.success().rate, top.success().wilson(Confidence::P95));
    let equal: Vec<String> = ranked
        .iter()
        .filter(|(_, arm)| arm.success().rate.value() == top.success().rate.value())
        .map(|(_, arm)| code(arm.name))
        .collect();
    if ranked.len() == 1 {
        return format!("{} passed {figure} of its first tries.", code(top.name));
    }
    if equal.len() > 1 {
        return format!("{} did equally well: each passed {figure} of its first tries.", and(&equal));
    }
    format!("{} did best: it passed {figure} of its first tries.", code(top.name))
}

/// Arms with rows and their positions, best success first, in arm order among equals.
fn ranked<'r, 'a>(rows: &'r Rows<'a>) -> Vec<(usize, &'r Arm<'a>)> {
    let mut arms: Vec<_> = rows.arms.iter().enumerate().filter(|(_, arm)| arm.n() > 0).collect();
    let value = |arm: &Arm<'_>| arm.success().rate.value().unwrap_or_default();
    arms.sort_by(|(_, a), (_, b)| value(b).total_cmp(&value(a)));
    arms
}

/// The best arm against every other it shares attempts with.
fn against(rows: &Rows<'_>, pairs: &[Pair]) -> Vec<String> {
    let ranked = ranked(rows);
    let Some((best, best_arm)) = ranked.first() else { return vec![] };
    ranked[1..]
        .iter()
        .filter_map(|(other, arm)| {
            let pair = pairs.iter().find(|pair| pair.arms == [*best, *other] || pair.arms == [*other, *best])?;
            let [ours, theirs] = if pair.arms[0] == *best { pair.only } else { [pair.only[1], pair.only[0]] };
            let (best, other) = (code(best_arm.name), code(arm.name));
            if ours + theirs == 0 {
                return Some(format!("{best} and {other} agree on all {} attempts they share.", pair.n()));
            }
            let verdict = if pair.adjusted < 0.05 {
                "more than chance would explain"
            } else {
                "no more than chance could explain"
            };
            Some(format!(
                "Of the {} attempts it shares with {other}, {ours} passed only on {best} and {theirs} only on {other}: \
                 {verdict} (p {}).",
                pair.n(),
                equals(pair.adjusted),
            ))
        })
        .collect()
}

fn equals(p: f64) -> String {
    let shown = p_value(p);
    if shown.starts_with('<') { shown.replace('<', "< ") } else { format!("= {shown}") }
}

fn fails_most(rows: &Rows<'_>) -> Option<String> {
    let Some((kind, count)) = most_frequent(rows.first()) else {
        return Some(format!("Nothing failed: all {} attempts passed.", rows.n()));
    };
    let rate = Rate { passed: count, n: rows.n() };
    Some(format!("What fails most is {} ({} of all first tries).", code(kind.name()), part(rate)))
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
