//! Keys and values of the tokens so far, and causal attention over them.

use pulp::Arch;
use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};

use super::{shape::Shape, vector};

/// Keys and values, allocated once for the whole context: `[layer][head][position][value]`.
/// Pages nobody wrote to cost no memory.
pub(crate) struct Cache {
    keys: Vec<f32>,
    values: Vec<f32>,
    context: usize,
    kv_heads: usize,
    head: usize,
    /// Heads of queries that share one head of keys.
    group: usize,
    /// Scores of one head over all positions, for a model of one thread.
    scores: Vec<f32>,
    arch: Arch,
}

impl Cache {
    pub(crate) fn new(shape: &Shape, context: usize) -> Self {
        let size = shape.layers * shape.kv_heads * context * shape.head;
        Self {
            keys: vec![0.0; size],
            values: vec![0.0; size],
            context,
            kv_heads: shape.kv_heads,
            head: shape.head,
            group: shape.heads / shape.kv_heads,
            scores: vec![0.0; context],
            arch: Arch::new(),
        }
    }

    /// Positions there is room for.
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// Where the positions of a head begin.
    fn start(&self, layer: usize, head: usize) -> usize {
        (layer * self.kv_heads + head) * self.context * self.head
    }

    /// Keeps one token's keys and values, all heads in one slice.
    pub(crate) fn keep(&mut self, layer: usize, position: usize, keys: &[f32], values: &[f32]) {
        for head in 0..self.kv_heads {
            let to = self.start(layer, head) + position * self.head;
            let from = head * self.head..(head + 1) * self.head;
            self.keys[to..to + self.head].copy_from_slice(&keys[from.clone()]);
            self.values[to..to + self.head].copy_from_slice(&values[from]);
        }
    }

    /// Attends from the tokens at `first..`, whose rows in `queries` are `stride` apart, to
    /// themselves and all before: `softmax(q·k / √n) · v` (Vaswani et al. 2017, section 3.2.1).
    pub(crate) fn attend(
        &mut self,
        layer: usize,
        first: usize,
        (queries, stride): (&[f32], usize),
        outputs: &mut [f32],
        threads: usize,
    ) {
        let width = self.group * self.head;
        if threads > 1 {
            let units = outputs.par_chunks_mut(width).enumerate();
            units.for_each_init(
                || vec![0.0; self.context],
                |scores, (unit, output)| self.unit(layer, first, (queries, stride), unit, scores, output),
            );
        } else {
            let mut scores = std::mem::take(&mut self.scores);
            for (unit, output) in outputs.chunks_mut(width).enumerate() {
                self.unit(layer, first, (queries, stride), unit, &mut scores, output);
            }
            self.scores = scores;
        }
    }

    /// One token's heads that share one head of keys.
    fn unit(
        &self,
        layer: usize,
        first: usize,
        (queries, stride): (&[f32], usize),
        unit: usize,
        scores: &mut [f32],
        output: &mut [f32],
    ) {
        let (token, head) = (unit / self.kv_heads, unit % self.kv_heads);
        let width = self.group * self.head;
        let queries = &queries[token * stride + head * width..][..width];
        let start = self.start(layer, head);
        let seen = start..start + (first + token + 1) * self.head;
        let (keys, values) = (&self.keys[seen.clone()], &self.values[seen]);
        let scores = &mut scores[..=first + token];
        self.arch.dispatch(
            #[inline(always)]
            || {
                for (query, output) in queries.chunks(self.head).zip(output.chunks_mut(self.head)) {
                    attend_one(query, keys, values, scores, output);
                }
            },
        );
    }
}

#[inline(always)]
fn attend_one(query: &[f32], keys: &[f32], values: &[f32], scores: &mut [f32], output: &mut [f32]) {
    let scale = 1.0 / (query.len() as f32).sqrt();
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(query.len())) {
        *score = vector::dot(query, key) * scale;
    }
    vector::softmax(scores);
    output.fill(0.0);
    for (weight, value) in scores.iter().zip(values.chunks_exact(query.len())) {
        vector::add_scaled(output, value, *weight);
    }
}
