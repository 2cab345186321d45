//! Several faults at known rates.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use fastrand::Rng;
use thiserror::Error;

use crate::{Fault, Place, fault};

/// What `/mix/` serves.
const DEFAULT: &str = "streamed:70,plain:10,streamed-cut-by-budget:5,missing-key:3,fenced:3,stopped-early:2,\
                       rate-limited:3,unavailable:2,reset-in-stream:2,delay-ms:5,gap-ms:1";

/// Faults and how often each is served, with seeded delays and cuts.
///
/// Draws are independent, so a share of 1 in 10 is a rate of 10 %. A draw depends on the seed, the
/// request's body and how often that body has come, and not on the order in which clients send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    shares: Vec<(&'static Fault, u32)>,
    pace: Pace,
}

/// How a mix is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Mean of the exponential delay before the head.
    pub(crate) delay: Duration,
    /// Mean of the exponential delay before each chunk.
    pub(crate) gap: Duration,
    /// Bytes of one write at most; 0 for no cuts.
    pub(crate) cut_bytes: usize,
}

/// A mix that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MixError {
    /// Not `name:number`.
    #[error("`{0}` is not like plain:9")]
    NotAShare(String),
    /// No such fault.
    #[error("there is no fault `{0}`; `gonogo sim --list` has their names")]
    Unknown(String),
    /// A fault of a port and not of an answer.
    #[error("`{0}` happens at a port of its own and cannot be part of a mix")]
    Elsewhere(String),
    /// Nothing to serve.
    #[error("every share is zero: give one fault a number")]
    Nothing,
}

impl Mix {
    /// Reads `name:share,…`; `delay-ms:N` and `gap-ms:N` are means of exponential delays before the head
    /// and before each chunk, `cut-bytes:N` cuts every write into pieces of 1 to N bytes. An empty text is
    /// the default mix.
    ///
    /// # Errors
    /// [`MixError`] names what cannot be served.
    pub fn parse(text: &str) -> Result<Self, MixError> {
        let text = if text.is_empty() { DEFAULT } else { text };
        let mut mix = Self { shares: Vec::new(), pace: Pace::default() };
        for item in text.split(',') {
            let not_a_share = || MixError::NotAShare(item.to_owned());
            let (name, number) = item.split_once(':').ok_or_else(not_a_share)?;
            let number: u32 = number.parse().map_err(|_| not_a_share())?;
            let ms = Duration::from_millis(number.into());
            match name {
                "delay-ms" => mix.pace.delay = ms,
                "gap-ms" => mix.pace.gap = ms,
                "cut-bytes" => mix.pace.cut_bytes = number as usize,
                _ => mix.shares.push((in_an_answer(name)?, number)),
            }
        }
        if mix.total() == 0 { Err(MixError::Nothing) } else { Ok(mix) }
    }

    /// The faults and their rates, which sum to one.
    #[must_use]
    pub fn rates(&self) -> Vec<(&'static Fault, f64)> {
        let total = self.total() as f64;
        self.shares.iter().map(|(fault, share)| (*fault, f64::from(*share) / total)).collect()
    }

    fn total(&self) -> u64 {
        self.shares.iter().map(|(_, share)| u64::from(*share)).sum()
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// The next fault.
    pub(crate) fn draw(&self, rng: &mut Rng) -> Option<&'static Fault> {
        let mut left = rng.u64(..self.total().max(1));
        self.shares.iter().find_map(|(fault, share)| {
            let share = u64::from(*share);
            let found = left < share;
            left = left.saturating_sub(share);
            found.then_some(*fault)
        })
    }
}

fn in_an_answer(name: &str) -> Result<&'static Fault, MixError> {
    let fault = fault(name).ok_or_else(|| MixError::Unknown(name.to_owned()))?;
    match fault.place {
        Place::Answer => Ok(fault),
        Place::Refusing | Place::Unaccepting => Err(MixError::Elsewhere(name.to_owned())),
    }
}

/// A delay of this mean.
pub(crate) fn exponential(mean: Duration, rng: &mut Rng) -> Duration {
    // In (0, 1], so that the logarithm is finite and not positive.
    mean.mul_f64(-(1.0 - rng.f64()).ln())
}

/// Gives every request a source of chance of its own.
#[derive(Debug)]
pub(crate) struct Draws {
    seed: u64,
    /// How often each body has come, by its hash.
    seen: Mutex<HashMap<u64, u64>>,
}

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, seen: Mutex::default() }
    }

    /// Chance for a request with this body.
    pub(crate) fn of(&self, body: &[u8]) -> Rng {
        let hash = fnv(&self.seed.to_le_bytes(), fnv(body, FNV_OFFSET));
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let times = seen.entry(hash).or_default();
        *times += 1;
        Rng::with_seed(fnv(&times.to_le_bytes(), hash))
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits: the same on every machine and in every release.
fn fnv(bytes: &[u8], start: u64) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use super::{Draws, FNV_OFFSET, Mix, MixError, exponential, fnv};

    fn drawn(mix: &Mix, seed: u64, n: u32) -> Vec<&'static str> {
        let draws = Draws::new(seed);
        (0..n).map(|n| mix.draw(&mut draws.of(&n.to_le_bytes())).unwrap().name).collect()
    }

    #[test]
    fn shares_are_rates_and_a_seed_repeats_them() {
        let mix = Mix::parse("plain:7,rate-limited:2,fenced:1").unwrap();
        let names = drawn(&mix, 7, 10_000);
        let mut counts: HashMap<&str, f64> = HashMap::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1.0);
        for (fault, rate) in mix.rates() {
            // Five standard deviations of a binomial.
            let slack = 5.0 * (10_000.0 * rate * (1.0 - rate)).sqrt();
            assert!((counts[fault.name] - 10_000.0 * rate).abs() < slack, "{counts:?}");
        }
        assert_eq!(names, drawn(&mix, 7, 10_000));
        assert_ne!(names, drawn(&mix, 8, 10_000));
    }

    #[test]
    fn the_same_body_is_drawn_anew_and_no_order_matters() {
        let (one, other) = (Draws::new(1), Draws::new(1));
        let mut first = [one.of(b"a").u64(..), one.of(b"b").u64(..), one.of(b"a").u64(..)];
        let mut second = [other.of(b"a").u64(..), other.of(b"a").u64(..), other.of(b"b").u64(..)];
        assert_ne!(first[0], first[2]);
        first.sort_unstable();
        second.sort_unstable();
        assert_eq!(first, second);
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let error = |text| Mix::parse(text).unwrap_err();
        assert_eq!(error("plain"), MixError::NotAShare("plain".into()));
        assert_eq!(error("plain:1,nothing:1"), MixError::Unknown("nothing".into()));
        assert_eq!(error("refused:1"), MixError::Elsewhere("refused".into()));
        assert_eq!(error("plain:0,delay-ms:3"), MixError::Nothing);
        assert!(Mix::parse("").is_ok());
    }

    #[test]
    fn delays_have_their_mean() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mean = Duration::from_millis(10);
        let total: Duration = (0..10_000).map(|_| exponential(mean, &mut rng)).sum();
        assert!((total.as_secs_f64() - 100.0).abs() < 5.0, "{total:?}");
        assert_eq!(exponential(Duration::ZERO, &mut rng), Duration::ZERO);
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(b"foobar", FNV_OFFSET), 0x8594_4171_f739_67e8);
    }
}
