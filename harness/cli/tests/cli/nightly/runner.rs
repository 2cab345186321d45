//! As much of GitHub's runner as the workflow needs: expressions, environments, artifacts, and steps in bash.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::project::{Project, home};

/// A workflow, what it is given, and the artifacts its jobs hand on.
pub(super) struct Runner {
    workflow: Value,
    /// What expressions mean: `matrix.shard`, `secrets.KEY`.
    context: BTreeMap<String, String>,
    /// What goes before the workflow's own environment.
    settings: BTreeMap<String, String>,
    artifacts: TempDir,
}

/// How a job ended.
pub(super) struct Job {
    /// Of the first step that failed, else 0.
    pub(super) code: i32,
    /// Everything that its steps said.
    pub(super) said: String,
    /// `$GITHUB_STEP_SUMMARY`.
    pub(super) summary: String,
}

impl Runner {
    pub(super) fn new(file: &Path) -> Self {
        let workflow: Value = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(workflow["defaults"]["run"]["shell"], "bash", "which means -e and -o pipefail");
        let context = BTreeMap::from([
            ("github.run_id".to_owned(), "17543210987".to_owned()),
            ("always()".to_owned(), "true".to_owned()),
            ("vars.WAKE_URLS".to_owned(), String::new()),
        ]);
        Self { workflow, context, settings: BTreeMap::new(), artifacts: TempDir::new().unwrap() }
    }

    pub(super) fn workflow(&self) -> &Value {
        &self.workflow
    }

    pub(super) fn artifacts(&self) -> PathBuf {
        self.artifacts.path().to_owned()
    }

    pub(super) fn secret(&mut self, name: &str, value: &str) {
        self.context.insert(format!("secrets.{name}"), value.into());
    }

    pub(super) fn variable(&mut self, name: &str, value: &str) {
        self.context.insert(format!("vars.{name}"), value.into());
    }

    /// The entry of the matrix; `strategy.job-index` follows the shard, as it does with one entry of arms.
    pub(super) fn matrix(&mut self, name: &str, value: &str) {
        self.context.insert(format!("matrix.{name}"), value.into());
        if let Ok(number) = value.parse::<u32>() {
            self.context.insert("strategy.job-index".into(), (number - 1).to_string());
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.into(), value.into());
    }

    /// Runs a job in `checkout`, step by step; after a step that failed only those that always run.
    pub(super) fn job(&self, name: &str, checkout: &Project) -> Job {
        let job = &self.workflow["jobs"][name];
        let mut ended = Job { code: 0, said: String::new(), summary: String::new() };
        for step in job["steps"].as_array().unwrap() {
            let always = step["if"].as_str().is_some_and(|condition| self.expand(condition) == "true");
            if ended.code != 0 && !always {
                continue;
            }
            let code = match step["run"].as_str() {
                Some(script) => {
                    let mut env = self.environment(&self.workflow["env"]);
                    env.extend(self.environment(&job["env"]));
                    env.extend(self.environment(&step["env"]));
                    env.extend(self.settings.clone());
                    let (code, said) = self.step(script, checkout.path(), &env);
                    ended.said += &said;
                    code
                }
                None => self.action(step, checkout.path()),
            };
            if ended.code == 0 {
                ended.code = code;
            }
        }
        ended.summary = fs::read_to_string(checkout.path().join("summary.md")).unwrap_or_default();
        ended
    }

    fn step(&self, script: &str, folder: &Path, env: &BTreeMap<String, String>) -> (i32, String) {
        assert!(!script.contains("${{"), "an expression in a script is an injection: {script}");
        let file = self.artifacts.path().join("step.sh");
        fs::write(&file, script).unwrap();
        let settings: Vec<(&str, &str)> =
            env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ran = bash(&file, folder, &settings);
        fs::remove_file(file).unwrap();
        ran
    }

    /// The actions that the workflow uses.
    fn action(&self, step: &Value, folder: &Path) -> i32 {
        let with = |name: &str| step["with"][name].as_str().map(|text| self.expand(text)).unwrap_or_default();
        let action = step["uses"].as_str().unwrap().split('@').next().unwrap();
        match action {
            "actions/checkout" => {}
            "actions/download-artifact" if with("name") == "gonogo" => build(&folder.join(with("path"))),
            "actions/download-artifact" => {
                let prefix = with("pattern").trim_end_matches('*').to_owned();
                for entry in fs::read_dir(self.artifacts.path()).unwrap().map(|entry| entry.unwrap()) {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if name.starts_with(&prefix) {
                        copy(&entry.path(), &folder.join(with("path")).join(name));
                    }
                }
            }
            "actions/upload-artifact" => {
                let target = self.artifacts.path().join(with("name"));
                let _ = fs::remove_dir_all(&target);
                let text = with("path");
                let paths: Vec<&str> =
                    text.lines().map(str::trim).filter(|path| folder.join(path).exists()).collect();
                // One folder is uploaded as what is in it; of several, the common root.
                let single = text.trim().lines().count() == 1;
                for path in &paths {
                    copy(&folder.join(path), &if single { target.clone() } else { target.join(path) });
                }
                return i32::from(paths.is_empty() && with("if-no-files-found") == "error");
            }
            other => panic!("the workflow uses {other}"),
        }
        0
    }

    fn environment(&self, env: &Value) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| self.expand(text));
        let pairs = env.as_object().into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// Replaces every `${{ … }}`.
    fn expand(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").unwrap();
        let value = self.context.get(expression.trim());
        let value = value.unwrap_or_else(|| panic!("nobody knows {expression}"));
        format!("{before}{value}{}", self.expand(after))
    }
}

/// What the build job hands on.
fn build(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let gonogo = Path::new(env!("CARGO_BIN_EXE_gonogo"));
    for program in ["gonogo", "gonogo-parquet"] {
        let built = gonogo.with_file_name(program);
        assert!(built.is_file(), "{} is missing: build the workspace", built.display());
        symlink(built, folder.join(program)).unwrap();
    }
}

/// A script as the runner starts it, and what it said on either stream.
pub(super) fn bash(script: &Path, folder: &Path, settings: &[(&str, &str)]) -> (i32, String) {
    let ran = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(script)
        .current_dir(folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .env("GONOGO", env!("CARGO_BIN_EXE_gonogo"))
        .env("GONOGO_HOME", home())
        .env("NO_COLOR", "1")
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code().unwrap_or(-1), text(&ran.stdout) + &text(&ran.stderr))
}

/// Files under `folder` that contain `text`, captures unpacked.
pub(super) fn find(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(find(&path, text));
        } else {
            let cat =
                if path.extension().is_some_and(|extension| extension == "gz") { "zcat" } else { "cat" };
            let bytes = Command::new(cat).arg(&path).output().unwrap().stdout;
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let done = Command::new("cp").arg("-rT").arg(from).arg(to).status().unwrap();
    assert!(done.success(), "{} to {}", from.display(), to.display());
}
