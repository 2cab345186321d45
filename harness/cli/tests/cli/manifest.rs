//! What a server says of itself decides whether an arm may bear its engine's name.
//!
//! A server of a few lines stands in for vLLM: it enforces schemas, and says which backend it is
//! pinned to. The real one takes gigabytes.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use crate::{
    llama_server::free_port,
    project::{Project, rows},
};

/// What must get into no receipt, no report and no probe.
const SECRET: &str = "correct-horse-battery-staple";

/// Serves until the test ends; `backend` is what `/server_info` names.
fn serve(backend: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    serve_on(listener, backend, Arc::new(AtomicBool::new(true)));
    format!("http://{address}")
}

/// As a gateway does, it answers 503 until the server behind it is `awake`.
fn serve_on(listener: TcpListener, backend: Option<&'static str>, awake: Arc<AtomicBool>) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let backend = awake.load(Ordering::SeqCst).then_some(backend);
            thread::spawn(move || answer(stream, backend));
        }
    });
}

/// Answers one request; a client that leaves is its own business.
fn answer(mut stream: TcpStream, backend: Option<Option<&str>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    // A GET has none.
    let head_in_lowercase = head.to_lowercase();
    let length =
        head_in_lowercase.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?;
    let (status, body) =
        backend.map_or_else(|| (503, "asleep".into()), |backend| respond(path, &body, backend));
    let head = "content-type: application/json\r\nconnection: close";
    write!(stream, "HTTP/1.1 {status} X\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()
}

fn respond(path: &str, body: &[u8], backend: Option<&str>) -> (u16, String) {
    let said = match (path, backend) {
        ("/health", _) => return (200, String::new()),
        ("/version", _) => json!({"version": "0.32.0"}),
        ("/v1/models", _) => json!({"object": "list", "data": [{"id": "m", "max_model_len": 2048}]}),
        ("/server_info?config_format=json", Some(backend)) => json!({
            "vllm_config": {"structured_outputs_config": {"backend": backend, "disable_any_whitespace": true}},
            "vllm_env": {"VLLM_API_KEY": SECRET}, "system_env": {"HF_TOKEN": SECRET},
        }),
        ("/v1/chat/completions", _) => {
            let request: Value = serde_json::from_slice(body).unwrap();
            let schema = &request["response_format"]["json_schema"]["schema"];
            let content = legal(schema).unwrap_or_else(|| "hello".into());
            json!({"choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]})
        }
        _ => return (404, json!({"detail": "Not Found"}).to_string()),
    };
    (200, said.to_string())
}

/// An object of the required keys, each with its first value.
fn legal(schema: &Value) -> Option<String> {
    let keys = schema["required"].as_array()?.iter().filter_map(Value::as_str);
    let first = |key| {
        let value = &schema["properties"][key];
        value.get("const").or_else(|| value["enum"].get(0)).cloned().unwrap_or_else(|| "abc".into())
    };
    Some(Value::Object(keys.map(|key| (key.to_owned(), first(key))).collect()).to_string())
}

/// A project whose arm `server` says that it runs XGrammar.
fn project(url: &str) -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    config.push_str(&format!(
        "\n[arm.server]\nkind = \"http\"\ndialect = \"vllm\"\nengine = \"xgrammar\"\nmodel = \"m\"\nstream = false\n\
         base_url = \"{url}\"\nserver = {{ flags = \"--api-key {SECRET} --dtype auto\" }}\n"
    ));
    fs::write(&file, config).unwrap();
    project
}

const RUN: [&str; 9] =
    ["run", "smoke", "--case", "integer-object", "--seed", "7", "--name", "named", "--arm=server"];

fn arm(project: &Project) -> Value {
    let receipt = fs::read_to_string(project.only_run().join("run.json")).unwrap();
    assert!(!receipt.contains(SECRET), "{receipt}");
    serde_json::from_str::<Value>(&receipt).unwrap()["arms"][0].clone()
}

#[test]
fn a_pinned_server_proves_its_name_and_keeps_its_secrets() {
    let project = project(&serve(Some("xgrammar")));
    project.expect(0, &RUN);
    let arm = arm(&project);
    assert_eq!((&arm["enforcement"], &arm["engine_evidence"]["by"]), (&"proven".into(), &"server".into()));
    for (fact, value) in [
        ("server.engine", "xgrammar"),
        ("server.version", "0.32.0"),
        ("server.model", "m"),
        ("server.flags.disable-any-whitespace", "true"),
        ("server.flags.max-model-len", "2048"),
        ("server.given.flags", "--api-key [redacted] --dtype auto"),
    ] {
        assert_eq!(arm["facts"][fact], value, "{arm:#}");
    }
    let report = project.expect(0, &["report", "named", "--format", "json"]).stdout;
    assert!(report.contains("server (live)") && !report.contains(SECRET), "{report}");
}

#[test]
fn a_server_that_is_pinned_to_another_engine_is_not_run_under_this_name() {
    let project = project(&serve(Some("guidance")));
    let refused = project.expect(2, &RUN);
    let said = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(
        said.contains("its engine is `xgrammar`, but the server says that it is pinned to `guidance`"),
        "{said}"
    );
    assert!(said.contains("engine = \"llguidance\""), "{said}");
    assert!(!project.path().join("results").exists(), "nothing was run");

    let probe = project.expect(1, &["probe", "server", "--no-keywords", "--channel", "response_format"]);
    assert!(probe.stdout.contains("ENGINE CONTRADICTED"), "{}", probe.stdout);
}

#[test]
fn auto_and_silence_leave_the_name_a_claim() {
    for (backend, why) in [(Some("auto"), "`auto`"), (None, "VLLM_SERVER_DEV_MODE")] {
        let project = project(&serve(backend));
        project.expect(0, &RUN);
        let arm = arm(&project);
        assert_eq!(
            (&arm["enforcement"], &arm["engine_evidence"]["by"]),
            (&"proven".into(), &"claimed".into())
        );
        assert!(arm["engine_evidence"]["why"].as_str().unwrap().contains(why), "{arm:#}");
        let report = project.expect(0, &["report", "named", "--format", "md"]).stdout;
        assert!(report.contains("server (live, engine unproven)") && report.contains(why), "{report}");
    }
}

#[test]
fn a_probe_shows_and_keeps_what_it_saw() {
    let project = project(&serve(Some("xgrammar")));
    let args = ["probe", "server", "--channel", "response_format", "--keyword", "enum", "--format", "json"];
    let probed: Value = serde_json::from_str(&project.expect(0, &args).stdout).unwrap();
    assert_eq!(probed["engine_evidence"]["by"], "server");
    assert_eq!(probed["manifest"]["server.engine"], "xgrammar");
    assert_eq!(probed["latency"]["n"], 3);
    assert_eq!(probed["keywords"].as_array().unwrap().len(), 1);
    let folder = project.only_run();
    assert!(folder.file_name().unwrap().to_str().unwrap().ends_with("-probe-server"));
    let kept = fs::read_to_string(folder.join("probe.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), probed);
    assert!(!kept.contains(SECRET));
    // Two prompts without a constraint and three canaries, each plain and streamed; an uncompilable schema; one
    // keyword with and without; three schemas, each twice.
    assert_eq!(probed["asked"].as_array().unwrap().len(), 2 * (2 + 3) + 1 + 2 + 6);
    assert!(fs::read_dir(folder.join("captures")).unwrap().next().is_some(), "answers are kept");
    let none = project.expect(2, &["report", "latest"]);
    assert!(none.stderr.contains("latest"), "a probe is no run: {}", none.stderr);
    let unknown = project.expect(2, &["probe", "server", "--keyword", "enums"]);
    assert!(unknown.stderr.contains("enum"), "{}", unknown.stderr);
}

#[test]
fn what_a_probe_of_a_control_concludes_is_about_a_control() {
    let project = project(&serve(Some("xgrammar")));
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        config.replace("engine = \"xgrammar\"\nmodel = \"m\"", "engine = \"none\"\nmodel = \"m\""),
    )
    .unwrap();
    let args = ["probe", "server", "--no-keywords", "--channel", "response_format"];
    let said = project.expect(1, &args).stdout;
    assert!(!said.contains("server: response_format"), "{said}");
    let [others, control] = said.trim_end().lines().rev().take(2).collect::<Vec<_>>()[..] else {
        panic!("{said}")
    };
    assert!(
        control.starts_with("server: a control") && others.contains("response_format is enforced"),
        "{said}"
    );
    let probed = project.expect(1, &[&args[..], &["--format", "json"]].concat()).stdout;
    let probed: Value = serde_json::from_str(&probed).unwrap();
    assert_eq!((&probed["control"], &probed["verdict"]), (&true.into(), &Value::Null));
    assert_eq!(probed["channels"][0]["own"], false);
}

/// An arm that is given up at its second failure.
fn impatient(url: &str) -> Project {
    let project = project(url);
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config + "breaker = { failures = 1, cool_down_s = 0.05, trials = 1 }\n").unwrap();
    project
}

#[test]
fn a_run_is_not_begun_where_nobody_can_be_reached() {
    let port = free_port();
    let project = impatient(&format!("http://127.0.0.1:{port}"));
    let refused = project.expect(2, &RUN).stderr;
    assert!(
        refused.contains("arm `server` cannot be reached") && refused.contains("--no-canary"),
        "{refused}"
    );
    assert!(!project.path().join("results").exists(), "nothing was begun");

    project.expect(3, &[&RUN[..], &["--no-canary", "--repeat", "6"]].concat());
    assert_eq!(arm(&project)["engine_evidence"]["by"], "claimed");
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    serve_on(listener, Some("xgrammar"), Arc::new(AtomicBool::new(true)));
    project.expect(0, &["run", "--resume", "named"]);
    let arm = arm(&project);
    assert_eq!((&arm["enforcement"], &arm["engine_evidence"]["by"]), (&"unproven".into(), &"server".into()));
    let report = project.expect(0, &["report", "named", "--format", "md"]).stdout;
    assert!(report.contains("made up for 4 of its attempts, server having been given up"), "{report}");
}

#[test]
fn a_recording_keeps_whose_word_its_engine_was_and_the_nonce_that_only_it_was_asked_for() {
    let project = project(&serve(Some("xgrammar")));
    let receipt = |run: &str| {
        let folder = fs::read_dir(project.path().join("results")).unwrap().map(|entry| entry.unwrap().path());
        let folder = folder.filter(|folder| folder.to_string_lossy().ends_with(run)).collect::<Vec<_>>();
        let [folder] = folder.as_slice() else { panic!("{folder:?}") };
        let receipt = fs::read_to_string(folder.join("run.json")).unwrap();
        serde_json::from_str::<Value>(&receipt).unwrap()["arms"][0].clone()
    };
    for name in ["-one", "-two"] {
        let folder = format!("rec{name}");
        project.expect(0, &[&RUN[..7], &[&name[1..], RUN[8], "--record", &folder]].concat());
    }
    let nonce = |run: &str| receipt(run)["canary"]["nonce"].as_str().unwrap().to_owned();
    assert_ne!(nonce("-one"), nonce("-two"), "the same seed and arm, and a nonce that no cache has answered");
    project.expect(0, &["run", "--replay", "rec-two", "--name", "again"]);
    let again = receipt("-again");
    assert_eq!(
        (again["enforcement"].as_str(), nonce("-again")),
        (Some("proven"), nonce("-two")),
        "{again:#}"
    );
    assert_eq!(again["engine_evidence"]["by"], "server");
    let why = again["engine_evidence"]["why"].as_str().unwrap();
    assert_eq!(why, "when it was recorded: the server says that it is pinned to `xgrammar`");
    let report = project.expect(0, &["report", "again", "--format", "md"]).stdout;
    assert!(!report.contains("engine unproven") && report.contains("server (replay)"), "{report}");
}

/// A case that a channel for schemas alone has no way to ask is an outcome of its own, and no fault of gonogo.
#[test]
fn what_a_channel_has_no_way_to_say_is_a_row_and_forbids_no_verdict() {
    let project = project(&serve(Some("xgrammar")));
    let file = project.path().join("gonogo.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "channel = \"response_format\"\n").unwrap();
    let suites = project.own_suites();
    let case = "[[case]]\nname = \"yes-or-no\"\nwhy = \"a choice\"\nprompt = \"Say yes or no.\"\n\
                choice = [\"yes\", \"no\"]\n\n[[case.good]]\nwhy = \"w\"\ntext = \"yes\"\n\n[[case.bad]]\nwhy = \"w\"\ntext = \"maybe\"\n\
                kind = \"enum-mismatch\"\n";
    let suite = suites.join("smoke/suite.toml");
    fs::write(&suite, format!("{}\n{case}", fs::read_to_string(&suite).unwrap())).unwrap();
    let cases = ["--case", "yes-or-no", "--case", "integer-object"];
    project.expect(0, &[&["run", "smoke", "--seed", "7", "--arm=server"][..], &cases].concat());
    let rows = rows(&project.only_run());
    let row = rows.iter().find(|row| row["case"] == "yes-or-no").unwrap();
    assert_eq!(row["outcome"]["kind"], "constraint-unsupported", "{row}");
    assert!(row["outcome"]["detail"]["message"].as_str().unwrap().contains("structured_outputs"), "{row}");
    let gate = project.expect(3, &["gate", "latest", "--policy", "reports/policies/migration.toml"]).stdout;
    assert!(!gate.contains("fault of gonogo"), "{gate}");
}

/// `server` is away, `other` is there.
fn beside_another(port: u16) -> Project {
    let project = impatient(&format!("http://127.0.0.1:{port}"));
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    let other = serve(Some("xgrammar"));
    let arm = "kind = \"http\"\ndialect = \"vllm\"\nengine = \"xgrammar\"\nmodel = \"m\"\nstream = false\n";
    fs::write(&file, format!("{config}\n[arm.other]\n{arm}base_url = \"{other}\"\n")).unwrap();
    project
}

#[test]
fn one_attempt_on_a_dead_endpoint_is_no_success_whoever_else_answers() {
    let project = beside_another(free_port());
    let config = project.path().join("gonogo.toml");
    fs::write(&config, fs::read_to_string(&config).unwrap().replace("failures = 1", "failures = 6")).unwrap();
    for others in [&["--no-canary"][..], &["--arm", "other"]] {
        let said = project.expect(3, &[&RUN[..], others].concat()).stderr;
        assert!(
            said.contains("server: not one of its attempts got an answer (1 connection-failed)"),
            "{said}"
        );
        assert!(!said.contains("other: not one") && !said.contains("given up"), "{said}");
    }
}

#[test]
fn an_arm_that_is_away_keeps_no_other_from_running_and_is_made_up_for() {
    let port = free_port();
    let project = beside_another(port);
    let run = [&RUN[..], &["--repeat", "6", "--arm", "other"]].concat();
    let said = project.expect(3, &run).stderr;
    assert!(said.contains("server: cannot be reached"), "{said}");
    let of = |name: &str| rows(&project.only_run()).iter().filter(|row| row["arm"] == name).count();
    let (server, other) = (of("server"), of("other"));
    assert!(server < other, "{server} of {other}");
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    serve_on(listener, Some("xgrammar"), Arc::new(AtomicBool::new(true)));
    project.expect(0, &["run", "--resume", "named"]);
    assert_eq!(arm(&project)["enforcement"], "proven");
}

#[test]
fn what_an_endpoint_was_too_sleepy_to_show_is_shown_when_the_run_goes_on() {
    let (listener, awake) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(AtomicBool::new(false)));
    let project = impatient(&format!("http://{}", listener.local_addr().unwrap()));
    serve_on(listener, Some("xgrammar"), Arc::clone(&awake));
    let run = [&RUN[..], &["--repeat", "6", "--record", "rec"]].concat();
    let given_up = project.expect(3, &run).stderr;
    assert!(given_up.contains("gonogo run --resume") && given_up.contains("--record rec"), "{given_up}");
    let recorded = || fs::read_dir(project.path().join("rec")).unwrap().count();
    assert_eq!(recorded(), 0, "a run without all its rows is not recorded");
    assert_eq!(arm(&project)["enforcement"], "unproven");
    awake.store(true, Ordering::SeqCst);
    project.expect(0, &["run", "--resume", "named", "--record", "rec"]);
    assert_eq!(recorded(), 1);
    let then = arm(&project);
    assert_eq!((&then["enforcement"], &then["engine_evidence"]["by"]), (&"proven".into(), &"server".into()));
    assert!(then["canary"]["constrained"].as_str().unwrap().contains("nonce"), "{then:#}");
    let report = project.expect(0, &["report", "named", "--format", "md"]).stdout;
    assert!(!report.contains("engine unproven"), "{report}");
}

#[test]
fn an_arm_that_has_answered_does_not_become_another() {
    let project = project(&serve(Some("xgrammar")));
    project.expect(0, &[&RUN[..], &["--repeat", "2"]].concat());
    // As if it had been stopped before its second attempt, and its canary had shown nothing.
    let (journal, receipt) = (project.only_run().join("attempts.jsonl"), project.only_run().join("run.json"));
    let rows = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, &rows[..=rows.find('\n').unwrap()]).unwrap();
    let text = fs::read_to_string(&receipt).unwrap();
    let unproven = text.replace("\"enforcement\": \"proven\"", "\"enforcement\": \"unproven\"");
    assert_ne!(text, unproven);
    fs::write(&receipt, unproven).unwrap();
    let refused = project.expect(2, &["run", "--resume", "named"]).stderr;
    let said = refused.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(said.contains("its constraint was unproven, and the canary says proven"), "{refused}");
    assert!(said.contains("`gonogo probe`") && said.contains("start a new run"), "{refused}");
}
