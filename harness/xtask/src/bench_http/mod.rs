//! How much load the harness can make: oha, wrk, Python clients and ours against the sim, in turns; what it adds to
//! an answer's time; what many streams at a time take in memory.
//!
//! Everything of ours is on: captures and journal on the disk, judging. Needs the release build
//! (`cargo build --release`); the others where they are to be compared. Whatever has to be calm is said in the output:
//! the load of the machine before and after.

mod clients;
mod measured;
mod project;
mod streams;

use std::{env, fs};

use anyhow::{Result, bail, ensure};

use self::{
    clients::Client,
    measured::{Measured, cpu, quantile},
    project::{Project, Sim},
};
use crate::step::target;

/// Requests in flight at a time.
const CONCURRENCY: u32 = 64;
/// The scripted answers that every client asks for, and what they are like.
const ANSWERS: [(&str, &str); 2] =
    [("timed", "a short answer"), ("long", "an answer as long as the suites'")];
/// What becomes of our connections: clients of load keep theirs, and so does the arm that is compared with them.
const KEPT: &str = "kept";
const FRESH: &str = "fresh";

const USAGE: &str = "usage: cargo xtask bench-http [REQUESTS [ROUNDS]]   (default 6000 and 5)\n       \
     cargo xtask bench-http streams [N]            (default 10000)\n  \
     OHA, WRK their programs, if they are not in the path\n  \
     RESULTS  where runs are written, if not to `target`: what a disk that others use costs is not ours\n  \
     PYTHON   a Python that has aiohttp, jsonschema and openai, or some of them";

/// Runs the bench.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let number = |at: usize, default: u32| args.get(at).map_or(Ok(default), |text| text.parse());
    let gonogo = target("release").join("gonogo");
    ensure!(gonogo.is_file(), "no {}: run `cargo build --release` first", gonogo.display());
    let sim = Sim::start(&gonogo)?;
    let project = Project::make(&target("bench-http"), gonogo, sim.url.clone())?;
    if args.first().is_some_and(|first| first == "streams") {
        let Ok(streams) = number(1, 10_000) else { bail!("{USAGE}") };
        return streams::bench(&project, streams);
    }
    let (Ok(requests), Ok(rounds)) = (number(0, 6000), number(1, 5)) else { bail!("{USAGE}") };
    for (answer, like) in ANSWERS {
        eprintln!("\n== {answer}: {like}, {CONCURRENCY} at a time, load {}", load());
        compare(&project, answer, requests, rounds)?;
    }
    eprintln!("\n== added latency: from sending to the last row's total, less what the server says it took");
    for (connections, concurrency) in [(KEPT, 1), (FRESH, 1), (KEPT, CONCURRENCY)] {
        let measured = project.run("timed", connections, requests.min(2000), concurrency)?;
        eprintln!("{}", added(&measured, &format!("connections {connections}, {concurrency} at a time")));
    }
    eprintln!("load after: {}", load());
    Ok(())
}

/// Every client in turn, round by round.
fn compare(project: &Project, answer: &str, requests: u32, rounds: u32) -> Result<()> {
    let mut ours = Vec::new();
    let mut others = clients::all(project, answer)?;
    for round in 0..rounds {
        let before = cpu();
        let measured = project.run(answer, KEPT, requests, CONCURRENCY)?;
        let each = (cpu() - before) / f64::from(requests) * 1e6;
        let events = measured.pieces().unwrap_or_default();
        eprintln!(
            "round {round}: {:<10} {:>8.0} requests/s, {:>6.0} with start and end of the program; {each:.0} us of \
             processor each; {events} events",
            "gonogo", measured.rate, measured.whole
        );
        ours.push(measured.rate);
        for client in &mut others {
            client.go(project, answer, requests, round)?;
        }
    }
    others
        .iter()
        .filter(|other| !other.rates.is_empty())
        .for_each(|other| eprintln!("{}", ratio(&ours, other)));
    Ok(())
}

/// The ratio round by round: its median, smallest and largest.
fn ratio(ours: &[f64], other: &Client) -> String {
    let mut ratios: Vec<f64> = ours.iter().zip(&other.rates).map(|(ours, other)| ours / other).collect();
    let at = |ratios: &mut [f64], share| quantile(ratios, share);
    let [least, median, most] = [0.0, 0.5, 1.0].map(|share| at(&mut ratios, share));
    format!("gonogo / {}: {median:.3} ({least:.3}..{most:.3}, {} rounds)", other.name, ratios.len())
}

fn added(measured: &Measured, how: &str) -> String {
    let mut added = measured.added();
    let n = added.len();
    let [p50, p99] = [0.5, 0.99].map(|share| quantile(&mut added, share));
    let mut totals = measured.totals();
    let [total50, total99] = [0.5, 0.99].map(|share| quantile(&mut totals, share));
    format!(
        "{how}: added p50 {p50:.3} ms, p99 {p99:.3} ms; total p50 {total50:.3} ms, p99 {total99:.3} ms; n={n}"
    )
}

/// The load averages of the machine.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The program that a variable names, or one of the path.
fn program(variable: &str, name: &str) -> String {
    env::var(variable).unwrap_or_else(|_| name.into())
}
