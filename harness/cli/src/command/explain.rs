//! `gonogo explain [KIND]`: the taxonomy in words.

use clap::Args;
use gonogo_core::{Enforcement, Family, Kind};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use crate::{exit_status::ExitStatus, format::Format, near, ui::Ui};

/// Arguments of `gonogo explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An outcome kind, such as `missing-key`, or a family; all of them when absent
    kind: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prints one kind, one family or the whole taxonomy.
pub(crate) fn run(args: &ExplainArgs, ui: Ui) -> Result<ExitStatus> {
    let kinds = select(args.kind.as_deref())?;
    match args.format {
        Format::Text => ui.data(text(&kinds).trim_end())?,
        Format::Json => {
            let rows: Vec<_> = kinds.iter().map(|kind| row(*kind)).collect();
            ui.data(&serde_json::to_string_pretty(&rows).into_diagnostic()?)?;
        }
    }
    Ok(ExitStatus::Success)
}

fn select(name: Option<&str>) -> Result<Vec<Kind>> {
    let Some(name) = name else { return Ok(Kind::ALL.to_vec()) };
    if let Some(kind) = Kind::named(name) {
        return Ok(vec![kind]);
    }
    if let Some(family) = Family::ALL.into_iter().find(|family| family.name() == name) {
        return Ok(family.kinds().collect());
    }
    let known =
        Kind::ALL.iter().map(|kind| kind.name()).chain(Family::ALL.iter().map(|family| family.name()));
    Err(miette!(help = near::advice(name, known), "unknown outcome `{name}`"))
}

fn text(kinds: &[Kind]) -> String {
    let mut text = String::new();
    for family in Family::ALL {
        let mut members = kinds.iter().filter(|kind| kind.family() == family).peekable();
        if members.peek().is_none() {
            continue;
        }
        text.push_str(family.name());
        text.push('\n');
        for kind in members {
            text.push_str(&format!(
                "  {}\n    {}\n    blame: {}\n",
                kind.name(),
                kind.explain(),
                blame(*kind)
            ));
        }
    }
    text
}

/// The fault domain, or one per state of enforcement where they differ.
fn blame(kind: Kind) -> String {
    let [proven, unproven, free] = [Enforcement::Proven, Enforcement::Unproven, Enforcement::Unconstrained]
        .map(|state| kind.domain(state).name());
    if proven == unproven && unproven == free {
        proven.to_owned()
    } else {
        format!("{proven} if enforcement is proven, {unproven} if not, {free} on a control arm")
    }
}

fn row(kind: Kind) -> serde_json::Value {
    json!({
        "kind": kind.name(),
        "family": kind.family().name(),
        "explanation": kind.explain(),
        "domain": {
            "proven": kind.domain(Enforcement::Proven).name(),
            "unproven": kind.domain(Enforcement::Unproven).name(),
            "unconstrained": kind.domain(Enforcement::Unconstrained).name(),
        },
    })
}
