//! The paragraph for a reader in a hurry, written from the figures.

use gonogo_core::{Receipt, RunStatus};

use crate::{
    examples::most_frequent,
    format::{and, code, figure, p_value, part, share},
    rows::{Arm, Rows},
    success::Pair,
    table::Unit,
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
    let missing = receipt.missing_shards();
    if let Some(shard) = receipt.shard.filter(|shard| shard.is_part()) {
        return Some(format!("SHARD {shard}: {rows} of {} planned attempts have a row", receipt.planned));
    }
    if !finished(receipt, rows) && !missing.is_empty() {
        let missing = missing.join(", ");
        return Some(format!(
            "UNFINISHED: {rows} of {} planned attempts have a row; shard {missing} is missing",
            receipt.planned
        ));
    }
    (!finished(receipt, rows))
        .then(|| format!("UNFINISHED: {rows} of {} planned attempts have a row", receipt.planned))
}

/// The paragraph.
pub(crate) fn summary(rows: &Rows<'_>, pairs: &[Pair]) -> String {
    let ranked = ranked(rows);
    let Some((_, top)) = ranked.first() else {
        return "Nothing was measured, so nothing can be said.".into();
    };
    let tied = ranked.iter().take_while(|(_, arm)| value(arm) == value(top)).count();
    let (leaders, others) = ranked.split_at(tied);
    let mut sentences = best(leaders, others);
    sentences.extend(tie(leaders, pairs));
    sentences.extend(others.iter().filter_map(|other| against(leaders, *other, pairs)));
    sentences.extend(fails_most(rows));
    if rows.first().all(|attempt| !attempt.provenance.is_evidence()) {
        sentences.push(
            "No row is live or local: this describes a recording or a simulation, not a backend today."
                .into(),
        );
    }
    sentences.join(" ")
}

/// An arm and its position.
type Placed<'r, 'a> = (usize, &'r Arm<'a>);

/// Arms with rows, best success first, in arm order among equals.
fn ranked<'r, 'a>(rows: &'r Rows<'a>) -> Vec<Placed<'r, 'a>> {
    let mut arms: Vec<_> = rows.arms.iter().enumerate().filter(|(_, arm)| arm.n() > 0).collect();
    arms.sort_by(|(_, a), (_, b)| value(b).total_cmp(&value(a)));
    arms
}

fn value(arm: &Arm<'_>) -> f64 {
    arm.success().rate.value().unwrap_or_default()
}

fn best(leaders: &[Placed<'_, '_>], others: &[Placed<'_, '_>]) -> Vec<String> {
    let figure = |arm: &Arm<'_>| share(arm.success().rate, arm.success().wilson(Confidence::P95));
    let names: Vec<String> = leaders.iter().map(|(_, arm)| code(arm.name)).collect();
    let figures: Vec<String> = leaders.iter().map(|(_, arm)| figure(arm)).collect();
    let sentence = match (&names[..], &figures[..]) {
        ([name], [figure]) if others.is_empty() => format!("{name} passed {figure} of its first tries."),
        ([name], [figure]) => format!("{name} passed most: {figure} of its first tries."),
        (_, [first, rest @ ..]) if rest.iter().all(|figure| figure == first) => {
            format!("{} tie: each passed {first} of its first tries.", and(&names))
        }
        _ => {
            let each: Vec<_> =
                names.iter().zip(&figures).map(|(name, figure)| format!("{name} ({figure})")).collect();
            format!("{} tie on the share of first tries passed.", and(&each))
        }
    };
    vec![sentence]
}

