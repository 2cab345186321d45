//! A set of allowed tokens, one bit each, in the layout engines share.

use crate::{
    TokenId,
    wire::{from_hex, to_hex},
};

/// Allowed tokens: bit `k % 32` of word `k / 32` is set when token `k` may come next.
/// The buffer is allocated once and keeps its address, so that an engine behind a foreign
/// interface can write straight into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    words: Box<[u32]>,
    tokens: usize,
}

impl Mask {
    /// A mask over `tokens` tokens that allows none.
    #[must_use]
    pub fn none(tokens: usize) -> Self {
        Self { words: vec![0; tokens.div_ceil(32)].into_boxed_slice(), tokens }
    }

    /// Tokens the mask speaks about.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The words, for an engine to fill. Bits past the last token must stay clear.
    pub fn words_mut(&mut self) -> &mut [u32] {
        &mut self.words
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Allows `token`, where the mask speaks about it.
    pub fn allow(&mut self, token: TokenId) {
        if (token as usize) < self.tokens
            && let Some(word) = self.words.get_mut(token as usize / 32)
        {
            *word |= 1 << (token % 32);
        }
    }

    /// Allows every token.
    pub fn allow_all(&mut self) {
        self.words.fill(u32::MAX);
        self.clear_tail();
    }

    /// Clears the bits past the last token, for engines that set them.
    pub fn clear_tail(&mut self) {
        let used = self.tokens % 32;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }

    /// Whether `token` may come next.
    #[must_use]
    pub fn allows(&self, token: TokenId) -> bool {
        let word = self.words.get(token as usize / 32).copied().unwrap_or_default();
        (token as usize) < self.tokens && word >> (token % 32) & 1 == 1
    }

    /// Whether no token may come next: a dead end.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many tokens may come next.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The words as little-endian bytes in hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        to_hex(&bytes)
    }

    /// The mask over `tokens` tokens that [`Mask::hex`] wrote.
    ///
    /// # Errors
    /// When `hex` is no such mask.
    pub fn from_hex(tokens: usize, hex: &str) -> Result<Self, &'static str> {
        let bytes = from_hex(hex).ok_or("mask is not hexadecimal")?;
        let mut mask = Self::none(tokens);
        let (words, rest) = bytes.as_chunks::<4>();
        if words.len() != mask.words.len() || !rest.is_empty() {
            return Err("mask does not fit its number of tokens");
        }
        for (word, bytes) in mask.words.iter_mut().zip(words) {
            *word = u32::from_le_bytes(*bytes);
        }
        mask.clear_tail();
        Ok(mask)
    }

    /// The allowed tokens, ascending.
    pub fn iter(&self) -> impl Iterator<Item = TokenId> + '_ {
        self.words.iter().zip(0_u32..).flat_map(|(word, index)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    index * 32 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn allows_exactly_its_tokens() {
        let mut mask = Mask::none(70);
        assert!(mask.is_empty());
        mask.allow_all();
        assert_eq!(mask.count(), 70);
        assert!(mask.allows(69) && !mask.allows(70) && !mask.allows(4_000));
        assert!(mask.iter().eq(0..70));
    }

    #[test]
    fn a_mask_is_read_as_it_was_written() {
        let mut mask = Mask::none(33);
        mask.words_mut().copy_from_slice(&[0x8000_0001, 1]);
        assert_eq!(mask.hex(), "0100008001000000");
        assert_eq!(Mask::from_hex(33, &mask.hex()), Ok(mask));
        assert_eq!(Mask::from_hex(33, "00000000"), Err("mask does not fit its number of tokens"));
        assert_eq!(Mask::from_hex(33, "0g"), Err("mask is not hexadecimal"));
        assert_eq!(Mask::from_hex(1, "ffffffff").unwrap().count(), 1);
    }

    #[test]
    fn allows_one_token_and_ignores_strangers() {
        let mut mask = Mask::none(70);
        mask.allow(69);
        mask.allow(70);
        assert!(mask.iter().eq([69]));
    }
}
