//! The subcommands, one file each.

pub(crate) mod arms;
pub(crate) mod compare;
pub(crate) mod explain;
pub(crate) mod fixtures;
pub(crate) mod gate;
pub(crate) mod masks;
pub(crate) mod merge;
pub(crate) mod probe;
pub(crate) mod rejudge;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod sim;
pub(crate) mod suites;
pub(crate) mod trend;
pub(crate) mod whatif;
