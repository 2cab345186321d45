//! `gonogo gate RUN`: the decision, by a policy.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gonogo_report::{Policy, Verdict};
use miette::{IntoDiagnostic, NamedSource, Result, WrapErr, miette};

use crate::{config::Config, evidence, exit_status::ExitStatus, near, ui::Ui};

/// Arguments of `gonogo gate`.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// A run: `latest`, its name, or its folder
    run: String,
    /// Thresholds, confidence and what counts as evidence [default: `gate.policy` of the configuration]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Decide about this arm [default: every arm but the controls]
    #[arg(long = "arm", value_name = "ARM")]
    arms: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = GateFormat::Text)]
    format: GateFormat,
}

/// What a verdict can be printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GateFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// Markdown, as at the head of a report: for $GITHUB_STEP_SUMMARY.
    Md,
    /// Annotations of GitHub Actions, a line an arm.
    Github,
}

/// Prints the verdict and says it by exit code.
pub(crate) fn run(args: &GateArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let dir = gonogo_store::resolve(&config.path(&config.run.out), &args.run).into_diagnostic()?;
    let receipt = dir.receipt().into_diagnostic()?;
    let attempts = dir.attempts().into_diagnostic()?.rows;
    for arm in &args.arms {
        if receipt.arm(arm).is_none() {
            let known = receipt.arms.iter().map(|arm| arm.name.as_str());
            return Err(miette!(help = near::advice(arm, known), "the run has no arm `{arm}`"));
        }
    }
    let arms = (!args.arms.is_empty()).then_some(args.arms.as_slice());
    let Some(path) = args.policy.as_ref().or(config.gate.policy.as_ref()) else {
        let help = "name one with --policy, or in `policy` under [gate] of gonogo.toml";
        return Err(miette!(help = help, "no policy to decide by"));
    };
    let policy = policy(path, config)?;
    let recheck = evidence::recheck(&dir, &receipt, &attempts)?;
    let probes = evidence::probes(&dir, &policy)?;
    let result = gonogo_report::gate_with_probes(&policy, &receipt, &attempts, arms, recheck, &probes);
    match args.format {
        GateFormat::Text => ui.data(result.text().trim_end())?,
        GateFormat::Json => ui.data(&serde_json::to_string_pretty(&result.json()).into_diagnostic()?)?,
        GateFormat::Md => ui.data(result.markdown().trim_end())?,
        GateFormat::Github => ui.data(&result.annotations())?,
    }
    Ok(match result.verdict {
        Verdict::Go => ExitStatus::Success,
        Verdict::NoGo => ExitStatus::NoGo,
        Verdict::Inconclusive => ExitStatus::Inconclusive,
    })
}

/// Reads a policy; the path is as typed or from the project's folder.
pub(crate) fn policy(path: &Path, config: &Config) -> Result<Policy> {
    let file = if path.is_file() { path.to_owned() } else { config.path(path) };
    let text = std::fs::read_to_string(&file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the policy {}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let labels =
            error.span().map(|span| miette::LabeledSpan::at(span, "here")).into_iter().collect::<Vec<_>>();
        miette!(labels = labels, "{}", error.message())
            .with_source_code(NamedSource::new(file.display().to_string(), text).with_language("toml"))
    })
}
