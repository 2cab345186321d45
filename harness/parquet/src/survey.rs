//! The trials of a survey as a table: one row a trial, absent measurements null.

use std::path::Path;

use anyhow::Result;
use gonogo_masks::{Row, Survey, SurveyPlan, rows, tables::Measure};
use gonogo_store::{Folder, Sort};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// What is stored of a survey's trials.
pub(crate) fn read(folder: &Path) -> Result<Survey> {
    let folder = Folder::open(folder, Sort::Survey)?;
    let plan: SurveyPlan = folder.read("plan.json")?;
    Ok(Survey {
        arms: plan.arms,
        subjects: folder.rows("subjects.jsonl")?.rows,
        records: folder.rows("records.jsonl")?.rows,
        ..Survey::default()
    })
}

/// The trials, in the order of the corpus and of the arms. Times are nanoseconds; of what a trial has many of
/// there is a list, in the order in which it was measured.
pub(crate) fn frame(survey: &Survey) -> Result<DataFrame> {
    let rows = rows(survey);
    let columns = vec![
        text(&rows, "schema", |row| Some(row.subject.id.as_str())),
        text(&rows, "split", |row| Some(row.subject.split.as_str())),
        text(&rows, "draft", |row| Some(row.subject.draft.as_str())),
        text(&rows, "sha256", |row| Some(row.subject.sha256.as_str())),
        text(&rows, "arm", |row| Some(row.record.arm.as_str())),
        text(&rows, "class", |row| Some(row.judged.class.name())),
        text(&rows, "detail", |row| row.judged.detail.as_deref()),
        number(&rows, "instances", |row| Some(row.instances() as u64)),
        number(&rows, "walked", |row| Some(row.record.walks.len() as u64)),
        number(&rows, "tokens", |row| Some(row.tokens() as u64)),
        number(&rows, "compile", |row| Some(row.record.compiled?.compile.0)),
        number(&rows, "first_mask", |row| Some(row.record.compiled?.first_mask.0)),
        list(&rows, "tbm", Measure::Tbm),
        list(&rows, "mask", Measure::Mask),
        list(&rows, "accept", Measure::Accept),
        list(&rows, "reset", Measure::Reset),
        list(&rows, "recompile", Measure::Recompile),
        number(&rows, "peak_bytes", |row| row.record.peak_bytes),
        number(&rows, "rest_bytes", |row| row.record.rest_bytes),
        number(&rows, "tries", |row| Some(row.tries() as u64)),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn text<'r>(rows: &'r [Row<'_>], name: &str, of: impl Fn(&'r Row<'_>) -> Option<&'r str>) -> Column {
    let values: Vec<Option<&str>> = rows.iter().map(of).collect();
    Series::new(name.into(), values).into()
}

fn number(rows: &[Row<'_>], name: &str, of: impl Fn(&Row<'_>) -> Option<u64>) -> Column {
    let values: Vec<Option<u64>> = rows.iter().map(of).collect();
    Series::new(name.into(), values).into()
}

fn list(rows: &[Row<'_>], name: &str, measure: Measure) -> Column {
    let each = |row: &Row<'_>| Series::new(name.into(), measure.values(row.record));
    Series::new(name.into(), rows.iter().map(each).collect::<Vec<Series>>()).into()
}
