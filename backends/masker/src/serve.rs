//! Being a mask worker: the whole process, from its first line to its last.

use std::sync::Arc;

use gonogo_engine::{EngineOptions, OpenEngine, Registered};

use crate::{Channel, Open, converse, vocabulary};

/// Serves one engine over stdin and stdout until stdin closes, on the calling thread. The name a
/// harness asks for must be the one in the engine's identity.
///
/// # Errors
/// When vocabulary or engine could not be loaded or nobody reads any more.
pub fn serve_masks(open: OpenEngine<'_>) -> anyhow::Result<()> {
    run(&|vocabulary, hello| open(vocabulary, &EngineOptions::read(&hello.options)?))
}

/// Serves whichever of `engines` the harness asks for.
///
/// # Errors
/// As [`serve_masks`], and for an engine that is not among them.
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
    converse(lines, &channel, open, |hello| {
        gonogo_host::limit(hello.address_space_bytes)?;
        vocabulary::load(hello)
    })
}