/// What a tie means, and whether the time taken differs.
fn tie(leaders: &[Placed<'_, '_>], pairs: &[Pair]) -> Vec<String> {
    let Some(((first, first_arm), rest)) = leaders.split_first() else { return vec![] };
    let met: Vec<(&Pair, &Arm<'_>)> = rest
        .iter()
        .filter_map(|(other, arm)| Some((pairs.iter().find(|pair| pair.arms == [*first, *other])?, *arm)))
        .collect();
    if met.is_empty() {
        return vec![];
    }
    let mut apart = "These rows cannot tell them apart on success".to_owned();
    match &met[..] {
        // Equal shares can hide opposite leads on different cases, which the test counts.
        _ if met.iter().any(|(pair, _)| differs(pair)) => {
            apart = "They pass different cases, more so than chance would explain".into();
        }
        [(pair, arm)] if pair.only != [0, 0] => {
            let (a, b) = (code(first_arm.name), code(arm.name));
            apart += &format!(
                ": of the {} attempts they share, {} passed only on {a} and {} only on {b}",
                pair.n(),
                pair.only[0],
                pair.only[1]
            );
        }
        [(pair, _)] => apart += &format!(": they agree on all {} attempts they share", pair.n()),
        _ => {}
    }
    let mut sentences = vec![format!("{apart}.")];
    sentences.extend(met.iter().filter_map(|(pair, arm)| slower(pair, first_arm, arm)));
    sentences
}

/// How much longer the second arm took on what both passed, and whether that is more than noise.
fn slower(pair: &Pair, first: &Arm<'_>, second: &Arm<'_>) -> Option<String> {
    let ratio = pair.ratio?;
    let bound = |bound: Option<f64>| bound.map_or_else(|| "?".into(), |bound| figure(bound, Unit::Ratio));
    let verdict = match (ratio.low, ratio.high) {
        (Some(low), _) if low > 1.0 => "What differs is the time",
        (_, Some(high)) if high < 1.0 => "What differs is the time",
        (Some(_), Some(_)) => "Nor does the time clearly differ",
        (None, _) | (_, None) => "Whether the time differs is too early to say",
    };
    let cases = if ratio.n == 1 { "1 case".into() } else { format!("{} cases", ratio.n) };
    Some(format!(
        "{verdict}: on the {} attempts both passed, {} took {} times as long as {} [{}–{}] (median over {cases} of \
         the paired ratio of total times, 95 % by order statistics).",
        pair.both,
        code(second.name),
        figure(ratio.value, Unit::Ratio),
        code(first.name),
        bound(ratio.low),
        bound(ratio.high),
    ))
}

/// Whether two arms differ on success beyond chance, all comparisons of the run considered.
fn differs(pair: &Pair) -> bool {
    pair.adjusted < 0.05
}

/// The best arm, or all of them where they tie alike, against another it shares attempts with.
fn against(leaders: &[Placed<'_, '_>], (other, other_arm): Placed<'_, '_>, pairs: &[Pair]) -> Option<String> {
    let seen: Vec<(&Pair, [u64; 2])> =
        leaders.iter().filter_map(|(leader, _)| oriented(pairs, *leader, other)).collect();
    let (pair, [ours, theirs]) = *seen.first()?;
    let other = code(other_arm.name);
    let best =
        leaders.iter().find(|(leader, _)| pair.arms.contains(leader)).map(|(_, arm)| code(arm.name))?;
    if ours + theirs == 0 {
        return Some(format!("{best} and {other} agree on all {} attempts they share.", pair.n()));
    }
    let alike = seen.iter().all(|(one, only)| {
        (*only, one.n()) == ([ours, theirs], pair.n()) && equals(one.adjusted) == equals(pair.adjusted)
    });
    let verdict = if differs(pair) {
        "more than chance would explain"
    } else {
        "which is better is not resolved at this n"
    };
    let p = if pairs.len() > 1 { "adjusted p" } else { "p" };
    let (who, there) = if leaders.len() > 1 && seen.len() == leaders.len() && alike {
        (format!("{other} shares with each of them"), "there".to_owned())
    } else {
        (format!("{best} and {other} share"), format!("on {best}"))
    };
    Some(format!(
        "Of the {} attempts that {who}, {ours} passed only {there} and {theirs} only on {other}: {verdict} \
         ({p} {}).",
        pair.n(),
        equals(pair.adjusted),
    ))
}

/// The pair of two arms, and what only the first and only the second passed.
fn oriented(pairs: &[Pair], first: usize, second: usize) -> Option<(&Pair, [u64; 2])> {
    pairs.iter().find_map(|pair| match pair.arms {
        arms if arms == [first, second] => Some((pair, pair.only)),
        arms if arms == [second, first] => Some((pair, [pair.only[1], pair.only[0]])),
        _ => None,
    })
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
    let on = match &rows.arms.iter().filter(|arm| arm.kind(kind) > 0).collect::<Vec<_>>()[..] {
        [only] if rows.arms.len() > 1 => format!(", all on {}", code(only.name)),
        _ => String::new(),
    };
    Some(format!("What fails most is {} ({} of all first tries{on}).", code(kind.name()), part(rate)))
}
