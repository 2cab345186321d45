//! A comparison as people read it: the answer first, then what it rests on.

use std::fmt::Write as _;

use gonogo_stats::NonInferiority;
use gonogo_tables::{
    Cell, Row, Table, Unit,
    format::{figure, inline, p_value},
    markdown,
};

use crate::{Comparison, Difference, Drift, Halves, Measure, Obstacle, Refusal, Speed, Weight};

/// More discordant pairs than this say less than their number.
const MOST: usize = 40;

/// A signed difference of rates in points: `+3.1`.
pub(crate) fn points(value: f64) -> String {
    let points = value * 100.0;
    // No sign on what is shown as zero.
    if points.abs() < 0.05 { "0.0".into() } else { format!("{points:+.1}") }
}

fn interval(low: f64, high: f64) -> String {
    format!("[{} to {}]", points(low), points(high))
}

impl Difference {
    /// `+3.1 points [−2.0 to +8.4]`.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} points {}", points(self.value), interval(self.low, self.high))
    }
}

impl Comparison {
    /// The answer, in a sentence or two.
    #[must_use]
    pub fn headline(&self) -> String {
        let [baseline, candidate] = &self.names;
        let [before, after] = self.success.rates();
        let margin = figure(self.margin, Unit::Fraction);
        let verdict = match self.non_inferiority() {
            NonInferiority::Shown if self.success.low > 0.0 => {
                format!("**{candidate} passes more often than {baseline}**")
            }
            NonInferiority::Shown => {
                format!("**{candidate} is not worse than {baseline} by {margin} or more**")
            }
            NonInferiority::Refuted => {
                format!("**{candidate} is worse than {baseline} by more than {margin}**")
            }
            NonInferiority::Open => format!("**These {} cases cannot tell**", self.success.cases),
        };
        let counts = format!(
            "{} of {} against {} of {} on the same attempts: {}",
            after.passed,
            after.n,
            before.passed,
            before.n,
            self.success.sentence()
        );
        format!("{verdict}: {counts}.{}", self.what_it_would_take())
    }

    /// What the sample can see, where it did not suffice.
    fn what_it_would_take(&self) -> String {
        if self.non_inferiority() != NonInferiority::Open {
            return String::new();
        }
        let detectable = self.success.detectable.map(|difference| {
            format!(
                " As many cases, disagreeing as often, show a difference of {} points or more.",
                points(difference).trim_start_matches('+')
            )
        });
        let needed = self.success.needed.map(|cases| {
            format!(
                " A difference as large as the one seen takes {cases} cases to show, four times out of five."
            )
        });
        let none = " No pair disagreed, so nothing can be said about how many cases it takes.";
        match (detectable, needed) {
            (None, None) if self.success.ahead == [0, 0] => none.into(),
            (detectable, needed) => detectable.unwrap_or_default() + &needed.unwrap_or_default(),
        }
    }

