//! Runs and probes against a real llama.cpp server: its own grammar engine, llguidance, no constraint.
//!
//! They need what `gonogo setup --llama-server` installs, and fail where it is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::project::{Project, home, rows, workspace};

/// The arms of gonogo.toml that point at such a server.
pub(crate) const ARMS: [&str; 3] = ["llama-cpp-gbnf", "llama-cpp-llguidance", "llama-cpp-none"];
/// Where they expect it.
const ADDRESS: &str = "127.0.0.1:8080";

/// A server with the embedded model, on a port of its own. It ends when its standard input does.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_on(free_port())
    }

    pub(crate) fn start_on(port: u16) -> Self {
        let python = home().join("llama-server/bin/python");
        assert!(python.is_file(), "{} is missing: run `gonogo setup --llama-server`", python.display());
        let mut process = Command::new(python)
            .arg(workspace().join("harness/cli/tests/cli/serve.py"))
            .arg(home().join("models/SmolLM2-135M-Instruct.Q4_1.gguf"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let server = Self { process, address: format!("127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.is_ready() {
            assert!(Instant::now() < deadline, "the server is not ready; it said {line:?}");
            sleep(Duration::from_millis(50));
        }
        server
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return false };
        let asked = stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let mut said = String::new();
        asked.and_then(|()| stream.read_to_string(&mut said)).is_ok() && said.starts_with("HTTP/1.1 200")
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The shipped configuration, its arms pointed at `server`; each once plain and once streamed, and
/// one whose channel is another server's.
pub(crate) fn project(server: &Server) -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    assert!(config.contains(ADDRESS), "no arm points at {ADDRESS}");
    config = config.replace(ADDRESS, &server.address);
    for (name, keys) in [
        ("llama-cpp-gbnf-plain", "engine = \"gbnf\"\nstream = false"),
        ("llama-cpp-llguidance-plain", "engine = \"llguidance\"\nchannel = \"llguidance\"\nstream = false"),
        ("llama-cpp-none-plain", "engine = \"none\"\nstream = false"),
        ("llama-cpp-guided", "engine = \"outlines\"\nchannel = \"guided_json\""),
    ] {
        config.push_str(&format!(
            "\n[arm.{name}]\nkind = \"http\"\ndialect = \"llama-cpp\"\nbase_url = \"http://{}\"\n{keys}\n",
            server.address
        ));
    }
    fs::write(&file, config).unwrap();
    project
}

#[test]
fn a_real_server_is_run_and_probed() {
    let server = Server::start();
    let project = project(&server);
    every_row_is_live_and_the_engines_are_proven(&project);
    the_probe_tells_what_is_enforced_from_what_is_ignored(&project);
    drop(server);
    let gone = project.expect(2, &["probe", ARMS[0]]);
    assert!(gone.stderr.contains("does not answer even without a constraint"), "{}", gone.stderr);
    crate::replay::what_was_recorded_replays_without_the_server(&project);
}

fn every_row_is_live_and_the_engines_are_proven(project: &Project) {
    let plain = ARMS.map(|arm| format!("{arm}-plain"));
    let mut args =
        vec!["run", "smoke", "--seed", "7", "--name", "live", "--concurrency", "2", "--record", "rec"];
    args.extend(ARMS.iter().copied().chain(plain.iter().map(String::as_str)).flat_map(|arm| ["--arm", arm]));
    project.expect(0, &args);
    let rows = rows(&project.only_run());
    assert_eq!(rows.len(), 36);
    let of = |name: &str| rows.iter().map(|row| row[name].to_string()).collect::<BTreeSet<_>>();
    assert_eq!(of("provenance"), BTreeSet::from(["\"live\"".to_owned()]));
    assert_eq!(of("arm").len(), 6);
    for row in rows.iter().filter(|row| row["arm"].as_str().unwrap().contains("llguidance")) {
        let family = row["outcome"]["family"].as_str().unwrap();
        assert!(["passed", "truncation"].contains(&family), "an enforced answer broke its schema: {row}");
    }
    let receipt = fs::read_to_string(project.only_run().join("run.json")).unwrap();
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    for arm in receipt["arms"].as_array().unwrap() {
        let expected = if arm["engine"] == "none" { "unconstrained" } else { "proven" };
        assert_eq!(arm["enforcement"], expected, "{arm}");
        // Only llguidance reads its channel; of the others the server does not say who does.
        let named_by = match arm["engine"].as_str().unwrap() {
            "llguidance" => "channel".into(),
            "gbnf" => "claimed".into(),
            _ => Value::Null,
        };
        assert_eq!(arm["engine_evidence"]["by"], named_by, "{arm}");
        assert!(arm["facts"]["server.version"].is_string(), "{arm}");
    }
    let report = project.expect(0, &["report", "live", "--format", "md"]).stdout;
    assert!(report.contains("llama-cpp-gbnf (live, engine unproven)"), "{report}");
    assert!(report.contains("llama-cpp-llguidance (live)"), "{report}");
}

fn the_probe_tells_what_is_enforced_from_what_is_ignored(project: &Project) {
    let mut args = vec!["probe", ARMS[0], "--format", "json"];
    let asked = ["response_format", "llguidance", "structured_outputs", "guided_json"];
    args.extend(asked.iter().flat_map(|channel| ["--channel", channel]));
    // Not the whole table: where the model is not tempted, another processor's rounding may decide.
    let expected = BTreeMap::from([
        ("const", "enforced"),
        ("maximum", "enforced"),
        ("required", "enforced"),
        ("multipleOf", "accepted-but-ignored"),
        ("uniqueItems", "accepted-but-ignored"),
        ("dependentRequired", "accepted-but-ignored"),
    ]);
    args.extend(expected.keys().flat_map(|keyword| ["--keyword", keyword]));
    let ran = project.expect(0, &args);
    let probed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let channels: BTreeMap<&str, &Value> = probed["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| (channel["channel"].as_str().unwrap(), channel))
        .collect();
    let verdicts: BTreeMap<&str, &str> =
        channels.iter().map(|(name, channel)| (*name, channel["verdict"].as_str().unwrap())).collect();
    assert_eq!(
        verdicts,
        BTreeMap::from([
            ("guided_json", "accepted-but-ignored"),
            ("llguidance", "enforced"),
            ("response_format", "enforced"),
            ("structured_outputs", "accepted-but-ignored"),
        ]),
        "{probed:#}"
    );
    assert_eq!(channels["llguidance"]["uncompilable"]["verdict"], "fails-open");
    assert_eq!(channels["response_format"]["uncompilable"]["verdict"], "rejected");
    assert_eq!(probed["engine_evidence"]["by"], "claimed");
    assert!(probed["latency"]["cold_median"]["first_token_ns"].as_u64().unwrap() > 0, "{probed:#}");
    let keywords: BTreeMap<&str, &str> = probed["keywords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["keyword"].as_str().unwrap(), row["verdict"].as_str().unwrap()))
        .collect();
    for (keyword, verdict) in expected {
        assert_eq!(keywords[keyword], verdict, "{keyword}: {:#}", probed["keywords"]);
    }
    let health = &probed["looks"][0];
    assert_eq!((&health["path"], &health["status"]), (&Value::from("health"), &Value::from(200)));

    let only_own = ["probe", "llama-cpp-guided", "--channel", "guided_json", "--no-keywords"];
    let ignored = project.expect(1, &only_own);
    assert!(ignored.stdout.contains("guided_json is accepted-but-ignored"), "{}", ignored.stdout);
}
