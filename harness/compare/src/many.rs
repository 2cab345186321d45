//! Several arms against one baseline, with an answer that allows for how many were asked about.

use std::fmt::Write as _;

use gonogo_stats::{NonInferiority, holm};
use gonogo_tables::{
    Cell, Row, Table,
    forest::{self, Forest, Line, Mark, Scale},
    format::{code, inline},
    markdown,
    plot::accessible,
};
use serde::Serialize;

use crate::{Comparison, Options, Refusal, Side, compare, render::points};

/// Each candidate against the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Many {
    /// One per candidate, in the order asked for.
    pub comparisons: Vec<Comparison>,
    /// McNemar's exact p of each, after Holm over all of them: the chance that chance alone makes any of these
    /// candidates differ so much.
    pub holm: Vec<f64>,
}

/// Compares each candidate with the baseline.
///
/// # Errors
/// The first [`Refusal`], with the candidate's arm: a table in which one is missing would invite to read off who is best.
pub fn compare_many<'a>(
    baseline: Side<'a>,
    candidates: &[Side<'a>],
    options: Options,
) -> Result<Many, (&'a str, Refusal)> {
    let comparisons = candidates
        .iter()
        .map(|candidate| compare(baseline, *candidate, options).map_err(|refusal| (candidate.arm, refusal)))
        .collect::<Result<Vec<_>, _>>()?;
    let holm = holm(&comparisons.iter().map(|comparison| comparison.success.p).collect::<Vec<_>>());
    Ok(Many { comparisons, holm })
}

impl Many {
    /// Whether something forbade a comparison and it was made all the same.
    #[must_use]
    pub fn forced(&self) -> bool {
        self.comparisons.iter().any(Comparison::forced)
    }

    /// The candidates beside each other, then each comparison whole. `command` regenerates it.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        self.document(command, None)
    }

    /// The same with its pictures, which must lie beside it: [`Many::plots`], with `prefix` before their names.
    #[must_use]
    pub fn illustrated(&self, command: &str, prefix: &str) -> String {
        self.document(command, Some(prefix))
    }

    /// The picture of all candidates and those of each: file name, SVG, and what it shows.
    #[must_use]
    pub fn plots(&self) -> Vec<(String, String, String)> {
        let each = self.comparisons.iter().enumerate().flat_map(|(index, comparison)| {
            crate::plots(comparison)
                .into_iter()
                .map(move |(name, svg, shows)| (format!("{}-{name}", index + 1), svg, shows))
        });
        self.together().into_iter().chain(each).collect()
    }

    fn together(&self) -> Option<(String, String, String)> {
        let shows = "Difference of success of each candidate from the baseline, with intervals; the figures are in \
                     the table above it";
        let margin = self.comparisons.first()?.margin;
        let line = |comparison: &Comparison| Line {
            label: arm(&comparison.names[1]).into(),
            value: comparison.success.value,
            low: Some(comparison.success.low),
            high: Some(comparison.success.high),
            figures: comparison.success.sentence().replace(" points", ""),
            colour: 0,
            begins: false,
        };
        let svg = forest::draw(&Forest {
            title: &format!("Success, each less {} on the same attempts, 95 %", arm(self.baseline())),
            axis: "difference of success in points",
            sides: ["baseline passes more", "candidate passes more"],
            scale: Scale::Points,
            marks: vec![
                Mark { at: 0.0, label: "no difference".into(), margin: false },
                Mark { at: -margin, label: format!("margin {}", points(-margin)), margin: true },
            ],
            lines: self.comparisons.iter().map(line).collect(),
        });
        Some(("candidates.svg".into(), accessible(&svg.ok()??, shows), shows.into()))
    }

    fn document(&self, command: &str, prefix: Option<&str>) -> String {
        let count = self.comparisons.len();
        let mut out = format!("# {count} arms against {}\n\n", inline(self.baseline()));
        if self.forced() {
            out.push_str("> **Forced.** Some of these runs differ in more than the arm.\n\n");
        }
        markdown::render(&mut out, &self.table());
        if let Some((prefix, (name, _, shows))) = prefix.zip(self.together()) {
            let _ = writeln!(out, "![{shows}.]({prefix}{name})\n");
        }
        for (index, comparison) in self.comparisons.iter().enumerate() {
            let text = match prefix {
                Some(prefix) => comparison.illustrated(command, &format!("{prefix}{}-", index + 1)),
                None => comparison.markdown(command),
            };
            // A level below the whole, and without the command, which is that of all.
            for line in text.lines().filter(|line| !line.starts_with("Regenerate with ")) {
                let _ =
                    if line.starts_with('#') { writeln!(out, "#{line}") } else { writeln!(out, "{line}") };
            }
        }
        let _ = writeln!(out, "Regenerate with {}", code(command));
        out
    }

    /// The candidates beside each other.
    #[must_use]
    pub fn table(&self) -> Table {
        let rows = self.comparisons.iter().zip(&self.holm).map(|(comparison, adjusted)| {
            let [before, after] = comparison.success.rates();
            Row {
                label: comparison.names[1].clone(),
                cells: vec![
                    Cell::Part(before),
                    Cell::Part(after),
                    Cell::Text(comparison.success.sentence()),
                    Cell::PValue(comparison.success.p),
                    Cell::PValue(*adjusted),
                    Cell::Text(no_worse(comparison).into()),
                ],
            }
        });
        Table {
            id: "candidates",
            title: "Each candidate against the baseline".into(),
            note: format!(
                "Each on the attempts that it shares with the baseline. p is McNemar's exact one over cases; beside it \
                 after Holm over all {} candidates, which is the one to go by: of many candidates one seems to differ \
                 by chance. Intervals are of each by itself.",
                self.comparisons.len()
            ),
            corner: "candidate".into(),
            columns: ["baseline", "candidate", "difference", "p", "p (Holm)", "no worse by the margin"]
                .map(String::from)
                .to_vec(),
            rows: rows.collect(),
            folded: false,
        }
    }

    fn baseline(&self) -> &str {
        self.comparisons.first().map_or("the baseline", |comparison| comparison.names[0].as_str())
    }
}

fn no_worse(comparison: &Comparison) -> &'static str {
    match comparison.non_inferiority() {
        NonInferiority::Shown => "shown",
        NonInferiority::Refuted => "refuted",
        NonInferiority::Open => "open",
    }
}

/// The arm of `run/arm`.
fn arm(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, arm)| arm)
}
