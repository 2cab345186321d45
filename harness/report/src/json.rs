//! The report as JSON: the same tables, every figure with its denominator, versioned.

use gonogo_tables::json::table;
use serde_json::{Value, json};

use crate::{FORMAT, GateResult, Report};

impl Report {
    /// The document that `reports/report.schema.json` describes, with the verdict where a policy was applied.
    #[must_use]
    pub fn json(&self, gate: Option<&GateResult>) -> Value {
        let caveats = self.caveats.iter().map(
            |caveat| json!({ "caveat": caveat, "message": caveat.message(), "advice": caveat.advice() }),
        );
        json!({
            "format": FORMAT,
            "run": self.run,
            "complete": self.shortfall.is_none(),
            "shortfall": self.shortfall,
            "rows": self.rows,
            "planned": self.planned,
            "summary": self.summary,
            "gate": gate.map(GateResult::json),
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "caveats": caveats.collect::<Vec<_>>(),
            "blame": self.blame,
            "examples": self.examples,
            "receipt": self.receipt,
        })
    }
}
