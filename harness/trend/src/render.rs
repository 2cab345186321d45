//! A trend as people read it: what changed first, then every night.

use std::fmt::Write as _;

use gonogo_stats::{Interval, Quantile, Rate};
use gonogo_tables::{
    Cell, Row, Table, Unit,
    format::{code, figure, inline},
    markdown,
};

use crate::{Alarm, Point, Trend, Watch};

impl Trend {
    /// One line for success and one for times.
    #[must_use]
    pub fn headlines(&self) -> [String; 2] {
        let success = |value: f64| figure(value, Unit::Fraction);
        let time = |value: f64| figure(value, Unit::Nanoseconds);
        [
            headline(&self.success, "success has fallen", "success", &success),
            headline(&self.time, "it has become slower", "total time", &time),
        ]
    }

    /// Whether either alarm was raised.
    #[must_use]
    pub fn alarmed(&self) -> bool {
        self.success.alarm.is_some() || self.time.alarm.is_some()
    }

    /// The whole trend as Markdown.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        self.document(command, None)
    }

    /// The same with its picture ([`crate::plot`]), which must lie beside it as `file`.
    #[must_use]
    pub fn illustrated(&self, command: &str, file: &str) -> String {
        self.document(command, Some(file))
    }

    fn document(&self, command: &str, file: Option<&str>) -> String {
        let mut out = format!("# {} over {} nights\n\n", inline(&self.arm), self.nights.len());
        for headline in self.headlines() {
            let _ = writeln!(out, "- {headline}");
        }
        out.push('\n');
        for alarm in [&self.success.alarm, &self.time.alarm].into_iter().flatten() {
            write_changes(&mut out, alarm);
        }
        if let Some((file, (_, shows))) = file.zip(crate::plot(self)) {
            let _ = writeln!(out, "![{}.]({file})\n", inline(&shows));
        }
        markdown::render(&mut out, &self.table());
        let _ = writeln!(out, "Regenerate with {}", code(command));
        out
    }

    /// Every night.
    #[must_use]
    pub fn table(&self) -> Table {
        Table {
            id: "nights",
            title: "Night by night".into(),
            note: format!(
                "First tries. The rate is of those that infrastructure did not spoil; Wilson's interval at 95 %. \
                 A night in which something else was asked begins a new series. The alarms are of a test that may be \
                 looked at every morning: a series in which nothing changes ever raises one with a chance of {} at \
                 most.",
                figure(self.alpha, Unit::Fraction)
            ),
            corner: "night".into(),
            columns: ["success", "spoiled", "total time, p50", "remark"].map(String::from).to_vec(),
            rows: self.nights.iter().map(row).collect(),
            folded: false,
        }
    }
}

fn headline(watch: &Watch, worse: &str, measure: &str, shown: &dyn Fn(f64) -> String) -> String {
    let Some(alarm) = &watch.alarm else {
        return format!(
            "No alarm: {} nights count, and the evidence that {worse} stands at {:.2} (an alarm is raised at {:.0})",
            watch.nights,
            watch.evidence,
            watch.threshold()
        );
    };
    let [before, since] = alarm.means.map(|mean| mean.map_or_else(|| "unknown".into(), shown));
    format!(
        "**Alarm: {worse}**, since {} most likely: {measure} {before} before and {since} since; raised after {}",
        code(&alarm.first_bad),
        code(&alarm.raised)
    )
}

impl Watch {
    /// The capital at which an alarm is raised.
    fn threshold(&self) -> f64 {
        1.0 / self.alpha
    }
}

fn write_changes(out: &mut String, alarm: &Alarm) {
    let Some(last_good) = &alarm.last_good else { return };
    let _ = writeln!(out, "## What changed between {} and {}\n", code(last_good), code(&alarm.first_bad));
    if alarm.changes.is_empty() {
        out.push_str("Nothing that the receipts know of: look at what they do not hold, such as the load of a shared server.\n\n");
        return;
    }
    for change in &alarm.changes {
        let shown = |value: &str| if value.is_empty() { "nothing".into() } else { code(value) };
        let _ =
            writeln!(out, "- {}: {} → {}", inline(&change.what), shown(&change.before), shown(&change.after));
    }
    out.push('\n');
}

fn row(point: &Point) -> Row {
    let [low, high] = point.interval;
    let rate = Rate { passed: point.passed, n: point.n - point.spoiled };
    let mut remarks: Vec<&str> = Vec::new();
    remarks.extend(point.restarts.then_some("other questions: a new series begins"));
    remarks.extend(point.left.map(crate::Left::reason));
    let median = point
        .median
        .and_then(|[value, low, high]| Some(Quantile { value: value?, low, high, n: point.passed }));
    Row {
        label: point.run.clone(),
        cells: vec![
            if rate.n == 0 { Cell::Nothing } else { Cell::Share { rate, interval: Interval { low, high } } },
            Cell::Count(point.spoiled),
            Cell::quantile(median, Unit::Nanoseconds),
            Cell::Text(remarks.join("; ")),
        ],
    }
}
