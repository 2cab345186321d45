//! How much load the harness can make: oha, wrk, a plain Python client and ours against the sim, in turns.
//!
//! Everything of ours is on: captures and journal on the disk, judging. Needs the release build
//! (`cargo build --release`); oha, wrk and a Python with aiohttp and jsonschema where they are to be compared.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::step::{root, target};

const CONCURRENCY: u32 = 64;
/// The scripted answer that every client asks for.
const FAULT: &str = "streamed";
const BODY: &str = r#"{"model":"sim","stream":true,"messages":[{"role":"user","content":"bench"}]}"#;
const CLIENT: &str = include_str!("bench_http.py");

const USAGE: &str = "usage: cargo xtask bench-http [REQUESTS [ROUNDS]]   (default 4000 and 5)\n  \
     OHA, WRK their programs, if they are not in the path\n  \
     PYTHON   a Python that has aiohttp and jsonschema";

/// Requests per second of one client, round by round.
struct Client {
    name: &'static str,
    rates: Vec<f64>,
}

/// Runs the bench.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let number = |at: usize, default: u32| args.get(at).map_or(Ok(default), |text| text.parse());
    let (Ok(requests), Ok(rounds)) = (number(0, 4000), number(1, 5)) else { bail!("{USAGE}") };
    let work = target("bench-http");
    let gonogo = target("release").join("gonogo");
    ensure!(gonogo.is_file(), "no {}: run `cargo build --release` first", gonogo.display());
    let sim = Sim::start(&gonogo)?;
    let schema = prepare(&work, &sim.url)?;
    eprintln!("load before: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());

    let mut clients = ["gonogo", "oha", "wrk", "python"].map(|name| Client { name, rates: Vec::new() });
    for round in 0..rounds {
        for client in &mut clients {
            let rate = match client.name {
                "oha" => oha(&sim.url, requests),
                "wrk" => wrk(&work, &sim.url),
                "python" => python(&work, &sim.url, &schema, requests.min(2000)),
                _ => ours(&gonogo, &work, requests).map(Some),
            };
            match rate? {
                Some(rate) => {
                    eprintln!("round {round}: {:<7} {rate:>9.0} requests/s", client.name);
                    client.rates.push(rate);
                }
                None if round == 0 => eprintln!("NOT COMPARED: {} cannot be run\n{USAGE}", client.name),
                None => {}
            }
        }
    }
    eprintln!("load after: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    let [ours, others @ ..] = &clients;
    for other in others.iter().filter(|other| !other.rates.is_empty()) {
        eprintln!("{}", compared(ours, other));
    }
    latency(&gonogo, &work)
}

/// The ratio round by round: its median, smallest and largest.
fn compared(ours: &Client, other: &Client) -> String {
    let mut ratios: Vec<f64> =
        ours.rates.iter().zip(&other.rates).map(|(ours, other)| ours / other).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or(f64::NAN);
    let (median, last) = (at(ratios.len() / 2), at(ratios.len().saturating_sub(1)));
    format!("gonogo / {}: {median:.3} ({:.3}..{last:.3}, {} rounds)", other.name, at(0), ratios.len())
}

/// A suite of one case and an arm at the sim; the schema's path.
fn prepare(work: &Path, url: &str) -> Result<PathBuf> {
    fs::create_dir_all(work.join("suite"))?;
    let schema = work.join("suite/answer.json");
    let source = root().join("backends/sim/src/oracle.rs");
    let oracle = fs::read_to_string(&source)?;
    let text = oracle.split("r#\"").nth(1).and_then(|rest| rest.split("\"#").next());
    fs::write(&schema, text.with_context(|| format!("no schema in {}", source.display()))?)?;
    fs::write(work.join("suite/suite.toml"), SUITE)?;
    let arm = format!(
        "[run]\nsuites = [\"suite\"]\narms = [\"sim\"]\nout = \"results\"\n\n[arm.sim]\nkind = \"sim\"\n\
         dialect = \"openai-chat\"\nengine = \"sim\"\nbase_url = \"{url}/{FAULT}\"\nconnections = \"kept\"\n"
    );
    fs::write(work.join("gonogo.toml"), arm)?;
    Ok(schema)
}

const SUITE: &str = r#"name = "suite"
why = "the scripted answer of the sim"
[[case]]
name = "sum"
why = "the scripted answer of the sim"
prompt = "Write a function that adds two numbers."
schema = "answer.json"
[[case.good]]
why = "as scripted"
text = '''{"implementation":{"name":"add","language":"rust","statements":["return a + b;"]}}'''
[[case.bad]]
why = "not JSON"
text = "no"
kind = "invalid-json"
"#;

/// Our requests per second: from the first attempt's start to the last row, as the journal has it, and all passed.
fn ours(gonogo: &Path, work: &Path, requests: u32) -> Result<f64> {
    let rows = run(gonogo, work, requests, CONCURRENCY)?;
    ensure!(rows.0.len() == requests as usize, "{} rows of {requests}", rows.0.len());
    Ok(f64::from(requests) / rows.1)
}

/// Runs `requests` attempts; their rows, and the seconds the whole program took.
fn run(gonogo: &Path, work: &Path, requests: u32, concurrency: u32) -> Result<(Vec<Value>, f64)> {
    let results = work.join("results");
    let _ = fs::remove_dir_all(&results);
    let start = Instant::now();
    let done = Command::new(gonogo)
        .args(["run", "--no-canary", "--name", "bench", "--repeat", &requests.to_string()])
        .args(["--concurrency", &concurrency.to_string()])
        .current_dir(work)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(done.status.success(), "gonogo run failed: {}", String::from_utf8_lossy(&done.stderr));
    let run = fs::read_dir(&results)?.next().context("no run was written")??.path();
    let journal = fs::read_to_string(run.join("attempts.jsonl"))?;
    let rows: Vec<Value> = journal.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let passed = rows.iter().filter(|row| row["outcome"]["kind"] == "passed").count();
    ensure!(passed == rows.len(), "{passed} of {} attempts passed", rows.len());
    Ok((rows, seconds))
}

/// One attempt at a time: what an exchange takes when nothing waits for anything.
fn latency(gonogo: &Path, work: &Path) -> Result<()> {
    let (rows, _) = run(gonogo, work, 1000, 1)?;
    let mut totals: Vec<f64> = rows.iter().filter_map(|row| row["timings"]["total"].as_f64()).collect();
    totals.sort_by(f64::total_cmp);
    let at = |share: usize| totals.get((totals.len() * share / 100).min(totals.len().saturating_sub(1)));
    let ms = |share| at(share).copied().unwrap_or(f64::NAN) / 1e6;
    eprintln!(
        "total of an attempt, one at a time: p50 {:.3} ms, p99 {:.3} ms, n={}",
        ms(50),
        ms(99),
        totals.len()
    );
    Ok(())
}

fn oha(url: &str, requests: u32) -> Result<Option<f64>> {
    let program = env::var("OHA").unwrap_or_else(|_| "oha".into());
    let (requests, concurrency) = (requests.to_string(), CONCURRENCY.to_string());
    let url = format!("{url}/{FAULT}/v1/chat/completions");
    let done = Command::new(program)
        .args(["--no-tui", "--output-format", "json", "-m", "POST", "-T", "application/json"])
        .args(["-d", BODY, "-n", &requests, "-c", &concurrency, &url])
        .output();
    let Ok(done) = done else { return Ok(None) };
    ensure!(done.status.success(), "oha failed: {}", String::from_utf8_lossy(&done.stderr));
    let said: Value = serde_json::from_slice(&done.stdout).context("oha's report is not JSON")?;
    let rate = said["summary"]["requestsPerSec"].as_f64().context("oha's report has no rate")?;
    let good = said["statusCodeDistribution"]["200"].as_u64();
    ensure!(good.map(|good| good.to_string()) == Some(requests), "oha: {good:?} answers with status 200");
    Ok(Some(rate))
}

fn wrk(work: &Path, url: &str) -> Result<Option<f64>> {
    let script = work.join("post.lua");
    let lua = format!(
        "wrk.method = 'POST'\nwrk.body = '{BODY}'\nwrk.headers['content-type'] = 'application/json'\n"
    );
    fs::write(&script, lua)?;
    let program = env::var("WRK").unwrap_or_else(|_| "wrk".into());
    let done = Command::new(program)
        .args(["-t", "1", "-c", &CONCURRENCY.to_string(), "-d", "4s", "-s"])
        .arg(&script)
        .arg(format!("{url}/{FAULT}/v1/chat/completions"))
        .output();
    let Ok(done) = done else { return Ok(None) };
    let said = String::from_utf8_lossy(&done.stdout);
    ensure!(done.status.success() && !said.contains("Non-2xx"), "wrk failed: {said}");
    let rate = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(Some(rate.context("wrk said no rate")?.trim().parse()?))
}

fn python(work: &Path, url: &str, schema: &Path, requests: u32) -> Result<Option<f64>> {
    let Ok(program) = env::var("PYTHON") else { return Ok(None) };
    let script = work.join("client.py");
    fs::write(&script, CLIENT)?;
    let done = Command::new(program)
        .arg(script)
        .arg(format!("{url}/{FAULT}/v1/chat/completions"))
        .arg(schema)
        .args([requests.to_string(), CONCURRENCY.to_string()])
        .output()?;
    ensure!(done.status.success(), "the Python client failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(Some(String::from_utf8_lossy(&done.stdout).trim().parse().context("no rate from Python")?))
}

/// A running sim; ends when dropped.
struct Sim {
    process: Child,
    url: String,
}

impl Sim {
    fn start(gonogo: &Path) -> Result<Self> {
        let mut process =
            Command::new(gonogo).arg("sim").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = process.stdout.take().context("the sim has no output")?;
        let mut url = String::new();
        BufReader::new(out).read_line(&mut url)?;
        Ok(Self { process, url: url.trim().to_owned() })
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
