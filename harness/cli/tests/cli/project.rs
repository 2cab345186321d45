//! A project of its own for each test: the real configuration, suites and fixtures, and an
//! empty results folder. Workers and the model are the real ones.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A temporary project.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// Where `gonogo setup` put model and engines.
pub(crate) fn home() -> PathBuf {
    std::env::var_os("GONOGO_HOME").map_or_else(|| workspace().join(".gonogo"), PathBuf::from)
}

impl Project {
    /// A project with the shipped configuration.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::copy(workspace().join("gonogo.toml"), folder.path().join("gonogo.toml")).unwrap();
        symlink(workspace().join("suites"), folder.path().join("suites")).unwrap();
        symlink(workspace().join("fixtures"), folder.path().join("fixtures")).unwrap();
        fs::create_dir(folder.path().join("reports")).unwrap();
        symlink(workspace().join("reports/policies"), folder.path().join("reports/policies")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of the suites that a test may change.
    pub(crate) fn own_suites(&self) -> PathBuf {
        let suites = self.path().join("suites");
        fs::remove_file(&suites).unwrap();
        copy(&workspace().join("suites"), &suites);
        suites
    }

    /// The command line, ready to run in the project's folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command
            .args(args)
            .current_dir(self.path())
            .env("GONOGO_HOME", home())
            .env("NO_COLOR", "1")
            .env_remove("GONOGO_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// Runs it, and fails the test unless it ends with `code`.
    pub(crate) fn expect(&self, code: i32, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "gonogo {}\n{}\n{}", args.join(" "), ran.stdout, ran.stderr);
        ran
    }

    /// The folder of the only run.
    pub(crate) fn only_run(&self) -> PathBuf {
        let runs: Vec<_> =
            fs::read_dir(self.path().join("results")).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [run] = runs.as_slice() else { panic!("{runs:?}") };
        run.clone()
    }

    /// `outcome.kind` of every row of a run, by attempt.
    pub(crate) fn kinds(&self, run: &Path) -> Vec<(String, String)> {
        let mut kinds: Vec<_> = rows(run)
            .iter()
            .map(|row| {
                let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                let key = format!("{}/{} {} #{}", field("suite"), field("case"), field("arm"), row["repeat"]);
                (key, row["outcome"]["kind"].as_str().unwrap().to_owned())
            })
            .collect();
        kinds.sort();
        kinds
    }
}

/// The journal's rows.
pub(crate) fn rows(run: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("attempts.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
