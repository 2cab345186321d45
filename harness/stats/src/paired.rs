//! Two arms on the same cases: only the pairs on which they disagree carry information.

use statrs::distribution::{Binomial, DiscreteCDF};

/// McNemar's exact test, two-sided: `min(1, 2·P[Bin(b+c, ½) ≤ min(b, c)])`.
///
/// `b` pairs passed only on the first arm, `c` only on the second; 1 when there are none. Pairs must be
/// independent: with repeats, compare cases, not attempts. Q. McNemar, Psychometrika 12 (1947)
/// 153–157, in the exact form of F. Mosteller, Biometrics 8 (1952) 220–226.
#[must_use]
pub fn mcnemar_exact(b: u64, c: u64) -> f64 {
    Binomial::new(0.5, b + c).map_or(1.0, |fair| (2.0 * fair.cdf(b.min(c))).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::mcnemar_exact;

    #[test]
    fn mcnemar_agrees_with_hand_and_scipy() {
        assert_eq!(mcnemar_exact(0, 0), 1.0);
        assert_eq!(mcnemar_exact(3, 3), 1.0);
        // 2 · (1/2)^6: six one-sided discordant pairs are the first to reach 5 %.
        assert!((mcnemar_exact(6, 0) - 0.031_25).abs() < 1e-12);
        assert!(mcnemar_exact(5, 0) > 0.05);
        // SciPy 1.17: binomtest(7, 7 + 25).pvalue
        assert!((mcnemar_exact(7, 25) - 0.002_102_401_573).abs() < 1e-9);
        assert_eq!(mcnemar_exact(25, 7), mcnemar_exact(7, 25));
    }
}
