//! What is to be known in ten seconds, written from the figures: facts with numbers, and no adjectives.

use gonogo_stats::Rate;
use gonogo_tables::{
    Cell, Row, Table,
    format::{and, code, part, percent},
};

use super::{
    Agreement, ArmReport, Report,
    words::{self, count},
};
use crate::{
    Blame, Class,
    tables::{Counts, KeywordCell, Measure, Pair, Subset, by_keyword},
};

/// One arm in one line: what the terminal shows. All counts but `n` sum to `n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The arm.
    pub arm: String,
    /// Subjects.
    pub n: u64,
    /// Every instance was treated as it should be.
    pub rightly: u64,
    /// The engine said that it cannot.
    pub declined: u64,
    /// An invalid instance was accepted.
    pub accepts_invalid: u64,
    /// A valid instance was refused, whatever the order of its members.
    pub refuses_valid: u64,
    /// A valid instance was refused because of the order of its members.
    pub order_bound: u64,
    /// A mask allowed what is no JSON.
    pub unsound: u64,
    /// Crash, memory, timeout, hang.
    pub failed: u64,
    /// A fault of the harness or the worker.
    pub harness: u64,
    /// No trial yet.
    pub missing: u64,
    /// Time between masks over everything that it answered, in words: median and 99th percentile.
    pub tbm: [String; 2],
    /// Time to the first mask, likewise.
    pub ttfm: [String; 2],
}

/// The headings of [`Headline::cells`].
pub(crate) const COLUMNS: [&str; 13] = [
    "rightly",
    "declined",
    "accepts invalid",
    "refuses valid",
    "by order only",
    "unsound",
    "failed",
    "harness",
    "not run",
    "per token (TBM) p50",
    "TBM p99",
    "per schema (TTFM) p50",
    "TTFM p99",
];

impl Headline {
    fn new(report: &Report, arm: &ArmReport) -> Self {
        let counts = &arm.counts;
        let of = |measure| {
            let quantiles = report.quantiles(&arm.name, measure, Subset::Own);
            [0.5, 0.99].map(|q| words::quantile(quantiles, q))
        };
        Self {
            arm: arm.name.clone(),
            n: counts.n,
            rightly: counts.of(Class::Ok),
            declined: blamed(counts, Blame::Declared),
            accepts_invalid: counts.any(&[Class::UnderConstrained, Class::OverAndUnder]),
            refuses_valid: counts.of(Class::OverConstrained),
            order_bound: counts.of(Class::OrderBound),
            unsound: counts.of(Class::Unsound),
            failed: blamed(counts, Blame::Resources),
            harness: blamed(counts, Blame::Harness),
            missing: counts.missing,
            tbm: of(Measure::Tbm),
            ttfm: of(Measure::Ttfm),
        }
    }

    /// The figures in the order of the table, `rightly` of `n`.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let counts = [
            self.declined,
            self.accepts_invalid,
            self.refuses_valid,
            self.order_bound,
            self.unsound,
            self.failed,
            self.harness,
            self.missing,
        ];
        let mut cells = vec![part(Rate { passed: self.rightly, n: self.n })];
        cells.extend(counts.map(count));
        cells.extend(self.tbm.iter().chain(&self.ttfm).cloned());
        cells
    }
}

fn blamed(counts: &Counts, blame: Blame) -> u64 {
    Class::ALL.iter().filter(|class| class.blame() == blame).map(|class| counts.of(*class)).sum()
}

impl Report {
    /// One line per arm.
    #[must_use]
    pub fn summary(&self) -> Vec<Headline> {
        self.arms.iter().map(|arm| Headline::new(self, arm)).collect()
    }

    /// The headings of [`Headline::cells`].
    #[must_use]
    pub fn summary_columns() -> [&'static str; 13] {
        COLUMNS
    }

