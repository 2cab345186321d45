//! The whole comparison, or why there is none.

use gonogo_core::Domain;
use gonogo_stats::{NonInferiority, non_inferiority};
use serde::Serialize;

use crate::{
    Attrition, Difference, Drift, FamilyDifference, Obstacle, RatioQuantiles, Side, Speed, Stratum, Weight,
    attrition::attrition,
    blocks::drift,
    comparable::obstacles,
    families::families,
    latency::{ratios, speeds},
    pairs::pair,
    strata::strata,
};

/// What a comparison is asked with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How much less often the candidate may pass and still be no worse, as a fraction.
    pub margin: f64,
    /// Whether to compare in spite of what forbids it.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { margin: 0.05, force: false }
    }
}

/// Why two sides are not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Everything that differs; at least one of them forbids the comparison.
    pub obstacles: Vec<Obstacle>,
}

/// Two arms on the same attempts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// `run/arm` of the baseline, and of the candidate.
    pub names: [String; 2],
    /// The margin asked for.
    pub margin: f64,
    /// What else differs between the two; where one of them forbids the comparison, it was forced.
    pub obstacles: Vec<Obstacle>,
    /// Success.
    pub success: Difference,
    /// Failures by family.
    pub families: Vec<FamilyDifference>,
    /// Ratios of times, speeds and costs; empty where times cannot be compared.
    pub speeds: Vec<Speed>,
    /// Quantiles of the ratios of times; empty likewise.
    pub ratios: Vec<RatioQuantiles>,
    /// Parts of the cases.
    pub strata: Vec<Stratum>,
    /// What infrastructure spoiled.
    pub attrition: Option<Attrition>,
    /// Whether the halves of the time agree.
    pub drift: Drift,
    /// The pairs that disagree, by name.
    pub discordant: Vec<Discordant>,
    /// First tries without a counterpart on the baseline, and on the candidate.
    pub alone: [u64; 2],
}

/// A pair that disagrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discordant {
    /// `suite/case[@rung] #repeat`.
    pub attempt: String,
    /// The kind of outcome on the baseline, and on the candidate.
    pub kinds: [&'static str; 2],
    /// Fault domain of the one that failed.
    pub domain: Domain,
    /// Addresses of the raw answers, short.
    pub captures: [String; 2],
}

/// Compares the two sides.
///
/// # Errors
/// [`Refusal`] where the two differ in more than the arm, unless forced; always where they have no attempt
/// in common.
pub fn compare(baseline: Side<'_>, candidate: Side<'_>, options: Options) -> Result<Comparison, Refusal> {
    let paired = pair(baseline, candidate);
    let obstacles = obstacles(baseline, candidate, &paired);
    let forbidden = obstacles.iter().any(|obstacle| obstacle.weight == Weight::Refuse);
    let Some(success) = Difference::of(&paired.pairs) else { return Err(Refusal { obstacles }) };
    if forbidden && !options.force {
        return Err(Refusal { obstacles });
    }
    let timed = obstacles.iter().all(|obstacle| obstacle.weight != Weight::TimesOnly);
    let pairs = &paired.pairs;
    Ok(Comparison {
        names: [baseline.name(), candidate.name()],
        margin: options.margin,
        success,
        families: families(pairs),
        speeds: if timed { speeds(pairs, [baseline, candidate]) } else { Vec::new() },
        ratios: if timed { ratios(pairs) } else { Vec::new() },
        strata: strata(pairs),
        attrition: attrition(pairs),
        drift: drift(pairs),
        discordant: pairs.iter().filter_map(discordant).collect(),
        alone: paired.alone,
        obstacles,
    })
}

fn discordant(pair: &crate::Pair<'_>) -> Option<Discordant> {
    let failed = match pair.passed() {
        [true, false] => pair.candidate,
        [false, true] => pair.baseline,
        [true, true] | [false, false] => return None,
    };
    let both = [pair.baseline, pair.candidate];
    Some(Discordant {
        attempt: pair.name(),
        kinds: both.map(|attempt| attempt.outcome.kind.name()),
        domain: failed.outcome.domain,
        captures: both.map(|attempt| attempt.capture.short().to_owned()),
    })
}

impl Comparison {
    /// Whether the candidate is no worse than the baseline by more than the margin.
    #[must_use]
    pub fn non_inferiority(&self) -> NonInferiority {
        non_inferiority(self.success.interval(), self.margin)
    }

    /// Whether something forbade the comparison and it was made all the same.
    #[must_use]
    pub fn forced(&self) -> bool {
        self.obstacles.iter().any(|obstacle| obstacle.weight == Weight::Refuse)
    }
}
