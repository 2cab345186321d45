//! Weight matrices in candle's block formats, multiplied by candle's dot products.
//!
//! candle's own matrix product always runs on one thread pool of the whole process, sized by an
//! environment variable, whose threads spin while they wait. Here the rows are shared out over
//! the model's own pool instead, and a model of one thread uses no pool at all. Every output is
//! one dot product, so the number of threads does not change a single bit of the result.

use candle_core::quantized::{
    GgmlDType, GgmlType,
    k_quants::{BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4K, BlockQ5K, BlockQ6K, BlockQ8_0, BlockQ8K},
};
use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};

use crate::gguf::RawTensor;

/// Inputs multiplied by one row of weights while that row is in the nearest cache.
const TILE: usize = 16;
/// Rows below which sharing the work costs more than it saves.
const SHARE: usize = 64;

/// Where a product goes: rows of `stride` values, of which it fills those from `offset`.
pub(crate) struct Place {
    pub(crate) stride: usize,
    pub(crate) offset: usize,
}

/// A matrix of weights: `rows` outputs of `columns` inputs.
pub(crate) trait Matrix: Send + Sync {
    /// Writes one row as floats.
    fn row(&self, index: usize, into: &mut [f32]);
    /// Multiplies inputs of `columns` values each; must run inside the pool when `threads` > 1.
    fn multiply(&mut self, inputs: &[f32], outputs: &mut [f32], place: &Place, threads: usize);
}

struct Blocks<T: GgmlType> {
    weights: Vec<T>,
    rows: usize,
    columns: usize,
    /// Inputs in the format the dot product wants.
    inputs: Vec<T::VecDotType>,
}

impl<T: Plain> Blocks<T> {
    fn weights(&self, row: usize) -> &[T] {
        let length = self.columns / T::BLCK_SIZE;
        &self.weights[row * length..(row + 1) * length]
    }

    /// `outputs[i]` = row `first + i` · `input`.
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

    /// Every row times each of a few inputs.
    fn tile(&self, inputs: &[T::VecDotType], outputs: &mut [f32], place: &Place) {
        let length = inputs.len() / outputs.len().div_ceil(place.stride);
        for first in (0..self.rows).step_by(4) {
            let count = (self.rows - first).min(4);
            for (input, output) in inputs.chunks(length).zip(outputs.chunks_mut(place.stride)) {
                self.products(input, first, &mut output[place.offset + first..][..count]);
            }
        }
    }
}

impl<T: Plain> Matrix for Blocks<T> {
    fn row(&self, index: usize, into: &mut [f32]) {
        T::to_float(self.weights(index), into);
    }

    fn multiply(&mut self, inputs: &[f32], outputs: &mut [f32], place: &Place, threads: usize) {
        let count = inputs.len() / self.columns;
        let length = self.columns / <T::VecDotType as GgmlType>::BLCK_SIZE;
        let mut quantised = std::mem::take(&mut self.inputs);
        quantised.resize_with(count * length, T::VecDotType::zeros);
        for (values, blocks) in inputs.chunks(self.columns).zip(quantised.chunks_mut(length)) {
            T::VecDotType::from_float(values, blocks);
        }
        if count == 1 {
            let outputs = &mut outputs[place.offset..place.offset + self.rows];
            if threads > 1 && self.rows >= 2 * SHARE {
                let share = self.rows.div_ceil(4 * threads).max(SHARE).next_multiple_of(4);
                let shares = outputs.par_chunks_mut(share).enumerate();
                shares.for_each(|(index, outputs)| self.products(&quantised, index * share, outputs));
            } else {
                self.products(&quantised, 0, outputs);
            }
        } else if threads > 1 {
            let tile = count.div_ceil(2 * threads).clamp(1, TILE);
            let tiles = outputs.par_chunks_mut(tile * place.stride).enumerate();
            tiles.for_each(|(index, outputs)| {
                let inputs = &quantised[index * tile * length..((index + 1) * tile).min(count) * length];
                self.tile(inputs, outputs, place);
            });
        } else {
            let tiles = quantised.chunks(TILE * length).zip(outputs.chunks_mut(TILE * place.stride));
            tiles.for_each(|(inputs, outputs)| self.tile(inputs, outputs, place));
        }
        self.inputs = quantised;
    }
}

/// Block formats that are plain bytes: `repr(C)`, no padding, no pointers, any bits valid.
trait Plain: GgmlType<VecDotType: Send + Sync> + 'static {}
impl Plain for f32 {}
impl Plain for half::f16 {}
impl Plain for half::bf16 {}
impl Plain for BlockQ4_0 {}
impl Plain for BlockQ8_0 {}
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
pub(crate) fn matrix(tensor: &RawTensor) -> Option<Box<dyn Matrix>> {
    fn boxed<T: Plain>(tensor: &RawTensor) -> Box<dyn Matrix> {
        let columns = tensor.shape.last().copied().unwrap_or_default();
        let weights: Vec<T> = from_bytes(&tensor.bytes);
        let rows = weights.len() * T::BLCK_SIZE / columns.max(1);
        Box::new(Blocks { weights, rows, columns, inputs: Vec::new() })
    }
    match tensor.dtype {
        GgmlDType::F32 => Some(boxed::<f32>(tensor)),
        GgmlDType::F16 => Some(boxed::<half::f16>(tensor)),
        GgmlDType::BF16 => Some(boxed::<half::bf16>(tensor)),
        GgmlDType::Q4_0 => Some(boxed::<BlockQ4_0>(tensor)),
        GgmlDType::Q8_0 => Some(boxed::<BlockQ8_0>(tensor)),
        GgmlDType::Q2K => Some(boxed::<BlockQ2K>(tensor)),
        GgmlDType::Q3K => Some(boxed::<BlockQ3K>(tensor)),
        GgmlDType::Q4K => Some(boxed::<BlockQ4K>(tensor)),
        GgmlDType::Q5K => Some(boxed::<BlockQ5K>(tensor)),
        GgmlDType::Q6K => Some(boxed::<BlockQ6K>(tensor)),
        GgmlDType::Q8K => Some(boxed::<BlockQ8K>(tensor)),
        GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 | GgmlDType::Q8_1 => None,
    }
}
