//! What a channel must know of the lines it carries.

use gonogo_core::Nanos;
use serde::Serialize;

/// A protocol between a harness and a worker, as far as a channel is concerned.
pub trait Protocol {
    /// Where a worker can be.
    type Phase: Copy + PartialEq + std::fmt::Debug + 'static;
    /// A line a worker writes.
    type Line: Serialize;

    /// Every phase, each at its [`Self::index`]; at most 15.
    const PHASES: &'static [Self::Phase];

    /// The place of `phase` in [`Self::PHASES`].
    fn index(phase: Self::Phase) -> usize;

    /// The line that says that the worker has been in `phase` for `lasting`.
    fn heartbeat(phase: Self::Phase, lasting: Nanos) -> Self::Line;
}

/// A protocol of two phases, for the tests of this crate.
#[cfg(test)]
pub(crate) mod tests {
    use gonogo_core::Nanos;

    use super::Protocol;

    #[derive(Debug, Clone, Copy, PartialEq)]
    pub(crate) enum Weather {
        Rain,
        Sun,
    }

    #[derive(Debug)]
    pub(crate) struct Forecast;

    impl Protocol for Forecast {
        type Phase = Weather;
        type Line = String;
        const PHASES: &'static [Weather] = &[Weather::Rain, Weather::Sun];

        fn index(phase: Weather) -> usize {
            phase as usize
        }

        fn heartbeat(phase: Weather, _: Nanos) -> String {
            format!("still {phase:?}")
        }
    }
}
