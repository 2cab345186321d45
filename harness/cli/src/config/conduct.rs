//! `retry`, `breaker` and `price` of an arm, as written.

use std::collections::BTreeSet;

use gonogo_core::{Breaker, Family, Kind, Nanos, Retry};
use serde::Deserialize;

use crate::near;

/// When an arm's attempts are tried again; absent keys keep [`Retry`]'s own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetryConfig {
    /// Tries at most, the first included.
    pub(crate) tries: Option<u32>,
    /// Retries of the arm in one session at most.
    pub(crate) budget: Option<u32>,
    /// The longest wait before the first retry.
    pub(crate) base_s: Option<f64>,
    /// The longest wait of our own.
    pub(crate) cap_s: Option<f64>,
    /// The longest `Retry-After` that is waited for.
    pub(crate) patience_s: Option<f64>,
    /// Outcomes or families of outcomes that are tried again.
    pub(crate) on: Option<Vec<String>>,
}

impl RetryConfig {
    /// The policy.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn policy(&self) -> Result<Retry, String> {
        let own = Retry::default();
        let on = match &self.on {
            None => own.on,
            Some(names) => {
                let kinds: Result<Vec<_>, _> = names.iter().map(|name| kinds(name)).collect();
                kinds?.into_iter().flatten().collect()
            }
        };
        Ok(Retry {
            tries: self.tries.unwrap_or(own.tries).max(1),
            budget: self.budget.unwrap_or(own.budget),
            base: wait("retry.base_s", self.base_s, own.base)?,
            cap: wait("retry.cap_s", self.cap_s, own.cap)?,
            patience: wait("retry.patience_s", self.patience_s, own.patience)?,
            on,
        })
    }
}

/// The outcomes that a name stands for: its own, or those of its family. A pass cannot be tried again.
fn kinds(name: &str) -> Result<BTreeSet<Kind>, String> {
    let of_family = |kind: &&Kind| kind.family().name() == name || kind.name() == name;
    let kinds: BTreeSet<Kind> =
        Kind::ALL.iter().filter(|kind| **kind != Kind::Passed).filter(of_family).copied().collect();
    if kinds.is_empty() {
        let known =
            Kind::ALL.iter().map(|kind| kind.name()).chain(Family::ALL.iter().map(|family| family.name()));
        return Err(format!("`retry.on` knows no outcome `{name}`; {}", near::advice(name, known)));
    }
    Ok(kinds)
}

/// When an endpoint is left alone; absent keys keep [`Breaker`]'s own, and `failures = 0` means never.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BreakerConfig {
    /// Failures of the infrastructure in a row that open it.
    pub(crate) failures: Option<u32>,
    /// How long nothing is sent then.
    pub(crate) cool_down_s: Option<f64>,
    /// Attempts to see whether the arm is back, one after each pause, before it is given up.
    pub(crate) trials: Option<u32>,
}

impl BreakerConfig {
    /// The policy; `None` where it is switched off.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn policy(self) -> Result<Option<Breaker>, String> {
        let own = Breaker::default();
        let breaker = Breaker {
            failures: self.failures.unwrap_or(own.failures),
            cool_down: wait("breaker.cool_down_s", self.cool_down_s, own.cool_down)?,
            trials: self.trials.unwrap_or(own.trials),
        };
        Ok((breaker.failures > 0).then_some(breaker))
    }
}

/// So many seconds; `own` for none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be from 0 to a day")]
fn wait(name: &str, seconds: Option<f64>, own: Nanos) -> Result<Nanos, String> {
    match seconds {
        None => Ok(own),
        Some(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Nanos((seconds * 1e9) as u64)),
        Some(_) => Err(format!("`{name}` is no number of seconds from 0 to a day")),
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Breaker, Kind, Nanos, Retry};

    use super::{BreakerConfig, RetryConfig};

    fn retry(text: &str) -> Result<Retry, String> {
        toml::from_str::<RetryConfig>(text).unwrap().policy()
    }

    #[test]
    fn what_is_not_written_is_the_policys_own_and_families_stand_for_their_outcomes() {
        assert_eq!(retry("").unwrap(), Retry::default());
        let policy = retry("tries = 3\nbase_s = 0.25\non = [\"timeout\", \"empty\"]").unwrap();
        assert_eq!((policy.tries, policy.base, policy.cap), (3, Nanos(250_000_000), Retry::default().cap));
        assert!(policy.on.contains(&Kind::TimeoutStall) && policy.on.contains(&Kind::Empty));
        assert!(!policy.on.contains(&Kind::RateLimited));
    }

    #[test]
    fn unknown_outcomes_and_impossible_waits_are_refused() {
        assert!(retry("on = [\"rate-limit\"]").unwrap_err().contains("rate-limited"));
        assert!(retry("on = [\"passed\"]").is_err(), "a pass is not tried again");
        assert!(retry("cap_s = -1.0").unwrap_err().starts_with("`retry.cap_s`"));
        let breaker = |text: &str| toml::from_str::<BreakerConfig>(text).unwrap().policy();
        assert!(breaker("cool_down_s = nan").is_err());
        assert_eq!(breaker("failures = 0"), Ok(None));
        assert_eq!(breaker("trials = 0"), Ok(Some(Breaker { trials: 0, ..Breaker::default() })));
    }
}
