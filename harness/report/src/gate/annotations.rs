//! The verdict as annotations of GitHub Actions: one line an arm, shown above the job and beside the commit.

use super::{Cause, GateResult, Verdict};

impl GateResult {
    /// Workflow commands: an error for NO-GO, a warning for INCONCLUSIVE, a notice for GO.
    #[must_use]
    pub fn annotations(&self) -> String {
        if self.arms.is_empty() {
            return line(
                self.verdict,
                None,
                "no candidate",
                "no arm asks for a constraint: name the arm to judge it",
            );
        }
        let lines: Vec<String> =
            self.arms.iter().map(|arm| line(arm.verdict, arm.cause(), &arm.label, &self.why(arm))).collect();
        lines.join("\n")
    }
}

fn line(verdict: Verdict, cause: Option<Cause>, what: &str, why: &str) -> String {
    let level = match verdict {
        Verdict::Go => "notice",
        Verdict::NoGo => "error",
        Verdict::Inconclusive => "warning",
    };
    // That a threshold is missed is what NO-GO says.
    let cause = cause.filter(|cause| *cause != Cause::Missed);
    let cause = cause.map(|cause| format!(" ({})", cause.label())).unwrap_or_default();
    let title = format!("{}{cause}: {what}", verdict.name());
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
    use super::{Cause, Verdict, line};

    #[test]
    fn nothing_ends_an_annotation_early() {
        assert_eq!(
            line(
                Verdict::NoGo,
                Some(Cause::Missed),
                "a (live, unproven)",
                "5.0 % is missed\n::stop-commands::x"
            ),
            "::error title=NO-GO%3A a (live%2C unproven)::5.0 %25 is missed%0A::stop-commands::x"
        );
        let few = line(Verdict::Inconclusive, Some(Cause::TooFewCases), "a", "b");
        assert_eq!(few, "::warning title=INCONCLUSIVE (too few cases)%3A a::b");
        assert!(line(Verdict::Go, None, "a", "b").starts_with("::notice "));
    }
}
