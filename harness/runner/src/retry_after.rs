//! How long a server asks to be left alone.

use gonogo_core::{Capture, Nanos};
use jiff::fmt::rfc2822;

/// The wait that the answer's headers ask for: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110,
/// 10.2.3). A date counts from the answer's own `date`, so that neither clock has to be right; without one it says
/// nothing.
pub(crate) fn retry_after(capture: &Capture) -> Option<Nanos> {
    let header = |wanted: &str| {
        let found = capture.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.trim())
    };
    let millis = header("retry-after-ms").and_then(seconds).map(|ms| ms / 1e3);
    let asked = header("retry-after");
    let wait = millis.or_else(|| asked.and_then(seconds)).or_else(|| between(header("date")?, asked?));
    wait.and_then(nanos)
}

fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// Seconds from one HTTP date to another; none back in time.
fn between(from: &str, to: &str) -> Option<f64> {
    let parse = |text: &str| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let seconds = parse(to)?.duration_since(parse(from)?).as_secs_f64();
    Some(seconds.max(0.0))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
fn nanos(seconds: f64) -> Option<Nanos> {
    seconds.is_finite().then_some(Nanos((seconds * 1e9) as u64))
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Capture, End, FORMAT, Nanos, Request, Sampling};

    use super::retry_after;

    fn asked(headers: &[(&str, &str)]) -> Option<Nanos> {
        let sampling = Sampling { max_tokens: 1, temperature: 0.0, seed: 1 };
        let capture: Capture = serde_json::from_value(serde_json::json!({
            "format": FORMAT,
            "dialect": "test/1",
            "request": Request { messages: vec![], constraint: None, sampling },
            "status": 429,
            "headers": headers,
            "frames": [],
            "end": End::Complete,
            "elapsed": 0,
        }))
        .unwrap();
        retry_after(&capture)
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_understood_and_nothing_else() {
        let second = Nanos(1_000_000_000);
        assert_eq!(asked(&[("retry-after", " 1 ")]), Some(second));
        assert_eq!(asked(&[("retry-after", "9"), ("retry-after-ms", "1000")]), Some(second));
        let date = ("date", "Sat, 21 Nov 2026 18:00:00 GMT");
        assert_eq!(asked(&[date, ("retry-after", "Sat, 21 Nov 2026 18:00:01 GMT")]), Some(second));
        assert_eq!(asked(&[date, ("retry-after", "Sat, 21 Nov 2026 17:00:00 GMT")]), Some(Nanos(0)));
        for nothing in ["", "soon", "-1", "inf", "NaN", "Sat, 21 Nov 2026 18:00:01 GMT"] {
            assert_eq!(asked(&[("retry-after", nothing)]), None, "{nothing}");
        }
        assert_eq!(asked(&[date]), None);
    }
}
