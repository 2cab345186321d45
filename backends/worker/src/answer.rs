//! The token loop: one request, one answer.

use std::{
    io::{self, Write},
    time::Instant,
};

use gonogo_core::{Nanos, Phase, Request};
use gonogo_engine::{CompileError, Engine, Mask, Matcher, StepError, TokenId, Unconstrained, Vocabulary};
use gonogo_protocol::{Compiled, Done, Failed, FailureClass, Finish, FromWorker, Text, TokenFrame};

use crate::{Channel, Draw, LanguageModel};

/// Why there is no `done` line.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Something that goes into a `failed` line.
    #[error("{}", .0.message)]
    Failed(Failed),
    /// Nobody reads any more.
    #[error("nobody reads the answer: {0}")]
    Unread(#[from] io::Error),
}

/// Answers `request`, read at `read`: tokenise, compile, first mask, prefill, then draw, accept,
/// forward and mask until something ends it. Writes the `compiled` line and a line a token. The
/// last line is left to the caller, because only the caller knows whether the loop panicked.
///
/// # Errors
/// [`NoAnswer`], with the line that says why.
pub fn answer<M: LanguageModel + ?Sized, W: Write>(
    channel: &Channel<W>,
    model: &mut M,
    engine: &mut dyn Engine,
    request: &Request,
    read: Instant,
) -> Result<Done, NoAnswer> {
    let began = channel.enter(Phase::FirstByte);
    let prompt = prompt(model, request)?;
    let tokenize = Nanos::from(began.elapsed());

    let began = channel.enter(Phase::Compile);
    let matcher = compile(engine, request)?;
    let compile = Nanos::from(began.elapsed());

    let vocabulary = model.vocabulary().clone();
    let budget = Budget {
        tokens: request.sampling.max_tokens,
        room: count(model.context().saturating_sub(prompt.len())),
    };
    let mask = Mask::none(vocabulary.tokens().len());
    let draw = Draw::new(&request.sampling);
    let mut decoding = Decoding { channel, matcher, mask, draw, vocabulary, read, sums: Step::default() };
    let first_mask = decoding.mask()?;

    let began = channel.enter(Phase::FirstByte);
    model.restart();
    let logits = model.forward(&prompt).map_err(|message| worker(Phase::FirstByte, message))?;
    let prefill = Nanos::from(began.elapsed());
    let prompt_tokens = count(prompt.len());
    let compiled = Compiled { prompt_tokens, tokenize, compile, first_mask, prefill };
    channel.send(&FromWorker::Compiled(compiled))?;

    // Borrowed again inside the loop: logits live in the model.
    let first = decoding.draw(logits, Step { mask: first_mask, ..Step::default() });
    decoding.run(model, first, budget)
}

/// The prompt's tokens, if they leave room for an answer.
fn prompt<M: LanguageModel + ?Sized>(model: &M, request: &Request) -> Result<Vec<TokenId>, NoAnswer> {
    let prompt = model.prompt(&request.messages).map_err(|message| worker(Phase::FirstByte, message))?;
    if prompt.len() < model.context() {
        return Ok(prompt);
    }
    let message = format!(
        "the prompt has {} tokens and the context holds {}; raise the context or shorten the prompt",
        prompt.len(),
        model.context()
    );
    Err(failed(Phase::FirstByte, FailureClass::PromptTooLong, message))
}

fn compile(engine: &mut dyn Engine, request: &Request) -> Result<Box<dyn Matcher>, NoAnswer> {
    let Some(constraint) = &request.constraint else { return Ok(Box::new(Unconstrained)) };
    engine.compile(constraint).map_err(|error| {
        let class = match error {
            CompileError::Rejected(_) => FailureClass::Rejected,
            CompileError::Failed(_) => FailureClass::Engine,
            CompileError::OutOfMemory(_) => FailureClass::OutOfMemory,
        };
        failed(Phase::Compile, class, error.to_string())
    })
}

/// What an answer may still cost.
#[derive(Debug, Clone, Copy)]
struct Budget {
    /// Tokens the request allows.
    tokens: u32,
    /// Tokens the context has room for.
    room: u32,
}

impl Budget {
    /// Why an answer of `emitted` tokens has to end, if it has to.
    fn spent(self, emitted: u32) -> Option<Finish> {
        if emitted >= self.tokens {
            Some(Finish::Length)
        } else if emitted >= self.room {
            Some(Finish::Context)
        } else {
            None
        }
    }
}

