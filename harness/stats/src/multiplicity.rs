//! Many questions at once: p-values adjusted for their number.

use crate::real;

/// Holm's step-down adjustment of a family of p-values, in the order given: the smallest adjusted
/// p-values that keep the chance of any false claim below the level. Scand. J. Stat. 6 (1979) 65–70.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let order = ascending(p_values);
    let mut adjusted = vec![1.0; p_values.len()];
    let mut floor: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        let remaining = real((p_values.len() - rank) as u64);
        floor = floor.max((p_values[index] * remaining).min(1.0));
        adjusted[index] = floor;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjustment of a family of p-values, in the order given: calling those
/// up to `q` keeps the expected share of false ones among the calls below `q`, where the tests are
/// independent or positively dependent. `min over j ≥ i of p_(j)·m/j`; J. R. Stat. Soc. B 57 (1995) 289–300.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let order = ascending(p_values);
    let all = real(p_values.len() as u64);
    let mut adjusted = vec![1.0; p_values.len()];
    let mut ceiling: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        ceiling = ceiling.min(p_values[index] * all / real(rank as u64 + 1));
        adjusted[index] = ceiling;
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::{benjamini_hochberg, holm};

    #[test]
    fn holm_agrees_with_the_definition_by_hand() {
        // In order: 4 · 0.005 = 0.02, 3 · 0.01 = 0.03, 2 · 0.03 = 0.06, max(0.06, 1 · 0.04) = 0.06.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (ours, theirs) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((ours - theirs).abs() < 1e-12, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn benjamini_and_hochberg_agree_with_scipy() {
        // SciPy 1.17: scipy.stats.false_discovery_control([0.01, 0.04, 0.03, 0.005])
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (ours, theirs) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((ours - theirs).abs() < 1e-12, "{adjusted:?}");
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
