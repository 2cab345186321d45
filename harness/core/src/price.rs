//! What an attempt costs, from the arm's price list.

use serde::{Deserialize, Serialize};

use crate::{Attempt, Nanos, Tokens};

/// An arm's price list. Parts that are not billed are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Price {
    /// The currency, as it is to be printed; `USD` when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// For a million prompt tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_million_prompt: Option<f64>,
    /// For a million completion tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_million_completion: Option<f64>,
    /// For each request, whatever comes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_request: Option<f64>,
    /// For an hour of the endpoint's time, as serverless GPUs are billed: an attempt takes its `total` of it, as
    /// if nothing else ran there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<f64>,
}

impl Price {
    /// The currency's name.
    #[must_use]
    pub fn currency(&self) -> &str {
        if self.currency.is_empty() { "USD" } else { &self.currency }
    }

    /// What one try costs: the sum of the parts. `None` where tokens are billed and the server did not say how many
    /// there were, unless the request never reached it: what was cut off is billed, too.
    #[must_use]
    pub fn of(&self, attempt: &Attempt) -> Option<f64> {
        self.cost(attempt.tokens, attempt.timings.total, attempt.outcome.kind.reached_peer())
    }

    /// What a request costs of whose answer nothing is known. `None` where more is billed than the request.
    #[must_use]
    pub fn of_lost(&self) -> Option<f64> {
        let more = [self.per_million_prompt, self.per_million_completion, self.per_hour];
        more.iter().all(Option::is_none).then(|| self.per_request.unwrap_or_default())
    }

    fn cost(&self, tokens: Tokens, total: Nanos, reached: bool) -> Option<f64> {
        let share = |price: Option<f64>, count: Option<u32>| match (price, count) {
            (None, _) => Some(0.0),
            (Some(price), Some(count)) => Some(price * f64::from(count) / 1e6),
            (Some(_), None) => (!reached).then_some(0.0),
        };
        let prompt = share(self.per_million_prompt, tokens.prompt)?;
        let completion = share(self.per_million_completion, tokens.completion)?;
        let time = self.per_hour.unwrap_or_default() * total.as_secs() / 3600.0;
        Some(prompt + completion + self.per_request.unwrap_or_default() + time)
    }

    /// The part that is no price: not a number from 0 up.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let parts = [
            ("per_million_prompt", self.per_million_prompt),
            ("per_million_completion", self.per_million_completion),
            ("per_request", self.per_request),
            ("per_hour", self.per_hour),
        ];
        let sound = |price: f64| price.is_finite() && price >= 0.0;
        parts.into_iter().find(|(_, price)| price.is_some_and(|price| !sound(price))).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Price;
    use crate::{Nanos, Tokens};

    #[test]
    fn parts_add_up_and_unknown_token_counts_are_no_price() {
        let price = Price {
            per_million_prompt: Some(2.0),
            per_million_completion: Some(8.0),
            per_request: Some(0.001),
            per_hour: Some(3.6),
            ..Price::default()
        };
        let tokens = Tokens { prompt: Some(500_000), completion: Some(250_000) };
        let cost = price.cost(tokens, Nanos(2_000_000_000), true).unwrap();
        assert!((cost - (1.0 + 2.0 + 0.001 + 0.002)).abs() < 1e-12, "{cost}");
        assert_eq!(price.cost(Tokens::default(), Nanos(0), true), None);
        assert_eq!(price.cost(Tokens::default(), Nanos(0), false), Some(0.001), "it never got there");
        assert_eq!(Price { per_hour: Some(-1.0), ..price }.wrong(), Some("per_hour"));
    }
}
