//! Answers that are not JSON, and what they are instead.

use gonogo_core::{Detail, Kind};
use gonogo_dialects::shorten;

use crate::scan::Flaw;

/// Characters shown from where the text breaks.
const SHOWN: usize = 40;

/// The outcome of a text that cannot become JSON from byte `at` on.
pub(super) fn judge(text: &[u8], at: usize, flaw: Flaw) -> (Kind, Detail) {
    let lossy = String::from_utf8_lossy(text);
    let rest = String::from_utf8_lossy(text.get(at..).unwrap_or_default());
    let shown = shorten::quoted(&shorten::line(rest.trim_start(), SHOWN));
    let what = instead(&lossy, flaw).unwrap_or_else(|| flaw.words().to_owned());
    let message = format!("not JSON at byte {at}: {what}: {shown}");
    let offset = u64::try_from(at).ok();
    (Kind::InvalidJson, Detail { message, offset, ..Detail::default() })
}

/// What models usually do instead of answering with JSON alone.
fn instead(text: &str, flaw: Flaw) -> Option<String> {
    let start = text.trim_start();
    if let Some(fence) = start.strip_prefix("```") {
        let language: String = fence.chars().take_while(|c| c.is_alphanumeric()).collect();
        return Some(format!("a Markdown fence (```{language}) stands around the answer"));
    }
    if start.starts_with("<think") {
        return Some("the answer starts with its reasoning".into());
    }
    let prose = flaw == Flaw::NotAValue && start.starts_with(char::is_alphabetic);
    if prose && start.contains("```") {
        return Some("prose and a Markdown fence (```) stand around the answer".into());
    }
    prose.then(|| "the answer starts with prose".into())
}
