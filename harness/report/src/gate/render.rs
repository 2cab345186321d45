//! The verdict for a page, a terminal and a machine.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    ArmVerdict, Check, GateResult, Threshold, Verdict,
    why::{MOST_CASES, direction, outlook},
};
use crate::{
    Cell, FORMAT, Row, Table, Unit,
    format::{NOTHING, code, figure, inline, percent},
};

/// Why the same counts have another interval in the verdict than in the tables below it.
const INTERVALS: &str = "Intervals of shares in a verdict are Clopper and Pearson's, which hold at least as often as they say; those in \
    tables are Wilson's, which are shorter and hold as often on average. So the same counts have two.";

impl GateResult {
    /// Arms by level: what a person reads in ten seconds.
    #[must_use]
    pub fn table(&self) -> Table {
        let levels = self.policy.levels();
        let rows = self.arms.iter().map(|arm| Row {
            label: arm.label.clone(),
            cells: arm.levels.iter().map(|level| Cell::Text(level.verdict.name().into())).collect(),
        });
        Table {
            id: "verdict",
            title: "Verdict".into(),
            note: self.policy.why().trim().into(),
            corner: "arm".into(),
            columns: levels.iter().map(|level| level.name().to_owned()).collect(),
            rows: rows.collect(),
            folded: false,
        }
    }

    /// The evidence: one row per arm, level and threshold.
    #[must_use]
    pub fn evidence(&self) -> Table {
        let mut rows = Vec::new();
        for arm in &self.arms {
            for level in &arm.levels {
                rows.extend(level.checks.iter().map(|check| Row {
                    label: format!("{}: {}, {}", arm.label, level.level, check.threshold.measures()),
                    cells: cells(check),
                }));
            }
        }
        Table {
            id: "evidence",
            title: "Evidence".into(),
            note: format!(
                "Shares with Clopper and Pearson's interval, quantiles with order statistics, differences of success over \
                 paired cases with Tango's, costs per success with Student's over cases, all at {:.0} %. A \
                 duration is over what passed and what a time limit cut off; the latter is late for a GO, and for a \
                 NO-GO only where it was waited for no less than the threshold. GO needs the whole interval on the right side of the threshold, NO-GO the whole interval on \
                 the wrong side; the last column is the threshold's own verdict, before anything that forbids one. \
                 A case counts once, however often it was repeated. \"Needed\" is the number of distinct cases at \
                 which the threshold would be decided, and which way, if further ones went as these did; \"clean\" \
                 is the fewest that can meet it, without a single failure.",
                self.policy.confidence().level() * 100.0
            ),
            corner: "arm, level and threshold".into(),
            columns: ["asked", "observed", "interval", "margin", "n", "cases", "needed", "clean", "verdict"]
                .map(String::from)
                .to_vec(),
            rows,
            folded: true,
        }
    }

    /// As Markdown: the verdict, the table, the reasons, the evidence folded away.
    #[must_use]
    pub fn markdown(&self) -> String {
        let headline = self.headline();
        let mut out = format!(
            "**Verdict: {}** under policy {}, level {}{}.\n\n",
            self.verdict.name(),
            code(self.policy.name()),
            code(self.policy.decide()),
            if headline.is_empty() { headline } else { format!(": {}", inline(&headline)) }
        );
        if self.arms.is_empty() {
            out.push_str("No arm asks for a constraint, so there is no candidate to judge; name the arm to judge it.\n\n");
            return out;
        }
        for arm in &self.arms {
            let _ = writeln!(out, "- {}: {}.", code(&arm.arm), inline(&self.why(arm)));
        }
        let _ = writeln!(out, "\n{INTERVALS}\n");
        gonogo_tables::markdown::grid(&mut out, &self.table());
        let lost: Vec<String> = self
            .arms
            .iter()
            .filter_map(|arm| Some(format!("- {}: {}\n", inline(&arm.label), lost(arm)?)))
            .collect();
        if !lost.is_empty() {
            let _ = writeln!(out, "{}", lost.concat());
        }
        gonogo_tables::markdown::render(&mut out, &self.evidence());
        out
    }

    /// As plain text for a terminal, 100 columns or so, without colour.
    #[must_use]
    pub fn text(&self) -> String {
        let headline = self.headline();
        let mut out = format!(
            "{}  {} (policy {}, level {}){}\n",
            self.verdict.name(),
            self.run,
            self.policy.name(),
            self.policy.decide(),
            if headline.is_empty() { headline } else { format!(": {headline}") }
        );
        if self.arms.is_empty() {
            out.push_str("  no arm asks for a constraint: name the arm to judge it\n");
        }
        for arm in &self.arms {
            let _ = writeln!(out, "\n{}", arm.label);
            let _ = writeln!(out, "  why: {}", self.because(arm));
            for level in &arm.levels {
                let _ = writeln!(out, "  {:<12} {}", level.verdict.name(), level.level);
                for check in &level.checks {
                    let _ = writeln!(out, "    {}", sentence(check));
                }
            }
            let blockers = arm.blockers.iter().map(|blocker| {
                let cannot = if blocker.forbids_no_go() { "neither GO nor NO-GO" } else { "cannot be GO" };
                format!("{cannot}: {}", blocker.message())
            });
            for reason in blockers.chain(lost(arm)) {
                let _ = writeln!(out, "  ! {reason}");
            }
        }
        out
    }

