//! The difference in parts of the cases: by language, by suite, by rung.

use std::collections::BTreeMap;

use gonogo_stats::benjamini_hochberg;
use serde::Serialize;

use crate::{Difference, Pair};

/// A part of the cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stratum {
    /// By what: `language`, `suite` or `rung`.
    pub by: &'static str,
    /// Which: `rust`.
    pub name: String,
    /// The difference in it.
    pub difference: Difference,
    /// Its p, adjusted by Benjamini and Hochberg over all strata shown.
    pub adjusted: f64,
}

/// Every stratum of every division that divides.
pub(crate) fn strata(pairs: &[Pair<'_>]) -> Vec<Stratum> {
    let language = |pair: &Pair<'_>| pair.baseline.language.clone();
    let suite = |pair: &Pair<'_>| Some(pair.baseline.key.suite.clone());
    let rung = |pair: &Pair<'_>| pair.baseline.key.rung.clone();
    let mut all = divide(pairs, "language", language);
    let suites = divide(pairs, "suite", suite);
    // A suite a language says everything twice.
    if suites.len() != all.len() {
        all.extend(suites);
    }
    all.extend(divide(pairs, "rung", rung));
    let adjusted = benjamini_hochberg(&all.iter().map(|stratum| stratum.difference.p).collect::<Vec<_>>());
    for (stratum, adjusted) in all.iter_mut().zip(adjusted) {
        stratum.adjusted = adjusted;
    }
    all
}

fn divide(pairs: &[Pair<'_>], by: &'static str, name: impl Fn(&Pair<'_>) -> Option<String>) -> Vec<Stratum> {
    let mut parts: BTreeMap<String, Vec<Pair<'_>>> = BTreeMap::new();
    for pair in pairs {
        if let Some(name) = name(pair) {
            parts.entry(name).or_default().push(*pair);
        }
    }
    if parts.len() < 2 {
        return Vec::new();
    }
    let stratum = |(name, pairs): (String, Vec<Pair<'_>>)| {
        let difference = Difference::of(&pairs)?;
        Some(Stratum { by, name, adjusted: difference.p, difference })
    };
    parts.into_iter().filter_map(stratum).collect()
}
