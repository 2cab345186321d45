//! What the figures say, in sentences: facts with numbers, and no adjectives.

use gonogo_stats::Rate;
use gonogo_tables::format::{and, code, percent};

use super::{
    Agreement, ArmReport, Headline, Report,
    head::blamed,
    words::{self, count},
};
use crate::{
    Blame,
    tables::{Pair, by_keyword},
};

/// A keyword that an arm ignores without a word.
pub(super) struct Ignored {
    pub(super) keyword: String,
    /// Invalid instances that it accepted.
    pub(super) accepted: u64,
    /// Those there are.
    pub(super) invalid: u64,
}

/// What each arm ignores, the most often accepted first.
pub(super) fn ignored(report: &Report) -> Vec<Vec<Ignored>> {
    let rows = by_keyword(&report.keywords);
    let of_arm = |place: usize| {
        let cells = rows.iter().map(|(keyword, cells)| (keyword, &cells[place]));
        let mut ignored: Vec<Ignored> = cells
            .filter(|(_, cell)| cell.ignored > 0)
            .map(|(keyword, cell)| Ignored {
                keyword: keyword.clone(),
                accepted: cell.ignored,
                invalid: cell.invalid,
            })
            .collect();
        ignored.sort_by_key(|of| std::cmp::Reverse(of.accepted));
        ignored
    };
    (0..report.arms.len()).map(of_arm).collect()
}

impl Report {
    /// Who treats most schemas rightly, in a sentence or two.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        if self.trials == 0 {
            return vec!["No trial was made, so nothing can be said.".into()];
        }
        let bare = self.arms.first().map_or(0, |arm| arm.without_instances.n);
        let mut findings = vec![most(&self.summary(), bare, self.trials < self.planned)];
        findings.extend(self.agreement.iter().map(agreement));
        findings
    }

    /// What each arm ignores and declines, a sentence an arm with a trial.
    #[must_use]
    pub fn conduct(&self) -> Vec<String> {
        let arms = self.arms.iter().zip(ignored(self)).filter(|(arm, _)| arm.counts.missing < arm.counts.n);
        arms.map(|(arm, ignored)| format!("{} {}; {}.", code(&arm.name), ignores(&ignored), declines(arm)))
            .collect()
    }

    /// What a token and a first mask cost on one arm against another, a sentence a pair.
    #[must_use]
    pub fn costs(&self) -> Vec<String> {
        self.pairs.iter().filter_map(cost).collect()
    }
}

/// Which arm treats most subjects rightly.
fn most(rows: &[Headline], bare: u64, unfinished: bool) -> String {
    let best = rows.iter().map(|row| row.rightly).max().unwrap_or_default();
    let n = rows.first().map_or(0, |row| row.n);
    let (leaders, others): (Vec<&Headline>, Vec<&Headline>) =
        rows.iter().partition(|row| row.rightly == best);
    if best == 0 {
        return format!("Of {} schemas none is treated rightly by any arm.", count(n));
    }
    let names: Vec<String> = leaders.iter().map(|row| code(&row.arm)).collect();
    let each = if leaders.len() > 1 { "each " } else { "" };
    let share = percent(Rate { passed: best, n }.value().unwrap_or_default());
    let others: String =
        others.iter().map(|row| format!(", {} by {}", count(row.rightly), code(&row.arm))).collect();
    let bare = match bare {
        0 => String::new(),
        bare => format!(" ({} without instances, which count where they were compiled)", count(bare)),
    };
    let so_far = if unfinished { "So far, of" } else { "Of" };
    let (n, best) = (count(n), count(best));
    format!(
        "{so_far} {n} schemas{bare} the most are treated rightly by {}: {each}{best} ({share} %){others}.",
        and(&names)
    )
}

fn agreement(agreement: &Agreement) -> String {
    let only: Vec<String> =
        agreement.only.iter().map(|(arm, n)| format!("{} by {} alone", count(*n), code(arm))).collect();
    let only = if only.is_empty() { String::new() } else { format!(", {}", and(&only)) };
    format!(
        "Under `{}` options, of the {} schemas with a trial on every arm, {} are treated rightly by all arms, {} by \
         none{only}.",
        agreement.configuration.name(),
        count(agreement.subjects),
        count(agreement.every),
        count(agreement.none),
    )
}

/// What a token costs on one arm against another, on the same steps.
fn cost(pair: &Pair) -> Option<String> {
    let [first, second] = pair.arms.each_ref().map(|arm| code(arm));
    pair.tbm.geometric?;
    let tbm = words::ratio(pair.tbm.geometric);
    let ttfm = match pair.ttfm.geometric {
        Some(_) => format!(
            ", and {} times to the first mask (n={})",
            words::ratio(pair.ttfm.geometric),
            count(pair.ttfm.subjects)
        ),
        None => String::new(),
    };
    Some(format!(
        "On the tokens that both took, {second} takes {tbm} times as long per token as {first} (geometric mean over \
         n={} schemas, 95 %){ttfm}.",
        count(pair.tbm.subjects)
    ))
}

/// Keywords that are named in a sentence.
const NAMED: usize = 12;

fn ignores(ignored: &[Ignored]) -> String {
    if ignored.is_empty() {
        return "accepted no invalid instance".into();
    }
    let of = |of: &Ignored| format!("{} {}/{}", code(&of.keyword), count(of.accepted), count(of.invalid));
    let named: Vec<String> = ignored.iter().take(NAMED).map(of).collect();
    let more = match ignored.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more keywords"),
    };
    format!("silently ignores {}{more}", named.join(", "))
}

/// Reasons that are named in a sentence.
const REASONS: usize = 3;

fn declines(arm: &ArmReport) -> String {
    let declined = blamed(&arm.counts, Blame::Declared);
    if declined == 0 {
        return "declines no schema".into();
    }
    let reason = |reason: &crate::tables::Reason| {
        format!("{} ({})", code(&words::shorten(&reason.message, 80)), count(reason.schemas))
    };
    let reasons: Vec<String> = arm.declined.iter().take(REASONS).map(reason).collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(", most often with {}", reasons.join(", ")) };
    format!("declines {} of {} schemas{reasons}", count(declined), count(arm.counts.n))
}