    /// As JSON, versioned.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "format": FORMAT,
            "run": self.run,
            "policy": self.policy,
            "verdict": self.verdict,
            "arms": self.arms.iter().map(|arm| self.arm_json(arm)).collect::<Vec<_>>(),
        })
    }

    fn arm_json(&self, arm: &ArmVerdict) -> Value {
        let blockers = arm.blockers.iter().map(|blocker| {
            json!({
                "blocker": blocker,
                "message": blocker.message(),
                "forbids_no_go": blocker.forbids_no_go(),
            })
        });
        json!({
            "arm": arm.arm,
            "label": arm.label,
            "n": arm.n,
            "verdict": arm.verdict,
            "cause": arm.cause(),
            "why": self.why(arm),
            "blockers": blockers.collect::<Vec<_>>(),
            "levels": arm.levels,
            "attrition": arm.attrition,
        })
    }
}

/// What infrastructure may have hidden.
fn lost(arm: &ArmVerdict) -> Option<String> {
    arm.attrition.map(|lost| {
        format!(
            "infrastructure took {} of {} attempts: success lies between {}/{} and {}/{} had it not",
            lost.lost, lost.n, lost.worst, lost.n, lost.best, lost.n
        )
    })
}

fn sentence(check: &Check) -> String {
    let verdict = check.verdict.name();
    let mut line = format!(
        "{verdict:<12} {} {}: {} {}, n={}",
        check.threshold.measures(),
        check.threshold.asks(),
        observed(check),
        interval(check),
        check.n
    );
    if check.verdict == Verdict::Inconclusive && check.value.is_some() {
        let _ = write!(line, "; {}", outlook(check));
    }
    line
}

fn cells(check: &Check) -> Vec<Cell> {
    let needed = match (check.verdict, check.need) {
        (_, Some(need)) if need.cases > MOST_CASES => {
            format!("more than 10,000 for {}", direction(need).name())
        }
        (_, Some(need)) => format!("{} for {}", need.cases, direction(need).name()),
        (Verdict::Inconclusive, None) => "unknown".into(),
        (Verdict::Go | Verdict::NoGo, None) => NOTHING.into(),
    };
    vec![
        Cell::Text(check.threshold.asks()),
        Cell::Text(observed(check)),
        Cell::Text(interval(check)),
        Cell::Text(
            check.margin.map_or_else(|| NOTHING.into(), |margin| margin_text(check.threshold, margin)),
        ),
        Cell::Count(check.n),
        Cell::Count(check.cases),
        Cell::Text(needed),
        check.clean_cases.map_or_else(|| Cell::Text("no number".into()), Cell::Count),
        Cell::Text(check.verdict.name().into()),
    ]
}

/// What the figures of a threshold are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    /// Fractions of one.
    Shares,
    /// Differences of fractions, which have a sign.
    Points,
    /// Durations.
    Seconds,
    /// Amounts.
    Money,
}

pub(super) fn figures_of(threshold: Threshold) -> Figures {
    match threshold {
        Threshold::Success { .. } | Threshold::Fault { .. } => Figures::Shares,
        Threshold::NoWorse { .. } => Figures::Points,
        Threshold::Latency { .. } | Threshold::FirstToken { .. } => Figures::Seconds,
        Threshold::CostPerSuccess { .. } => Figures::Money,
    }
}

/// A signed difference of fractions, in points.
pub(super) fn points(value: f64) -> String {
    let sign = if value < 0.0 { '−' } else { '+' };
    format!("{sign}{}", percent(value.abs()))
}

fn margin_text(threshold: Threshold, margin: f64) -> String {
    let sign = if margin < 0.0 { '-' } else { '+' };
    match figures_of(threshold) {
        Figures::Shares | Figures::Points => format!("{sign}{} points", percent(margin.abs())),
        Figures::Seconds => format!("{margin:+.2} s"),
        Figures::Money => format!("{sign}{}", figure(margin.abs(), Unit::Money)),
    }
}

pub(super) fn observed(check: &Check) -> String {
    let Some(value) = check.value else { return NOTHING.into() };
    match (figures_of(check.threshold), check.count) {
        (Figures::Shares, Some(count)) => format!("{count}/{} = {} %", check.n, percent(value)),
        (Figures::Points, _) => format!("{} points over {} cases", points(value), check.cases),
        (Figures::Money, _) if value.is_infinite() => "nothing passed".into(),
        (Figures::Money, _) => figure(value, Unit::Money),
        (Figures::Shares | Figures::Seconds, _) if check.censored == 0 => seconds(value),
        (Figures::Shares | Figures::Seconds, _) => {
            format!("{}, {}/{} cut off by a time limit", seconds(value), check.censored, check.n)
        }
    }
}

/// A duration of a check, which may lie among attempts that never ended by themselves.
fn seconds(value: f64) -> String {
    if value.is_finite() { format!("{value:.2} s") } else { "not reached".into() }
}

pub(super) fn interval(check: &Check) -> String {
    let figures = figures_of(check.threshold);
    let bound = |bound: Option<f64>| match (bound, figures) {
        (None, _) => "?".into(),
        (Some(value), Figures::Shares) => percent(value),
        (Some(value), Figures::Points) => points(value),
        (Some(value), _) if value.is_infinite() => "∞".into(),
        (Some(value), Figures::Seconds) => format!("{value:.2}"),
        (Some(value), Figures::Money) => figure(value, Unit::Money),
    };
    if check.value.is_none() {
        return NOTHING.into();
    }
    let (low, high) = (bound(check.low), bound(check.high));
    match figures {
        Figures::Shares | Figures::Money => format!("[{low}–{high}]"),
        Figures::Points => format!("[{low} to {high}]"),
        Figures::Seconds => format!("[{low}–{high} s]"),
    }
}
