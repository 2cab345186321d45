//! The nightly templates, carried out: every `run:` step of the workflow as GitHub would run it, and the script of
//! the timer, against a real server.

mod runner;

use std::{fs, path::Path};

use runner::Runner;

use crate::{
    llama_server::Server,
    project::{Project, workspace},
};

const SECRET: &str = "sk-nightly-0123456789";

/// Thresholds that a model of 135 million parameters meets on six small schemas, and some that nobody can.
fn policy(project: &Project, name: &str, threshold: &str) {
    let text = format!(
        "name = \"{name}\"\nwhy = \"a test\"\nconfidence = 0.8\nminimum_n = 6\nprovenance = [\"live\"]\n\
         decide = \"only\"\n\n[[level]]\nname = \"only\"\nthresholds = [{{ {threshold} }}]\n"
    );
    fs::write(project.path().join(format!("{name}.toml")), text).unwrap();
}

/// A checkout as the workflow finds it: arms of a real server that want a key, and policies.
fn checkout(address: &str) -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    for (name, keys) in [("night-gbnf", "engine = \"gbnf\""), ("night-none", "engine = \"none\"")] {
        config.push_str(&format!(
            "\n[arm.{name}]\nkind = \"http\"\ndialect = \"llama-cpp\"\nbase_url = \"http://{address}\"\n\
             api_key_env = \"VLLM_API_KEY\"\n{keys}\n"
        ));
    }
    fs::write(&file, config).unwrap();
    policy(&project, "easy", "metric = \"success\", at_least = 0.05");
    policy(&project, "hard", "metric = \"latency\", quantile = 0.5, at_most_s = 0.000001");
    policy(&project, "open", "metric = \"success\", at_least = 0.9");
    project
}

fn runner() -> Runner {
    let mut runner = Runner::new(&workspace().join("harness/nightly/github-workflow.yml"));
    runner.secret("VLLM_API_KEY", SECRET);
    runner.set("SUITES", "smoke");
    runner.set("POLICY", "easy.toml");
    runner.matrix("arms", "night-gbnf night-none");
    runner
}

#[test]
fn the_workflow_does_what_it_says_and_leaves_by_the_gates_code() {
    let server = Server::start();
    let mut runner = runner();
    runner.variable("WAKE_URLS", &format!("http://{}/health", server.address));
    for number in 1..=4 {
        runner.matrix("shard", &number.to_string());
        let job = runner.job("shard", &checkout(&server.address));
        assert_eq!(job.code, 0, "{}", job.said);
        assert!(!job.said.contains("::warning"), "{}", job.said);
    }
    let mut verdict = |policy: &str, green: &str| {
        runner.set("POLICY", policy);
        runner.set("GREEN", green);
        let project = checkout(&server.address);
        let job = runner.job("verdict", &project);
        assert!(!job.said.contains(SECRET) && !job.summary.contains(SECRET), "{}", job.said);
        (job.code, job.said, job.summary)
    };
    let (code, said, summary) = verdict("easy.toml", "0");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("::notice title=GO%3A night-gbnf (live"), "{said}");
    assert!(summary.contains("**Verdict: GO**") && summary.contains("night-none (live)"), "{summary}");
    let (code, said, summary) = verdict("hard.toml", "0");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("::error title=NO-GO%3A night-gbnf") && summary.contains("**Verdict: NO-GO**"),
        "{said}"
    );
    let (code, said, _) = verdict("open.toml", "0");
    assert_eq!(code, 3, "six cases cannot show 90 %: {said}");
    assert!(said.contains("::warning title=INCONCLUSIVE"), "{said}");
    assert_eq!(verdict("nobody.toml", "0 1 3").0, 2);
    assert_eq!(verdict("open.toml", "0 3").0, 0);
    let kept = runner.artifacts();
    let report = kept.join("nightly/report/report.md");
    assert!(report.is_file() && kept.join("nightly/report/success.svg").is_file(), "{}", report.display());
    assert!(runner::find(&kept, SECRET).is_empty(), "{:?}", runner::find(&kept, SECRET));

    fs::remove_dir_all(runner.artifacts().join("shard-1")).unwrap();
    runner.set("POLICY", "easy.toml");
    runner.set("GREEN", "0");
    let job = runner.job("verdict", &checkout(&server.address));
    assert_eq!(job.code, 3, "a night without one of its shards is no GO: {}", job.said);
    assert!(
        job.summary.contains("shard 2/4 is missing") && job.said.contains("shard 2/4 is not here"),
        "{}",
        job.said
    );
}

