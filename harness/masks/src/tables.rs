//! Every figure of a comparison, computed once.

mod classes;
mod clocks;
mod differences;
mod keywords;
mod measure;
mod ratios;

pub use classes::{Counts, Disputed, Example, Reason, SplitCounts};
pub(crate) use clocks::Curve;
pub use clocks::{Bound, Point, Quantiles, Subset};
pub use differences::{Differences, Shown};
pub use keywords::{Keyword, KeywordCell, Sort};
pub use measure::{Measure, Unit};
pub use ratios::{Interval, Pair, Ratio};

pub(crate) use {
    classes::{counts, disputed, examples, reasons},
    clocks::quantiles,
    differences::differences,
    keywords::{by_keyword, keywords},
    ratios::pairs,
};
