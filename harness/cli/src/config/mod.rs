//! `gonogo.toml`: arms, run defaults and the local backend's settings.

mod arm;
mod conduct;
mod masks;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use arm::{ArmConfig, ArmKind, ServerConfig, Timeouts, limit};
use gonogo_core::Arrivals;
pub(crate) use masks::{EngineConfig, MasksDefaults};
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use thiserror::Error;

use crate::near;

/// The name looked for in the working directory and above.
pub(crate) const FILE: &str = "gonogo.toml";

/// A whole configuration and the folder it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Folder of `gonogo.toml`: relative paths start here.
    pub(crate) project: PathBuf,
    /// Defaults of `gonogo run`.
    pub(crate) run: RunDefaults,
    /// The local backend.
    pub(crate) local: LocalDefaults,
    /// The policy that decides where nobody names one.
    pub(crate) gate: GateDefaults,
    /// Defaults of `gonogo masks`.
    pub(crate) masks: MasksDefaults,
    /// Arms by name.
    pub(crate) arms: BTreeMap<String, ArmConfig>,
}

/// The file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    run: RunDefaults,
    #[serde(default)]
    local: LocalDefaults,
    #[serde(default)]
    gate: GateDefaults,
    #[serde(default)]
    masks: MasksDefaults,
    #[serde(default)]
    arm: BTreeMap<String, ArmConfig>,
}

/// Defaults of `gonogo run`; every one has a flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunDefaults {
    /// Suites to run when none is named.
    pub(crate) suites: Vec<PathBuf>,
    /// Arms to run when none is named.
    pub(crate) arms: Vec<String>,
    /// Rung of the ladder; a suite without it uses its own default.
    pub(crate) rung: Option<String>,
    /// Completion tokens at most.
    pub(crate) max_tokens: u32,
    /// Sampling temperature; 0 is greedy.
    pub(crate) temperature: f64,
    /// Tries of each case on each arm.
    pub(crate) repeat: u32,
    /// Attempts in flight at a time; with a rate as many as it takes.
    pub(crate) concurrency: Option<u32>,
    /// Attempts a second in an open loop; a closed one when absent.
    pub(crate) rate: Option<f64>,
    /// How the starts of an open loop are spread.
    pub(crate) arrivals: Arrivals,
    /// Where runs are written.
    pub(crate) out: PathBuf,
}

impl Default for RunDefaults {
    fn default() -> Self {
        Self {
            suites: Vec::new(),
            arms: Vec::new(),
            rung: None,
            max_tokens: 512,
            temperature: 0.0,
            repeat: 1,
            concurrency: None,
            rate: None,
            arrivals: Arrivals::default(),
            out: "results".into(),
        }
    }
}

/// What decides where nobody says what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GateDefaults {
    /// The policy.
    pub(crate) policy: Option<PathBuf>,
}

/// The local backend: model, threads, limits.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LocalDefaults {
    /// GGUF file; the embedded default when absent.
    pub(crate) model: Option<PathBuf>,
    /// Python interpreter that has XGrammar; the one `gonogo setup` made when absent.
    pub(crate) python: Option<PathBuf>,
    /// Threads of the forward pass.
    pub(crate) threads: u32,
    /// Context window, tokens.
    pub(crate) context: u32,
    /// Resident memory a worker must not outgrow.
    pub(crate) memory_limit_mib: u64,
    /// Limits per phase.
    pub(crate) timeout: Timeouts,
}

impl Default for LocalDefaults {
    fn default() -> Self {
        Self {
            model: None,
            python: None,
            threads: 1,
            context: 2048,
            memory_limit_mib: 3072,
            timeout: Timeouts::default(),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum ConfigError {
    /// No file.
    #[error("no {FILE} in {} or above it", .from.display())]
    #[diagnostic(help("run gonogo inside a checkout of the project, or name a file with --config"))]
    NotFound {
        /// Where the search began.
        from: PathBuf,
    },
    /// Not readable.
    #[error("cannot read {}", .path.display())]
    #[diagnostic(help("name a {FILE} with --config, or run without it inside a checkout of the project"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not what a configuration looks like.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// The file.
        #[source_code]
        source_code: Arc<NamedSource<String>>,
        /// Where.
        #[label("here")]
        span: Option<SourceSpan>,
        /// What to do.
        #[help]
        help: Option<String>,
    },
}

impl Config {
    /// Reads `path`, or the nearest `gonogo.toml` in the working directory or above it.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => find()?,
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self::parse(&text, &path, parent.unwrap_or(Path::new(".")))
    }

    fn parse(text: &str, path: &Path, project: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| invalid(text, path, &error))?;
        let File { run, local, gate, masks, arm: arms } = file;
        let mut config = Self { project: project.to_owned(), run, local, gate, masks, arms };
        for arm in config.arms.values_mut() {
            arm.ca_file = arm.ca_file.take().map(|file| project.join(file));
        }
        config.check_limits(text, path)?;
        config.check_arms(text, path)?;
        Ok(config)
    }

