//! The conversation: hello, then one attempt after the other.

use std::{
    any::Any,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use gonogo_core::{Nanos, Phase, Request};
use gonogo_engine::{Engine, Vocabulary};
use gonogo_host::panic_words;
use gonogo_protocol::{Failed, FailureClass, FromWorker, Hello, Ready, ToWorker, VERSION};

use crate::{
    Channel, Faulty, LanguageModel,
    answer::{NoAnswer, answer},
};

/// Builds the engine: once after the model is loaded, and again should it ever panic.
pub type Open<'a> = &'a dyn Fn(&Vocabulary, &Hello) -> Result<Box<dyn Engine>, String>;

/// A loaded model and the way to its engine.
pub struct Loaded<'a, M> {
    /// The model.
    pub model: M,
    /// Opens the engine for the model's vocabulary.
    pub open: Open<'a>,
}

/// Holds one conversation: answers `lines` on `channel` until there are no more.
///
/// # Errors
/// When `load` fails, the first line is not a hello, or nobody reads the answers; the reason has
/// been written as a `failed` line where somebody still reads.
pub fn converse<'a, M, W>(
    lines: impl IntoIterator<Item = String>,
    channel: &Channel<W>,
    load: impl FnOnce(&Hello) -> Result<Loaded<'a, M>, String>,
) -> anyhow::Result<()>
where
    M: LanguageModel,
    W: Write,
{
    let mut lines = lines.into_iter();
    let Some(first) = lines.next() else { return Ok(()) };
    let began = Instant::now();
    let opened = hello(&first).and_then(|hello| {
        let Loaded { model, open } = load(&hello)?;
        let engine = open_engine(open, model.vocabulary(), &hello)?;
        Ok(Desk { model, engine, open, hello })
    });
    let mut desk = match opened {
        Ok(desk) => desk,
        Err(message) => {
            channel.finish(&failed(Phase::Load, FailureClass::Worker, message.clone()))?;
            anyhow::bail!(message);
        }
    };
    channel.finish(&FromWorker::Ready(desk.ready(Nanos::from(began.elapsed()))))?;
    for line in lines {
        desk.take(&line, channel)?;
    }
    Ok(())
}

fn hello(line: &str) -> Result<Hello, String> {
    match serde_json::from_str(line) {
        Ok(ToWorker::Hello(hello)) if hello.protocol == VERSION => Ok(hello),
        Ok(ToWorker::Hello(hello)) => Err(format!(
            "this worker speaks version {VERSION} of the protocol and not {}; build harness and worker from one revision",
            hello.protocol
        )),
        Ok(ToWorker::Attempt(_)) => Err("an attempt came before the hello".into()),
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
    Ok(match hello.fault {
        Some(fault) => Box::new(Faulty::new(engine, fault, vocabulary)),
        None => engine,
    })
}

/// Everything one conversation needs.
struct Desk<'a, M> {
    model: M,
    engine: Box<dyn Engine>,
    open: Open<'a>,
    hello: Hello,
}

impl<M: LanguageModel> Desk<'_, M> {
    fn ready(&self, load: Nanos) -> Ready {
        let identity = self.engine.identity();
        let mut facts = self.model.facts();
        facts.extend(self.engine.facts());
        facts.extend(crate::facts::of_worker(&self.hello));
        Ready { protocol: VERSION, engine: identity.name, engine_version: identity.version, facts, load }
    }

    /// Answers one line with everything up to a `done` or a `failed`.
    fn take<W: Write>(&mut self, line: &str, channel: &Channel<W>) -> anyhow::Result<()> {
        let read = Instant::now();
        let request = match serde_json::from_str(line) {
            Ok(ToWorker::Attempt(request)) => request,
            Ok(ToWorker::Hello(_)) => {
                let message = "a second hello; start another worker for another arm";
                return Ok(channel.finish(&failed(Phase::Queue, FailureClass::Worker, message.into()))?);
            }
            Err(error) => {
                let message = format!("not a line of the protocol: {error}");
                return Ok(channel.finish(&failed(Phase::Queue, FailureClass::Worker, message))?);
            }
        };
        self.attempt(&request, read, channel)
    }

    fn attempt<W: Write>(
        &mut self,
        request: &Request,
        read: Instant,
        channel: &Channel<W>,
    ) -> anyhow::Result<()> {
        let answered = catch_unwind(AssertUnwindSafe(|| {
            answer(channel, &mut self.model, &mut *self.engine, request, read)
        }));
        match answered {
            Ok(Ok(done)) => channel.finish(&FromWorker::Done(done))?,
            Ok(Err(NoAnswer::Failed(failed))) => channel.finish(&FromWorker::Failed(failed))?,
            Ok(Err(NoAnswer::Unread(error))) => return Err(error.into()),
            Err(panic) => self.panicked(&*panic, channel)?,
        }
        Ok(())
    }

    /// Reports a panic and replaces an engine that may be left in any state. The model needs no
    /// replacing: it forgets everything before each answer.
    fn panicked<W: Write>(&mut self, panic: &(dyn Any + Send), channel: &Channel<W>) -> anyhow::Result<()> {
        let phase = channel.phase().unwrap_or(Phase::Decode);
        let class = match phase {
            Phase::Compile | Phase::Mask => FailureClass::Engine,
            Phase::Queue | Phase::Connect | Phase::Load | Phase::FirstByte | Phase::Decode | Phase::Total => {
                FailureClass::Worker
            }
        };
        let words = panic_words(panic);
        let reopened = match class {
            FailureClass::Engine => Some(open_engine(self.open, self.model.vocabulary(), &self.hello)),
            FailureClass::Rejected
            | FailureClass::PromptTooLong
            | FailureClass::OutOfMemory
            | FailureClass::Worker => None,
        };
        channel.finish(&failed(phase, class, format!("panicked: {words}")))?;
        if let Some(engine) = reopened {
            self.engine = engine.map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }
}

fn failed(phase: Phase, class: FailureClass, message: String) -> FromWorker {
    FromWorker::Failed(Failed { phase, class, message })
}
