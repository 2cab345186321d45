//! Figures as people read them.

use gonogo_core::Nanos;
use gonogo_stats::{Interval, Quantile, Rate};

use crate::table::{Cell, Unit};

/// What stands where nothing was measured.
pub const NOTHING: &str = "–";

/// A cell in one line of text.
#[must_use]
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => NOTHING.into(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Part(rate) => part(*rate),
        Cell::Share { rate, interval } => share(*rate, *interval),
        Cell::Quantile(quantile, unit) => self::quantile(*quantile, *unit),
        Cell::Figure { value, unit, n } => format!("{} (n={n})", figure(*value, *unit)),
        Cell::PValue(p) => p_value(*p),
    }
}

/// A fraction of one, not negative, as the number before "%": one decimal, two below 1 %, where one would hide most of it.
/// Only nothing at all is shown as zero.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent <= 0.0 || percent >= 0.995 {
        format!("{percent:.1}")
    } else if percent >= 0.005 {
        format!("{percent:.2}")
    } else {
        "<0.01".into()
    }
}

/// `k/n = p %`, and a dash where there is nothing to divide by.
#[must_use]
pub fn part(rate: Rate) -> String {
    rate.value()
        .map_or_else(|| NOTHING.into(), |value| format!("{}/{} = {} %", rate.passed, rate.n, percent(value)))
}

/// `k/n = p % [low–high]`.
#[must_use]
pub fn share(rate: Rate, interval: Interval) -> String {
    if rate.n == 0 {
        return NOTHING.into();
    }
    format!("{} {}", part(rate), percent_interval(interval))
}

/// `[low–high]`, in per cent.
#[must_use]
pub fn percent_interval(interval: Interval) -> String {
    format!("[{}–{}]", percent(interval.low), percent(interval.high))
}

/// `value [low–high] (n=…)`; a bound the sample is too small for is a question mark.
#[must_use]
pub fn quantile(quantile: Quantile, unit: Unit) -> String {
    let bound = |value: Option<f64>| value.map_or_else(|| "?".into(), |value| figure(value, unit));
    format!(
        "{} [{}–{}] (n={})",
        figure(quantile.value, unit),
        bound(quantile.low),
        bound(quantile.high),
        quantile.n
    )
}

/// A figure with its unit.
#[must_use]
pub fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanoseconds => nanoseconds(value),
        Unit::TokensPerSecond => format!("{value:.1} tok/s"),
        Unit::Fraction => format!("{} %", percent(value)),
        Unit::Ratio => format!("{value:.2}"),
        Unit::Money => money(value),
    }
}

/// An amount to three significant digits, and to the cent from one on.
fn money(value: f64) -> String {
    if value >= 1.0 || value <= 0.0 {
        return format!("{value:.2}");
    }
    // A tenth has its first digit at the first place.
    let zeros = (-value.log10()).ceil().clamp(0.0, 12.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 12")]
    let places = zeros as usize + 2;
    format!("{value:.places$}")
}

/// A duration; fractions of a nanosecond are nobody's measurement.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at both ends")]
pub fn nanoseconds(value: f64) -> String {
    Nanos(value.round() as u64).to_string()
}

/// A p-value, never shown as zero.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".into() } else { format!("{p:.3}") }
}

/// Names in a sentence.
#[must_use]
pub fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Text that cannot break out of its line of Markdown, with what would start code, emphasis, a link or
/// a tag escaped. Underscores inside words and lone brackets mean nothing to Markdown and stay readable.
#[must_use]
pub fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let links = c == ']' && matches!(characters.peek(), Some('(' | '['));
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push(' '),
            c if links || matches!(c, '|' | '\\' | '`' | '*') => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text as inline code, whatever it contains.
#[must_use]
pub fn code(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.is_empty() {
        return NOTHING.into();
    }
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use gonogo_stats::{Confidence, Rate};

    use super::{code, inline, money, p_value, part, percent, share};

    #[test]
    fn a_rate_always_has_its_denominator() {
        let rate = Rate { passed: 1, n: 21 };
        assert_eq!(share(rate, rate.wilson(Confidence::P95)), "1/21 = 4.8 % [0.85–22.7]");
        assert_eq!(part(Rate::default()), "–");
    }

    #[test]
    fn small_shares_keep_two_digits_and_only_nothing_is_zero() {
        let shown = [0.0, 1e-6, 0.000_12, 0.008_456, 0.009_96, 0.01, 0.95, 1.0].map(percent);
        assert_eq!(shown, ["0.0", "<0.01", "0.01", "0.85", "1.0", "1.0", "95.0", "100.0"]);
    }

    #[test]
    fn amounts_keep_three_digits_however_small() {
        assert_eq!(
            [0.0, 12.345, 1.0, 0.25, 0.001_234, 0.1].map(money),
            ["0.00", "12.35", "1.00", "0.250", "0.00123", "0.100"]
        );
    }

    #[test]
    fn hostile_text_stays_in_its_cell() {
        assert_eq!(inline("a|b\n<script>`x`"), "a\\|b &lt;script&gt;\\`x\\`");
        assert_eq!(inline("[0.1–2.0] [x](y) a_b"), "[0.1–2.0] [x\\](y) a_b");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(p_value(1e-9), "<0.001");
    }
}
