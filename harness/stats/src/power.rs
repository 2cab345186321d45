//! What a paired comparison of a given size can see, and what size it would take.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{Confidence, real};

/// Pairs it takes for McNemar's test to see a true difference of `difference`, when the share `discordant`
/// of the pairs disagrees, with probability `power`: `⌈(z_{α/2}·√ψ + z_β·√(ψ − δ²))²/δ²⌉` (R. J. Connor,
/// Biometrics 43 (1987) 207–211). `None` where no number would do: no difference, or one larger than the
/// share of pairs that disagree.
#[must_use]
pub fn needed_pairs(discordant: f64, difference: f64, power: f64, confidence: Confidence) -> Option<u64> {
    let delta = difference.abs();
    let possible = delta > 0.0 && delta <= discordant && discordant <= 1.0 && power > 0.0 && power < 1.0;
    possible.then(|| pairs(discordant, delta, power, confidence)).and_then(whole)
}

/// The smallest difference that McNemar's test on `n` pairs sees with probability `power`, when the share
/// `discordant` of the pairs disagrees: [`needed_pairs`] turned round. `None` where even a difference of
/// `discordant` would not be seen.
#[must_use]
pub fn detectable_difference(n: u64, discordant: f64, power: f64, confidence: Confidence) -> Option<f64> {
    let enough = |delta| pairs(discordant, delta, power, confidence) <= real(n);
    let sane = discordant > 0.0 && discordant <= 1.0 && power > 0.0 && power < 1.0;
    if !sane || !enough(discordant) {
        return None;
    }
    // Fewer pairs are needed the larger the difference.
    let (mut unseen, mut seen) = (0.0, discordant);
    for _ in 0..60 {
        let middle = f64::midpoint(unseen, seen);
        if enough(middle) {
            seen = middle;
        } else {
            unseen = middle;
        }
    }
    Some(seen)
}

fn pairs(discordant: f64, delta: f64, power: f64, confidence: Confidence) -> f64 {
    let beta = Normal::standard().inverse_cdf(power);
    let spread = confidence.z() * discordant.sqrt() + beta * (discordant - delta * delta).max(0.0).sqrt();
    (spread / delta).powi(2)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the range")]
fn whole(n: f64) -> Option<u64> {
    let n = n.ceil();
    (n.is_finite() && (0.0..9e15).contains(&n)).then_some(n as u64)
}
