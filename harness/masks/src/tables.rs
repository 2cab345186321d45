//! Every figure of a comparison, computed once.

mod classes;
mod clocks;
mod crossed;
mod differences;
mod keywords;
mod measure;
mod moved;
mod ratios;

pub use classes::{Counts, Disputed, Example, Reason, SplitCounts};
pub(crate) use clocks::Curve;
pub use clocks::{Bound, Point, Quantiles, Subset};
pub use crossed::Crossed;
pub use differences::{Differences, Shown};
pub use keywords::{Keyword, KeywordCell, Sort};
pub use measure::{Measure, Unit};
pub use moved::{Move, Moved};
pub use ratios::{Interval, Pair, Ratio};

pub(crate) use {
    classes::{counts, disputed, examples, reasons},
    clocks::quantiles,
    crossed::crossed,
    differences::differences,
    keywords::{UNDECIDED, by_keyword, keywords},
    moved::moved,
    ratios::pairs,
};
