//! The log, which anybody may be sent: it passes through the redaction that captures do.
//!
//! Whatever crate has something to say, and whatever it quotes, is one event and one write here.

use std::{
    io::{self, Write},
    sync::{PoisonError, RwLock},
};

use gonogo_http::{Secret, Secrets};
use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// The variable that says what is logged.
const FILTER: &str = "GONOGO_LOG";

/// Where proxies are named, with the password they ask for.
const PROXIES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// What no line may hold. There is one log, so there is one list.
static HIDDEN: RwLock<Option<Secrets>> = RwLock::new(None);

/// `GONOGO_LOG=debug` shows what the parts have to say, on stderr.
pub(crate) fn to_stderr() {
    hide(|secrets| {
        let proxies = PROXIES.iter().filter_map(|name| std::env::var(name).ok());
        proxies.for_each(|url| secrets.add_url_text(&url));
    });
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new("warn"));
    let ansi = std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(Redacting::stderr).init();
}

/// Adds secrets to those that no line holds from now on.
pub(crate) fn hide(add: impl FnOnce(&mut Secrets)) {
    let mut hidden = HIDDEN.write().unwrap_or_else(PoisonError::into_inner);
    add(hidden.get_or_insert_default());
}

/// Hides what a configuration's arms will send, before any of them is opened.
pub(crate) fn hide_keys_of(config: &Config) {
    hide(|secrets| {
        for arm in config.arms.values() {
            let key = arm.api_key_env.as_ref().and_then(|name| Secret::new(&std::env::var(name).ok()?));
            key.iter().for_each(|key| secrets.add(key));
            arm.base_url.iter().for_each(|url| secrets.add_url_text(url));
        }
    });
}

/// A text without the secrets known so far, and without what looks like another.
pub(crate) fn redact(text: &str) -> String {
    let hidden = HIDDEN.read().unwrap_or_else(PoisonError::into_inner);
    hidden.as_ref().map_or_else(|| Secrets::default().redact(text), |secrets| secrets.redact(text))
}

/// This command line, as a receipt may keep it.
pub(crate) fn command() -> Vec<String> {
    std::env::args().map(|arg| redact(&arg)).collect()
}

/// Redacts what is written, one event at a time.
struct Redacting<W>(W);

impl Redacting<io::Stderr> {
    fn stderr() -> Self {
        Self(io::stderr())
    }
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use gonogo_http::Secret;
    use tracing_subscriber::{EnvFilter, fmt};

    use super::{Redacting, hide};

    const KEY: &str = "canary/of+the-log/0123456789";

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whatever_is_logged_at_whatever_level_holds_no_key() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = fmt()
            .with_env_filter(EnvFilter::new("trace"))
            .with_writer(move || Redacting(writer.clone()))
            .finish();
        hide(|secrets| secrets.add(&Secret::new(KEY).unwrap()));
        tracing::subscriber::with_default(log, || {
            tracing::trace!("said {KEY}");
            tracing::trace!(header = ?("authorization", format!("Bearer {KEY}\r\n")), "sent");
            tracing::debug!(url = %format!("http://h/?key={}", KEY.replace('/', "%2F")), "asked");
            tracing::error!(target: "somebody::else", "sk-of-somebody-else-0123456789");
        });
        let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(said.lines().count(), 4, "{said}");
        assert_eq!(said.matches("[redacted]").count(), 4, "{said}");
        assert!(!said.contains("canary") && !said.contains("0123456789"), "{said}");
    }
}
