//! From captured lines to an answer: pure, so that a stored run can be read again.

use gonogo_core::{Frame, Nanos, Timings, Tokens};
use thiserror::Error;

use crate::{Compiled, Done, Failed, FromWorker, TokenFrame};

/// What a worker's lines amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer's bytes.
    pub text: Vec<u8>,
    /// How the lines end.
    pub ending: Ending,
    /// Durations; `total` is left at zero, because the lines do not know it.
    pub timings: Timings,
    /// Counts.
    pub tokens: Tokens,
}

/// How a worker's lines end.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The worker said that the answer is over.
    Done(Done),
    /// The worker said that there will be none.
    Failed(Failed),
    /// The lines just stop.
    Cut,
}

/// A line that is not of the protocol.
#[derive(Debug, Error)]
#[error("line {line} of the answer is not a frame: {source}")]
pub struct DecodeError {
    /// From 1.
    pub line: usize,
    /// What the parser said.
    pub source: serde_json::Error,
}

/// Reads the frames of one attempt.
///
/// # Errors
/// [`DecodeError`] at the first line that is not a frame of the protocol.
pub fn decode(frames: &[Frame]) -> Result<Answer, DecodeError> {
    let mut reading = Reading::default();
    for (index, frame) in frames.iter().enumerate() {
        let line: FromWorker = serde_json::from_slice(frame.bytes())
            .map_err(|source| DecodeError { line: index + 1, source })?;
        reading.take(line);
    }
    Ok(reading.finish())
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    text: Vec<u8>,
    compiled: Option<Compiled>,
    tokens: Vec<TokenFrame>,
    ending: Option<Ending>,
}

impl Reading {
    fn take(&mut self, line: FromWorker) {
        match line {
            FromWorker::Ready(_) | FromWorker::Heartbeat(_) => {}
            FromWorker::Compiled(compiled) => self.compiled = Some(compiled),
            FromWorker::Token(token) => {
                self.text.extend_from_slice(token.text.bytes());
                self.tokens.push(token);
            }
            FromWorker::Done(done) => self.ending = Some(Ending::Done(done)),
            FromWorker::Failed(failed) => self.ending = Some(Ending::Failed(failed)),
        }
    }

    fn finish(self) -> Answer {
        let tokens = Tokens {
            prompt: self.compiled.map(|compiled| compiled.prompt_tokens),
            completion: u32::try_from(self.tokens.len()).ok(),
        };
        let timings = self.timings();
        Answer { text: self.text, ending: self.ending.unwrap_or(Ending::Cut), timings, tokens }
    }

    fn timings(&self) -> Timings {
        let sum = |part: fn(&TokenFrame) -> Nanos| self.tokens.iter().map(part).sum::<Nanos>();
        let (forward, mask, sample) = match &self.ending {
            Some(Ending::Done(done)) => (done.forward, done.mask, done.sample),
            Some(Ending::Failed(_) | Ending::Cut) | None => {
                (sum(|t| t.forward), sum(|t| t.mask), sum(|t| t.sample))
            }
        };
        let any = !self.tokens.is_empty();
        let mut timings = Timings {
            // The worker's clock: a line's arrival is only as sharp as the reader looks.
            ttft: self.tokens.first().map(|token| token.at),
            compile: self.compiled.map(|compiled| compiled.compile),
            first_mask: self.compiled.map(|compiled| compiled.first_mask),
            prefill: self.compiled.map(|compiled| compiled.prefill),
            forward: any.then_some(forward),
            mask: any.then_some(mask),
            mask_max: self.tokens.iter().map(|token| token.mask).max(),
            sample: any.then_some(sample),
            overhead: self.overhead(forward + mask + sample),
            ..Timings::default()
        };
        timings.set_inter_token(&self.tokens.iter().map(|token| token.at).collect::<Vec<_>>());
        timings
    }

    /// What the worker spent outside tokenising, compile, prefill, forward, mask and sample.
    fn overhead(&self, measured: Nanos) -> Option<Nanos> {
        let Some(Ending::Done(done)) = &self.ending else { return None };
        let compiled = self.compiled?;
        // `first_mask` is part of `mask`, so it is not added again.
        let before = compiled.tokenize + compiled.compile + compiled.prefill;
        Some(done.at.saturating_sub(before + measured))
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Frame, Nanos};

    use super::{Ending, decode};

    fn frames(lines: &[&str]) -> Vec<Frame> {
        lines
            .iter()
            .zip(1_u64..)
            .map(|(line, n)| Frame::new(Nanos(n * 1_000), line.as_bytes().to_vec()))
            .collect()
    }

    const COMPILED: &str = r#"{"compiled":{"prompt_tokens":5,"compile":10,"first_mask":2,"prefill":100}}"#;

    #[test]
    fn text_split_inside_a_character_is_joined() {
        let answer = decode(&frames(&[
            COMPILED,
            r#"{"token":{"id":1,"raw":[195],"at":150,"forward":0,"mask":2,"sample":1}}"#,
            r#"{"token":{"id":2,"raw":[169],"at":170,"forward":10,"mask":3,"sample":1}}"#,
            r#"{"done":{"finish":"stop","completion_tokens":2,"at":200,"forward":20,"mask":6,"sample":3}}"#,
        ]))
        .unwrap();
        assert_eq!(answer.text, "é".as_bytes());
        assert!(matches!(answer.ending, Ending::Done(_)));
        assert_eq!(answer.timings.ttft, Some(Nanos(150)));
        assert_eq!(answer.timings.itl_p50, Some(Nanos(20)));
        assert_eq!(answer.timings.overhead, Some(Nanos(200 - 10 - 100 - 20 - 6 - 3)));
        assert_eq!(answer.tokens.completion, Some(2));
    }

    #[test]
    fn lines_that_stop_are_cut_and_strange_lines_are_named() {
        assert_eq!(decode(&frames(&[COMPILED])).unwrap().ending, Ending::Cut);
        let error = decode(&frames(&[COMPILED, "Segmentation fault"])).unwrap_err();
        assert_eq!(error.line, 2);
    }
}
