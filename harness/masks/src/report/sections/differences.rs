//! Where masks differ on the same prefix.

use std::fmt::Write as _;

use gonogo_tables::{
    Cell, Row, Table,
    format::{code, inline},
};

use crate::{
    Finding,
    report::{
        Report,
        words::{ending, shorten, visible},
    },
    tables::Shown,
};

/// Findings by pair of arms; `None` where no masks were compared.
pub(crate) fn differences(report: &Report) -> Option<Table> {
    let compared = report.differences.iter().filter(|pair| pair.compared > 0 || pair.differing > 0);
    let rows: Vec<Row> = compared
        .map(|pair| {
            let counts = [
                pair.compared,
                pair.differing,
                pair.narrow[0],
                pair.narrow[1],
                pair.recut[0],
                pair.recut[1],
                pair.wide[0],
                pair.wide[1],
                pair.undecided,
            ];
            Row {
                label: format!("A {}, B {}", pair.arms[0], pair.arms[1]),
                cells: counts.map(Cell::Count).to_vec(),
            }
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        id: "differences",
        title: "Where masks differ on the same prefix".into(),
        note: "Masks are compared bit by bit while both are led along the same instances, up to the first that differs \
               in each schema. Of the tokens that one of them allows there, the first of each side is questioned. *Too narrow*: \
               the arm forbids a token that leads to a text which the validator finds valid. *Other cut*: the same, but the arm accepts \
               that text when it is cut as the tokenizer would, so that it can be said; engines that force a text force its usual \
               tokens. *Too wide*: it allows one from \
               which every text that was drawn and finished is invalid. *Undecided*: neither was shown. \
               A schema can count in several of these columns, so that they need not sum to *differ*."
            .into(),
        corner: "arms".into(),
        columns: [
            "schemas compared",
            "differ",
            "A too narrow",
            "B too narrow",
            "A other cut",
            "B other cut",
            "A too wide",
            "B too wide",
            "undecided",
        ]
        .map(String::from)
        .to_vec(),
        rows,
        folded: false,
    })
}

/// Findings of a pair that stand open; the others are folded.
const OPEN: usize = 3;

/// The first findings of each pair, one a line.
pub(crate) fn examples(report: &Report) -> String {
    let lines =
        |shown: &[Shown]| -> String { shown.iter().map(|shown| format!("- {}\n", example(shown))).collect() };
    let halves = report.differences.iter().map(|pair| pair.examples.split_at(OPEN.min(pair.examples.len())));
    let (open, folded): (Vec<String>, Vec<String>) =
        halves.map(|(open, folded)| (lines(open), lines(folded))).unzip();
    let (open, folded) = (open.concat(), folded.concat());
    let mut out = String::new();
    if !open.is_empty() {
        let _ = writeln!(out, "{open}");
    }
    if !folded.is_empty() {
        let _ = writeln!(out, "<details><summary>More of these</summary>\n\n{folded}\n</details>\n");
    }
    out
}

fn example(shown: &Shown) -> String {
    let found = match &shown.finding {
        Finding::Narrow { arm, witness } => {
            format!("{} is too narrow, {} is valid", inline(arm), code(&shorten(&visible(witness), 120)))
        }
        Finding::Recut { arm, witness } => {
            format!(
                "{} wants another cut of {}, which it accepts",
                inline(arm),
                code(&shorten(&visible(witness), 120))
            )
        }
        Finding::Wide { arm, witness } => {
            format!("{} is too wide, {} is invalid", inline(arm), code(&shorten(&visible(witness), 120)))
        }
        Finding::Undecided(why) => format!("undecided: {}", inline(&shorten(why, 120))),
    };
    let place = if shown.prefix.is_empty() {
        "at the beginning".to_owned()
    } else {
        format!("behind {}", code(&ending(&visible(&shown.prefix), 60)))
    };
    format!(
        "{} / {}, {place}: only {} allows {}: {found}.",
        inline(&shown.subject),
        inline(&shown.instance),
        inline(&shown.allowed_by),
        code(&visible(&shown.token)),
    )
}
