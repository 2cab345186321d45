//! The engines of the native mask worker.

use gonogo_engine::{Registered, Unconstrained};
use gonogo_llguidance::LlGuidance;

/// Every engine that is native Rust, by the name a harness asks for.
pub(crate) const ENGINES: [Registered<'static>; 2] = [
    Registered {
        name: "llguidance",
        open: &|vocabulary, options| Ok(Box::new(LlGuidance::open(vocabulary, options)?)),
    },
    Registered { name: "none", open: &|_, _| Ok(Box::new(Unconstrained)) },
];
