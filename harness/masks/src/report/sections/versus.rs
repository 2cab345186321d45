//! Arms against each other: two by two, and each engine's matched options against its defaults.

use gonogo_tables::{Cell, Row, Table, format::p_value};

use crate::{
    report::{
        Report,
        words::{count, paired},
    },
    tables::{Crossed, Move, Moved},
};

/// Every pair of arms of one configuration: what both, one and none treat rightly, and what they take.
pub(crate) fn versus(report: &Report) -> Option<Table> {
    let rows: Vec<Row> = report.crossed.iter().map(|of| row(report, of)).collect();
    (!rows.is_empty()).then(|| Table {
        id: "versus",
        title: "Two by two".into(),
        note: "Arms of one configuration, on the schemas with instances that were tried on both; the four counts sum to \
               *schemas*. *p* is McNemar's exact one: how often so uneven a split of the schemas that one alone treats \
               rightly comes about by chance between equally good engines; it is of one pair, and not adjusted for their \
               number. The last two columns are B's time over A's on the same tokens and schemas, geometric mean over \
               schemas with its interval at 95 %: below 1 B is faster. *At least*, *at most*: B alone, or A alone, \
               timed out on some more, which no figure holds, and which would move it that way where the limit is long against \
               the other's time."
            .into(),
        corner: "arms".into(),
        columns: [
            "schemas",
            "both right",
            "A alone",
            "B alone",
            "neither",
            "p",
            "per token (TBM), B / A",
            "per schema (TTFM), B / A",
        ]
        .map(String::from)
        .to_vec(),
        rows,
        folded: false,
    })
}

fn row(report: &Report, of: &Crossed) -> Row {
    let times = report.pairs.iter().find(|pair| pair.arms == of.arms);
    let time = |ratio: Option<String>| ratio.map_or(Cell::Nothing, Cell::Text);
    let mut cells = [of.schemas, of.both, of.only[0], of.only[1], of.neither].map(Cell::Count).to_vec();
    cells.push(if of.schemas > 0 { Cell::Text(p_value(of.p)) } else { Cell::Nothing });
    cells.push(time(times.map(|pair| paired(&pair.tbm))));
    cells.push(time(times.map(|pair| paired(&pair.ttfm))));
    Row { label: format!("A {}, B {}", of.arms[0], of.arms[1]), cells }
}

/// What moves where under matched options.
pub(crate) fn moved(report: &Report) -> Option<Table> {
    let rows: Vec<Row> = report.moved.iter().flat_map(|of| of.moves.iter().map(|to| moves(of, to))).collect();
    (!rows.is_empty()).then(|| Table {
        id: "moved",
        title: "What matched options change".into(),
        note: "Schemas with instances that came out in another class under matched options than under the engine's \
               defaults."
            .into(),
        corner: "engine".into(),
        columns: ["under defaults", "matched", "schemas", "of", "for instance"].map(String::from).to_vec(),
        rows,
        folded: true,
    })
}

fn moves(of: &Moved, to: &Move) -> Row {
    let cells = [
        Cell::Text(to.from.name().into()),
        Cell::Text(to.to.name().into()),
        Cell::Count(to.schemas),
        Cell::Text(count(of.schemas)),
        Cell::Text(to.subject.clone()),
    ];
    Row { label: of.engine.clone(), cells: cells.to_vec() }
}
