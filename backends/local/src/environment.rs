//! What a worker inherits of the harness' environment, and what of it may be shown.

use std::process::Command;

/// Names that end like this hold secrets, and an engine has no use for them.
const SECRET: [&str; 5] = ["_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS"];

/// Withholds secrets, those in `keys` whatever they are called, and backtraces: engines quote them
/// in their error messages.
pub fn withhold_secrets(command: &mut Command, keys: &[String]) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| is_secret(name) || keys.iter().any(|key| key == name)) {
            command.env_remove(name);
        }
    }
    command.env("RUST_BACKTRACE", "0");
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET.iter().any(|end| name.ends_with(end))
}

/// `text` without the home folder, which tells who ran it.
#[must_use]
pub fn without_home(text: &str) -> String {
    match std::env::var("HOME") {
        Ok(home) if home.len() > 1 => text.replace(&home, "~"),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_are_known_by_their_ending() {
        assert!(is_secret("OPENAI_API_KEY") && is_secret("hf_token"));
        assert!(!is_secret("PATH") && !is_secret("TOKENIZERS_PARALLELISM"));
    }
}
