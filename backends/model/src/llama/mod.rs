//! The forward pass of a llama: token ids in, logits of the next token out.

mod attention;
mod eight;
mod matrix;
mod rope;
mod shape;
mod vector;
mod weights;

pub(crate) use shape::Shape;
pub(crate) use weights::Reader;

use gonogo_engine::TokenId;
use pulp::Arch;

use self::{
    attention::Cache,
    rope::Rope,
    weights::{Layer, Weights},
};

/// Tokens computed at once. More would need larger buffers and gain nothing: weights are read
/// once per tile of a few tokens anyway.
const BATCH: usize = 64;

/// A llama and what it has read so far.
pub(crate) struct Llama {
    shape: Shape,
    weights: Weights,
    rope: Rope,
    cache: Cache,
    buffers: Buffers,
    arch: Arch,
    threads: usize,
    /// Tokens in the cache.
    held: usize,
}

/// Every intermediate result, allocated once for a full batch.
struct Buffers {
    /// The residual stream.
    stream: Vec<f32>,
    normed: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    gate_up: Vec<f32>,
    gated: Vec<f32>,
    delta: Vec<f32>,
    logits: Vec<f32>,
}

impl Buffers {
    fn new(shape: &Shape, vocabulary: usize) -> Self {
        let batch = |width: usize| vec![0.0; BATCH * width];
        Self {
            stream: batch(shape.hidden),
            normed: batch(shape.hidden),
            qkv: batch((shape.heads + 2 * shape.kv_heads) * shape.head),
            attended: batch(shape.heads * shape.head),
            gate_up: batch(2 * shape.inner),
            gated: batch(shape.inner),
            delta: batch(shape.hidden),
            logits: vec![0.0; vocabulary],
        }
    }
}

impl Llama {
    pub(crate) fn new(
        shape: Shape,
        weights: Weights,
        vocabulary: usize,
        context: usize,
        threads: usize,
    ) -> Self {
        let divisors = weights.rope_divisors.as_deref();
        Self {
            rope: Rope::new(shape.rotated, shape.rope_base, shape.rope_divisor, divisors),
            cache: Cache::new(&shape, context),
            buffers: Buffers::new(&shape, vocabulary),
            arch: Arch::new(),
            weights,
            shape,
            threads,
            held: 0,
        }
    }

    /// Tokens held.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// Tokens there is room for.
    pub(crate) fn context(&self) -> usize {
        self.cache.context()
    }

    /// The logits of the last pass.
    pub(crate) fn logits(&self) -> &[f32] {
        &self.buffers.logits
    }

    /// Forgets all tokens. Their keys and values need not be wiped: nothing attends to
    /// positions past those held.
    pub(crate) fn restart(&mut self) {
        self.held = 0;
    }

    /// Appends tokens, which must be in the vocabulary and fit into the context, and computes
    /// the logits after the last.
    pub(crate) fn forward(&mut self, tokens: &[TokenId]) {
        for batch in tokens.chunks(BATCH) {
            self.read(batch);
        }
        let hidden = self.shape.hidden;
        let last = (tokens.len().saturating_sub(1)) % BATCH * hidden;
        let Buffers { stream, normed, logits, .. } = &mut self.buffers;
        vector::normalise(
            &stream[last..last + hidden],
            &self.weights.norm,
            self.shape.epsilon,
            &mut normed[..hidden],
        );
        let head = self.weights.head.as_mut().unwrap_or(&mut self.weights.embedding);
        head.multiply(&normed[..hidden], logits, self.threads);
    }

    fn read(&mut self, tokens: &[TokenId]) {
        let hidden = self.shape.hidden;
        for (token, row) in tokens.iter().zip(self.buffers.stream.chunks_mut(hidden)) {
            self.weights.embedding.row(*token as usize, row);
        }
        self.rope.prepare(self.held, tokens.len());
        let mut layers = std::mem::take(&mut self.weights.layers);
        for (index, layer) in layers.iter_mut().enumerate() {
            self.attend(index, layer, tokens.len());
            self.feed(layer, tokens.len());
        }
        self.weights.layers = layers;
        self.held += tokens.len();
    }

    fn attend(&mut self, index: usize, layer: &mut Layer, count: usize) {
        let Shape { hidden, heads, kv_heads, head, .. } = self.shape;
        let (queries, keys) = (heads * head, kv_heads * head);
        let stride = queries + 2 * keys;
        let Buffers { stream, normed, qkv, attended, delta, .. } = &mut self.buffers;
        let (stream, normed) = (&mut stream[..count * hidden], &mut normed[..count * hidden]);
        let (qkv, attended) = (&mut qkv[..count * stride], &mut attended[..count * queries]);
        let delta = &mut delta[..count * hidden];

        normalise(self.arch, stream, &layer.attention_norm, self.shape.epsilon, normed);
        layer.qkv.multiply(normed, qkv, self.threads);
        for (nth, row) in qkv.chunks_mut(stride).enumerate() {
            let (rotated, values) = row.split_at_mut(queries + keys);
            self.rope.rotate(nth, rotated, head);
            self.cache.keep(index, self.held + nth, &rotated[queries..], values);
        }
        self.cache.attend(index, self.held, (qkv, stride), attended, self.threads);
        layer.attention_output.multiply(attended, delta, self.threads);
        vector::add(stream, delta);
    }

    fn feed(&mut self, layer: &mut Layer, count: usize) {
        let Shape { hidden, inner, .. } = self.shape;
        let Buffers { stream, normed, gate_up, gated, delta, .. } = &mut self.buffers;
        let (stream, normed) = (&mut stream[..count * hidden], &mut normed[..count * hidden]);
        let (gate_up, gated) = (&mut gate_up[..count * 2 * inner], &mut gated[..count * inner]);
        let delta = &mut delta[..count * hidden];

        normalise(self.arch, stream, &layer.feed_norm, self.shape.epsilon, normed);
        layer.gate_up.multiply(normed, gate_up, self.threads);
        self.arch.dispatch(
            #[inline(always)]
            || {
                for (row, into) in gate_up.chunks(2 * inner).zip(gated.chunks_mut(inner)) {
                    let (gate, up) = row.split_at(inner);
                    vector::swiglu(gate, up, into);
                }
            },
        );
        layer.down.multiply(gated, delta, self.threads);
        vector::add(stream, delta);
    }
}

fn normalise(arch: Arch, rows: &[f32], weights: &[f32], epsilon: f32, into: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for (row, into) in rows.chunks(weights.len()).zip(into.chunks_mut(weights.len())) {
                vector::normalise(row, weights, epsilon, into);
            }
        },
    );
}
