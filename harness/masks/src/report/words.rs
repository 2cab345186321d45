//! Figures of a comparison as people read them.

use std::cmp::Ordering;

use gonogo_core::Nanos;
use gonogo_tables::format::NOTHING;

use crate::tables::{Bound, Interval, Measure, Point, Quantiles, Ratio, Unit};

/// A value of this measure.
pub(crate) fn value(measure: Measure, value: u64) -> String {
    match measure.unit() {
        Unit::Ns => Nanos(value).to_string(),
        Unit::Bytes => mebibytes(value),
    }
}

/// A value or a bound; what lies beyond a limit says so.
pub(crate) fn bound(of: &Quantiles, bound: Bound) -> String {
    match bound {
        Bound::Unknown => "?".into(),
        Bound::At(at) => value(of.measure, at),
        Bound::Beyond(at) => format!("> {}", value(of.measure, at)),
    }
}

/// `value [low–high]`.
pub(crate) fn point(of: &Quantiles, point: &Point) -> String {
    let [value, low, high] = [point.value, point.low, point.high].map(|at| bound(of, at));
    format!("{value} [{low}–{high}]")
}

/// The quantile `q` alone; a dash where there is none.
pub(crate) fn quantile(of: Option<&Quantiles>, q: f64) -> String {
    let point = of.and_then(|of| Some((of, of.point(q)?)));
    point.map_or_else(|| NOTHING.into(), |(of, point)| bound(of, point.value))
}

/// The quantile `q` with its bounds; a dash where there is none.
pub(crate) fn with_bounds(of: Option<&Quantiles>, q: f64) -> String {
    let point = of.and_then(|of| Some((of, of.point(q)?)));
    point.map_or_else(|| NOTHING.into(), |(of, at)| self::point(of, at))
}

/// `value [low–high]` of a ratio.
pub(crate) fn ratio(interval: Option<Interval>) -> String {
    let Some(interval) = interval else { return NOTHING.into() };
    let bound = |bound: Option<f64>| bound.map_or_else(|| "?".into(), times);
    format!("{} [{}–{}]", times(interval.value), bound(interval.low), bound(interval.high))
}

/// The same of pairs of trials; what timed out on one arm alone and is in no figure makes it a bound.
pub(crate) fn paired(of: &Ratio) -> String {
    let bound = match of.skewed() {
        Some(Ordering::Greater) => "at least ",
        Some(_) => "at most ",
        None => "",
    };
    format!("{bound}{}", ratio(of.geometric))
}

/// `8 of 65`.
pub(crate) fn of(part: u64, whole: u64) -> String {
    format!("{} of {}", count(part), count(whole))
}

/// `1 schema`, `5 schemas`.
pub(crate) fn schemas(n: u64) -> String {
    format!("{} {}", count(n), if n == 1 { "schema" } else { "schemas" })
}

/// How many times, to three significant digits.
fn times(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
    let places = (2.0 - value.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.places$}")
}

/// Bytes in MiB, to a tenth.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// A count with its thousands apart: `1,072`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Enough of a text to recognise it.
pub(crate) fn shorten(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// The text with its control characters spelled out, which would show as nothing, or as a space.
pub(crate) fn visible(text: &str) -> String {
    let spelled = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(spelled).collect()
}

/// The end of a text, which is what a prefix is recognised by.
pub(crate) fn ending(text: &str, characters: usize) -> String {
    let count = text.chars().count();
    if count <= characters {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(count - characters.saturating_sub(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::{count, ending, mebibytes, shorten, times, visible};

    #[test]
    fn a_control_character_is_seen() {
        assert_eq!(visible("a\u{7f}b\n \u{e9}"), "a\\u{7f}b\\n \u{e9}");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_072, 3_000_000].map(count), ["0", "999", "1,072", "3,000,000"]);
    }

    #[test]
    fn how_many_times_has_three_digits() {
        let shown = [1.0, 0.001_234, 0.56, 12.34, 123.4, 7272.57].map(times);
        assert_eq!(shown, ["1.00", "0.00123", "0.560", "12.3", "123", "7273"]);
    }

    #[test]
    fn memory_is_in_tenths_of_a_mebibyte() {
        assert_eq!(
            [0, 1 << 20, 3 << 19, 10 << 30].map(mebibytes),
            ["0.0 MiB", "1.0 MiB", "1.5 MiB", "10240.0 MiB"]
        );
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!((shorten("abcdef", 4), shorten("abcd", 4)), ("abc…".into(), "abcd".into()));
        assert_eq!((ending("abcdef", 4), ending("abcd", 4)), ("…def".into(), "abcd".into()));
    }
}
