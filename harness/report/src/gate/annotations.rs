//! The verdict as annotations of GitHub Actions: one line an arm, shown above the job and beside the commit.

use super::{GateResult, Verdict};

impl GateResult {
    /// Workflow commands: an error for NO-GO, a warning for INCONCLUSIVE, a notice for GO.
    #[must_use]
    pub fn annotations(&self) -> String {
        if self.arms.is_empty() {
            return line(
                self.verdict,
                "no candidate",
                "no arm asks for a constraint: name the arm to judge it",
            );
        }
        let lines: Vec<String> =
            self.arms.iter().map(|arm| line(arm.verdict, &arm.label, &self.why(arm))).collect();
        lines.join("\n")
    }
}

fn line(verdict: Verdict, what: &str, why: &str) -> String {
    let level = match verdict {
        Verdict::Go => "notice",
        Verdict::NoGo => "error",
        Verdict::Inconclusive => "warning",
    };
    let title = format!("{}: {what}", verdict.name());
    format!("::{level} title={}::{}", property(&title), message(why))
}

/// A message must stay in its line, and `%` begins an escape.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property ends at a colon or a comma.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Verdict, line};

    #[test]
    fn nothing_ends_an_annotation_early() {
        assert_eq!(
            line(Verdict::NoGo, "a (live, unproven)", "5.0 % is missed\n::stop-commands::x"),
            "::error title=NO-GO%3A a (live%2C unproven)::5.0 %25 is missed%0A::stop-commands::x"
        );
        assert!(line(Verdict::Inconclusive, "a", "b").starts_with("::warning "));
        assert!(line(Verdict::Go, "a", "b").starts_with("::notice "));
    }
}
