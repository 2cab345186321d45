//! Being a worker: the whole process, from its first line to its last.

use std::{path::PathBuf, sync::Arc};

use gonogo_engine::{Engine, EngineOptions, Vocabulary};
use gonogo_model::{Model, ModelOptions};
use gonogo_protocol::Hello;

use crate::{Channel, Loaded, Open, converse, facts, process};

/// Builds an engine for a vocabulary. The error names what could not be honoured.
pub type OpenEngine<'a> = &'a dyn Fn(&Vocabulary, &EngineOptions) -> Result<Box<dyn Engine>, String>;

/// An engine and the name it is asked for by.
pub struct Registered<'a> {
    /// Stable name, the same as in the engine's identity.
    pub name: &'a str,
    /// Builds it.
    pub open: OpenEngine<'a>,
}

/// Serves one engine over stdin and stdout until stdin closes. The name a harness asks for must
/// be the one in the engine's identity.
///
/// # Errors
/// When model or engine could not be loaded or nobody reads any more.
pub fn serve(open: OpenEngine<'_>) -> anyhow::Result<()> {
    run(&|vocabulary, hello| open(vocabulary, &facts::parse_options(hello)?))
}

/// Serves whichever of `engines` the harness asks for.
///
/// # Errors
/// As [`serve`], and for an engine that is not among them.
pub fn serve_any(engines: &[Registered<'_>]) -> anyhow::Result<()> {
    run(&|vocabulary, hello| {
        let Some(engine) = engines.iter().find(|engine| engine.name == hello.engine) else {
            let known: Vec<&str> = engines.iter().map(|engine| engine.name).collect();
            return Err(format!("no engine `{}` in this worker, only {}", hello.engine, known.join(", ")));
        };
        (engine.open)(vocabulary, &facts::parse_options(hello)?)
    })
}

fn run(open: Open<'_>) -> anyhow::Result<()> {
    let lines = process::lines()?;
    let channel = Arc::new(Channel::new(process::private_stdout()?));
    channel.watch()?;
    converse(lines, &channel, |hello| {
        process::limit(hello.address_space_bytes)?;
        Ok(Loaded { model: load(hello)?, open })
    })
}

fn load(hello: &Hello) -> Result<Model, String> {
    let options = ModelOptions {
        path: PathBuf::from(&hello.model),
        cache: PathBuf::from(&hello.cache),
        threads: hello.threads as usize,
        context: hello.context as usize,
    };
    Model::open(&options).map_err(|error| error.to_string())
}
