//! The walk against a slow one that is plain to see, with an engine that follows a script.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::hash::{DefaultHasher, Hash, Hasher};

use gonogo_core::Constraint;
use gonogo_engine::{
    CompileError, Engine, Identity, Mask, Matcher, StepError, Token, TokenId, TokenKind, Vocabulary,
};
use gonogo_protocol::masks::{Allowed, FromMasker, Hello, MaskFailure, WalkEnd};
use proptest::prelude::*;
use serde_json::Value;
use support::{conversation, hello, trial, walked};

/// Not a multiple of 32, so that the last word is not full.
const TOKENS: u32 = 77;

/// What the scripted engine does behind a prefix, all of it decided by a number.
#[derive(Debug, Clone, Copy)]
struct Script {
    seed: u64,
    can_go_back: bool,
}

/// What may go wrong at one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    Fill,
    Accept,
}

impl Script {
    fn chance(self, prefix: &[TokenId], what: u64, of: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.seed, prefix, what).hash(&mut hasher);
        hasher.finish().is_multiple_of(of)
    }

    /// Most tokens are allowed; now and then only a few are, or none.
    fn allows(self, prefix: &[TokenId], token: TokenId) -> bool {
        let narrow = self.chance(prefix, 1_000, 6);
        let empty = self.chance(prefix, 1_001, 40);
        let this = self.chance(prefix, u64::from(token), if narrow { 5 } else { 12 });
        !empty && this == narrow
    }

    fn mishap(self, prefix: &[TokenId]) -> Option<Mishap> {
        let fill = self.chance(prefix, 1_002, 50).then_some(Mishap::Fill);
        fill.or_else(|| self.chance(prefix, 1_003, 50).then_some(Mishap::Accept))
    }
}

struct Scripted {
    script: Script,
}

impl Engine for Scripted {
    fn identity(&self) -> Identity {
        Identity { name: "scripted".into(), version: "1".into() }
    }

    fn compile(&mut self, _: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        Ok(Box::new(ScriptedMatcher { script: self.script, prefix: Vec::new() }))
    }
}

struct ScriptedMatcher {
    script: Script,
    prefix: Vec<TokenId>,
}

impl Matcher for ScriptedMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        if self.script.mishap(&self.prefix) == Some(Mishap::Fill) {
            return Err(StepError::Failed("fill".into()));
        }
        mask.words_mut().fill(0);
        (0..TOKENS)
            .filter(|token| self.script.allows(&self.prefix, *token))
            .for_each(|token| mask.allow(token));
        Ok(())
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        if self.script.mishap(&self.prefix) == Some(Mishap::Accept) {
            return Err(StepError::OutOfMemory("accept".into()));
        }
        self.prefix.push(token);
        Ok(())
    }

    fn reset(&mut self) -> bool {
        self.prefix.clear();
        self.script.can_go_back
    }
}

/// What a walk must say, apart from its clocks.
#[derive(Debug, PartialEq)]
struct Said {
    end: WalkEnd,
    masks: usize,
    accepts: usize,
    may_end: Vec<u32>,
    control: Option<Allowed>,
    sums: Vec<u32>,
}

fn expected(script: Script, kinds: &[(TokenKind, bool)], walk: &[TokenId]) -> Said {
    let mut said =
        Said { end: WalkEnd::Through, masks: 0, accepts: 0, may_end: vec![], control: None, sums: vec![] };
    let failed = |at, class, message: &str| WalkEnd::Failed { at, class, message: message.into() };
    for at in 0..=u32::try_from(walk.len()).unwrap() {
        let prefix = &walk[..at as usize];
        let mishap = script.mishap(prefix);
        if mishap == Some(Mishap::Fill) {
            said.end = failed(at, MaskFailure::Engine, "fill");
            return said;
        }
        said.masks += 1;
        let allowed: Vec<bool> = (0..TOKENS).map(|token| script.allows(prefix, token)).collect();
        let is = |token: u32, kind: TokenKind, end: bool| {
            allowed[token as usize] && kinds[token as usize] == (kind, end)
        };
        if (0..TOKENS).any(|token| is(token, TokenKind::Text, true) || is(token, TokenKind::Control, true)) {
            said.may_end.push(at);
        }
        let control = (0..TOKENS).find(|token| is(*token, TokenKind::Control, false));
        said.control = said.control.or(control.map(|token| Allowed { at, token }));
        said.sums.push(crc_32(&allowed));
        let Some(token) = walk.get(at as usize) else { return said };
        if !allowed.get(*token as usize).copied().unwrap_or_default() {
            let allowed = u32::try_from(allowed.iter().filter(|allowed| **allowed).count()).unwrap();
            said.end = WalkEnd::Refused { at, allowed };
            return said;
        }
        if mishap == Some(Mishap::Accept) {
            said.end = failed(at, MaskFailure::OutOfMemory, "accept");
            return said;
        }
        said.accepts += 1;
    }
    said
}

/// CRC-32 as in zip files, bit by bit, over the mask's words as little-endian bytes.
fn crc_32(allowed: &[bool]) -> u32 {
    let words = allowed.chunks(32).map(|bits| {
        bits.iter().enumerate().fold(0_u32, |word, (index, bit)| word | u32::from(*bit) << index)
    });
    let mut crc = u32::MAX;
    for byte in words.flat_map(u32::to_le_bytes) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn vocabulary(kinds: &[(TokenKind, bool)]) -> Vocabulary {
    let tokens = kinds.iter().map(|(kind, _)| Token { bytes: b"t".to_vec(), kind: *kind }).collect();
    let end = (0..).zip(kinds).filter(|(_, (_, end))| *end).map(|(token, _)| token).collect();
    Vocabulary::without_tokenizer(tokens, end)
}

fn kinds() -> impl Strategy<Value = Vec<(TokenKind, bool)>> {
    let one =
        (prop_oneof![8 => Just(TokenKind::Text), 1 => Just(TokenKind::Control)], prop::bool::weighted(0.04));
    prop::collection::vec(one, TOKENS as usize)
}

proptest! {
    #[test]
    fn a_walk_says_what_a_slow_one_says(
        seed in any::<u64>(),
        can_go_back in any::<bool>(),
        kinds in kinds(),
        walks in prop::collection::vec(prop::collection::vec(0..TOKENS + 2, 0..12), 0..5),
    ) {
        let script = Script { seed, can_go_back };
        let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> {
            Ok(Box::new(Scripted { script }))
        };
        let constraint = Constraint::Regex("scripted".into());
        let lines = [hello("scripted", &Value::Null, None), trial(&constraint, walks.clone())];
        let lines = lines.map(|line| serde_json::to_string(&line).unwrap());
        let said = conversation(vocabulary(&kinds), &open, &lines);
        let said: Vec<FromMasker> = said.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        if script.mishap(&[]) == Some(Mishap::Fill) {
            // Without a first mask there is nothing to say of any walk.
            prop_assert!(matches!(said.as_slice(), [FromMasker::Ready(_), FromMasker::Failed(_)]), "{said:?}");
            return Ok(());
        }
        let found: Vec<_> = said.iter().filter_map(walked).collect();
        prop_assert_eq!(found.len(), walks.len());
        for (index, (walk, found)) in walks.iter().zip(&found).enumerate() {
            let said = Said {
                end: found.end.clone(),
                masks: found.masks.len(),
                accepts: found.accepts.len(),
                may_end: found.may_end.clone(),
                control: found.control,
                sums: found.sums.clone(),
            };
            prop_assert_eq!(said, expected(script, &kinds, walk));
            prop_assert_eq!(found.reset.is_some(), index > 0 && can_go_back);
        }
    }
}
