//! The mask worker with every engine that is native Rust.

mod engines;

fn main() -> anyhow::Result<()> {
    gonogo_host::on_deep_stack(|| gonogo_masker::serve_any(&engines::ENGINES))?
}
