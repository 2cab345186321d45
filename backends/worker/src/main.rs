//! The worker with every engine that is native Rust.

mod engines;

fn main() -> anyhow::Result<()> {
    gonogo_worker::serve_any(&engines::ENGINES)
}
