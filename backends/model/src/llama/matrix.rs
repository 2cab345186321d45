//! Weight matrices in several block formats, their rows shared out over threads.
//!
//! candle's own matrix product always runs on one thread pool of the whole process, sized by an
//! environment variable, whose threads spin while they wait. Here the rows are shared out over
//! the model's own pool instead, and a model of one thread uses no pool at all. Every output is
//! one dot product, so neither the number of threads nor that of inputs changes a single bit.

use candle_core::quantized::{
    GgmlDType, GgmlType,
    k_quants::{BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4K, BlockQ5K, BlockQ6K, BlockQ8K},
};
use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};

use super::eight::Eight;
use crate::gguf::RawTensor;

/// Inputs multiplied by a few rows of weights while those are in the nearest cache.
const TILE: usize = 16;
/// Rows below which sharing the work costs more than it saves.
const SHARE: usize = 64;

/// Where a product goes: rows of `stride` values, of which it fills those from `offset`.
pub(super) struct Place {
    pub(super) stride: usize,
    pub(super) offset: usize,
}

/// A matrix of weights.
pub(super) trait Matrix: Send + Sync {
    /// Writes one row as floats.
    fn row(&self, index: usize, into: &mut [f32]);
    /// Multiplies inputs, one after the other; must run inside the pool when `threads` > 1.
    fn multiply(&mut self, inputs: &[f32], outputs: &mut [f32], place: &Place, threads: usize);
}

/// How weights are kept and multiplied.
pub(super) trait Format: Send + Sync {
    /// What the dot product takes beside the weights.
    type Input: Send + Sync;
    /// Outputs.
    fn rows(&self) -> usize;
    /// Values of an input.
    fn columns(&self) -> usize;
    /// Writes one row as floats.
    fn row(&self, index: usize, into: &mut [f32]);
    /// Appends one input in the form the dot product takes.
    fn prepare(&self, values: &[f32], into: &mut Vec<Self::Input>);
    /// `outputs[i]` = row `first + i` · `input`; `first` is a multiple of four.
    fn products(&self, input: &[Self::Input], first: usize, outputs: &mut [f32]);
}

/// A matrix in some format, with room for its inputs.
struct Shared<F: Format> {
    weights: F,
    inputs: Vec<F::Input>,
}

impl<F: Format> Shared<F> {
    fn boxed(weights: F) -> Box<dyn Matrix>
    where
        F: 'static,
    {
        Box::new(Self { weights, inputs: Vec::new() })
    }
}

impl<F: Format> Matrix for Shared<F> {
    fn row(&self, index: usize, into: &mut [f32]) {
        self.weights.row(index, into);
    }

    fn multiply(&mut self, inputs: &[f32], outputs: &mut [f32], place: &Place, threads: usize) {
        let Self { weights, inputs: prepared } = self;
        let count = inputs.len() / weights.columns();
        prepared.clear();
        for values in inputs.chunks_exact(weights.columns()) {
            weights.prepare(values, prepared);
        }
        let length = prepared.len() / count.max(1);
        if count == 1 {
            one(weights, prepared, &mut outputs[place.offset..][..weights.rows()], threads);
        } else if threads > 1 {
            let height = count.div_ceil(2 * threads).min(TILE);
            let tiles = outputs.par_chunks_mut(height * place.stride).enumerate();
            tiles.for_each(|(index, outputs)| {
                let inputs = &prepared[index * height * length..((index + 1) * height).min(count) * length];
                tile(weights, (inputs, length), outputs, place);
            });
        } else {
            let tiles = prepared.chunks(TILE * length).zip(outputs.chunks_mut(TILE * place.stride));
            tiles.for_each(|(inputs, outputs)| tile(weights, (inputs, length), outputs, place));
        }
    }
}

/// Every row times one input.
fn one<F: Format>(weights: &F, input: &[F::Input], outputs: &mut [f32], threads: usize) {
    if threads > 1 && outputs.len() >= 2 * SHARE {
        let share = outputs.len().div_ceil(4 * threads).max(SHARE).next_multiple_of(4);
        let shares = outputs.par_chunks_mut(share).enumerate();
        shares.for_each(|(index, outputs)| weights.products(input, index * share, outputs));
    } else {
        weights.products(input, 0, outputs);
    }
}

/// Every row times each of a few inputs of `length` blocks.
fn tile<F: Format>(weights: &F, (inputs, length): (&[F::Input], usize), outputs: &mut [f32], place: &Place) {
    /// Rows at a time: few enough for the nearest cache.
    const ROWS: usize = 16;
    for first in (0..weights.rows()).step_by(ROWS) {
        let count = (weights.rows() - first).min(ROWS);
        for (input, output) in inputs.chunks_exact(length).zip(outputs.chunks_mut(place.stride)) {
            weights.products(input, first, &mut output[place.offset + first..][..count]);
        }
    }
}

