//! The figures as CSV files, and every trial as a row.

use gonogo_tables::csv::{optional, record};

use super::{
    Report,
    rows::{Row, rows},
};
use crate::{
    Class, Survey,
    tables::{Bound, Counts, KeywordCell, Sort},
};

impl Report {
    /// `classes.csv`, `quantiles.csv`, `keywords.csv` and `disputed.csv`; RFC 4180 with `\n`.
    #[must_use]
    pub fn csv(&self) -> Vec<(String, String)> {
        let files = [
            ("classes.csv", self.classes_csv()),
            ("quantiles.csv", self.quantiles_csv()),
            ("keywords.csv", self.keywords_csv()),
            ("disputed.csv", self.disputed_csv()),
        ];
        files.map(|(name, text)| (name.to_owned(), text)).to_vec()
    }

    fn classes_csv(&self) -> String {
        let mut out = String::from("arm,split,class,schemas,n\n");
        let mut write = |arm: &str, split: &str, counts: &Counts| {
            let classes = Class::ALL.iter().map(|class| (class.name(), counts.of(*class)));
            for (class, count) in classes.chain([("not-run", counts.missing)]) {
                let fields =
                    [arm.into(), split.into(), class.into(), count.to_string(), counts.n.to_string()];
                record(&mut out, fields);
            }
        };
        for arm in &self.arms {
            write(&arm.name, "", &arm.counts);
            arm.splits.iter().for_each(|split| write(&arm.name, &split.split, &split.counts));
        }
        out
    }

    fn quantiles_csv(&self) -> String {
        let mut out = String::from("arm,measure,unit,subset,split,n,schemas,censored,q,value,low,high\n");
        let bound = |bound: Bound| match bound {
            Bound::At(value) => value.to_string(),
            Bound::Unknown => String::new(),
            Bound::Beyond(value) => format!(">{value}"),
        };
        for of in &self.quantiles {
            let points = of.points.iter().map(|at| (at.q, bound(at.value), bound(at.low), bound(at.high)));
            let max = (1.0, optional(of.max), String::new(), String::new());
            for (q, value, low, high) in points.chain([max]) {
                let fields = [
                    of.arm.clone(),
                    of.measure.name().into(),
                    of.measure.unit().name().into(),
                    of.subset.name().into(),
                    of.split.clone().unwrap_or_default(),
                    of.n.to_string(),
                    of.subjects.to_string(),
                    of.censored.to_string(),
                    q.to_string(),
                    value,
                    low,
                    high,
                ];
                record(&mut out, fields);
            }
        }
        out
    }

    fn keywords_csv(&self) -> String {
        let mut out = String::from(
            "keyword,draft,about,arm,invalid,enforced,ignored,unsound,rejected,unanswered,missing,valid,over,\
             tested,ignored_schemas,example_ignored,example_unsound,example_rejected,example_unanswered,example_over\n",
        );
        for row in &self.keywords {
            for (arm, cell) in self.arms.iter().zip(&row.arms) {
                let example = |sort| cell.examples.get(&sort).cloned().unwrap_or_default();
                let [
                    invalid,
                    enforced,
                    ignored,
                    unsound,
                    rejected,
                    unanswered,
                    missing,
                    valid,
                    over,
                    tested,
                    ignored_schemas,
                ] = counts(cell).map(|count| count.to_string());
                let fields = [
                    row.keyword.clone(),
                    row.draft.clone(),
                    row.about.to_string(),
                    arm.name.clone(),
                    invalid,
                    enforced,
                    ignored,
                    unsound,
                    rejected,
                    unanswered,
                    missing,
                    valid,
                    over,
                    tested,
                    ignored_schemas,
                    example(Sort::Ignored),
                    example(Sort::Unsound),
                    example(Sort::Rejected),
                    example(Sort::Unanswered),
                    example(Sort::Over),
                ];
                record(&mut out, fields);
            }
        }
        out
    }

    fn disputed_csv(&self) -> String {
        let mut out = String::from("schema,instance,labelled_valid,breach,accepted_by,refused_by\n");
        for disputed in &self.disputed {
            let fields = [
                disputed.subject.clone(),
                disputed.instance.clone(),
                disputed.labelled.to_string(),
                disputed.breach.clone().unwrap_or_default(),
                disputed.accepted.to_string(),
                disputed.refused.to_string(),
            ];
            record(&mut out, fields);
        }
        out
    }
}

fn counts(cell: &KeywordCell) -> [u64; 11] {
    [
        cell.invalid,
        cell.enforced,
        cell.ignored,
        cell.unsound,
        cell.rejected,
        cell.unanswered,
        cell.missing,
        cell.valid,
        cell.over,
        cell.tested(),
        cell.ignored_schemas,
    ]
}

/// `records.csv`: one row a trial, in the order of the corpus and of the arms. Times are nanoseconds; of the
/// steps of a schema it has count, sum, median, 99th percentile and maximum of the time between masks.
#[must_use]
pub fn records(survey: &Survey) -> String {
    let mut out = String::from(
        "schema,split,draft,sha256,arm,class,detail,instances,walked,tokens,compile,first_mask,tbm_n,tbm_sum,tbm_p50,\
         tbm_p99,tbm_max,peak_bytes,rest_bytes,tries\n",
    );
    rows(survey).iter().for_each(|row| record(&mut out, fields(row)));
    out
}

fn fields(row: &Row<'_>) -> [String; 20] {
    let (subject, made, tbm) = (row.subject, row.record, row.tbm());
    let compiled = made.compiled;
    [
        subject.id.clone(),
        subject.split.clone(),
        subject.draft.clone(),
        subject.sha256.clone(),
        made.arm.clone(),
        row.judged.class.name().into(),
        row.judged.detail.clone().unwrap_or_default(),
        row.instances().to_string(),
        made.walks.len().to_string(),
        row.tokens().to_string(),
        optional(compiled.map(|compiled| compiled.compile.0)),
        optional(compiled.map(|compiled| compiled.first_mask.0)),
        tbm.n.to_string(),
        tbm.sum.to_string(),
        optional(tbm.p50),
        optional(tbm.p99),
        optional(tbm.max),
        optional(made.peak_bytes),
        optional(made.rest_bytes),
        row.tries().to_string(),
    ]
}