/// What one step of the loop cost, or all of them.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    forward: Nanos,
    mask: Nanos,
    sample: Nanos,
}

/// The state of one answer, apart from the model.
struct Decoding<'a, W> {
    channel: &'a Channel<W>,
    matcher: Box<dyn Matcher>,
    mask: Mask,
    draw: Draw,
    vocabulary: Vocabulary,
    read: Instant,
    sums: Step,
}

/// A drawn token, or none where the mask was empty, and what the step has cost so far.
type Drawn = (Option<TokenId>, Step);

impl<W: Write> Decoding<'_, W> {
    fn run<M: LanguageModel + ?Sized>(
        mut self,
        model: &mut M,
        first: Drawn,
        budget: Budget,
    ) -> Result<Done, NoAnswer> {
        let mut emitted = 0;
        let (mut token, mut step) = first;
        loop {
            if let Some(finish) = budget.spent(emitted) {
                return Ok(self.done(finish, emitted));
            }
            let Some(id) = token else { return Ok(self.done(Finish::DeadEnd, emitted)) };
            if self.vocabulary.is_end(id) {
                return Ok(self.done(Finish::Stop, emitted));
            }
            self.emit(id, step)?;
            emitted += 1;
            if let Some(finish) = budget.spent(emitted) {
                return Ok(self.done(finish, emitted));
            }
            (token, step) = self.step(model, id)?;
        }
    }

    /// Forward, mask, draw.
    fn step<M: LanguageModel + ?Sized>(&mut self, model: &mut M, token: TokenId) -> Result<Drawn, NoAnswer> {
        let began = self.channel.enter(Phase::Decode);
        let logits = model.forward(&[token]).map_err(|message| worker(Phase::Decode, message))?;
        let forward = Nanos::from(began.elapsed());
        let mask = self.mask()?;
        Ok(self.draw(logits, Step { forward, mask, ..Step::default() }))
    }

    /// Computes the mask and says what it cost.
    fn mask(&mut self) -> Result<Nanos, NoAnswer> {
        let began = self.channel.enter(Phase::Mask);
        self.matcher.fill(&mut self.mask).map_err(engine)?;
        Ok(Nanos::from(began.elapsed()))
    }

    fn draw(&mut self, logits: &[f32], step: Step) -> Drawn {
        let began = self.channel.enter(Phase::Decode);
        let token = self.draw.token(logits, &self.mask);
        let step = Step { sample: Nanos::from(began.elapsed()), ..step };
        // Counted here and not with the token, because an end token is drawn but never emitted.
        self.sums.forward = self.sums.forward + step.forward;
        self.sums.mask = self.sums.mask + step.mask;
        self.sums.sample = self.sums.sample + step.sample;
        (token, step)
    }

    /// Accepts the token and writes its line.
    fn emit(&mut self, id: TokenId, step: Step) -> Result<(), NoAnswer> {
        let began = self.channel.enter(Phase::Mask);
        self.matcher.accept(id).map_err(engine)?;
        let accept = Nanos::from(began.elapsed());
        self.sums.mask = self.sums.mask + accept;
        self.channel.enter(Phase::Decode);
        self.channel.send(&FromWorker::Token(TokenFrame {
            id,
            text: Text::new(self.vocabulary.text(id)),
            at: Nanos::from(self.read.elapsed()),
            forward: step.forward,
            mask: step.mask + accept,
            sample: step.sample,
        }))?;
        Ok(())
    }

    fn done(&self, finish: Finish, completion_tokens: u32) -> Done {
        let Step { forward, mask, sample } = self.sums;
        Done { finish, completion_tokens, at: Nanos::from(self.read.elapsed()), forward, mask, sample }
    }
}

fn failed(phase: Phase, class: FailureClass, message: String) -> NoAnswer {
    NoAnswer::Failed(Failed { phase, class, message })
}

fn worker(phase: Phase, message: String) -> NoAnswer {
    failed(phase, FailureClass::Worker, message)
}

fn engine(error: StepError) -> NoAnswer {
    let class = match error {
        StepError::Refused(_) | StepError::Failed(_) => FailureClass::Engine,
        StepError::OutOfMemory(_) => FailureClass::OutOfMemory,
    };
    failed(Phase::Mask, class, error.to_string())
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