    /// A limit that is not a sensible number of seconds would be none at all.
    fn check_limits(&self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let Some(limit) = self.local.timeout.wrong() else { return Ok(()) };
        Err(ConfigError::Invalid {
            message: format!("`local.timeout.{limit}` is no number of seconds from 0.001 to a day"),
            source_code: source(text, path),
            span: text.find(limit).map(|at| SourceSpan::from((at, limit.len()))),
            help: None,
        })
    }

    /// Each kind of arm needs some keys and refuses others.
    fn check_arms(&self, text: &str, path: &Path) -> Result<(), ConfigError> {
        for (name, arm) in &self.arms {
            let Some(problem) = arm.problem() else { continue };
            let header = format!("[arm.{name}]");
            let span = text.find(&header).map(|at| SourceSpan::from((at, header.len())));
            return Err(ConfigError::Invalid {
                message: format!("arm `{name}`: {problem}"),
                source_code: source(text, path),
                span,
                help: None,
            });
        }
        Ok(())
    }

    /// The arm of this name.
    pub(crate) fn arm(&self, name: &str) -> Result<&ArmConfig, miette::Report> {
        self.arms.get(name).ok_or_else(|| {
            miette::miette!(
                help = near::advice(name, self.arms.keys().map(String::as_str)),
                "unknown arm `{name}`"
            )
        })
    }

    /// The same, with no certificate of an endpoint checked where `so`.
    pub(crate) fn insecure(mut self, so: bool) -> Self {
        let endpoints = |arm: &&mut ArmConfig| matches!(arm.kind, ArmKind::Http | ArmKind::Sim);
        for arm in self.arms.values_mut().filter(|_| so).filter(endpoints) {
            arm.insecure = Some(true);
        }
        self
    }

    /// Environment variables that hold keys: no worker inherits them.
    pub(crate) fn key_variables(&self) -> Vec<String> {
        self.arms.values().filter_map(|arm| arm.api_key_env.clone()).collect()
    }

    /// A path of the configuration, from the project's folder.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.project.join(path)
    }
}

/// The nearest configuration.
fn find() -> Result<PathBuf, ConfigError> {
    let from = std::env::current_dir().unwrap_or_default();
    let found = from.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file());
    found.ok_or(ConfigError::NotFound { from })
}

fn source(text: &str, path: &Path) -> Arc<NamedSource<String>> {
    Arc::new(NamedSource::new(path.display().to_string(), text.to_owned()).with_language("toml"))
}

