//! Chores of the project: `cargo xtask first-report`, `bench-http`, `ci`, `tidy`, `readme`, `vllm`.
//!
//! It has no dependency to speak of, so that it builds in seconds on a fresh machine.

#![expect(clippy::print_stderr, reason = "a chore reports to the terminal")]

mod bench_http;
mod ci;
mod first_report;
mod readme;
mod step;
mod tidy;
mod vllm;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <chore>

  first-report   build, install, run four languages on three arms, write the report
  bench-http     how much load the harness can make, beside oha and a Python client
  ci             everything that must hold before a change lands
  tidy           the rules of the house that no other tool checks
  readme RUN...  put these runs' results into the README
  vllm ...       install vLLM for the CPU, or start it pinned to an engine";

fn main() -> ExitCode {
    let chore = std::env::args().nth(1);
    let result = match chore.as_deref() {
        Some("first-report") => first_report::make(),
        Some("bench-http") => bench_http::bench(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some("ci") => ci::check(),
        Some("tidy") => tidy::check(),
        Some("readme") => readme::splice(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some("vllm") => vllm::vllm(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some(_) | None => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
