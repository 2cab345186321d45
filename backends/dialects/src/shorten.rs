//! Text from the wire, cut to what a sentence can hold.

use serde_json::Value;

/// Characters of found and expected values that a message shows.
const SHOWN: usize = 60;

/// The first characters of `text` on one line, with `…` where something was left out.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    let visible = |c: char| if c.is_control() || c == '\u{feff}' { ' ' } else { c };
    let mut shown: String = text.chars().take(most).map(visible).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// Text from the wire in backquotes, or in double quotes where it has backquotes itself.
#[must_use]
pub fn quoted(text: &str) -> String {
    let shown = line(text, SHOWN);
    if shown.contains('`') { format!("\"{shown}\"") } else { format!("`{shown}`") }
}

/// A value as compact JSON.
#[must_use]
pub fn value(value: &Value) -> String {
    line(&value.to_string(), SHOWN)
}

/// Words joined by `joint`, as many as fit; the number left out where some do not.
#[must_use]
pub fn list(words: impl IntoIterator<Item = String>, joint: &str) -> String {
    let mut shown = String::new();
    let mut left_out = 0_usize;
    for word in words {
        if left_out == 0 && (shown.is_empty() || shown.len() + word.len() <= SHOWN) {
            if !shown.is_empty() {
                shown.push_str(joint);
            }
            shown.push_str(&word);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        shown.push_str(&format!("{joint}{left_out} more"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{line, list, quoted};

    #[test]
    fn long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(line("héllo\nworld", 7), "héllo w…");
        assert_eq!(line("short", 5), "short");
    }

    #[test]
    fn quotes_do_not_run_into_the_text() {
        assert_eq!(quoted("a"), "`a`");
        assert_eq!(quoted("```json"), "\"```json\"");
    }

    #[test]
    fn a_long_list_counts_what_it_leaves_out() {
        let words = (0..40).map(|n| format!("word-{n}"));
        assert_eq!(
            list(words, ", "),
            "word-0, word-1, word-2, word-3, word-4, word-5, word-6, word-7, 32 more"
        );
    }
}
