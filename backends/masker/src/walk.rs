//! Leading a matcher along given tokens: the loop everything is measured in.

use std::{io::Write, time::Instant};

use gonogo_engine::{Mask, Matcher, StepError, TokenId, TokenKind, Vocabulary};
use gonogo_protocol::masks::{Allowed, MaskFailure, MaskPhase, WalkEnd};

use crate::{Channel, conversation::count, refusal, timer::nanos};

/// What one walk found.
pub(crate) struct Found {
    pub(crate) end: WalkEnd,
    pub(crate) masks: Vec<u64>,
    pub(crate) accepts: Vec<u64>,
    pub(crate) may_end: Vec<u32>,
    pub(crate) control: Option<Allowed>,
    pub(crate) sums: Vec<u32>,
}

/// What every walk of a conversation shares.
pub(crate) struct Walker<'a, W> {
    channel: &'a Channel<W>,
    vocabulary: Vocabulary,
    /// Words of a mask that hold control tokens that end nothing, with those tokens' bits.
    control: Vec<(usize, u32)>,
    mask: Mask,
}

impl<'a, W: Write> Walker<'a, W> {
    pub(crate) fn new(channel: &'a Channel<W>, vocabulary: Vocabulary) -> Self {
        let mask = Mask::none(vocabulary.tokens().len());
        Self { channel, control: control_words(&vocabulary), mask, vocabulary }
    }

    pub(crate) fn channel(&self) -> &'a Channel<W> {
        self.channel
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Fills the mask of the coming token, without a clock.
    pub(crate) fn fill(&mut self, matcher: &mut dyn Matcher) -> Result<&Mask, StepError> {
        self.channel.enter(MaskPhase::Mask);
        matcher.fill(&mut self.mask)?;
        Ok(&self.mask)
    }

    /// Fills the mask of the coming token and says what that took, nanoseconds.
    pub(crate) fn timed_fill(&mut self, matcher: &mut dyn Matcher) -> Result<u64, StepError> {
        let began = Instant::now();
        let filled = matcher.fill(&mut self.mask);
        let ended = Instant::now();
        filled.map(|()| nanos(began, ended))
    }

    /// Leads `matcher` along `tokens`. `first` is what the first mask took, where it is there already.
    ///
    /// Between two readings of the clock there is one call of the engine and nothing else; the pulse,
    /// the bits and the sums are looked at in between.
    pub(crate) fn walk(
        &mut self,
        matcher: &mut dyn Matcher,
        tokens: &[TokenId],
        first: Option<u64>,
        sums: bool,
    ) -> Found {
        let room = tokens.len() + 1;
        let mut found = Found {
            end: WalkEnd::Through,
            masks: Vec::with_capacity(room),
            accepts: Vec::with_capacity(tokens.len()),
            may_end: Vec::new(),
            control: None,
            sums: Vec::with_capacity(if sums { room } else { 0 }),
        };
        let mut filled = first;
        let mut since = Instant::now();
        for at in 0..room {
            self.channel.enter_at(MaskPhase::Mask, since);
            let took = match filled.take().map_or_else(|| self.timed_fill(matcher), Ok) {
                Ok(took) => took,
                Err(error) => {
                    found.end = failed(at, &error);
                    break;
                }
            };
            found.masks.push(took);
            self.look(at, sums, &mut found);
            let Some(token) = tokens.get(at) else { break };
            if !self.mask.allows(*token) {
                found.end = WalkEnd::Refused { at: count(at), allowed: self.mask.count() };
                break;
            }
            let began = Instant::now();
            let accepted = matcher.accept(*token);
            since = Instant::now();
            if let Err(error) = accepted {
                found.end = failed(at, &error);
                break;
            }
            found.accepts.push(nanos(began, since));
        }
        found
    }

    /// Notes what the mask before token `at` says apart from that token.
    fn look(&self, at: usize, sums: bool, found: &mut Found) {
        if self.vocabulary.end().iter().any(|end| self.mask.allows(*end)) {
            found.may_end.push(count(at));
        }
        if found.control.is_none()
            && let Some(token) = self.control_token()
        {
            found.control = Some(Allowed { at: count(at), token });
        }
        if sums {
            found.sums.push(sum(&self.mask));
        }
    }

    /// The first control token that the mask allows and that ends nothing.
    fn control_token(&self) -> Option<TokenId> {
        let words = self.mask.words();
        self.control.iter().find_map(|(index, bits)| {
            let allowed = words.get(*index)? & bits;
            (allowed != 0).then(|| count(*index) * 32 + allowed.trailing_zeros())
        })
    }
}

/// An error at one step. That a token of the mask is refused is the engine's error too.
fn failed(at: usize, error: &StepError) -> WalkEnd {
    let message = match error {
        StepError::Refused(token) => format!("its mask allows token {token}, and it refuses it"),
        StepError::Failed(_) | StepError::OutOfMemory(_) => error.to_string(),
    };
    let class: MaskFailure = refusal::class_of_step(error);
    WalkEnd::Failed { at: count(at), class, message }
}

fn control_words(vocabulary: &Vocabulary) -> Vec<(usize, u32)> {
    let mut words: Vec<(usize, u32)> = Vec::new();
    for (id, token) in (0_u32..).zip(vocabulary.tokens()) {
        if token.kind == TokenKind::Control && !vocabulary.is_end(id) {
            let (index, bit) = (id as usize / 32, 1 << (id % 32));
            match words.last_mut() {
                Some((last, bits)) if *last == index => *bits |= bit,
                _ => words.push((index, bit)),
            }
        }
    }
    words
}

/// CRC-32 of the mask's words as little-endian bytes.
fn sum(mask: &Mask) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut bytes = [0; 4096];
    for words in mask.words().chunks(bytes.len() / 4) {
        let (room, _) = bytes.as_chunks_mut::<4>();
        for (room, word) in room.iter_mut().zip(words) {
            *room = word.to_le_bytes();
        }
        hasher.update(bytes.get(..4 * words.len()).unwrap_or_default());
    }
    hasher.finalize()
}