/// The TOML reader's complaint, underlined, with the near names where a name is unknown.
fn invalid(text: &str, path: &Path, error: &toml::de::Error) -> ConfigError {
    let message = error.message().to_owned();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let help = match quoted.split_first() {
        Some((unknown, known)) if message.starts_with("unknown") => {
            Some(near::advice(unknown, known.iter().copied()))
        }
        Some(_) | None => None,
    };
    ConfigError::Invalid {
        message,
        source_code: source(text, path),
        span: error.span().map(SourceSpan::from),
        help,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Config, ConfigError};

    fn error(text: &str) -> (String, Option<String>) {
        match Config::parse(text, Path::new("gonogo.toml"), Path::new(".")) {
            Err(ConfigError::Invalid { message, help, .. }) => (message, help),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unknown_key_names_the_near_one() {
        let (message, help) = error("[arm.a]\nkind = \"local\"\nengin = \"none\"\n");
        assert!(message.starts_with("unknown field `engin`"), "{message}");
        assert_eq!(help.as_deref(), Some("did you mean `engine`?"));
    }

    /// The keys of a table, which serde names where it meets one that it does not know.
    fn keys_of(unknown: &str) -> Vec<String> {
        let message = error(unknown).0;
        let (_, known) = message.split_once("expected ").unwrap_or_else(|| panic!("{message}"));
        let names = known.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        assert!(!names.is_empty(), "{message}");
        names
    }

    #[test]
    fn every_key_is_documented() {
        let page = include_str!("../../CONFIG.md");
        let arm = "[arm.a]\nkind = \"http\"\n";
        let engine = "[masks.engine.e]\n";
        let tables = ["", "[run]\n", "[local]\n", "[gate]\n", "[masks]\n", engine, arm];
        let nested = ["timeout", "server", "retry", "breaker", "price"];
        let tables = tables.map(|table| format!("{table}nonsense = 1\n"));
        let nested = nested.map(|key| format!("{arm}{key} = {{ nonsense = 1 }}\n"));
        for table in tables.into_iter().chain(nested) {
            for key in keys_of(&table) {
                let mentioned = page.contains(&format!("`{key}`")) || page.contains(&format!("`[{key}"));
                assert!(mentioned, "CONFIG.md does not mention `{key}` of {table}");
            }
        }
    }

    #[test]
    fn an_arm_that_lacks_its_engine_is_refused() {
        assert_eq!(error("[arm.a]\nkind = \"local\"\n").0, "arm `a`: a local arm needs `engine`");
    }

    #[test]
    fn a_misspelt_engine_is_refused_where_the_list_is_closed_and_told_of_elsewhere() {
        let local = "[arm.a]\nkind = \"local\"\nengine = \"xgramar\"\n";
        let said = error(local).0;
        assert!(said.contains("no engine `xgramar`: did you mean `xgrammar`?"), "{said}");
        let parse = |text: &str| Config::parse(text, Path::new("gonogo.toml"), Path::new(".")).unwrap();
        parse(&format!("{local}program = \"mine\"\n"));
        let odd = |dialect: &str, engine: &str| {
            let keys = "kind = \"http\"\nbase_url = \"http://h\"\n";
            let text = format!("[arm.a]\n{keys}dialect = \"{dialect}\"\nengine = \"{engine}\"\n");
            parse(&text).arms["a"].odd_engine()
        };
        let gbnf = "a llama-cpp server has no engine `xgrammar`, only gbnf, llguidance";
        assert_eq!(odd("llama-cpp", "xgrammar").as_deref(), Some(gbnf));
        assert!(odd("vllm", "xgramar").unwrap().ends_with("did you mean `xgrammar`?"));
        for (dialect, engine) in
            [("vllm", "guidance"), ("vllm", "none"), ("openai-chat", "xgrammar"), ("vllm", "our-own-thing")]
        {
            assert_eq!(odd(dialect, engine), None, "{dialect} {engine}");
        }
    }

    #[test]
    fn each_kind_of_arm_has_its_own_keys() {
        let http = "[arm.a]\nkind = \"http\"\nengine = \"xgrammar\"\nbase_url = \"http://h\"\n";
        assert_eq!(error(http).0, "arm `a`: a http arm needs `dialect`");
        let http = format!("{http}dialect = \"vllm\"\n");
        assert!(Config::parse(&http, Path::new("gonogo.toml"), Path::new(".")).is_ok());
        assert_eq!(error(&format!("{http}cassette = \"c\"\n")).0, "arm `a`: a http arm has no `cassette`");
        let late = format!("{http}timeout = {{ compile_s = 1.0 }}\n");
        assert_eq!(error(&late).0, "arm `a`: a http arm has no `timeout.compile_s`");
        let never = format!("{http}timeout = {{ total_s = -1.0 }}\n");
        assert_eq!(error(&never).0, "arm `a`: `timeout.total_s` is no number of seconds from 0.001 to a day");
        assert!(error("[local.timeout]\nstall_s = inf\n").0.starts_with("`local.timeout.stall_s`"));
        let sim = http.replace("\"http\"", "\"sim\"");
        assert!(Config::parse(&sim, Path::new("gonogo.toml"), Path::new(".")).is_ok());
        assert_eq!(error(&format!("{sim}cassette = \"c\"\n")).0, "arm `a`: a sim arm has no `cassette`");
        let replay = "[arm.a]\nkind = \"replay\"\ncassette = \"c\"\nprogram = \"p\"\n";
        assert_eq!(error(replay).0, "arm `a`: a replay arm has no `program`");
    }

    #[test]
    fn faults_and_options_are_read() {
        let text = "[arm.f]\nkind = \"local\"\nengine = \"none\"\nfault = { abort = { after = 3 } }\n\
                    options = { whitespace = \"fixed\" }\n";
        let config = Config::parse(text, Path::new("gonogo.toml"), Path::new(".")).unwrap();
        assert!(config.arm("f").unwrap().fault.is_some());
        assert!(config.arm("g").is_err());
    }
}
