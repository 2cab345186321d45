//! Measures one round of reading a prompt and writing 128 tokens for every line on stdin.
//!
//! `benches/paired.py` runs this beside llama.cpp, round by round, so that both see the same
//! machine. A line is the prompt's token ids as a JSON array; the answer is one JSON object.

#![allow(clippy::print_stdout, reason = "a program")]

use std::{io::BufRead, path::PathBuf, time::Instant};

use gonogo_model::{Model, ModelOptions};

const ANSWER: usize = 128;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("usage: speed MODEL CACHE THREADS")?);
    let cache = PathBuf::from(arguments.next().ok_or("usage: speed MODEL CACHE THREADS")?);
    let threads = arguments.next().ok_or("usage: speed MODEL CACHE THREADS")?.parse()?;
    let mut model = Model::open(&ModelOptions { path, cache, threads, context: 2048 })?;
    for line in std::io::stdin().lock().lines() {
        let prompt: Vec<u32> = serde_json::from_str(&line?)?;
        model.restart();
        let start = Instant::now();
        let mut next = best(model.forward(&prompt)?);
        let prefill = start.elapsed().as_secs_f64();
        let start = Instant::now();
        for _ in 0..ANSWER {
            next = best(model.forward(&[next])?);
        }
        let decode = start.elapsed().as_secs_f64();
        println!("{}", serde_json::json!({"prefill_s": prefill, "token_s": decode / 128.0, "last": next}));
    }
    Ok(())
}

fn best(logits: &[f32]) -> u32 {
    (0..).zip(logits).max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(token, _)| token)
}
