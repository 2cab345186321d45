//! How fast a tokenizer cuts the lines of a file, and that it spells every one of them.
//!
//!     cargo run --release -p gonogo-tokenizer --example cutting -- TOKENIZER TEXT

#![allow(clippy::print_stdout, reason = "an example says what it measured")]

use std::{path::Path, time::Instant};

use gonogo_tokenizer::{Tokenizer, TokenizerError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, tokenizer, text] = arguments.as_slice() else {
        return Err("usage: speed TOKENIZER TEXT".into());
    };
    let clock = Instant::now();
    let tokenizer = Tokenizer::open(Path::new(tokenizer))?;
    println!(
        "{} ({}): {} tokens, {:?} end an answer; opened in {:.2} s",
        tokenizer.name(),
        tokenizer.format().name(),
        tokenizer.vocabulary().tokens().len(),
        tokenizer.vocabulary().end(),
        clock.elapsed().as_secs_f64()
    );
    let text = std::fs::read_to_string(text)?;
    let (mut tokens, mut unspellable) = (0, 0);
    let clock = Instant::now();
    for line in text.lines() {
        match tokenizer.encode(line) {
            Ok(line) => tokens += line.len(),
            Err(TokenizerError::Unspellable { .. }) => unspellable += 1,
            Err(error) => return Err(error.into()),
        }
    }
    let seconds = clock.elapsed().as_secs_f64();
    println!(
        "{tokens} tokens of {} bytes in {seconds:.2} s: {:.0} tokens a second",
        text.len(),
        f64::from(tokens as u32) / seconds
    );
    println!("{unspellable} lines that the vocabulary cannot spell");
    Ok(())
}
