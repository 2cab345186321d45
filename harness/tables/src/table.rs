//! The one table type: computed once, rendered as Markdown, CSV and JSON.

use gonogo_stats::{ClusteredRate, Confidence, Interval, Quantile, Rate};

/// Figures with the words that say how to read them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Stable name, for CSV and JSON.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// How to read it: one or two sentences.
    pub note: String,
    /// Heading of the row labels.
    pub corner: String,
    /// Headings of the cells; every row has as many cells.
    pub columns: Vec<String>,
    /// Rows, in order.
    pub rows: Vec<Row>,
    /// Whether Markdown folds it away.
    pub folded: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its label.
    pub label: String,
    /// One per column.
    pub cells: Vec<Cell>,
}

/// One figure, typed so that no rendering can lose its denominator.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing was measured here.
    Nothing,
    /// Words.
    Text(String),
    /// A number of attempts.
    Count(u64),
    /// A part of `n`, without an interval.
    Part(Rate),
    /// A rate with its interval at 95 %.
    Share {
        /// Counts.
        rate: Rate,
        /// Wilson's interval; at the effective size where cases repeat.
        interval: Interval,
    },
    /// A quantile with its interval at 95 %.
    Quantile(Quantile, Unit),
    /// A single figure over `n` attempts.
    Figure {
        /// The figure.
        value: f64,
        /// Its unit.
        unit: Unit,
        /// Attempts it was computed from.
        n: u64,
    },
    /// A probability under the null hypothesis.
    PValue(f64),
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds; shown in the largest unit that fits.
    Nanoseconds,
    /// Tokens per second.
    TokensPerSecond,
    /// A fraction of one; shown as per cent.
    Fraction,
    /// One figure over another of the same unit.
    Ratio,
    /// Money, in the currency that stands beside it.
    Money,
}

impl Unit {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::TokensPerSecond => "tokens/s",
            Self::Fraction => "fraction",
            Self::Ratio => "ratio",
            Self::Money => "money",
        }
    }
}

impl std::fmt::Display for Cell {
    /// As reports show it: a rate with its denominator and interval, a quantile with its n.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::format::cell(self))
    }
}

/// The figures of a cell, flat: what CSV and JSON write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flat {
    /// The figure, or the count.
    pub value: Option<f64>,
    /// The words.
    pub text: Option<String>,
    /// Numerator of a rate.
    pub passed: Option<u64>,
    /// What it was computed from.
    pub n: Option<u64>,
    /// Lower bound at 95 %.
    pub low: Option<f64>,
    /// Upper bound at 95 %.
    pub high: Option<f64>,
    /// Name of the unit.
    pub unit: Option<&'static str>,
}

impl Cell {
    /// A rate with its interval, or nothing where there is no denominator.
    #[must_use]
    pub fn share(clustered: ClusteredRate) -> Self {
        if clustered.rate.n == 0 {
            return Self::Nothing;
        }
        Self::Share { rate: clustered.rate, interval: clustered.wilson(Confidence::P95) }
    }

    /// A quantile, or nothing where there is no sample.
    #[must_use]
    pub fn quantile(quantile: Option<Quantile>, unit: Unit) -> Self {
        quantile.map_or(Self::Nothing, |quantile| Self::Quantile(quantile, unit))
    }

    /// The stable name of the kind of figure.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "text",
            Self::Count(_) => "count",
            Self::Part(_) => "part",
            Self::Share { .. } => "share",
            Self::Quantile(..) => "quantile",
            Self::Figure { .. } => "figure",
            Self::PValue(_) => "p-value",
        }
    }

    /// The figures, flat. Every number is finite.
    #[must_use]
    pub fn flat(&self) -> Flat {
        match self {
            Self::Nothing => Flat::default(),
            Self::Text(text) => Flat { text: Some(text.clone()), ..Flat::default() },
            Self::Count(count) => Flat { value: Some(real(*count)), ..Flat::default() },
            Self::Part(rate) => part(*rate),
            Self::Share { rate, interval } => {
                Flat { low: Some(interval.low), high: Some(interval.high), ..part(*rate) }
            }
            Self::Quantile(quantile, unit) => Flat {
                value: Some(quantile.value),
                n: Some(quantile.n),
                low: quantile.low,
                high: quantile.high,
                unit: Some(unit.name()),
                ..Flat::default()
            },
            Self::Figure { value, unit, n } => {
                Flat { value: Some(*value), n: Some(*n), unit: Some(unit.name()), ..Flat::default() }
            }
            Self::PValue(p) => Flat { value: Some(*p), ..Flat::default() },
        }
    }
}

fn part(rate: Rate) -> Flat {
    Flat {
        value: rate.value(),
        passed: Some(rate.passed),
        n: Some(rate.n),
        unit: Some(Unit::Fraction.name()),
        ..Flat::default()
    }
}

/// Counts as reals, for ratios.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of attempts stay far below 2^53")]
pub fn real(count: u64) -> f64 {
    count as f64
}
