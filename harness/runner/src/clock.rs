//! The wall clock, as a value to pass in.

/// Says what time it is. Only stamps come from here; durations are measured where the work is.
pub trait Clock: Send + Sync {
    /// Now: UTC, RFC 3339 with milliseconds.
    fn now(&self) -> String;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> String {
        format!("{:.3}", jiff::Timestamp::now())
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock};

    #[test]
    fn stamps_are_utc_with_milliseconds() {
        let now = SystemClock.now();
        assert_eq!(now.len(), "2026-01-02T03:04:05.678Z".len(), "{now}");
        assert!(now.ends_with('Z') && now.as_bytes()[19] == b'.', "{now}");
    }
}
