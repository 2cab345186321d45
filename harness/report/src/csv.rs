//! CSV: the report's tables in long format.

use crate::Report;

impl Report {
    /// Every table in long format: `table,row,column,kind,value,passed,n,low,high,unit,text`, RFC 4180 with `\n`.
    #[must_use]
    pub fn csv(&self) -> String {
        gonogo_tables::csv::tables(&self.tables)
    }
}
