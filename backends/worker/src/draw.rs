//! Drawing a token from masked logits.

use gonogo_core::Sampling;
use gonogo_engine::{Mask, TokenId};
use pulp::Arch;

/// Draws tokens the way a request asks for.
#[derive(Debug)]
pub struct Draw {
    temperature: f64,
    random: fastrand::Rng,
    weights: Vec<(TokenId, f64)>,
}

impl Draw {
    /// Draws as `sampling` says; the same seed, logits and masks give the same tokens.
    #[must_use]
    pub fn new(sampling: &Sampling) -> Self {
        Self {
            temperature: sampling.temperature,
            random: fastrand::Rng::with_seed(sampling.seed),
            weights: Vec::new(),
        }
    }

    /// One allowed token, or `None` when the mask allows none the model has logits for.
    pub fn token(&mut self, logits: &[f32], mask: &Mask) -> Option<TokenId> {
        let (best, peak) = largest(logits, mask)?;
        if self.temperature > 0.0 && peak.is_finite() {
            Some(self.weighted(logits, mask, peak).unwrap_or(best))
        } else {
            Some(best)
        }
    }

    /// Softmax over the allowed tokens, `exp((l - max) / T)`, and one uniform draw.
    fn weighted(&mut self, logits: &[f32], mask: &Mask, peak: f32) -> Option<TokenId> {
        self.weights.clear();
        let mut total = 0.0;
        for token in mask.iter() {
            let Some(logit) = logits.get(token as usize) else { break };
            let weight = (f64::from(logit - peak) / self.temperature).exp();
            if weight > 0.0 {
                total += weight;
                self.weights.push((token, total));
            }
        }
        let point = self.random.f64() * total;
        let index = self.weights.partition_point(|(_, sum)| *sum <= point);
        self.weights.get(index).or(self.weights.last()).map(|(token, _)| *token)
    }
}

/// Words of the mask that are looked at as one: enough logits for running maxima to pay.
const BLOCK: usize = 16;

/// The allowed token with the largest logit, the lowest id among equals. Logits that are not
/// numbers lose to every number.
fn largest(logits: &[f32], mask: &Mask) -> Option<(TokenId, f32)> {
    // With the widest vectors this machine has; the code is the same on every other.
    Arch::new().dispatch(|| scan(logits, mask.words()))
}

#[inline(always)]
fn scan(logits: &[f32], words: &[u32]) -> Option<(TokenId, f32)> {
    let mut best: Option<(TokenId, f32)> = None;
    let blocks = words.chunks(BLOCK).zip(logits.chunks(32 * BLOCK));
    for ((words, logits), base) in blocks.zip((0_u32..).step_by(32 * BLOCK)) {
        // Hardly any block holds a logit above the best one so far, allowed or not: only those few
        // are looked at word by word, and only words with such a logit bit by bit.
        let beaten = |logits: &[f32], best: Option<(TokenId, f32)>| {
            best.is_some_and(|(_, peak)| highest(logits) <= peak)
        };
        if beaten(logits, best) {
            continue;
        }
        for ((word, logits), base) in words.iter().zip(logits.chunks(32)).zip((base..).step_by(32)) {
            if *word == 0 || beaten(logits, best) {
                continue;
            }
            for (logit, bit) in logits.iter().zip(0_u32..) {
                if word >> bit & 1 == 0 {
                    continue;
                }
                let larger = best.is_none_or(|(_, peak)| *logit > peak || (peak.is_nan() && !logit.is_nan()));
                if larger {
                    best = Some((base + bit, *logit));
                }
            }
        }
    }
    best
}

/// The largest of some logits; those that are not numbers do not count. Many running maxima,
/// because the order of comparing one could not be changed into vector instructions.
#[inline(always)]
fn highest(logits: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (lanes, rest) = logits.as_chunks::<32>();
    let mut maxima = [f32::NEG_INFINITY; 32];
    for lane in lanes {
        for (maximum, logit) in maxima.iter_mut().zip(lane) {
            *maximum = larger(*maximum, *logit);
        }
    }
    maxima.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

#[cfg(test)]
mod tests {
    use gonogo_core::Sampling;
    use gonogo_engine::Mask;

    use super::Draw;

    fn mask(tokens: usize, allowed: &[u32]) -> Mask {
        let mut mask = Mask::none(tokens);
        for token in allowed {
            mask.words_mut()[*token as usize / 32] |= 1 << (token % 32);
        }
        mask
    }

    fn draw(temperature: f64, seed: u64) -> Draw {
        Draw::new(&Sampling { max_tokens: 1, temperature, seed })
    }

    #[test]
    fn greedy_takes_the_largest_allowed_logit_and_the_lowest_id_of_equals() {
        let mut logits = vec![0.0_f32; 100];
        (logits[5], logits[40], logits[70]) = (9.0, 3.0, 3.0);
        let mut greedy = draw(0.0, 0);
        assert_eq!(greedy.token(&logits, &mask(100, &[1, 40, 70, 99])), Some(40));
        assert_eq!(greedy.token(&logits, &mask(100, &[])), None);
        let mut all = Mask::none(100);
        all.allow_all();
        assert_eq!(greedy.token(&logits, &all), Some(5));
        logits[64] = 9.5;
        assert_eq!(greedy.token(&logits, &all), Some(64));
    }

    #[test]
    fn strange_logits_lose_but_never_end_an_answer() {
        let mut greedy = draw(0.0, 0);
        let logits = [f32::NAN, f32::NEG_INFINITY, f32::NAN];
        assert_eq!(greedy.token(&logits, &mask(3, &[0, 1, 2])), Some(1));
        assert_eq!(greedy.token(&logits, &mask(3, &[0, 2])), Some(0));
        assert_eq!(draw(1.0, 3).token(&logits, &mask(3, &[0, 2])), Some(0));
    }

    #[test]
    fn tokens_without_a_logit_are_not_drawn() {
        assert_eq!(draw(0.0, 0).token(&[1.0; 10], &mask(64, &[12, 40])), None);
    }

    #[test]
    fn every_token_is_found_in_every_place() {
        // Past several blocks, with a tail that fills neither block nor word.
        let tokens = 1_303;
        let mut all = Mask::none(tokens);
        all.allow_all();
        for wanted in 0..u32::try_from(tokens).unwrap() {
            let mut logits: Vec<f32> = (0..tokens).map(|token| -((token % 7) as f32)).collect();
            logits[wanted as usize] = 1.0;
            // A larger one beside it that the mask forbids.
            let beside = (wanted as usize + 1) % tokens;
            logits[beside] = 2.0;
            let mut greedy = draw(0.0, 0);
            assert_eq!(greedy.token(&logits, &all), Some(u32::try_from(beside).unwrap()));
            let mut but_one = all.clone();
            but_one.words_mut()[beside / 32] &= !(1 << (beside % 32));
            assert_eq!(greedy.token(&logits, &but_one), Some(wanted));
            assert_eq!(greedy.token(&logits, &mask(tokens, &[wanted])), Some(wanted));
        }
    }

    #[test]
    fn draws_follow_the_softmax_and_the_seed() {
        let logits = [0.0_f32, f32::ln(3.0), 50.0];
        let mask = mask(3, &[0, 1]);
        let drawn = |seed| {
            let mut draw = draw(1.0, seed);
            (0..4_000).map(|_| draw.token(&logits, &mask).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        let ones = drawn(7).iter().sum::<u32>();
        // Three quarters of 4,000, five standard deviations either way.
        assert!((2_863..=3_137).contains(&ones), "{ones}");
    }
}
