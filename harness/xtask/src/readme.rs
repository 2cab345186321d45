//! The README's newest results, taken from runs and never typed.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::step::{root, target};

const BEGIN: &str = "<!-- results:begin -->\n";
const END: &str = "<!-- results:end -->\n";
const POLICY: &str = "reports/policies/migration.toml";

/// Puts these runs, in this order, between the README's result marks.
pub(crate) fn splice(runs: &[String]) -> Result<()> {
    ensure!(!runs.is_empty(), "name the runs to show: cargo xtask readme RUN...");
    let mut results = String::new();
    for run in runs {
        results += &section(&report(run)?)?;
    }
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).context("README.md")?;
    fs::write(&path, between(&readme, &results)?).context("README.md")
}

/// `readme` with `results` between its marks.
fn between(readme: &str, results: &str) -> Result<String> {
    let (before, rest) = readme.split_once(BEGIN).context("README.md has no results:begin")?;
    let (_, after) = rest.split_once(END).context("README.md has no results:end")?;
    Ok(format!("{before}{BEGIN}{results}{END}{after}"))
}

/// A run's report, as `gonogo` renders it for machines.
fn report(run: &str) -> Result<Value> {
    let gonogo = target("release").join("gonogo");
    let output = Command::new(&gonogo)
        .args(["--quiet", "report", run, "--format", "json", "--policy", POLICY])
        .current_dir(root())
        .output()
        .with_context(|| format!("cannot run {}; `cargo xtask first-report` builds it", gonogo.display()))?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What a reader of the README is shown of a run.
fn section(report: &Value) -> Result<String> {
    let receipt = &report["receipt"];
    let mut text = format!("`{}`, {}: {}.\n\n", command(receipt), date(receipt), versions(receipt));
    let columns = texts(&table(report, "success")?["columns"]);
    writeln!(text, "| arm | {} | total time, p50 | mask per token, p50 |", columns.join(" | "))?;
    writeln!(text, "|{}", "---|".repeat(columns.len() + 3))?;
    for row in rows(table(report, "success")?) {
        let label = row["label"].as_str().unwrap_or_default();
        let shares: Vec<String> = row["cells"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(&columns)
            .map(|(c, name)| share(c, name))
            .collect();
        let total = median(report, &format!("total: {label}"), 1e9, "s");
        let mask = median(report, &format!("mask per token: {label}"), 1e3, "µs");
        writeln!(text, "| {label} | {} | {total} | {mask} |", shares.join(" | "))?;
    }
    let gate = &report["gate"];
    writeln!(
        text,
        "\n**{}** under `{POLICY}` (intervals by Clopper and Pearson, in the table by Wilson):",
        gate["verdict"].as_str().unwrap_or_default()
    )?;
    for arm in gate["arms"].as_array().into_iter().flatten() {
        writeln!(
            text,
            "- `{}`: {}.",
            arm["arm"].as_str().unwrap_or_default(),
            arm["why"].as_str().unwrap_or_default()
        )?;
    }
    Ok(text + "\n")
}

fn command(receipt: &Value) -> String {
    let words = texts(&receipt["command"]);
    let program = words.first().and_then(|word| Path::new(word).file_name()).unwrap_or_default();
    [&[program.to_string_lossy().into_owned()], words.get(1..).unwrap_or_default()].concat().join(" ")
}

fn date(receipt: &Value) -> &str {
    receipt["started"].as_str().and_then(|started| started.get(..10)).unwrap_or("no date")
}

/// The model, every engine with its version, and the machine.
fn versions(receipt: &Value) -> String {
    let mut said: Vec<String> = Vec::new();
    for arm in receipt["arms"].as_array().into_iter().flatten() {
        let facts = &arm["facts"];
        if said.is_empty() {
            said.extend(facts["model.name"].as_str().map(str::to_owned));
        }
        let engine = arm["engine"].as_str().unwrap_or_default();
        let version = format!("{engine} {}", facts["engine.version"].as_str().unwrap_or_default());
        if engine != "none" && !said.contains(&version) {
            said.push(version);
        }
    }
    let machine = &receipt["machine"];
    said.push(format!("{} with {} cores", machine["cpu"].as_str().unwrap_or_default(), machine["cores"]));
    said.join(", ")
}

/// A share; the total with its interval.
fn share(cell: &Value, column: &str) -> String {
    let (Some(passed), Some(n)) = (cell["passed"].as_u64(), cell["n"].as_u64()) else { return "–".into() };
    let percent = |name: &str| cell[name].as_f64().unwrap_or_default() * 100.0;
    if column == "total" {
        format!("{passed}/{n} = {:.1} % [{:.1}–{:.1}]", percent("value"), percent("low"), percent("high"))
    } else {
        format!("{passed}/{n}")
    }
}

/// The median of a row of the latency table: over what the arm passed.
fn median(report: &Value, label: &str, unit: f64, name: &str) -> String {
    let found = table(report, "latency").ok().and_then(|table| {
        let row = rows(table).find(|row| row["label"] == label)?;
        row["cells"].get(0)?["value"].as_f64()
    });
    found.map_or_else(|| "–".into(), |value| format!("{:.2} {name}", value / unit))
}

fn table<'a>(report: &'a Value, id: &str) -> Result<&'a Value> {
    let mut tables = report["tables"].as_array().into_iter().flatten();
    tables.find(|table| table["id"] == id).with_context(|| format!("the report has no table `{id}`"))
}

fn rows(table: &Value) -> impl Iterator<Item = &Value> {
    table["rows"].as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{between, share};

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let readme = "a\n<!-- results:begin -->\nold\n<!-- results:end -->\nb\n";
        let spliced = between(readme, "new\n").unwrap();
        assert_eq!(spliced, "a\n<!-- results:begin -->\nnew\n<!-- results:end -->\nb\n");
        assert!(between("a\nb\n", "new\n").is_err());
    }

    #[test]
    fn a_share_without_counts_is_no_zero() {
        let cell = json!({"passed": 3, "n": 4, "value": 0.75, "low": 0.301, "high": 0.954});
        assert_eq!(share(&cell, "rust"), "3/4");
        assert_eq!(share(&cell, "total"), "3/4 = 75.0 % [30.1–95.4]");
        assert_eq!(share(&json!({"kind": "nothing"}), "total"), "–");
    }
}
