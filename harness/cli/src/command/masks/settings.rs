//! What trials may take, from the command line.

use std::time::Duration;

use gonogo_core::Nanos;
use gonogo_masks::Limits;

use super::EngineArgs;

impl EngineArgs {
    /// The limits of every trial.
    pub(super) fn limits(&self) -> Limits {
        let nanos = |seconds| Nanos::from(Duration::from_secs_f64(seconds));
        Limits {
            compile: nanos(self.compile_limit),
            mask: nanos(self.mask_limit),
            walks: nanos(self.walks_limit),
            memory_bytes: self.memory_limit << 20,
            ..Limits::default()
        }
    }
}

/// A limit in seconds.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err("a limit is a number of seconds from 0.001 to a day".into()),
    }
}

/// Whether `id` matches `pattern`, in which `*` is any text and `?` any character.
pub(super) fn matches(pattern: &str, id: &str) -> bool {
    let (pattern, id): (Vec<char>, Vec<char>) = (pattern.chars().collect(), id.chars().collect());
    // Which beginnings of the pattern match the text so far.
    let mut reached = vec![false; pattern.len() + 1];
    let past_stars = |reached: &mut Vec<bool>| {
        for (at, part) in pattern.iter().enumerate() {
            if *part == '*' && reached[at] {
                reached[at + 1] = true;
            }
        }
    };
    reached[0] = true;
    past_stars(&mut reached);
    for character in id {
        let mut next = vec![false; pattern.len() + 1];
        for (at, part) in pattern.iter().enumerate().filter(|(at, _)| reached[*at]) {
            match part {
                '*' => next[at] = true,
                '?' => next[at + 1] = true,
                part => next[at + 1] |= *part == character,
            }
        }
        past_stars(&mut next);
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{matches, seconds};

    #[test]
    fn stars_are_any_text_and_question_marks_one_character() {
        for (pattern, id, expected) in [
            ("Github_*", "Github_easy---o1", true),
            ("*---o?", "Github_easy---o1", true),
            ("*---o?", "Github_easy---o12", false),
            ("**a*", "xay", true),
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
    }

    #[test]
    fn a_limit_that_is_none_is_refused() {
        assert_eq!(seconds("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "inf", "nan", "x", "1e9"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
