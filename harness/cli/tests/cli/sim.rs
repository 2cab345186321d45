//! The sim behind a run: its rows are no evidence, whatever the configuration calls it.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Stdio},
};

use crate::project::{Project, rows};

/// A sim that ends with the test.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    pub(crate) fn new(project: &Project) -> Self {
        let mut command = project.command(&["sim", "--seed", "7"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    /// Ends it and returns what it said to people.
    pub(crate) fn end(mut self) -> String {
        let _ = self.child.kill();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        self.child.wait().unwrap();
        said
    }
}

#[test]
fn rows_of_the_sim_are_simulated_and_never_go() {
    let project = Project::new();
    let sim = Serving::new(&project);
    assert!(sim.url.starts_with("http://127.0.0.1:"), "{}", sim.url);
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    for (name, kind, fault) in [
        ("scripted", "sim", "unauthorised"),
        ("mistaken", "http", "plain"),
        ("refused", "sim", "reset-before-head"),
    ] {
        write!(
            config,
            "\n[arm.{name}]\nkind = \"{kind}\"\ndialect = \"openai-chat\"\nengine = \"none\"\nbase_url = \"{}/{fault}\"\n",
            sim.url
        )
        .unwrap();
    }
    fs::write(&file, config).unwrap();
    let arms = ["--arm", "scripted", "--arm", "mistaken", "--arm", "refused"];
    let ran = project
        .expect(3, &[&["run", "smoke", "--no-canary", "--seed", "1", "--name", "sim"][..], &arms].concat());
    for unanswered in
        ["scripted: not one of its attempts got an answer (6 auth-failed)", "refused: not one of its"]
    {
        assert!(ran.stderr.contains(unanswered), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("mistaken: not one"), "{}", ran.stderr);
    let rows = rows(&project.only_run());
    let text =
        |row: &serde_json::Value, pointer: &str| row.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let provenances: BTreeSet<String> = rows.iter().map(|row| text(row, "/provenance")).collect();
    assert_eq!(provenances, BTreeSet::from(["simulated".to_owned()]));
    let of = |arm: &str| -> BTreeSet<String> {
        let rows = rows.iter().filter(|row| row["arm"] == arm);
        rows.map(|row| text(row, "/outcome/kind")).collect()
    };
    assert_eq!(of("scripted"), BTreeSet::from(["auth-failed".to_owned()]));
    assert_eq!(of("refused"), BTreeSet::from(["connection-failed".to_owned()]));
    for arm in ["scripted", "mistaken", "refused"] {
        let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml", "--arm", arm];
        let verdict = project.expect(3, &gate).stdout;
        assert!(verdict.contains("are no evidence"), "{arm}: {verdict}");
    }
    let said = sim.end();
    assert!(said.contains("POST /unauthorised/v1/chat/completions: unauthorised"), "{said}");
}

#[test]
fn a_server_that_refuses_even_without_a_constraint_shows_nothing() {
    let project = Project::new();
    let sim = Serving::new(&project);
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    let arm = "\n[arm.wrong]\nkind = \"sim\"\ndialect = \"openai-chat\"\nengine = \"xgrammar\"\n";
    fs::write(&file, format!("{config}{arm}base_url = \"{}/not-found\"\n", sim.url)).unwrap();
    let said = project.expect(2, &["probe", "wrong", "--no-keywords"]).stderr;
    assert!(said.contains("does not answer even without a constraint") && said.contains("404"), "{said}");
    sim.end();
}
