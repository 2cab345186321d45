//! What strategies would have come to, as people and programs read it.

use std::fmt::Write as _;

use gonogo_core::Provenance;
use gonogo_tables::{
    Cell, Row, Table, Unit,
    format::{and, code, figure, inline},
    json, markdown,
    table::real,
};
use serde_json::{Value, json};

use crate::{FORMAT, Fault, Line, Spread, WhatIf};

impl WhatIf {
    /// As Markdown. `command` makes it again.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        let mut out = format!("# What if: {}\n\n{}\n\n", inline(&self.run), self.headline());
        let _ = writeln!(out, "{}\n", self.what_it_is());
        for line in &self.lines {
            let why = if line.why.is_empty() { String::new() } else { format!(": {}", inline(&line.why)) };
            let _ = writeln!(out, "- **{}**{why}", inline(&line.name));
        }
        out.push('\n');
        self.tables().iter().for_each(|table| markdown::render(&mut out, table));
        let _ = writeln!(out, "Regenerate with {}", code(command));
        out
    }

    /// For machines: every table, with its denominators.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "format": FORMAT,
            "run": self.run,
            "headline": self.headline(),
            "attempts": self.attempts,
            "provenance": self.provenance.iter().map(|(of, n)| (of.name(), n)).collect::<std::collections::BTreeMap<_, _>>(),
            "tables": self.tables().iter().map(json::table).collect::<Vec<_>>(),
        })
    }

    /// Which strategies would have been better than the first one, in a sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let Some((first, others)) = self.lines.split_first() else { return String::new() };
        let better: Vec<String> = others
            .iter()
            .filter(|line| line.difference.is_some_and(|difference| difference.low > 0.0))
            .map(|line| inline(&line.name))
            .collect();
        if better.is_empty() {
            return format!(
                "**No strategy is shown to pass more often than {}** on these {} attempts.",
                inline(&first.name),
                self.attempts
            );
        }
        let verb = if better.len() == 1 { "passes" } else { "pass" };
        format!(
            "**{} {verb} more often than {}** on these {} attempts.",
            and(&better),
            inline(&first.name),
            self.attempts
        )
    }

    /// What the reader must not take it for.
    fn what_it_is(&self) -> String {
        let rows: Vec<String> =
            self.provenance.iter().map(|(of, n)| format!("{n} {} rows", of.name())).collect();
        let evidence = if self.provenance.iter().all(|(of, _)| of.is_evidence()) {
            ""
        } else {
            " **Replayed and simulated rows say nothing of what a backend does today.**"
        };
        let retried = if self.provenance.iter().any(|(of, _)| *of == Provenance::Live) {
            " An endpoint that is down stays down for a while: a retry that was put together from another repeat does not know it, and looks better than it would have been."
        } else {
            ""
        };
        let shortfall = self
            .shortfall
            .map_or_else(String::new, |why| format!(" **Of what is missing nothing is said: {why}.**"));
        let again = if self.temperature == 0.0 {
            " At temperature 0 an arm that is asked again mostly says the same again: a further try helps against infrastructure, and \
             hardly against model or engine."
        } else {
            ""
        };
        format!(
            "Composed from {}, and nothing was asked again: it is no evidence for a gate. Attempts are composed case by \
             case and repeat by repeat; a further answer of an arm is the first try of the case's next repeat.{again}{retried}{evidence}{shortfall}",
            and(&rows)
        )
    }

    /// Success, and what it takes.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.success_table(), self.price_table()];
        tables.extend(self.open_table());
        tables
    }

    fn table(
        &self,
        id: &'static str,
        title: &str,
        note: &str,
        columns: &[&str],
        cells: impl Fn(&Line) -> Vec<Cell>,
    ) -> Table {
        Table {
            id,
            title: title.into(),
            note: note.into(),
            corner: "strategy".into(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: self
                .lines
                .iter()
                .map(|line| Row { label: line.name.clone(), cells: cells(line) })
                .collect(),
            folded: false,
        }
    }

    fn success_table(&self) -> Table {
        let note = "Passed, of the attempts that could be followed to their end, with Wilson's interval at 95 % (cases are \
                    the pieces of evidence). Measured ones really went like this; the others are put together from several \
                    recorded attempts. The difference is paired, in points of success, with its interval at 95 %. Where attempts \
                    stay open there are only bounds, and the difference is the one at worst: what could be followed to its end \
                    is no fair part of the rest.";
        let columns = [
            "passed",
            "least and most with open attempts",
            "measured",
            "composed",
            "open",
            "against the first",
        ];
        self.table("whatif-success", "Success", note, &columns, |line| {
            let n = line.success.rate.n;
            vec![
                if line.open.is_empty() { Cell::share(line.success) } else { Cell::Nothing },
                Cell::Text(bounds(line)),
                Cell::Count(line.measured),
                Cell::Count(n - line.measured),
                Cell::Count(line.open.values().sum()),
                line.difference.map_or(Cell::Nothing, |difference| Cell::Text(difference.sentence())),
            ]
        })
    }

    fn price_table(&self) -> Table {
        let prices = match &self.currency {
            Some(currency) => format!(
                "Money in {currency}, by the arms' prices, with the interval of a bootstrap over cases; nothing is shown where \
                 an arm has no price."
            ),
            None => "Nothing is said of money: the arms have no prices, or several currencies.".into(),
        };
        let note = format!(
            "Time from the first request to the last byte, failed attempts included; a backoff counts with its mean; \
             nothing is shown where attempts stay open. Quantiles with their intervals at 95 %. {prices}"
        );
        let columns =
            ["requests per attempt", "time p50", "time p95", "cost per attempt", "cost per success"];
        let priced = self.currency.is_some();
        self.table("whatif-price", "What it takes", &note, &columns, |line| {
            let n = line.success.rate.n;
            if n == 0 || !line.open.is_empty() {
                return vec![Cell::Nothing; columns.len()];
            }
            let requests = real(line.calls) / real(n.max(1));
            let [p50, p95] = line.time.map(|time| Cell::quantile(time, Unit::Nanoseconds));
            let [attempt, success] =
                line.cost.filter(|_| priced).map_or([Cell::Nothing, Cell::Nothing], |cost| cost.map(money));
            let requests = if n == 0 { Cell::Nothing } else { Cell::Text(format!("{requests:.2}")) };
            vec![requests, p50, p95, attempt, success]
        })
    }

    fn open_table(&self) -> Option<Table> {
        let rows = self.lines.iter().flat_map(|line| {
            line.open.iter().map(|(why, n)| Row {
                label: line.name.clone(),
                cells: vec![Cell::Count(*n), Cell::Text(why.why().into())],
            })
        });
        let rows: Vec<Row> = rows.collect();
        (!rows.is_empty()).then(|| Table {
            id: "whatif-open",
            title: "Attempts that stay open".into(),
            note: "Nobody knows what would have become of these.".into(),
            corner: "strategy".into(),
            columns: vec!["attempts".into(), "why".into()],
            rows,
            folded: false,
        })
    }
}

