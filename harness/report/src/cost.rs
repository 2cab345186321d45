//! What attempts and successes cost, where an arm has a price.

use gonogo_core::{Attempt, Price};
use gonogo_stats::Rate;

use crate::{
    rows::{Arm, Rows},
    table::{Cell, Row, Table, Unit, real},
};

/// Cost by arm; `None` while no arm has a price.
pub(crate) fn cost_table(rows: &Rows<'_>) -> Option<Table> {
    let priced = rows.arms.iter().filter_map(|arm| Some((arm, arm.receipt?.price.as_ref()?)));
    let table_rows: Vec<Row> =
        priced.map(|(arm, price)| Row { label: arm.label(), cells: cells(arm, price) }).collect();
    if table_rows.is_empty() {
        return None;
    }
    Some(Table {
        id: "cost",
        title: "Cost".into(),
        note: "By the price in the arm's configuration: tokens as the server counted them, time as `total`. Every \
               try and every step costs, failed ones too and those whose answer was lost when a run stopped, but not \
               canaries; a success is an attempt that passed in the end. Amounts are of the tries whose cost is known; where \
               some are not, what is shown is the least."
            .into(),
        corner: "arm".into(),
        columns: ["currency", "tries with a known cost", "all tries", "per attempt", "per success"]
            .map(String::from)
            .to_vec(),
        rows: table_rows,
        folded: false,
    })
}

fn cells(arm: &Arm<'_>, price: &Price) -> Vec<Cell> {
    let tries: Vec<&Attempt> = arm.every().collect();
    let mut known: Vec<f64> = tries.iter().filter_map(|attempt| price.of(attempt)).collect();
    let lost = arm.lost();
    known.extend((0..lost).filter_map(|_| price.of_lost()));
    let parts = Rate { passed: known.len() as u64, n: tries.len() as u64 + lost };
    // Sums of reals depend on their order: the order of rows must not show.
    known.sort_by(f64::total_cmp);
    let sum: f64 = known.iter().sum();
    let over = |n: u64| {
        let figure = Cell::Figure { value: sum / real(n.max(1)), unit: Unit::Money, n };
        if n == 0 { Cell::Nothing } else { figure }
    };
    vec![
        Cell::Text(price.currency().into()),
        Cell::Part(parts),
        Cell::Figure { value: sum, unit: Unit::Money, n: parts.passed },
        over(arm.n()),
        over(arm.eventual().rate.passed),
    ]
}
