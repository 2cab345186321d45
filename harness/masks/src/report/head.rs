//! One line an arm: what is to be known at a glance.

use gonogo_stats::Rate;
use gonogo_tables::{
    Cell, Row, Table,
    format::{NOTHING, part},
};

use super::{
    ArmReport, Report,
    findings::{Ignored, ignored},
    words::{self, count},
};
use crate::{
    Blame, Class,
    tables::{Counts, Measure, Subset},
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
    /// A valid instance was refused, whatever the order of its members and the whitespace in it.
    pub refuses_valid: u64,
    /// A valid instance was refused because of the whitespace outside its strings.
    pub whitespace_bound: u64,
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
pub(crate) const COLUMNS: [&str; 14] = [
    "rightly",
    "declined",
    "accepts invalid",
    "refuses valid",
    "by whitespace only",
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
            whitespace_bound: counts.of(Class::WhitespaceBound),
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
            self.whitespace_bound,
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

pub(super) fn blamed(counts: &Counts, blame: Blame) -> u64 {
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
    pub fn summary_columns() -> [&'static str; 14] {
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
}

/// Keywords that the table names.
const NAMED: usize = 3;

/// The lines of the terminal as a table, with what each arm ignores most.
pub(super) fn table(report: &Report) -> Table {
    let ignored = ignored(report);
    let rows = report.summary().into_iter().zip(ignored).map(|(line, ignored)| {
        let mut cells: Vec<Cell> = line.cells().into_iter().map(Cell::Text).collect();
        cells.push(Cell::Text(brief(&ignored)));
        Row { label: line.arm, cells }
    });
    Table {
        id: "head",
        title: "At a glance".into(),
        note: "One schema counts in exactly one of the first ten columns. *Declined*: the engine said that it cannot. \
               *Accepts invalid*, *refuses valid*, *by whitespace only*, *by order only* and *unsound* are silent: the \
               caller is not told. *By whitespace only*, *by order only*: the value can be written, but not as it stands \
               in the corpus; written compactly, or in the schema's order, it was accepted. *Failed*: crash, memory, timeout, hang. Times are over everything that the arm answered. *Ignored*: invalid \
               instances accepted, of those there are, by the keyword that they violate."
            .into(),
        corner: "arm".into(),
        columns: COLUMNS.into_iter().chain(["ignored most"]).map(String::from).collect(),
        rows: rows.collect(),
        folded: false,
    }
}

fn brief(ignored: &[Ignored]) -> String {
    let named = ignored.iter().take(NAMED);
    let named: Vec<String> =
        named.map(|of| format!("{} {}/{}", of.keyword, count(of.accepted), count(of.invalid))).collect();
    match ignored.len().saturating_sub(NAMED) {
        _ if named.is_empty() => NOTHING.into(),
        0 => named.join(", "),
        more => format!("{} (+{more})", named.join(", ")),
    }
}
