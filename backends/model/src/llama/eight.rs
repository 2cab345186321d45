//! Q8_0 blocks: 32 whole numbers of 8 bits and the scale that makes them values.
//!
//! This is the format most models run in here, so it has a dot product of its own. candle's
//! converts two 16-bit scales by a function call in every block, which takes longer than the 32
//! products between them; and it rounds the inputs to 8 bits too, which moves the probabilities
//! of a small model more than the rounding of its weights does. Here inputs have 16 bits.

use pulp::Arch;

use super::matrix::Format;
use crate::gguf::RawTensor;

/// Values per block.
const SIZE: usize = 32;
/// Bytes per block in a file: a 16-bit scale and the numbers.
const STORED: usize = 2 + SIZE;

/// 32 weights: `scale · numbers[i]`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Block {
    scale: f32,
    numbers: [i8; SIZE],
}

const ZERO: Block = Block { scale: 0.0, numbers: [0; SIZE] };

/// 32 values of an input: `scale · numbers[i]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fine {
    scale: f32,
    numbers: [i16; SIZE],
}

/// Blocks of four rows at the same place: they are read one after the other, so the whole
/// matrix streams from memory in one piece.
type Quad = [Block; 4];

/// Rows of Q8_0 blocks, four by four; the last quads are filled up with zeros.
pub(super) struct Eight {
    quads: Vec<Quad>,
    rows: usize,
    /// Blocks per row.
    length: usize,
    arch: Arch,
}

impl Eight {
    /// Reads the blocks of a Q8_0 tensor.
    pub(super) fn read(tensor: &RawTensor) -> Self {
        let (stored, _) = tensor.bytes.as_chunks::<STORED>();
        let length = (tensor.shape.last().copied().unwrap_or_default() / SIZE).max(1);
        let rows = stored.len() / length;
        let mut quads = vec![[ZERO; 4]; rows.div_ceil(4) * length];
        for (row, stored) in stored.chunks_exact(length).enumerate() {
            let quads = quads[row / 4 * length..].iter_mut();
            for (stored, quad) in stored.iter().zip(quads) {
                quad[row % 4] = Block {
                    scale: half::f16::from_le_bytes([stored[0], stored[1]]).to_f32(),
                    numbers: std::array::from_fn(|index| stored[2 + index].cast_signed()),
                };
            }
        }
        Self { quads, rows, length, arch: Arch::new() }
    }

    /// The quads of rows `4 · index` to `4 · index + 3`.
    fn quads(&self, index: usize) -> &[Quad] {
        &self.quads[index * self.length..(index + 1) * self.length]
    }
}

impl Format for Eight {
    type Input = Fine;

    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.length * SIZE
    }

    fn row(&self, index: usize, into: &mut [f32]) {
        for (quad, into) in self.quads(index / 4).iter().zip(into.as_chunks_mut::<SIZE>().0) {
            let block = quad[index % 4];
            *into = block.numbers.map(|number| f32::from(number) * block.scale);
        }
    }

    fn prepare(&self, values: &[f32], into: &mut Vec<Fine>) {
        self.arch.dispatch(
            #[inline(always)]
            || into.extend(values.as_chunks::<SIZE>().0.iter().map(quantise)),
        );
    }

    fn products(&self, input: &[Fine], first: usize, outputs: &mut [f32]) {
        let quads = outputs.chunks_mut(4).zip(first / 4..);
        #[cfg(target_arch = "x86_64")]
        if let Arch::V3(simd) = self.arch {
            return simd.vectorize(
                #[inline(always)]
                || {
                    for (outputs, index) in quads {
                        let products = x86::dots(simd, self.quads(index), input);
                        outputs.copy_from_slice(&products[..outputs.len()]);
                    }
                },
            );
        }
        self.arch.dispatch(
            #[inline(always)]
            || {
                for (outputs, index) in quads {
                    let products = dots(self.quads(index), input);
                    outputs.copy_from_slice(&products[..outputs.len()]);
                }
            },
        );
    }
}

/// The nearest whole numbers on a scale whose 32767 is the block's largest magnitude.
#[inline(always)]
fn quantise(values: &[f32; SIZE]) -> Fine {
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return Fine { scale: 0.0, numbers: [0; SIZE] };
    }
    let scale = largest / 32_767.0;
    // Adding 1.5·2²³ leaves the nearest whole number in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    Fine { scale, numbers: values.map(|value| (value / scale + ROUND).to_bits() as i16) }
}

