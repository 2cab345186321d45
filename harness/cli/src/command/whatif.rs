//! `gonogo whatif RUN`: what other strategies would have come to on the answers of a run.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gonogo_core::{Family, Kind, Receipt};
use gonogo_whatif::{Fault, Strategies, what_if};
use miette::{IntoDiagnostic, NamedSource, Result, WrapErr, miette};

use crate::{config::Config, exit_status::ExitStatus, near, ui::Ui};

/// Arguments of `gonogo whatif`.
#[derive(Debug, Args)]
pub(crate) struct WhatIfArgs {
    /// A run: `latest`, its name, or its folder
    run: String,
    /// What the client would do: [[strategy]] tables, the first of which the others are measured against
    #[arg(long, visible_alias = "policy", value_name = "FILE")]
    strategies: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = WhatIfFormat::Md)]
    format: WhatIfFormat,
    /// Where to write it [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What strategies can be printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WhatIfFormat {
    /// Markdown.
    Md,
    /// Every figure, for machines.
    Json,
}

/// Prints what the strategies would have come to.
pub(crate) fn run(args: &WhatIfArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let dir = gonogo_store::resolve(&config.path(&config.run.out), &args.run).into_diagnostic()?;
    let receipt = dir.receipt().into_diagnostic()?;
    let attempts = dir.attempts().into_diagnostic()?.rows;
    let strategies = read(&args.strategies, config)?;
    let found = what_if(&strategies, &receipt, &attempts).map_err(|fault| meaningless(&fault, &receipt))?;
    let document = match args.format {
        WhatIfFormat::Md => found.markdown(&format!(
            "gonogo whatif {} --strategies {}",
            dir.name(),
            args.strategies.display()
        )),
        WhatIfFormat::Json => serde_json::to_string_pretty(&found.json()).into_diagnostic()? + "\n",
    };
    match &args.output {
        Some(file) => {
            std::fs::write(file, document).into_diagnostic().wrap_err_with(|| file.display().to_string())?;
            ui.note(&format!("wrote {}", file.display()));
        }
        None => ui.data(document.trim_end())?,
    }
    Ok(ExitStatus::Success)
}

/// Reads strategies; the path is as typed or from the project's folder.
fn read(path: &Path, config: &Config) -> Result<Strategies> {
    let file = if path.is_file() { path.to_owned() } else { config.path(path) };
    let text = std::fs::read_to_string(&file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the strategies {}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let labels: Vec<_> =
            error.span().map(|span| miette::LabeledSpan::at(span, "here")).into_iter().collect();
        miette!(labels = labels, "{}", error.message())
            .with_source_code(NamedSource::new(file.display().to_string(), text).with_language("toml"))
    })
}

fn meaningless(fault: &Fault, receipt: &Receipt) -> miette::Report {
    let help = match fault {
        Fault::UnknownArm(arm) => near::advice(arm, receipt.arms.iter().map(|arm| arm.name.as_str())),
        Fault::UnknownOutcome(name) => {
            let families = Family::ALL.iter().map(|family| family.name());
            near::advice(name, families.chain(Kind::ALL.iter().map(|kind| kind.name())))
        }
        Fault::NoStrategy | Fault::AsksNobody(_) => {
            "a strategy has a name and whom it asks: ask = [{ arm = \"…\" }]".into()
        }
        Fault::Twice(_) => "give each its own name".into(),
        Fault::NoNumber(_) => "`times` is 1 or more; `backoff_s` and `cap_s` are seconds".into(),
    };
    miette!(help = help, "{}", fault.sentence())
}
