//! The other clients, asked for the same answers with the same body.

use std::{env, fs, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    CONCURRENCY, USAGE, program,
    project::{KEY, Project},
};

const AIOHTTP: &str = include_str!("aiohttp.py");
const OPENAI: &str = include_str!("openai.py");
/// A Python client is slow, and its rate is known after fewer requests.
const PYTHON_REQUESTS: u32 = 640;

/// Asks for so many answers; requests a second, or nothing where the client cannot be run.
type Rate = fn(&Project, &str, u32) -> Result<Option<f64>>;

/// One client, and its requests a second, round by round.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) rates: Vec<f64>,
    rate: Rate,
}

/// All of them; writes what they need.
pub(super) fn all(project: &Project, answer: &str) -> Result<Vec<Client>> {
    let body = fs::read_to_string(project.file("body.json"))?;
    let body = body.replace('\\', "\\\\").replace('\'', "\\'");
    let lua = format!(
        "wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['content-type'] = 'application/json'\n\
         wrk.headers['authorization'] = 'Bearer {KEY}'\n"
    );
    fs::write(project.file("post.lua"), lua)?;
    fs::write(project.file("client_aiohttp.py"), AIOHTTP)?;
    fs::write(project.file("client_openai.py"), OPENAI)?;
    eprintln!("every client asks for {}", project.endpoint(answer));
    let clients: [(&'static str, Rate); 4] = [
        ("oha", oha),
        ("wrk", wrk),
        ("aiohttp", |project, answer, n| python(project, "client_aiohttp.py", "aiohttp", answer, n)),
        ("openai", |project, answer, n| python(project, "client_openai.py", "openai", answer, n)),
    ];
    Ok(clients.map(|(name, rate)| Client { name, rates: Vec::new(), rate }).into())
}

impl Client {
    /// One round.
    pub(super) fn go(&mut self, project: &Project, answer: &str, requests: u32, round: u32) -> Result<()> {
        match (self.rate)(project, answer, requests)? {
            Some(rate) => {
                eprintln!("round {round}: {:<10} {rate:>8.0} requests/s", self.name);
                self.rates.push(rate);
            }
            None if round == 0 => eprintln!("NOT COMPARED: {} cannot be run\n{USAGE}", self.name),
            None => {}
        }
        Ok(())
    }
}

/// Reads every answer to its end, and looks at none.
fn oha(project: &Project, answer: &str, requests: u32) -> Result<Option<f64>> {
    let (requests, concurrency) = (requests.to_string(), CONCURRENCY.to_string());
    let done = Command::new(program("OHA", "oha"))
        .args(["--no-tui", "--output-format", "json", "-m", "POST", "-T", "application/json"])
        .args(["-H", &format!("authorization: Bearer {KEY}"), "-D"])
        .arg(project.file("body.json"))
        .args(["-n", &requests, "-c", &concurrency, &project.endpoint(answer)])
        .output();
    let Ok(done) = done else { return Ok(None) };
    ensure!(done.status.success(), "oha failed: {}", String::from_utf8_lossy(&done.stderr));
    let said: Value = serde_json::from_slice(&done.stdout).context("oha's report is not JSON")?;
    let rate = said["summary"]["requestsPerSec"].as_f64().context("oha's report has no rate")?;
    let good = said["statusCodeDistribution"]["200"].as_u64();
    ensure!(good.map(|good| good.to_string()) == Some(requests), "oha: {good:?} answers with status 200");
    Ok(Some(rate))
}

/// Looks for the end of every answer, and at nothing else.
fn wrk(project: &Project, answer: &str, _: u32) -> Result<Option<f64>> {
    let done = Command::new(program("WRK", "wrk"))
        .args(["-t", "1", "-c", &CONCURRENCY.to_string(), "-d", "4s", "-s"])
        .arg(project.file("post.lua"))
        .arg(project.endpoint(answer))
        .output();
    let Ok(done) = done else { return Ok(None) };
    let said = String::from_utf8_lossy(&done.stdout);
    ensure!(done.status.success() && !said.contains("Non-2xx"), "wrk failed: {said}");
    let rate = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(Some(rate.context("wrk said no rate")?.trim().parse()?))
}

/// Reads every event of an answer, puts it together and validates it.
fn python(project: &Project, script: &str, module: &str, answer: &str, requests: u32) -> Result<Option<f64>> {
    let Ok(program) = env::var("PYTHON") else { return Ok(None) };
    let has = Command::new(&program).args(["-c", &format!("import jsonschema, {module}")]).output();
    if !has.is_ok_and(|has| has.status.success()) {
        return Ok(None);
    }
    let done = Command::new(program)
        .arg(project.file(script))
        .arg(project.endpoint(answer))
        .args([project.file("body.json"), project.file("suite/answer.json")])
        .args([requests.min(PYTHON_REQUESTS).to_string(), CONCURRENCY.to_string(), KEY.into()])
        .output()?;
    ensure!(done.status.success(), "{script} failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(Some(String::from_utf8_lossy(&done.stdout).trim().parse().context("no rate from Python")?))
}