/// Four rows times one input, on any machine: Σ over blocks of `scale · scale · Σ number · number`.
#[inline(always)]
fn dots(quads: &[Quad], input: &[Fine]) -> [f32; 4] {
    let mut sums = [0.0; 4];
    for (quad, input) in quads.iter().zip(input) {
        for (sum, block) in sums.iter_mut().zip(quad) {
            let numbers = block.numbers.iter().zip(&input.numbers);
            // 32 products of 8 and 16 bits fit into 28.
            let whole = numbers.fold(0_i32, |sum, (a, b)| sum.wrapping_add(i32::from(*a) * i32::from(*b)));
            let whole = whole as f32;
            *sum += block.scale * input.scale * whole;
        }
    }
    sums
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The same with AVX2: exact in whole numbers, eight float sums per row.

    use std::arch::x86_64::{__m128i, __m256, __m256i};

    use pulp::{cast, x86::V3};

    use super::{Fine, Quad};

    /// Four rows times one input.
    #[inline(always)]
    pub(super) fn dots(simd: V3, quads: &[Quad], input: &[Fine]) -> [f32; 4] {
        let mut sums: [__m256; 4] = [simd.avx._mm256_setzero_ps(); 4];
        for (quad, input) in quads.iter().zip(input) {
            let [low, high]: [__m256i; 2] = cast(input.numbers);
            let scale = simd.avx._mm256_set1_ps(input.scale);
            for (sum, block) in sums.iter_mut().zip(quad) {
                let halves: [__m128i; 2] = cast(block.numbers);
                let [left, right] = halves.map(|half| simd.avx2._mm256_cvtepi8_epi16(half));
                let left = simd.avx2._mm256_madd_epi16(left, low);
                let right = simd.avx2._mm256_madd_epi16(right, high);
                let whole = simd.avx._mm256_cvtepi32_ps(simd.avx2._mm256_add_epi32(left, right));
                let scale = simd.avx._mm256_mul_ps(scale, simd.avx._mm256_set1_ps(block.scale));
                *sum = simd.fma._mm256_fmadd_ps(scale, whole, *sum);
            }
        }
        sums.map(|lanes| {
            let lanes: [f32; 8] = cast(lanes);
            let [a, b, c, d] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 4]);
            (a + c) + (b + d)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Eight, Fine, Format, SIZE, dots, quantise};
    use crate::gguf::RawTensor;
    use candle_core::quantized::GgmlDType;

    /// Numbers from -128 to 127 and scales of both signs, in no order.
    fn tensor(rows: usize, length: usize) -> RawTensor {
        let mut state = 12_345_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        };
        let mut bytes = Vec::new();
        for _ in 0..rows * length {
            let scale = half::f16::from_f32(f32::from(byte()) / 256.0 - 0.5);
            bytes.extend(scale.to_le_bytes());
            bytes.extend((0..SIZE).map(|_| byte()));
        }
        RawTensor { dtype: GgmlDType::Q8_0, shape: vec![rows, length * SIZE], bytes }
    }

    #[test]
    fn products_are_those_of_the_values() {
        let (rows, length) = (11, 18);
        let weights = Eight::read(&tensor(rows, length));
        let values: Vec<f32> = (0..length * SIZE).map(|index| (index as f32 * 0.37).sin()).collect();
        let mut input = Vec::new();
        weights.prepare(&values, &mut input);
        let mut outputs = vec![0.0; rows - 4];
        weights.products(&input, 4, &mut outputs);
        for (row, output) in (4..).zip(outputs) {
            let mut floats = vec![0.0; length * SIZE];
            weights.row(row, &mut floats);
            let exact = |input: &[Fine]| -> f64 {
                let values = input.iter().flat_map(|b| b.numbers.map(|n| f64::from(n) * f64::from(b.scale)));
                values.zip(&floats).map(|(a, b)| a * f64::from(*b)).sum()
            };
            let expected = exact(&input);
            assert!((f64::from(output) - expected).abs() < 2e-3, "row {row}: {output} for {expected}");
            let portable = dots(weights.quads(row / 4), &input)[row % 4];
            assert!((f64::from(portable) - expected).abs() < 2e-3, "row {row}: {portable} for {expected}");
        }
    }

    #[test]
    fn blocks_are_read_as_candle_reads_them() {
        let tensor = tensor(3, 2);
        let storage = tensor.dtype.from_data(tensor.bytes.as_slice().into());
        let candle_core::CpuStorage::F32(expected) = storage.dequantize(3 * 64).unwrap() else { panic!() };
        let weights = Eight::read(&tensor);
        assert_eq!((weights.rows(), weights.columns()), (3, 64));
        let mut row = [0.0; 64];
        for index in 0..3 {
            weights.row(index, &mut row);
            assert_eq!(row, expected[index * 64..(index + 1) * 64]);
        }
    }

    #[test]
    fn a_block_is_off_by_half_a_step_at_most() {
        let values: [f32; SIZE] = std::array::from_fn(|index| (index as f32 * 1.7).cos() * 3.0);
        let block = quantise(&values);
        for (value, number) in values.iter().zip(block.numbers) {
            assert!((value - f32::from(number) * block.scale).abs() <= block.scale * 0.51);
        }
        assert_eq!(block.numbers[0], 32_767);
        assert_eq!(quantise(&[0.0; SIZE]).numbers, [0; SIZE]);
        assert_eq!(quantise(&[-2.0; SIZE]).numbers, [-32_767; SIZE]);
    }
}