#[test]
fn a_shard_that_is_cut_off_keeps_its_rows_and_one_that_cannot_run_fails() {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let slow = fs::read_to_string(&file).unwrap().replace("[run]", "[run]\nrate = 0.1");
    fs::write(&file, slow).unwrap();
    let mut runner = runner();
    runner.set("SUITES", "typescript");
    runner.matrix("arms", "lift-2025-10-23");
    runner.matrix("shard", "1");
    runner.set("SHARDS", "1");
    runner.set("MINUTES", "0.5");
    let job = runner.job("shard", &project);
    assert_eq!(job.code, 0, "{}", job.said);
    assert!(job.said.contains("::warning title=shard 1/1::cut off after 0.5 minutes"), "{}", job.said);
    let kept = runner::find(&runner.artifacts(), "\"status\": \"unfinished\"");
    let [receipt] = kept.as_slice() else { panic!("{kept:?}") };
    let rows = crate::project::rows(receipt.parent().unwrap());
    assert!((1..5).contains(&rows.len()), "one every ten seconds: {rows:?}");
    runner.matrix("arms", "nobody");
    let job = runner.job("shard", &Project::new());
    assert_eq!(job.code, 2, "{}", job.said);
    assert!(job.said.contains("unknown arm `nobody`"), "{}", job.said);
}

#[test]
fn the_script_of_the_timer_leaves_by_the_gates_code() {
    let server = Server::start();
    let project = checkout(&server.address);
    for (policy, code) in [("easy.toml", 0), ("hard.toml", 1), ("open.toml", 3), ("nobody.toml", 2)] {
        let settings =
            [("POLICY", policy), ("SUITES", "smoke"), ("ARMS", "night-gbnf"), ("VLLM_API_KEY", SECRET)];
        let ran = runner::bash(&workspace().join("harness/nightly/nightly.sh"), project.path(), &settings);
        assert_eq!(ran.0, code, "{policy}: {}", ran.1);
    }
    assert!(runner::find(&project.path().join("results"), SECRET).is_empty());
}

#[test]
fn a_night_that_is_stopped_before_its_run_begins_is_not_judged_by_the_one_before() {
    // Opening tonight's arm takes longer than the night: whoever listens there says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let project = checkout(&silent.local_addr().unwrap().to_string());
    project.expect(0, &["run", "typescript", "--arm", "lift-2025-10-23", "--name", "nightly"]);
    let settings = [
        ("POLICY", "easy.toml"),
        ("SUITES", "smoke"),
        ("ARMS", "night-none"),
        ("VLLM_API_KEY", SECRET),
        ("HOURS", "0.0003"),
    ];
    let ran = runner::bash(&workspace().join("harness/nightly/nightly.sh"), project.path(), &settings);
    assert_eq!(ran.0, 2, "{}", ran.1);
    assert!(ran.1.contains("another night's run says nothing of it"), "{}", ran.1);
    assert_eq!(fs::read_dir(project.path().join("results")).unwrap().count(), 1, "tonight has no run");
}

#[test]
fn what_the_templates_name_is_there() {
    let runner = Runner::new(&workspace().join("harness/nightly/github-workflow.yml"));
    let env = &runner.workflow()["env"];
    for suite in env["SUITES"].as_str().unwrap().split(' ') {
        assert!(workspace().join("suites").join(suite).is_dir(), "{suite}");
    }
    assert!(workspace().join(env["POLICY"].as_str().unwrap()).is_file());
    let shards = runner.workflow()["jobs"]["shard"]["strategy"]["matrix"]["shard"].as_array().unwrap().len();
    assert_eq!(env["SHARDS"].as_u64().unwrap(), shards as u64);
    let build = runner.workflow()["jobs"]["build"]["steps"][1]["run"].as_str().unwrap();
    assert!(build.contains("--release --locked -p gonogo -p gonogo-parquet"), "{build}");
    let service =
        fs::read_to_string(workspace().join("harness/nightly/systemd/gonogo-nightly.service")).unwrap();
    let script = service.lines().find_map(|line| line.strip_prefix("ExecStart=/srv/gonogo/")).unwrap();
    assert!(workspace().join(Path::new(script)).is_file(), "{script}");
}
