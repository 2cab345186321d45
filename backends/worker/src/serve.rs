//! Being a worker: the whole process, from its first line to its last.

use std::{path::PathBuf, sync::Arc};

use gonogo_engine::{EngineOptions, OpenEngine, Registered};
use gonogo_model::{Model, ModelOptions};
use gonogo_protocol::Hello;

use crate::{Channel, Loaded, Open, converse};

/// Serves one engine over stdin and stdout until stdin closes. The name a harness asks for must
/// be the one in the engine's identity.
///
/// # Errors
/// When model or engine could not be loaded or nobody reads any more.
pub fn serve(open: OpenEngine<'_>) -> anyhow::Result<()> {
    run(&|vocabulary, hello| open(vocabulary, &EngineOptions::read(&hello.options)?))
}

/// Serves whichever of `engines` the harness asks for.
///
/// # Errors
/// As [`serve`], and for an engine that is not among them.
pub fn serve_any(engines: &[Registered<'_>]) -> anyhow::Result<()> {
    run(&|vocabulary, hello| {
        let open = Registered::find(engines, &hello.engine)?;
        open(vocabulary, &EngineOptions::read(&hello.options)?)
    })
}

fn run(open: Open<'_>) -> anyhow::Result<()> {
    let lines = gonogo_host::lines()?;
    let channel = Arc::new(Channel::new(gonogo_host::private_stdout()?));
    channel.watch()?;
    converse(lines, &channel, |hello| {
        gonogo_host::limit(hello.address_space_bytes)?;
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
