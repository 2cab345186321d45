//! Rotary position embedding, in the pairing of GGUF llamas.
//!
//! A pair of neighbours `(x[2i], x[2i+1])` of a head is rotated by `position · base^(-2i/n)`
//! (Su et al., RoFormer, section 3.2.2). GGUF files of the llama family store queries and keys
//! permuted so that pairs are neighbours; other families pair `i` with `i + n/2`.

/// Rotations of a few positions, computed once for all layers.
pub(crate) struct Rope {
    /// Radians per position, one for each pair.
    frequencies: Vec<f64>,
    /// `(cosine, sine)`, pairs of one position after the other.
    rotations: Vec<(f32, f32)>,
}

impl Rope {
    pub(crate) fn new(rotated: usize, base: f32, divisor: f32, divisors: Option<&[f32]>) -> Self {
        let exponent = |pair: usize| -2.0 * index(pair) / index(rotated);
        let frequency = |pair: usize| {
            let own = divisors.and_then(|divisors| divisors.get(pair)).copied().unwrap_or(1.0);
            f64::from(base).powf(exponent(pair)) / f64::from(divisor) / f64::from(own)
        };
        Self { frequencies: (0..rotated / 2).map(frequency).collect(), rotations: Vec::new() }
    }

    /// Prepares for `count` positions from `first`.
    pub(crate) fn prepare(&mut self, first: usize, count: usize) {
        self.rotations.clear();
        for position in first..first + count {
            self.rotations.extend(self.frequencies.iter().map(|frequency| {
                let (sine, cosine) = (index(position) * frequency).sin_cos();
                (cosine as f32, sine as f32)
            }));
        }
    }

    /// Rotates every head of one token, the `nth` of those prepared.
    pub(crate) fn rotate(&self, nth: usize, heads: &mut [f32], head: usize) {
        let pairs = self.frequencies.len();
        let rotations = &self.rotations[nth * pairs..(nth + 1) * pairs];
        for head in heads.chunks_exact_mut(head) {
            for ([first, second], (cosine, sine)) in head.as_chunks_mut::<2>().0.iter_mut().zip(rotations) {
                (*first, *second) = (*first * cosine - *second * sine, *first * sine + *second * cosine);
            }
        }
    }
}

fn index(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::Rope;

    #[test]
    fn pairs_of_neighbours_turn_by_their_own_frequency() {
        let mut rope = Rope::new(4, 100.0, 1.0, None);
        rope.prepare(3, 2);
        // Frequencies 1 and 1/10; the fifth and sixth values are outside the rotated part.
        let mut head = [1.0, 0.0, 0.0, 1.0, 7.0, 8.0];
        rope.rotate(1, &mut head, 6);
        let expected = [4_f32.cos(), 4_f32.sin(), -(0.4_f32.sin()), 0.4_f32.cos(), 7.0, 8.0];
        for (found, expected) in head.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{head:?}");
        }
    }

    #[test]
    fn position_zero_leaves_a_head_alone_and_divisors_slow_it_down() {
        let mut rope = Rope::new(2, 10_000.0, 2.0, Some(&[4.0]));
        rope.prepare(0, 9);
        let mut head = [0.5, -0.25];
        rope.rotate(0, &mut head, 2);
        assert_eq!(head, [0.5, -0.25]);
        // Position 8 over a divisor of 2 · 4 is one radian.
        let mut head = [1.0, 0.0];
        rope.rotate(8, &mut head, 2);
        assert!((head[0] - 1_f32.cos()).abs() < 1e-6 && (head[1] - 1_f32.sin()).abs() < 1e-6);
    }
}
