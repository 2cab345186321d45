//! One line an arm: what is to be known at a glance.

use gonogo_stats::Rate;
use gonogo_tables::{
    Cell, Row, Table,
    format::{NOTHING, part},
};

use super::{
    ArmReport, Report,
    findings::{self, Ignored, ignored},
    words::{self, count},
};
use crate::{
    Blame, Class,
    tables::{Counts, Measure, Quantiles},
};

/// One arm in one line: what the terminal shows. The counts but `n` and `with_instances` sum to `n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The arm.
    pub arm: String,
    /// Subjects.
    pub n: u64,
    /// Subjects with instances and a trial: what `rightly` is of.
    pub with_instances: u64,
    /// Every instance was treated as it should be, and there was one.
    pub rightly: u64,
    /// It compiled, and there are no instances to say more.
    pub compiled: u64,
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
    /// Time between masks, over what all arms of the configuration took where there are several, in words: median
    /// and 99th percentile.
    pub tbm: [String; 2],
    /// Time to the first mask, likewise.
    pub ttfm: [String; 2],
}

/// The headings of [`Headline::cells`], in two lines where that keeps a column narrow.
pub(crate) const COLUMNS: [&str; 15] = [
    "rightly",
    "only\ncompiled",
    "declined",
    "accepts\ninvalid",
    "refuses\nvalid",
    "whitespace\nonly",
    "order\nonly",
    "unsound",
    "failed",
    "harness",
    "not\nrun",
    "TBM\np50",
    "TBM\np99",
    "TTFM\np50",
    "TTFM\np99",
];

impl Headline {
    fn new(report: &Report, arm: &ArmReport) -> Self {
        let (counts, with_instances) = (&arm.counts, arm.with_instances());
        let of = |measure| {
            let quantiles = fair(report, arm, measure);
            [0.5, 0.99].map(|q| words::quantile(quantiles, q))
        };
        Self {
            arm: arm.name.clone(),
            n: counts.n,
            with_instances: with_instances.tried(),
            rightly: with_instances.of(Class::Ok),
            compiled: arm.without_instances.of(Class::Ok),
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

    /// The figures in the order of the table, `rightly` of those with instances that were tried.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let mut cells = self.counted();
        cells.extend(self.tbm.iter().chain(&self.ttfm).cloned());
        cells
    }

    /// The figures but the times.
    fn counted(&self) -> Vec<String> {
        let counts = [
            self.compiled,
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
        let mut cells = vec![part(Rate { passed: self.rightly, n: self.with_instances })];
        cells.extend(counts.map(count));
        cells
    }
}

/// The quantiles that arms are compared by.
fn fair<'r>(report: &'r Report, arm: &ArmReport, measure: Measure) -> Option<&'r Quantiles> {
    report.quantiles(&arm.name, measure, report.fair(arm.configuration, measure))
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
    pub fn summary_columns() -> [&'static str; 15] {
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
    let lines = report.arms.iter().zip(report.summary()).zip(ignored(report));
    let rows = lines.map(|((arm, line), ignored)| {
        let mut cells = line.counted();
        for measure in [Measure::Tbm, Measure::Ttfm] {
            let quantiles = fair(report, arm, measure);
            cells.push(words::quantile(quantiles, 0.5));
            // Where a limit or the size of the sample leaves the tail open, the median would not say so.
            cells.push(words::with_bounds(quantiles, 0.99));
        }
        cells.push(brief(&ignored));
        Row { label: line.arm, cells: cells.into_iter().map(Cell::Text).collect() }
    });
    Table {
        id: "head",
        title: "At a glance".into(),
        note: NOTE.into(),
        corner: "arm".into(),
        columns: COLUMNS
            .iter()
            .map(|column| column.replace('\n', " "))
            .chain(["ignored most".into()])
            .collect(),
        rows: rows.collect(),
        folded: false,
    }
}

const NOTE: &str = "*Rightly* is of the schemas with instances that were tried: every valid instance accepted, every invalid \
    one refused. *Only compiled*: there are no instances, so that nothing else is known; in no share. Each schema counts in \
    one of the columns from *rightly* to *not run*. *Declined*: the engine said that it cannot. *Accepts invalid*, *refuses \
    valid*, *whitespace only*, *order only* and *unsound* (a mask allowed an end in the middle of a value, or a control token) \
    are silent: the caller is not told. *Whitespace only*, *order only*: the value can be written, but not as it stands in the \
    corpus; written compactly, or in the schema's order, it was accepted. *Failed*: crash, memory, timeout, hang. *Harness*: a \
    fault of gonogo or of its worker, not of the engine.\n\n\
    TBM is what a token costs, TTFM a schema; both over what all arms of a configuration took, so that what one of them \
    declined or did not finish is in none. p50 and p99 pool the tokens of all schemas, and long schemas weigh more; the ratios \
    of the next table weigh each schema once. Where they disagree, plan a server's capacity by the pooled times, and what the \
    user of one schema notices by the ratio. `?`: there are too few schemas for a bound, so that the true value may lie far \
    beyond. *Ignored*: invalid instances accepted, of those that the arm answered, by the keyword that they violate.";

fn brief(ignored: &[Ignored]) -> String {
    let named: Vec<String> =
        ignored.iter().take(NAMED).map(|of| format!("{}: {}", of.keyword, findings::words(of))).collect();
    match ignored.len().saturating_sub(NAMED) {
        _ if named.is_empty() => NOTHING.into(),
        0 => named.join(", "),
        more => format!("{} (+{more})", named.join(", ")),
    }
}