/// Weights in one of candle's formats, multiplied by candle's dot products.
struct Blocks<T: GgmlType> {
    blocks: Vec<T>,
    columns: usize,
}

impl<T: Plain> Blocks<T> {
    fn boxed(tensor: &RawTensor) -> Box<dyn Matrix> {
        let columns = tensor.shape.last().copied().unwrap_or_default();
        Shared::boxed(Self { blocks: from_bytes(&tensor.bytes), columns })
    }

    fn weights(&self, row: usize) -> &[T] {
        let length = self.columns / T::BLCK_SIZE;
        &self.blocks[row * length..(row + 1) * length]
    }
}

impl<T: Plain> Format for Blocks<T> {
    type Input = T::VecDotType;

    fn rows(&self) -> usize {
        self.blocks.len() * T::BLCK_SIZE / self.columns.max(1)
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn row(&self, index: usize, into: &mut [f32]) {
        T::to_float(self.weights(index), into);
    }

    fn prepare(&self, values: &[f32], into: &mut Vec<T::VecDotType>) {
        let (start, length) = (into.len(), values.len() / <T::VecDotType as GgmlType>::BLCK_SIZE);
        into.resize_with(start + length, T::VecDotType::zeros);
        T::VecDotType::from_float(values, &mut into[start..]);
    }

    fn products(&self, input: &[T::VecDotType], first: usize, outputs: &mut [f32]) {
        let (quads, rest) = outputs.as_chunks_mut::<4>();
        let mut row = first;
        for quad in quads {
            let [a, b, c, d] = [0, 1, 2, 3].map(|next| self.weights(row + next));
            *quad = T::vec_dot_4(self.columns, a, b, c, d, input).into();
            row += 4;
        }
        for output in rest {
            *output = T::vec_dot(self.columns, self.weights(row), input);
            row += 1;
        }
    }
}

/// Block formats that are plain bytes: `repr(C)`, no padding, no pointers, any bits valid.
trait Plain: GgmlType<VecDotType: Send + Sync> + 'static {}
impl Plain for f32 {}
impl Plain for half::f16 {}
impl Plain for half::bf16 {}
impl Plain for BlockQ4_0 {}
impl Plain for BlockQ2K {}
impl Plain for BlockQ3K {}
impl Plain for BlockQ4K {}
impl Plain for BlockQ5K {}
impl Plain for BlockQ6K {}
impl Plain for BlockQ8K {}

#[allow(unsafe_code, reason = "candle's block formats are plain bytes, but no trait of its says so")]
fn from_bytes<T: Plain>(bytes: &[u8]) -> Vec<T> {
    let mut blocks = vec![T::zeros(); bytes.len() / size_of::<T>()];
    let bytes = &bytes[..size_of_val(blocks.as_slice())];
    // SAFETY: the destination is as long as the source, just allocated, and `Plain` types take
    // any bits.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), blocks.as_mut_ptr().cast::<u8>(), bytes.len());
    }
    blocks
}

/// A matrix from its tensor; `None` for a format that must be requantised first.
pub(super) fn matrix(tensor: &RawTensor) -> Option<Box<dyn Matrix>> {
    match tensor.dtype {
        GgmlDType::Q8_0 => Some(Shared::boxed(Eight::read(tensor))),
        GgmlDType::F32 => Some(Blocks::<f32>::boxed(tensor)),
        GgmlDType::F16 => Some(Blocks::<half::f16>::boxed(tensor)),
        GgmlDType::BF16 => Some(Blocks::<half::bf16>::boxed(tensor)),
        GgmlDType::Q4_0 => Some(Blocks::<BlockQ4_0>::boxed(tensor)),
        GgmlDType::Q2K => Some(Blocks::<BlockQ2K>::boxed(tensor)),
        GgmlDType::Q3K => Some(Blocks::<BlockQ3K>::boxed(tensor)),
        GgmlDType::Q4K => Some(Blocks::<BlockQ4K>::boxed(tensor)),
        GgmlDType::Q5K => Some(Blocks::<BlockQ5K>::boxed(tensor)),
        GgmlDType::Q6K => Some(Blocks::<BlockQ6K>::boxed(tensor)),
        GgmlDType::Q8K => Some(Blocks::<BlockQ8K>::boxed(tensor)),
        GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 | GgmlDType::Q8_1 => None,
    }
}
