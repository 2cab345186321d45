//! Engines' error texts, cut down to what a person or a table can use.

/// Longest summary, in characters.
const LONGEST: usize = 300;

/// The message without what engines wrap around it: wall clocks, source positions, parser
/// dumps and backtraces. One line, at most 300 characters.
#[must_use]
pub fn summary(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !opens_dump(line));
    let words = lines.flat_map(str::split_whitespace).filter(|word| !is_clock(word) && !is_position(word));
    let text = words.collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether a line begins a dump: `<state>`, `<backtrace>`, `stack backtrace:`, `Traceback`.
fn opens_dump(line: &str) -> bool {
    let tag = line.strip_prefix('<').is_some_and(|rest| {
        rest.split('>')
            .next()
            .is_some_and(|name| matches!(name, "state" | "backtrace" | "non-verbose/" | "grammar"))
    });
    tag || line.starts_with("stack backtrace") || line.starts_with("Traceback")
}

/// Whether this is `[12:34:56]`.
fn is_clock(word: &str) -> bool {
    let inner = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|clock| {
        clock.split(':').count() == 3 && clock.chars().all(|c| c.is_ascii_digit() || c == ':')
    })
}

/// Whether this is `path/file.cc:123:`.
fn is_position(word: &str) -> bool {
    let position = word.strip_suffix(':').and_then(|position| position.rsplit_once(':'));
    position.is_some_and(|(file, line)| {
        let digits = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
        digits && [".cc", ".h", ".cpp", ".rs", ".py"].iter().any(|end| file.ends_with(end))
    })
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn positions_clocks_and_dumps_go_and_the_message_stays() {
        for (message, kept) in [
            (
                "[05:51:03] /src/cpp/schema.cc:4944: Schema 'false' cannot accept\n",
                "Schema 'false' cannot accept",
            ),
            ("too big\n<state>\nTokens: 1\n</state>", "too big"),
            ("panic: index\n<backtrace>\n 0: main", "panic: index"),
            (
                "regex parse error:\n    a(\n     ^\nerror: unclosed group",
                "regex parse error: a( ^ error: unclosed group",
            ),
            ("no: [05:51:03] /src/guard.h:36: too deep", "no: too deep"),
            ("[1,2] [a] b: c", "[1,2] [a] b: c"),
            ("line 3: no", "line 3: no"),
        ] {
            assert_eq!(summary(message), kept);
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        let cut = summary(&"é".repeat(1_000));
        assert_eq!(cut.chars().count(), 300);
        assert!(cut.ends_with('…'));
    }
}
