//! The conversation: hello, then one line after the other.

use std::{
    any::Any,
    collections::BTreeMap,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use gonogo_core::Nanos;
use gonogo_engine::{Engine, EngineOptions, Matcher, StepError, TokenId, Vocabulary};
use gonogo_host::panic_words;
use gonogo_protocol::masks::{
    Failed, FromMasker, Hello, Look, MaskFailure, MaskPhase, Ready, Seen, ToMasker, VERSION,
};

use crate::{Channel, Faulty, draw, empty_interval, refusal, trial, walk::Walker};

/// Builds the engine: once after the vocabulary is loaded, and again should it ever panic.
pub type Open<'a> = &'a dyn Fn(&Vocabulary, &Hello) -> Result<Box<dyn Engine>, String>;

/// Why a line has no answer of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// Something that goes into a `failed` line.
    #[error("{}", .0.message)]
    Failed(Failed),
    /// Nobody reads any more.
    #[error("nobody reads the answer: {0}")]
    Unread(#[from] io::Error),
}

/// Holds one conversation: answers `lines` on `channel` until there are no more.
///
/// # Errors
/// When `load` or `open` fails, the first line is not a hello, or nobody reads the answers; the
/// reason has been written as a `failed` line where somebody still reads.
pub fn converse<W: Write>(
    lines: impl IntoIterator<Item = String>,
    channel: &Channel<W>,
    open: Open<'_>,
    load: impl FnOnce(&Hello) -> Result<Vocabulary, String>,
) -> anyhow::Result<()> {
    let mut lines = lines.into_iter();
    let Some(first) = lines.next() else { return Ok(()) };
    let began = channel.enter(MaskPhase::Load);
    let opened = hello(&first).and_then(|hello| {
        let vocabulary = load(&hello)?;
        let engine = open_engine(open, &vocabulary, &hello)?;
        Ok(Desk { walker: Walker::new(channel, vocabulary), engine, open, hello })
    });
    let mut desk = match opened {
        Ok(desk) => desk,
        Err(message) => {
            let failed = refusal::of_worker(MaskPhase::Load, message.clone());
            channel.finish(&FromMasker::Failed(failed))?;
            anyhow::bail!(message);
        }
    };
    channel.finish(&FromMasker::Ready(desk.ready(began)))?;
    for line in lines {
        desk.take(&line)?;
    }
    Ok(())
}

fn hello(line: &str) -> Result<Hello, String> {
    match serde_json::from_str(line) {
        Ok(ToMasker::Hello(hello)) if hello.protocol == VERSION => Ok(hello),
        Ok(ToMasker::Hello(hello)) => Err(format!(
            "this worker speaks version {VERSION} of the mask protocol and not {}; build harness and worker \
             from one revision",
            hello.protocol
        )),
        Ok(ToMasker::Trial(_) | ToMasker::Look(_) | ToMasker::Draw(_)) => {
            Err("the first line is not a hello".into())
        }
        Err(error) => Err(format!("the first line is not a hello: {error}")),
    }
}

/// Opens the engine that was asked for and no other.
fn open_engine(open: Open<'_>, vocabulary: &Vocabulary, hello: &Hello) -> Result<Box<dyn Engine>, String> {
    let engine = open(vocabulary, hello)?;
    let name = engine.identity().name;
    if name != hello.engine {
        return Err(format!("this worker brings the engine `{name}` and was asked for `{}`", hello.engine));
    }
    Ok(match &hello.fault {
        Some(fault) => Box::new(Faulty::new(engine, fault.clone())),
        None => engine,
    })
}

/// Everything one conversation needs.
struct Desk<'a, W> {
    walker: Walker<'a, W>,
    engine: Box<dyn Engine>,
    open: Open<'a>,
    hello: Hello,
}

