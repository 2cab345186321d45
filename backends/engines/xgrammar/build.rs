//! Lets the extension module find Python's symbols in the interpreter that loads it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Elsewhere a shared object may leave symbols open without being told so.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos") {
        for target in ["cdylib", "examples"] {
            println!("cargo::rustc-link-arg-{target}=-undefined");
            println!("cargo::rustc-link-arg-{target}=dynamic_lookup");
        }
    }
}
