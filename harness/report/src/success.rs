//! Success by arm and language, and the pairs on which two arms disagree.

use std::collections::{BTreeMap, HashMap};

use gonogo_core::Attempt;
use gonogo_stats::{Confidence, Quantile, Sample, holm, mcnemar_exact};

use crate::{
    latency::ns,
    rows::{Arm, CaseKey, PairKey, Rows, pair_key, success},
    table::{Cell, Row, Table, Unit, real},
};

/// Success by arm (rows) and language (columns), first tries.
pub(crate) fn success_table(rows: &Rows<'_>) -> Table {
    // A single column without a language would only repeat the total.
    let languages = if rows.languages == [None] { &[] } else { rows.languages.as_slice() };
    let mut columns: Vec<String> =
        languages.iter().map(|language| language.unwrap_or("no language").to_owned()).collect();
    columns.push("total".into());
    if rows.retried() {
        columns.push("total after retries".into());
    }
    let table_rows = rows.arms.iter().map(|arm| {
        let mut cells: Vec<Cell> = languages.iter().map(|language| in_language(arm, *language)).collect();
        cells.push(Cell::share(arm.success()));
        if rows.retried() {
            cells.push(Cell::Part(arm.eventual().rate));
        }
        Row { label: arm.label(), cells }
    });
    Table {
        id: "success",
        title: "Success".into(),
        note: "Passed / first tries, with Wilson's interval at 95 %. Repeats and rungs of one case are \
               grouped: the interval is that of the effective number of independent attempts."
            .into(),
        corner: "arm".into(),
        columns,
        rows: table_rows.collect(),
        folded: false,
    }
}

fn in_language(arm: &Arm<'_>, language: Option<&str>) -> Cell {
    let attempts = arm.first.iter().copied().filter(|attempt| attempt.language.as_deref() == language);
    Cell::share(success(attempts, Confidence::P95))
}

/// How two arms compare on the attempts both made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    /// Positions of the arms in [`Rows::arms`].
    pub(crate) arms: [usize; 2],
    pub(crate) both: u64,
    pub(crate) only: [u64; 2],
    pub(crate) neither: u64,
    /// Cases on which one arm passed more often than the other.
    pub(crate) cases: [u64; 2],
    /// McNemar's exact p over cases.
    pub(crate) p: f64,
    /// The same after Holm's adjustment over all pairs of arms.
    pub(crate) adjusted: f64,
    /// Total of the second arm over that of the first on attempts both passed: the median over cases, of
    /// which several attempts count as their geometric mean.
    pub(crate) ratio: Option<Quantile>,
}

impl Pair {
    /// Attempts both arms made.
    pub(crate) fn n(&self) -> u64 {
        self.both + self.only[0] + self.only[1] + self.neither
    }
}

/// Every pair of arms that share an attempt, in arm order.
pub(crate) fn pairs(rows: &Rows<'_>) -> Vec<Pair> {
    let by_key: Vec<HashMap<PairKey<'_>, &Attempt>> = rows
        .arms
        .iter()
        .map(|arm| arm.first.iter().map(|attempt| (pair_key(attempt), *attempt)).collect())
        .collect();
    let mut pairs = Vec::new();
    for a in 0..by_key.len() {
        for b in a + 1..by_key.len() {
            let pair = compare([a, b], &by_key[a], &by_key[b]);
            if pair.n() > 0 {
                pairs.push(pair);
            }
        }
    }
    let adjusted = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<_>>());
    for (pair, p) in pairs.iter_mut().zip(adjusted) {
        pair.adjusted = p;
    }
    pairs
}

fn compare(arms: [usize; 2], a: &HashMap<PairKey<'_>, &Attempt>, b: &HashMap<PairKey<'_>, &Attempt>) -> Pair {
    let mut pair =
        Pair { arms, both: 0, only: [0; 2], neither: 0, cases: [0; 2], p: 1.0, adjusted: 1.0, ratio: None };
    let mut ratios: BTreeMap<CaseKey<'_>, Vec<f64>> = BTreeMap::new();
    let mut lead: BTreeMap<CaseKey<'_>, i64> = BTreeMap::new();
    for (key, first) in a {
        let Some(second) = b.get(key) else { continue };
        let lead = lead.entry((key.0, key.1)).or_default();
        match (first.outcome.passed(), second.outcome.passed()) {
            (true, true) => {
                pair.both += 1;
                let ratio = ns(second.response()) / ns(first.response());
                ratios.entry((key.0, key.1)).or_default().push(ratio);
            }
            (false, false) => pair.neither += 1,
            (true, false) => {
                pair.only[0] += 1;
                *lead += 1;
            }
            (false, true) => {
                pair.only[1] += 1;
                *lead -= 1;
            }
        }
    }
    pair.cases = [
        lead.values().filter(|lead| **lead > 0).count() as u64,
        lead.values().filter(|lead| **lead < 0).count() as u64,
    ];
    pair.p = mcnemar_exact(pair.cases[0], pair.cases[1]);
    pair.ratio = ratios.into_values().map(geometric_mean).collect::<Sample>().quantile(0.5, Confidence::P95);
    pair
}

/// Summed in order of size, so that the order of rows cannot show; one value is its own mean to the last bit.
fn geometric_mean(mut values: Vec<f64>) -> f64 {
    if let [only] = values[..] {
        return only;
    }
    values.sort_by(f64::total_cmp);
    let logs: f64 = values.iter().map(|value| value.ln()).sum();
    (logs / real(values.len() as u64)).exp()
}

/// Discordant pairs of every two arms.
pub(crate) fn pairs_table(rows: &Rows<'_>, pairs: &[Pair]) -> Table {
    let table_rows = pairs.iter().map(|pair| {
        let [a, b] = pair.arms.map(|index| rows.arms[index].label());
        Row {
            label: format!("{a} against {b}"),
            cells: vec![
                Cell::Count(pair.n()),
                Cell::Count(pair.both),
                Cell::Count(pair.only[0]),
                Cell::Count(pair.only[1]),
                Cell::Count(pair.neither),
                Cell::Text(format!("{} : {}", pair.cases[0], pair.cases[1])),
                Cell::PValue(pair.p),
                Cell::PValue(pair.adjusted),
                Cell::quantile(pair.ratio, Unit::Ratio),
            ],
        }
    });
    Table {
        id: "paired",
        title: "The same attempts on two arms".into(),
        note: "First tries paired by suite, case, rung and repeat. McNemar's exact test counts \
               cases on which one arm passed more often, so that repeats do not pose as evidence; Holm's \
               adjustment is over all pairs of arms. The last column is the median over cases of the ratio of \
               total times on attempts that both passed, with its order-statistic interval at 95 %; several \
               attempts of a case count as their geometric mean."
            .into(),
        corner: "pair".into(),
        columns: [
            "pairs",
            "both passed",
            "only the first",
            "only the second",
            "neither",
            "cases ahead",
            "p",
            "p (Holm)",
            "total time, second / first",
        ]
        .map(String::from)
        .to_vec(),
        rows: table_rows.collect(),
        folded: false,
    }
}
