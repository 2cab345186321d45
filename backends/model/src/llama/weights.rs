//! Tensors of a llama, from its file and the requantised twin, into matrices.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::quantized::GgmlDType;

use super::{
    matrix::{Matrix, Place, matrix},
    shape::Shape,
};
use crate::{
    ModelError,
    gguf::{Gguf, RawTensor},
    requantise,
};

/// One transformer layer.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    /// Queries, keys and values, one under the other.
    pub(crate) qkv: Stack,
    pub(crate) attention_output: Stack,
    pub(crate) feed_norm: Vec<f32>,
    /// Gate and up, one under the other.
    pub(crate) gate_up: Stack,
    pub(crate) down: Stack,
}

/// All weights of a llama.
pub(crate) struct Weights {
    pub(crate) embedding: Stack,
    pub(crate) layers: Vec<Layer>,
    pub(crate) norm: Vec<f32>,
    /// `None` when the embedding is the output head too.
    pub(crate) head: Option<Stack>,
    /// Divisors of the rotation frequencies (llama 3), where the file has them.
    pub(crate) rope_divisors: Option<Vec<f32>>,
}

/// Matrices one under the other, so that one pass over the inputs serves them all. Those of one
/// format are one matrix; K-quant files mix formats.
pub(crate) struct Stack {
    parts: Vec<(usize, Box<dyn Matrix>)>,
    rows: usize,
}

impl Stack {
    /// Multiplies inputs; `outputs` has `rows` values for each.
    pub(crate) fn multiply(&mut self, inputs: &[f32], outputs: &mut [f32], threads: usize) {
        for (offset, part) in &mut self.parts {
            part.multiply(inputs, outputs, &Place { stride: self.rows, offset: *offset }, threads);
        }
    }

    /// Writes one row as floats.
    pub(crate) fn row(&self, index: usize, into: &mut [f32]) {
        let part = self.parts.iter().rfind(|(offset, _)| *offset <= index);
        if let Some((offset, part)) = part {
            part.row(index - offset, into);
        }
    }
}

/// Reads tensors and remembers which, so that one nobody asked for is an error and not a model
/// that quietly computes something else.
pub(crate) struct Reader<'a> {
    source: &'a mut Gguf,
    fast: Option<Gguf>,
    read: BTreeSet<String>,
    run: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a mut Gguf, fast: Option<Gguf>) -> Self {
        Self { source, fast, read: BTreeSet::new(), run: BTreeMap::new() }
    }

    /// All weights of a llama of this shape and vocabulary.
    pub(crate) fn weights(&mut self, shape: &Shape, vocabulary: usize) -> Result<Weights, ModelError> {
        let head = if self.source.has("output.weight") {
            Some(self.stack(&[("output.weight", vocabulary)], shape.hidden)?)
        } else {
            None
        };
        let rope_divisors = if self.source.has("rope_freqs.weight") {
            Some(self.vector("rope_freqs.weight", shape.rotated / 2)?)
        } else {
            None
        };
        Ok(Weights {
            embedding: self.stack(&[("token_embd.weight", vocabulary)], shape.hidden)?,
            layers: (0..shape.layers).map(|index| self.layer(index, shape)).collect::<Result<_, _>>()?,
            norm: self.vector("output_norm.weight", shape.hidden)?,
            head,
            rope_divisors,
        })
    }

    /// How many matrices run in each format, and an error for tensors that were not used.
    pub(crate) fn finish(self) -> Result<BTreeMap<String, usize>, ModelError> {
        let tensors = self.source.tensors();
        match tensors.into_iter().find(|(name, ..)| !self.read.contains(*name)) {
            None => Ok(self.run),
            Some((name, ..)) => Err(ModelError::Unsupported {
                what: format!("a llama with a tensor `{name}`"),
                remedy: "choose one without biases, adapters or other additions".into(),
            }),
        }
    }

    fn layer(&mut self, index: usize, shape: &Shape) -> Result<Layer, ModelError> {
        let name = |part: &str| format!("blk.{index}.{part}.weight");
        let (queries, keys) = (shape.heads * shape.head, shape.kv_heads * shape.head);
        let qkv = [(&*name("attn_q"), queries), (&*name("attn_k"), keys), (&*name("attn_v"), keys)];
        let gate_up = [(&*name("ffn_gate"), shape.inner), (&*name("ffn_up"), shape.inner)];
        Ok(Layer {
            attention_norm: self.vector(&name("attn_norm"), shape.hidden)?,
            qkv: self.stack(&qkv, shape.hidden)?,
            attention_output: self.stack(&[(&name("attn_output"), shape.hidden)], queries)?,
            feed_norm: self.vector(&name("ffn_norm"), shape.hidden)?,
            gate_up: self.stack(&gate_up, shape.hidden)?,
            down: self.stack(&[(&name("ffn_down"), shape.hidden)], shape.inner)?,
        })
    }

    fn tensor(&mut self, name: &str, expected: &[usize]) -> Result<RawTensor, ModelError> {
        self.read.insert(name.to_owned());
        let fast = self.fast.as_mut().filter(|fast| fast.has(name));
        let tensor = match fast {
            Some(fast) => fast.tensor(name)?,
            None => self.source.tensor(name)?,
        };
        if tensor.shape != expected {
            return Err(ModelError::Unsupported {
                what: format!("a tensor `{name}` of shape {:?} where {expected:?} is due", tensor.shape),
                remedy: "choose a GGUF whose tensors fit its metadata".into(),
            });
        }
        Ok(tensor)
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>, ModelError> {
        let tensor = self.tensor(name, &[length])?;
        let mut values = vec![0.0; length];
        let matrix = matrix(&tensor).ok_or_else(|| not_ready(name, tensor.dtype))?;
        matrix.row(0, &mut values);
        Ok(values)
    }

    fn stack(&mut self, parts: &[(&str, usize)], columns: usize) -> Result<Stack, ModelError> {
        let mut rows = 0;
        let mut tensors: Vec<(usize, RawTensor)> = Vec::new();
        for (name, height) in parts {
            let mut tensor = self.tensor(name, &[*height, columns])?;
            *self.run.entry(format!("{:?}", tensor.dtype)).or_default() += 1;
            match tensors.last_mut() {
                Some((_, last)) if last.dtype == tensor.dtype => last.bytes.append(&mut tensor.bytes),
                Some(_) | None => tensors.push((rows, tensor)),
            }
            rows += height;
        }
        let parts = tensors.into_iter().map(|(offset, tensor)| {
            let matrix = matrix(&tensor).ok_or_else(|| not_ready(parts[0].0, tensor.dtype))?;
            Ok((offset, matrix))
        });
        Ok(Stack { parts: parts.collect::<Result<_, ModelError>>()?, rows })
    }
}

fn not_ready(name: &str, dtype: GgmlDType) -> ModelError {
    ModelError::Unsupported {
        what: format!("tensor `{name}` in the format {dtype:?}"),
        remedy: format!("requantise the model, for example to {:?}", requantise::TARGET),
    }
}
