//! Runs on disk: the receipt, the plan, the append-only journal and the raw answers.
//!
//! ```text
//! results/20251023T101500Z-nightly/
//!   run.json          receipt; replaced atomically
//!   plan.json         what was to be tried, with the suites as read; written once
//!   attempts.jsonl    the journal: one row a line, appended and synced; the record of truth
//!   attempts.torn     bytes of a row that a crash cut off, moved aside; usually absent
//!   starts.jsonl      what was asked: a line a try, appended before it is sent, not synced; absent in a replay
//!   attempts.1.jsonl  the journal before the first rejudge; usually absent
//!   captures/         raw answers, each under the SHA-256 of what is inside, in a pack: a gzip member a capture
//!   captures.torn     bytes of a capture that a crash cut off, moved aside; usually absent
//!   lock              held by the one process that writes
//! ```
//!
//! A probe keeps its answers in the same way, beside `probe.json` ([`ProbeDir`]). Whatever else is kept in the
//! same folders is a [`Folder`] of another [`Sort`].
//!
//! Reading needs no lock and never changes a file, so a run can be reported while it is going.
//! Writing goes through [`Journal`], which holds the lock. `results/README.md` gives the format
//! field by field.

mod atomic;
mod captures;
mod dir;
mod error;
mod folder;
mod journal;
mod lines;
mod merge;
mod name;
mod pack;
mod probe;
mod recorder;
mod resolve;
mod sort;

pub use dir::{RunDir, Stored};
pub use error::StoreError;
pub use folder::{Appending, Folder, Lock};
pub use journal::{Durability, Journal};
pub use name::given;
pub use probe::ProbeDir;
pub use recorder::Recorder;
pub use resolve::{find, resolve, runs};
pub use sort::Sort;