impl<W: Write> Desk<'_, W> {
    fn ready(&self, began: Instant) -> Ready {
        let load = Nanos::from(began.elapsed());
        let identity = self.engine.identity();
        Ready {
            protocol: VERSION,
            engine: identity.name,
            engine_version: identity.version,
            facts: self.facts(),
            load,
            timer: empty_interval(),
        }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        let vocabulary = self.walker.vocabulary();
        let end: Vec<String> = vocabulary.end().iter().map(TokenId::to_string).collect();
        let mut facts = gonogo_host::build_facts();
        facts.extend(EngineOptions::facts(&self.hello.options));
        facts.insert("vocabulary.tokens".into(), vocabulary.tokens().len().to_string());
        facts.insert("vocabulary.end".into(), end.join(" "));
        facts.extend(self.engine.facts());
        facts
    }

    /// Answers one line.
    fn take(&mut self, line: &str) -> anyhow::Result<()> {
        let asked = match serde_json::from_str(line) {
            Ok(asked) => asked,
            Err(error) => return self.misunderstood(format!("not a line of the mask protocol: {error}")),
        };
        let answered = catch_unwind(AssertUnwindSafe(|| match &asked {
            ToMasker::Hello(_) => {
                let message = "a second hello; start another worker for another arm".to_owned();
                Err(NoAnswer::Failed(refusal::of_worker(MaskPhase::Load, message)))
            }
            ToMasker::Trial(trial) => trial::answer(&mut self.walker, self.engine.as_mut(), trial),
            ToMasker::Look(look) => see(&mut self.walker, self.engine.as_mut(), look),
            ToMasker::Draw(draw) => draw::answer(&mut self.walker, self.engine.as_mut(), draw),
        }));
        let channel = self.walker.channel();
        match answered {
            Ok(Ok(last)) => channel.finish(&last)?,
            Ok(Err(NoAnswer::Failed(failed))) => channel.finish(&FromMasker::Failed(failed))?,
            Ok(Err(NoAnswer::Unread(error))) => return Err(error.into()),
            Err(panic) => self.panicked(&*panic)?,
        }
        Ok(())
    }

    fn misunderstood(&self, message: String) -> anyhow::Result<()> {
        let failed = refusal::of_worker(MaskPhase::Load, message);
        Ok(self.walker.channel().finish(&FromMasker::Failed(failed))?)
    }

    /// Reports a panic and replaces an engine that may be left in any state.
    fn panicked(&mut self, panic: &(dyn Any + Send)) -> anyhow::Result<()> {
        let channel = self.walker.channel();
        let phase = channel.phase().unwrap_or(MaskPhase::Mask);
        let message = format!("panicked: {}", panic_words(panic));
        let reopened = open_engine(self.open, self.walker.vocabulary(), &self.hello);
        channel.finish(&FromMasker::Failed(Failed { phase, class: MaskFailure::Engine, message }))?;
        self.engine = reopened.map_err(anyhow::Error::msg)?;
        Ok(())
    }
}

/// Shows one mask.
fn see<W: Write>(
    walker: &mut Walker<'_, W>,
    engine: &mut dyn Engine,
    look: &Look,
) -> Result<FromMasker, NoAnswer> {
    let mut matcher = follow(walker, engine, &look.constraint, &look.tokens)?;
    let mask = walker.fill(matcher.as_mut()).map_err(|error| NoAnswer::Failed(refusal::of_step(&error)))?;
    Ok(FromMasker::Seen(Seen { tokens: count(mask.tokens()), hex: mask.hex() }))
}

/// A matcher that has taken `tokens`, by the calls a walk makes.
pub(crate) fn follow<W: Write>(
    walker: &mut Walker<'_, W>,
    engine: &mut dyn Engine,
    constraint: &gonogo_core::Constraint,
    tokens: &[TokenId],
) -> Result<Box<dyn Matcher>, NoAnswer> {
    walker.channel().enter(MaskPhase::Compile);
    let compiled = engine.compile(constraint);
    let mut matcher = compiled.map_err(|error| NoAnswer::Failed(refusal::of_compile(&error)))?;
    let failed = |error: StepError| NoAnswer::Failed(refusal::of_step(&error));
    for token in tokens {
        walker.fill(matcher.as_mut()).map_err(failed)?;
        matcher.accept(*token).map_err(failed)?;
    }
    Ok(matcher)
}

pub(crate) fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
