//! The verdict for a page, a terminal and a machine.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{ArmVerdict, Check, GateResult, Threshold, Verdict};
use crate::{
    Cell, FORMAT, Row, Table,
    format::{NOTHING, code, inline},
    markdown::grid,
};

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
                "Shares with Clopper and Pearson's interval, quantiles of what passed with order statistics, both at \
                 {:.0} %. GO needs the whole interval on the right side of the threshold, NO-GO the whole interval on \
                 the wrong side. \"Needed\" is the number of attempts at which it would be decided if the observed \
                 rate stayed.",
                self.policy.confidence().level() * 100.0
            ),
            corner: "arm, level and threshold".into(),
            columns: ["asked", "observed", "interval", "margin", "n", "needed", "verdict"]
                .map(String::from)
                .to_vec(),
            rows,
            folded: true,
        }
    }

    /// As Markdown: the verdict, the table, the reasons, the evidence folded away.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "**Verdict: {}** under policy {}, level {}.\n\n",
            self.verdict.name(),
            code(self.policy.name()),
            code(self.policy.decide())
        );
        if self.arms.is_empty() {
            out.push_str("No arm asks for a constraint, so there is no candidate to judge; name the arm to judge it.\n\n");
            return out;
        }
        grid(&mut out, &self.table());
        for arm in &self.arms {
            for reason in reasons(arm) {
                let _ = writeln!(out, "- {}: {}", inline(&arm.label), inline(&reason));
            }
        }
        out.push('\n');
        crate::markdown::render(&mut out, &self.evidence());
        out
    }

    /// As plain text for a terminal, 100 columns or so, without colour.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!(
            "{}  {} (policy {}, level {})\n",
            self.verdict.name(),
            self.run,
            self.policy.name(),
            self.policy.decide()
        );
        if self.arms.is_empty() {
            out.push_str("  no arm asks for a constraint: name the arm to judge it\n");
        }
        for arm in &self.arms {
            let _ = writeln!(out, "\n{}", arm.label);
            for level in &arm.levels {
                let _ = writeln!(out, "  {:<12} {}", level.verdict.name(), level.level);
                for check in &level.checks {
                    let _ = writeln!(out, "    {}", sentence(check));
                }
            }
            for reason in reasons(arm) {
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
            "arms": self.arms.iter().map(arm_json).collect::<Vec<_>>(),
        })
    }
}

fn arm_json(arm: &ArmVerdict) -> Value {
    let blockers =
        arm.blockers.iter().map(|blocker| json!({ "blocker": blocker, "message": blocker.message() }));
    json!({
        "arm": arm.arm,
        "label": arm.label,
        "n": arm.n,
        "verdict": arm.verdict,
        "blockers": blockers.collect::<Vec<_>>(),
        "levels": arm.levels,
        "attrition": arm.attrition,
    })
}

/// Why an arm cannot be GO, and what infrastructure may have hidden.
fn reasons(arm: &ArmVerdict) -> Vec<String> {
    let mut reasons: Vec<String> =
        arm.blockers.iter().map(|blocker| format!("cannot be GO: {}", blocker.message())).collect();
    if let Some(lost) = arm.attrition {
        reasons.push(format!(
            "infrastructure took {} of {} attempts: success lies between {}/{} and {}/{} had it not",
            lost.lost, lost.n, lost.worst, lost.n, lost.best, lost.n
        ));
    }
    reasons
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
    if let Some(needed) = check.needed_n {
        let _ = write!(line, "; decided at about n={needed} if the rate stayed");
    }
    line
}

fn cells(check: &Check) -> Vec<Cell> {
    let needed = match (check.verdict, check.needed_n) {
        (_, Some(needed)) => needed.to_string(),
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
        Cell::Text(needed),
        Cell::Text(check.verdict.name().into()),
    ]
}

fn is_share(threshold: Threshold) -> bool {
    match threshold {
        Threshold::Success { .. } | Threshold::Fault { .. } => true,
        Threshold::Latency { .. } | Threshold::FirstToken { .. } => false,
    }
}

fn margin_text(threshold: Threshold, margin: f64) -> String {
    if is_share(threshold) { format!("{:+.1} points", margin * 100.0) } else { format!("{margin:+.2} s") }
}

fn observed(check: &Check) -> String {
    let Some(value) = check.value else { return NOTHING.into() };
    match check.count {
        Some(count) => format!("{count}/{} = {:.1} %", check.n, value * 100.0),
        None => format!("{value:.2} s"),
    }
}

fn interval(check: &Check) -> String {
    let bound = |bound: Option<f64>| match bound {
        None => "?".into(),
        Some(value) if is_share(check.threshold) => format!("{:.1}", value * 100.0),
        Some(value) => format!("{value:.2}"),
    };
    if check.value.is_none() {
        return NOTHING.into();
    }
    let unit = if is_share(check.threshold) { " %" } else { " s" };
    format!("[{}–{}{unit}]", bound(check.low), bound(check.high))
}