fn bounds(line: &Line) -> String {
    let [least, most] = line.bounds().map(|rate| rate.value());
    match (least, most) {
        _ if line.open.is_empty() => gonogo_tables::format::NOTHING.into(),
        (Some(least), Some(most)) => {
            format!("{} to {}", figure(least, Unit::Fraction), figure(most, Unit::Fraction))
        }
        (None, _) | (_, None) => gonogo_tables::format::NOTHING.into(),
    }
}

fn money(spread: Spread) -> Cell {
    let value = figure(spread.value, Unit::Money);
    Cell::Text(match spread.interval {
        Some(interval) => {
            format!("{value} [{}–{}]", figure(interval.low, Unit::Money), figure(interval.high, Unit::Money))
        }
        None => value,
    })
}

impl Fault {
    /// What is wrong, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NoStrategy => "the file has no strategy".into(),
            Self::Twice(name) => format!("two strategies are called `{name}`"),
            Self::AsksNobody(name) => format!("the strategy `{name}` asks nobody"),
            Self::UnknownArm(arm) => format!("the run has no arm `{arm}`"),
            Self::UnknownOutcome(name) => format!("no outcome and no family is called `{name}`"),
            Self::NoNumber(name) => {
                format!(
                    "the strategy `{name}` asks no times, or waits for what is no time from 0 to 1,000,000 s"
                )
            }
        }
    }
}