    /// What the first line must not hide; `None` for a run that is whole.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let (made, planned) = (count(self.trials), count(self.planned));
        match (self.trials, self.planned) {
            (0, _) => Some(format!("EMPTY: none of {planned} planned trials was made")),
            (made_here, planned_here) if made_here < planned_here => {
                Some(format!("UNFINISHED: {made} of {planned} planned trials were made"))
            }
            (_, _) => None,
        }
    }

    /// The sentences at the head, one a line.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        if self.trials == 0 {
            return vec!["No trial was made, so nothing can be said.".into()];
        }
        let bare = self.arms.first().map_or(0, |arm| arm.without_instances.n);
        let mut findings = vec![most(&self.summary(), bare)];
        findings.extend(self.agreement.iter().map(agreement));
        findings.extend(self.pairs.iter().filter_map(cost));
        findings.extend(self.ignores());
        findings.extend(self.arms.iter().filter_map(declines));
        findings
    }

    /// What each arm ignores without a word, by keyword.
    fn ignores(&self) -> Vec<String> {
        let rows = by_keyword(&self.keywords);
        let arms = self.arms.iter().enumerate().filter(|(_, arm)| arm.counts.missing < arm.counts.n);
        arms.map(|(place, arm)| {
            let ignored: Vec<(&str, &KeywordCell)> = rows
                .iter()
                .map(|(keyword, cells)| (keyword.as_str(), &cells[place]))
                .filter(|(_, cell)| cell.ignored > 0)
                .collect();
            ignores(&arm.name, ignored)
        })
        .collect()
    }
}

/// Which arm treats most subjects rightly.
fn most(rows: &[Headline], bare: u64) -> String {
    let best = rows.iter().map(|row| row.rightly).max().unwrap_or_default();
    let n = rows.first().map_or(0, |row| row.n);
    let (leaders, others): (Vec<&Headline>, Vec<&Headline>) =
        rows.iter().partition(|row| row.rightly == best);
    let names: Vec<String> = leaders.iter().map(|row| code(&row.arm)).collect();
    let each = if leaders.len() > 1 { "each " } else { "" };
    let share = percent(Rate { passed: best, n }.value().unwrap_or_default());
    let others: String =
        others.iter().map(|row| format!(", {} by {}", count(row.rightly), code(&row.arm))).collect();
    let bare = match bare {
        0 => String::new(),
        bare => format!(" ({} without instances, which count where they were compiled)", count(bare)),
    };
    let (n, best) = (count(n), count(best));
    format!(
        "Of {n} schemas{bare} the most are treated rightly by {}: {each}{best} ({share} %){others}.",
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

fn ignores(arm: &str, mut ignored: Vec<(&str, &KeywordCell)>) -> String {
    let arm = code(arm);
    if ignored.is_empty() {
        return format!("{arm} silently ignores nothing that was asked: it accepted no invalid instance.");
    }
    ignored.sort_by_key(|(keyword, cell)| (std::cmp::Reverse(cell.ignored), *keyword));
    let of = |(keyword, cell): &(&str, &KeywordCell)| {
        format!("{} {}/{}", code(keyword), count(cell.ignored), count(cell.invalid))
    };
    let named: Vec<String> = ignored.iter().take(NAMED).map(of).collect();
    let more = match ignored.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more keywords"),
    };
    format!(
        "{arm} silently ignores (invalid instances accepted, of those there are): {}{more}.",
        named.join(", ")
    )
}

/// Reasons that are named in a sentence.
const REASONS: usize = 3;

fn declines(arm: &ArmReport) -> Option<String> {
    let declined = blamed(&arm.counts, Blame::Declared);
    let reasons: Vec<String> = arm
        .declined
        .iter()
        .take(REASONS)
        .map(|reason| format!("{} ({})", code(&words::shorten(&reason.message, 80)), count(reason.schemas)))
        .collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(", most often with {}", reasons.join(", ")) };
    (declined > 0).then(|| {
        format!(
            "{} declines {} of {} schemas{reasons}.",
            code(&arm.name),
            count(declined),
            count(arm.counts.n)
        )
    })
}

/// The lines of the terminal as a table.
pub(super) fn table(report: &Report) -> Table {
    let rows = report
        .summary()
        .into_iter()
        .map(|line| Row { cells: line.cells().into_iter().map(Cell::Text).collect(), label: line.arm });
    Table {
        id: "head",
        title: "In ten seconds".into(),
        note: "One schema counts in exactly one of the first nine columns. *Declined*: the engine said that it cannot. \
               *Accepts invalid*, *refuses valid*, *by order only* and *unsound* are silent: the caller is not told. \
               *Failed*: crash, memory, timeout, hang. Times are over everything that the arm answered."
            .into(),
        corner: "arm".into(),
        columns: COLUMNS.map(String::from).to_vec(),
        rows: rows.collect(),
        folded: false,
    }
}