    /// The whole comparison as Markdown. `command` regenerates it.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        self.document(command, "", &[])
    }

    /// The same with [`crate::plots`], which must lie beside it with `prefix` before their names.
    #[must_use]
    pub fn illustrated(&self, command: &str, prefix: &str) -> String {
        self.document(command, prefix, &crate::plots(self))
    }

    fn document(&self, command: &str, prefix: &str, plots: &[(&str, String, String)]) -> String {
        let [baseline, candidate] = self.names.clone().map(|name| inline(&name));
        let mut out = format!("# {candidate} against {baseline}\n\n{}\n\n", self.headline());
        if self.forced() {
            out.push_str("> **Forced.** These runs differ in more than the arm; whatever differs below may come from that.\n\n");
        }
        write_obstacles(&mut out, &self.obstacles);
        for table in self.tables() {
            markdown::render(&mut out, &table);
            let beside = |file: &str| match file {
                "difference.svg" => table.id == "success",
                _ => table.id == "ratios",
            };
            for (file, _, shows) in plots.iter().filter(|(file, _, _)| beside(file)) {
                let _ = writeln!(out, "![{shows}.]({prefix}{file})\n");
            }
        }
        out.push_str(&self.drift.sentences());
        let _ = writeln!(out, "Regenerate with `{command}`");
        out
    }

    /// Every table, in reading order.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.success_table()];
        tables.extend((!self.discordant.is_empty()).then(|| self.discordant_table()));
        tables.extend((!self.families.is_empty()).then(|| self.families_table()));
        tables.extend((!self.speeds.is_empty()).then(|| self.speeds_table()));
        tables.extend((!self.ratios.is_empty()).then(|| self.ratios_table()));
        tables.extend((!self.strata.is_empty()).then(|| self.strata_table()));
        tables.extend(self.attrition_table());
        tables
    }

    fn columns(&self, more: &[&str]) -> Vec<String> {
        ["baseline", "candidate"].iter().chain(more).map(|name| (*name).to_owned()).collect()
    }

    fn success_table(&self) -> Table {
        let difference = &self.success;
        Table {
            id: "success",
            title: "Success".into(),
            note: format!(
                "First tries paired by suite, case, rung, repeat and seed; {} and {} more had no counterpart. The \
                 difference is candidate minus baseline in points, every case with the same weight; its interval is \
                 Tango's at 95 %, and where cases repeat Student's over cases, if that is wider. p is McNemar's \
                 exact one over cases.",
                self.alone[0], self.alone[1]
            ),
            corner: "pairs".into(),
            columns: self.columns(&[
                "difference",
                "only the baseline",
                "only the candidate",
                "cases ahead",
                "p",
            ]),
            rows: vec![Row {
                label: format!("{} pairs of {} cases", difference.n, difference.cases),
                cells: vec![
                    Cell::Part(difference.rates()[0]),
                    Cell::Part(difference.rates()[1]),
                    Cell::Text(difference.sentence()),
                    Cell::Count(difference.only[0]),
                    Cell::Count(difference.only[1]),
                    Cell::Text(format!("{} : {}", difference.ahead[0], difference.ahead[1])),
                    Cell::PValue(difference.p),
                ],
            }],
            folded: false,
        }
    }

    fn discordant_table(&self) -> Table {
        let shown = self.discordant.iter().take(MOST).map(|pair| Row {
            label: pair.attempt.clone(),
            cells: [0, 1]
                .map(|side| Cell::Text(format!("{} ({})", pair.kinds[side], pair.captures[side])))
                .into_iter()
                .chain([Cell::Text(pair.domain.name().into())])
                .collect(),
        });
        let more = self.discordant.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" {more} more are in the JSON.") } else { String::new() };
        Table {
            id: "discordant",
            title: "Where they disagree".into(),
            note: format!(
                "The kind of outcome, and where the raw answer's address under `captures/` begins.{more}"
            ),
            corner: "attempt".into(),
            columns: self.columns(&["fault domain"]),
            rows: shown.collect(),
            folded: false,
        }
    }

    fn families_table(&self) -> Table {
        let rows = self.families.iter().map(|family| Row {
            label: family.family.name().into(),
            cells: vec![
                Cell::Count(family.count[0]),
                Cell::Count(family.count[1]),
                Cell::Text(format!("{} points {}", points(family.value), interval(family.low, family.high))),
                Cell::PValue(family.adjusted),
                Cell::Text(family.kind.name().into()),
            ],
        });
        Table {
            id: "families",
            title: "How they fail".into(),
            note: format!(
                "Of {} pairs. Tango's interval at 95 % over pairs; p is McNemar's, adjusted after Benjamini and \
                 Hochberg over the families shown.",
                self.success.n
            ),
            corner: "family".into(),
            columns: self.columns(&["difference", "p (BH)", "mostly"]),
            rows: rows.collect(),
            folded: false,
        }
    }

    fn speeds_table(&self) -> Table {
        Table {
            id: "speeds",
            title: "Time and cost on what both passed".into(),
            note: "Per case, of which several attempts count as their geometric mean: the medians, the median of the \
                   ratio candidate / baseline with its order-statistic interval at 95 % (`?` where there are too few \
                   cases to bound it), and the geometric mean of the ratio with Student's interval of its logarithm."
                .into(),
            corner: "measure".into(),
            columns: self.columns(&["cases", "median ratio", "mean ratio"]),
            rows: self.speeds.iter().map(speed_row).collect(),
            folded: false,
        }
    }

    fn ratios_table(&self) -> Table {
        let rows = self.ratios.iter().map(|ratio| Row {
            label: ratio.measure.name().into(),
            cells: ratio
                .quantiles
                .iter()
                .map(|quantile| Cell::Text(ratio_text(quantile.value, quantile.low, quantile.high)))
                .collect(),
        });
        let quantiles = self.ratios.first().map_or(&[][..], |ratio| &ratio.quantiles);
        Table {
            id: "ratios",
            title: "How many times as long".into(),
            note: "Quantiles over cases of the ratio candidate / baseline, on what both passed: whether it is slower \
                   throughout or in some cases much. Nearest rank, interval by order statistics at 95 %; `?` where \
                   there are too few cases to bound it."
                .into(),
            corner: "measure".into(),
            columns: quantiles.iter().map(|quantile| format!("p{:.0}", quantile.q * 100.0)).collect(),
            rows: rows.collect(),
            folded: false,
        }
    }

    fn strata_table(&self) -> Table {
        let rows = self.strata.iter().map(|stratum| Row {
            label: format!("{} {}", stratum.by, stratum.name),
            cells: vec![
                Cell::Part(stratum.difference.rates()[0]),
                Cell::Part(stratum.difference.rates()[1]),
                Cell::Text(stratum.difference.sentence()),
                Cell::PValue(stratum.adjusted),
            ],
        });
        Table {
            id: "strata",
            title: "In parts".into(),
            note: "The difference in each language, suite and rung; p is McNemar's over cases, adjusted after \
                   Benjamini and Hochberg over all parts shown, so that looking into many of them does not find \
                   what is not there."
                .into(),
            corner: "part".into(),
            columns: self.columns(&["difference", "p (BH)"]),
            rows: rows.collect(),
            folded: false,
        }
    }

    fn attrition_table(&self) -> Option<Table> {
        let attrition = self.attrition?;
        let aside = attrition.set_aside.map_or_else(|| "no pair is left".into(), |rest| rest.sentence());
        Some(Table {
            id: "attrition",
            title: "What infrastructure spoiled".into(),
            note: "The difference as it stands, with spoiled pairs set aside, and the least and the most it could \
                   be, whatever the spoiled tries would have been."
                .into(),
            corner: "spoiled tries".into(),
            columns: self.columns(&["as it stands", "set aside", "least", "most"]),
            rows: vec![Row {
                label: format!("{} of {} pairs are clean", attrition.clean, self.success.n),
                cells: vec![
                    Cell::Count(attrition.spoiled[0]),
                    Cell::Count(attrition.spoiled[1]),
                    Cell::Text(self.success.sentence()),
                    Cell::Text(aside),
                    Cell::Text(points(attrition.least)),
                    Cell::Text(points(attrition.most)),
                ],
            }],
            folded: false,
        })
    }
}

