//! Vector arithmetic in lanes, so that the compiler can use whatever SIMD the caller enabled.
//!
//! Floats are added in a fixed order of lanes: the same inputs give the same bits on every run.

const LANES: usize = 16;

/// Σ aᵢ·bᵢ.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sum(&lanes) + rest
}

/// `into` += `factor` · `values`.
#[inline(always)]
pub(crate) fn add_scaled(into: &mut [f32], values: &[f32], factor: f32) {
    for (into, value) in into.iter_mut().zip(values) {
        *into += factor * value;
    }
}

/// `into` += `values`.
#[inline(always)]
pub(crate) fn add(into: &mut [f32], values: &[f32]) {
    for (into, value) in into.iter_mut().zip(values) {
        *into += value;
    }
}

/// Root mean square normalisation (Zhang and Sennrich 2019):
/// `into[i] = values[i] · weights[i] / √(mean(values²) + epsilon)`.
#[inline(always)]
pub(crate) fn normalise(values: &[f32], weights: &[f32], epsilon: f32, into: &mut [f32]) {
    let mean = dot(values, values) / values.len() as f32;
    let scale = 1.0 / (mean + epsilon).sqrt();
    for ((into, value), weight) in into.iter_mut().zip(values).zip(weights) {
        *into = value * scale * weight;
    }
}

/// `into[i] = gate[i] · σ(gate[i]) · up[i]`: SwiGLU (Shazeer 2020).
#[inline(always)]
pub(crate) fn swiglu(gate: &[f32], up: &[f32], into: &mut [f32]) {
    for ((into, gate), up) in into.iter_mut().zip(gate).zip(up) {
        *into = gate / (1.0 + exp(-gate)) * up;
    }
}

/// Turns scores into weights that sum to one.
#[inline(always)]
pub(crate) fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] = exp(chunk[lane] - highest);
            lanes[lane] += chunk[lane];
        }
    }
    let mut total = sum(&lanes);
    for score in rest {
        *score = exp(*score - highest);
        total += *score;
    }
    let scale = 1.0 / total;
    for score in scores {
        *score *= scale;
    }
}

#[inline(always)]
fn sum(lanes: &[f32; LANES]) -> f32 {
    let mut half: [f32; 8] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    for width in [4, 2, 1] {
        for lane in 0..width {
            half[lane] += half[lane + width];
        }
    }
    half[0]
}

/// eˣ without a call, so that loops over it become SIMD; relative error below 3e-7.
///
/// Cephes' `expf`: `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`, a polynomial for `eʳ`, and `n` added
/// to the exponent bits. Inputs are clamped to where the result is a normal number.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // Adding and taking away 1.5·2²³ rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + coefficient;
    }
    let power = p * r * r + r + 1.0;
    let exponent = n as i32;
    power * f32::from_bits(((exponent + 127) << 23).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::{add_scaled, dot, exp, normalise, softmax, swiglu};

    #[test]
    fn exp_is_as_good_as_the_standard_one() {
        for step in -8_700..=8_800_i16 {
            let x = f32::from(step) / 100.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn softmax_sums_to_one_and_keeps_the_order() {
        let mut scores: Vec<f32> = (0..37_u8).map(|n| f32::from(n) * 0.3 - 900.0).collect();
        softmax(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(scores.windows(2).all(|pair| pair[0] < pair[1]));
        let ratio = scores[36] / scores[35];
        assert!((ratio - 0.3_f32.exp()).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn sums_agree_with_the_plain_ones() {
        let a: Vec<f32> = (0..45_u8).map(|n| f32::from(n) * 0.25 - 3.0).collect();
        let b: Vec<f32> = (0..45_u8).map(|n| 2.0 - f32::from(n) * 0.125).collect();
        let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        assert!((f64::from(dot(&a, &b)) - expected).abs() < 1e-3);
        let mut into = b.clone();
        add_scaled(&mut into, &a, 2.0);
        assert_eq!(into[44], b[44] + 2.0 * a[44]);
    }

    #[test]
    fn norms_and_gates_follow_their_formulas() {
        let mut into = [0.0; 2];
        normalise(&[3.0, 4.0], &[1.0, 2.0], 0.0, &mut into);
        let root = 12.5_f32.sqrt();
        assert!((into[0] - 3.0 / root).abs() < 1e-6 && (into[1] - 8.0 / root).abs() < 1e-6);
        swiglu(&[0.0, 2.0], &[5.0, 3.0], &mut into);
        assert!(into[0] == 0.0 && (into[1] - 6.0 / (1.0 + (-2_f32).exp())).abs() < 1e-5);
    }
}
