//! One arm on many nights: its success and its times, whether they have changed, since when, and what else
//! changed then.
//!
//! Pure: receipts and rows in, a [`Trend`] out.

mod changes;
mod night;
mod plot;
mod render;
mod series;

pub use changes::{Change, changes};
pub use night::{Left, Night, Point};
pub use plot::plot;
pub use series::{Alarm, Trend, Watch, trend};

/// Version of the JSON document.
pub const FORMAT: u32 = 1;
