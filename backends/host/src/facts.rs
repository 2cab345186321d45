//! What every worker says of its build.

use std::collections::BTreeMap;

/// Version, profile and target of the worker.
#[must_use]
pub fn build_facts() -> BTreeMap<String, String> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    BTreeMap::from([
        ("worker.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("worker.profile".to_owned(), profile.to_owned()),
        ("worker.target".to_owned(), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)),
    ])
}