/// `1.10 [1.02–?]`.
pub(crate) fn ratio_text(value: f64, low: Option<f64>, high: Option<f64>) -> String {
    let bound = |bound: Option<f64>| bound.map_or_else(|| "?".into(), |bound| figure(bound, Unit::Ratio));
    format!("{} [{}–{}]", figure(value, Unit::Ratio), bound(low), bound(high))
}

fn speed_row(speed: &Speed) -> Row {
    let unit = match speed.measure {
        Measure::Total | Measure::FirstToken | Measure::FirstMask | Measure::Mask => Unit::Nanoseconds,
        Measure::Speed => Unit::TokensPerSecond,
        Measure::Cost => Unit::Money,
    };
    let mean = speed.mean_interval.map_or_else(String::new, |[low, high]| format!(" [{low:.2}–{high:.2}]"));
    Row {
        label: speed.measure.name().into(),
        cells: vec![
            Cell::Text(figure(speed.medians[0], unit)),
            Cell::Text(figure(speed.medians[1], unit)),
            Cell::Count(speed.cases),
            Cell::Text(ratio_text(speed.median, speed.low, speed.high)),
            Cell::Text(format!("{:.2}{mean}", speed.mean)),
        ],
    }
}

impl Drift {
    /// What the halves of the time say, as Markdown.
    fn sentences(&self) -> String {
        let head = if self.drifted {
            "**Something changed in mid-run**: the two halves of the time disagree"
        } else {
            "The two halves of the time do not disagree"
        };
        let mut out =
            format!("## First half against second half\n\n{head} (four tests, each at p < 0.01).\n\n");
        for (name, halves) in [
            ("total time, candidate / baseline", self.ratio),
            ("total time of the baseline", self.baseline),
            ("total time of the candidate", self.candidate),
        ] {
            let _ = writeln!(
                out,
                "- {name}: {}",
                halves.map_or_else(|| "too few attempts that both passed".into(), words)
            );
        }
        let [first, second] = self.ahead;
        let _ = writeln!(
            out,
            "- passed only by the candidate : only by the baseline: {} : {} in the first half, {} : {} in the second, p = {}\n",
            first[0],
            first[1],
            second[0],
            second[1],
            p_value(self.ahead_p)
        );
        out
    }
}

fn words(halves: Halves) -> String {
    format!("the second half is {:.2} of the first, p = {}", halves.change(), p_value(halves.p))
}

fn write_obstacles(out: &mut String, obstacles: &[Obstacle]) {
    if obstacles.is_empty() {
        return;
    }
    out.push_str("## What else differs\n\n");
    for obstacle in obstacles {
        let weight = match obstacle.weight {
            Weight::Refuse => "**forbids a comparison**: ",
            Weight::TimesOnly => "times are not compared: ",
            Weight::Note => "",
        };
        let _ = writeln!(out, "- {weight}{}. To do: {}.", inline(&obstacle.sentence()), obstacle.remedy);
    }
    out.push('\n');
}

impl Refusal {
    /// Why there is no comparison, one reason a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.obstacles
            .iter()
            .filter(|obstacle| obstacle.weight == Weight::Refuse)
            .map(|obstacle| format!("{}; {}", obstacle.sentence(), obstacle.remedy))
            .collect()
    }
}
