//! Corpora of JSON Schemas with labelled instances: readers for the layouts that are about, a check
//! of the labels, and what can be said of an instance without an engine.
//!
//! | layout | told by |
//! |---|---|
//! | MaskBench folder | `.json` files, each an object with `schema` and `tests` |
//! | JSON-Schema-Test-Suite folder | `.json` files, each an array of groups with `schema` and `tests`; `suites/keywords` is one |
//! | schemas alone | `.json` files that are schemas, as in JSONSchemaBench's `data` |
//! | JSON lines | `.jsonl` or `.jsonl.gz`, a row a line: `schema` and `tests`, or `json_schema` and `unique_id` |
//! | Parquet | `.parquet` with `json_schema` and `unique_id`, as Hugging Face has JSONSchemaBench |

mod draft;
mod entry;
mod error;
mod keyword;
mod layout;
mod order;
mod read;
mod recheck;
mod spelling;
mod text;
mod write;

pub use draft::Draft;
pub use entry::{Corpus, Entry, Instance, Options, Skipped};
pub use error::CorpusError;
pub use keyword::{KEYWORDS, Keyword, used};
pub use order::reordered;
pub use read::{read, read_with};
pub use recheck::{Disagreement, Formats, Validity, disagreements, recheck, recheck_within};
pub use spelling::Spelling;
pub use text::minified;
pub use write::json_lines;

/// JSON texts of every shape, for property tests.
#[cfg(test)]
fn any_json() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        ".{0,6}".prop_map(|s| serde_json::to_string(&s).unwrap()),
    ];
    scalar.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{} ]", items.join(" ,"))),
            prop::collection::vec((".{0,3}", inner), 0..5).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("{} : {value}", serde_json::to_string(&name).unwrap()))
                    .collect();
                format!("{{ {}}}", members.join(","))
            }),
        ]
    })
}
