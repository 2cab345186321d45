//! The engines of the native mask worker.

use gonogo_engine::{Registered, Unconstrained};
use gonogo_llguidance::LlGuidance;
use gonogo_outlines::Outlines;
use gonogo_xgrammar_rs::XGrammarRs;

/// Every engine that is native Rust, by the name a harness asks for.
pub(crate) const ENGINES: [Registered<'static>; 4] = [
    Registered {
        name: "llguidance",
        open: &|vocabulary, options| Ok(Box::new(LlGuidance::open(vocabulary, options)?)),
    },
    Registered {
        name: "outlines",
        open: &|vocabulary, options| Ok(Box::new(Outlines::open(vocabulary, options)?)),
    },
    Registered {
        name: "xgrammar-rs",
        open: &|vocabulary, options| Ok(Box::new(XGrammarRs::open(vocabulary, options)?)),
    },
    Registered { name: "none", open: &|_, _| Ok(Box::new(Unconstrained)) },
];
