//! What a worker says about itself in its receipt.

use std::collections::BTreeMap;

use gonogo_engine::EngineOptions;
use gonogo_protocol::Hello;

/// Build, threads and effective options.
pub(crate) fn of_worker(hello: &Hello) -> BTreeMap<String, String> {
    let mut facts = gonogo_host::build_facts();
    facts.insert("worker.threads".to_owned(), hello.threads.to_string());
    facts.extend(EngineOptions::facts(&hello.options));
    facts
}
