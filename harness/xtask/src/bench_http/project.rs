//! The sim, and a project whose arms point at it.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{ANSWERS, FRESH, KEPT, measured::Measured};
use crate::step::root;

/// The key that every client sends, and that ours keeps out of its captures; the sim takes any.
pub(super) const KEY: &str = "bench-0123456789abcdef0123456789abcdef";
/// Where ours has it from.
const KEY_ENV: &str = "GONOGO_BENCH_KEY";
/// What every client asks.
const PROMPT: &str = "Write a function that adds two numbers.";

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

/// A folder with a configuration, a suite of one case and arms at the sim.
pub(super) struct Project {
    folder: PathBuf,
    results: PathBuf,
    gonogo: PathBuf,
    url: String,
}

impl Project {
    pub(super) fn make(folder: &Path, gonogo: PathBuf, url: String) -> Result<Self> {
        fs::create_dir_all(folder.join("suite"))?;
        let source = root().join("backends/sim/src/oracle.rs");
        let oracle = fs::read_to_string(&source)?;
        let schema = oracle.split("r#\"").nth(1).and_then(|rest| rest.split("\"#").next());
        let schema = schema.with_context(|| format!("no schema in {}", source.display()))?;
        fs::write(folder.join("suite/answer.json"), schema)?;
        fs::write(folder.join("suite/suite.toml"), SUITE)?;
        fs::write(folder.join("body.json"), body(schema)?.to_string())?;
        let mut config =
            String::from("[run]\nsuites = [\"suite\"]\narms = [\"timed-kept\"]\nout = \"results\"\n");
        for (answer, _) in ANSWERS {
            for connections in [KEPT, FRESH] {
                arm(
                    &mut config,
                    &format!("{answer}-{connections}"),
                    &format!("{url}/{answer}"),
                    connections,
                )?;
            }
        }
        arm(&mut config, "slow-kept", &format!("{url}/mix=timed:1,delay-ms:1000,gap-ms:1000"), KEPT)?;
        fs::write(folder.join("gonogo.toml"), config)?;
        let results =
            env::var_os("RESULTS").map_or_else(|| folder.join("results"), PathBuf::from).join("bench-http");
        Ok(Self { folder: folder.to_owned(), results, gonogo, url })
    }

    /// Where an answer is asked for.
    pub(super) fn endpoint(&self, answer: &str) -> String {
        format!("{}/{answer}/v1/chat/completions", self.url)
    }

    /// A file of the project.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// So many attempts, so many at a time.
    pub(super) fn run(&self, answer: &str, connections: &str, n: u32, concurrency: u32) -> Result<Measured> {
        self.watched(answer, connections, n, concurrency, |_| ())
    }

    /// The same; `watch` is called with the process again and again while it runs.
    pub(super) fn watched(
        &self,
        answer: &str,
        connections: &str,
        n: u32,
        concurrency: u32,
        watch: impl FnMut(&mut Child),
    ) -> Result<Measured> {
        let results = &self.results;
        let _ = fs::remove_dir_all(results);
        let start = Instant::now();
        let mut watch = watch;
        let log = self.folder.join("log");
        let mut child = Command::new(&self.gonogo)
            .args(["run", "--no-canary", "--name", "bench", "--seed", "1", "--repeat", &n.to_string()])
            .arg("--out")
            .arg(results)
            .args(["--arm", &format!("{answer}-{connections}"), "--concurrency", &concurrency.to_string()])
            .current_dir(&self.folder)
            .env(KEY_ENV, KEY)
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let status = loop {
            watch(&mut child);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        };
        let lived = start.elapsed().as_secs_f64();
        ensure!(status.success(), "gonogo run failed: {}", fs::read_to_string(&log)?);
        let run = fs::read_dir(results)?.next().context("no run was written")??.path();
        Measured::read(&run, lived)
    }
}

/// The body that our arm sends, so that every client sends as much.
fn body(schema: &str) -> Result<Value> {
    let schema: Value = serde_json::from_str(schema)?;
    Ok(json!({
        "model": "sim", "messages": [{"role": "user", "content": PROMPT}], "max_completion_tokens": 512,
        "temperature": 0.0, "seed": 1, "stream": true, "stream_options": {"include_usage": true},
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}},
    }))
}

fn arm(config: &mut String, name: &str, url: &str, connections: &str) -> Result<()> {
    write!(
        config,
        "\n[arm.{name}]\nkind = \"sim\"\ndialect = \"openai-chat\"\nengine = \"sim\"\nbase_url = \"{url}\"\n\
         connections = \"{connections}\"\napi_key_env = \"{KEY_ENV}\"\n"
    )?;
    Ok(())
}

/// A running sim; ends when dropped.
pub(super) struct Sim {
    process: Child,
    pub(super) url: String,
}

impl Sim {
    pub(super) fn start(gonogo: &Path) -> Result<Self> {
        let mut process = Command::new(gonogo)
            .args(["--quiet", "sim"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
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
