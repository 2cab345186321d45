//! What is wrong with a suite file: where, what and the remedy, ready to be underlined.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, SourceCode};

/// Every fault found in one suite, in file order. Never empty.
#[derive(Debug, Clone)]
pub struct SuiteError {
    first: Box<Problem>,
    rest: Vec<Problem>,
}

impl SuiteError {
    /// `first`, and the others found on the way.
    pub(crate) fn new(first: Problem, rest: Vec<Problem>) -> Self {
        Self { first: Box::new(first), rest }
    }

    /// The faults, in file order; at least one.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        std::iter::once(&*self.first).chain(&self.rest)
    }
}

impl fmt::Display for SuiteError {
    /// The first fault; [`Diagnostic::related`] carries the others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl std::error::Error for SuiteError {}

impl Diagnostic for SuiteError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.first.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.first.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.first.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let own = self.first.cause.as_deref().into_iter();
        Some(Box::new(own.chain(&self.rest).map(|problem| problem as &dyn Diagnostic)))
    }
}

/// One fault: what is wrong, the file and the place in it, and what to do.
#[derive(Debug, Clone)]
pub struct Problem {
    file: String,
    source: Arc<str>,
    message: String,
    labels: Vec<(Range<usize>, String)>,
    help: Option<String>,
    cause: Option<Box<Problem>>,
}

impl Problem {
    /// A fault of `file` as a whole.
    pub(crate) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            source: Arc::from(""),
            message: message.into(),
            labels: Vec::new(),
            help: None,
            cause: None,
        }
    }

    /// Its place in the file's text. A span outside the text is drawn in.
    pub(crate) fn within(mut self, source: &Arc<str>, span: Range<usize>) -> Self {
        self.source = Arc::clone(source);
        self.labels.insert(0, (clamp(source, span), String::new()));
        self
    }

    /// The words under the place.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.1 = label.into();
        }
        self
    }

    /// A second place in the same text.
    pub(crate) fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        let span = clamp(&self.source, span);
        self.labels.push((span, label.into()));
        self
    }

    /// What to do about it.
    pub(crate) fn helped(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The fault, in another file, behind this one.
    pub(crate) fn caused(mut self, cause: Problem) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The file as it was named when it was opened.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Line and column of the place, both from 1, the column in characters; `None` where the
    /// fault is the file's as a whole.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        let before = self.source.get(..self.offset()?)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        Some((line, before.get(line_start..)?.chars().count() + 1))
    }

    /// Byte offset of the place.
    pub(crate) fn offset(&self) -> Option<usize> {
        self.labels.first().map(|(span, _)| span.start)
    }
}

impl fmt::Display for Problem {
    /// `file:line:column: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some((line, column)) = self.position() {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        // The message names the file, so that it survives where no snippet is drawn.
        // A blank one has nothing to underline.
        (!self.source.trim().is_empty()).then_some(&self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            return None;
        }
        Some(Box::new(self.labels.iter().enumerate().map(|(number, (span, text))| {
            let text = (!text.is_empty()).then(|| text.clone());
            if number == 0 {
                LabeledSpan::new_primary_with_span(text, span.clone())
            } else {
                LabeledSpan::new_with_span(text, span.clone())
            }
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let cause = self.cause.as_deref()?;
        Some(Box::new(std::iter::once(cause as &dyn Diagnostic)))
    }
}

/// The part of `span` that lies in `text`, moved to character boundaries. What is behind the last
/// line cannot be underlined, so the end of the file is the end of what is written in it.
fn clamp(text: &str, span: Range<usize>) -> Range<usize> {
    let start = floor(text, span.start.min(text.trim_end().len()));
    start..floor(text, span.end).max(start)
}

fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Problem;

    #[test]
    fn a_position_counts_lines_and_characters_from_one() {
        let text: Arc<str> = Arc::from("ä = 1\nöö = 2\n");
        let at = |offset: usize| Problem::of_file("f", "m").within(&text, offset..offset + 1).position();
        assert_eq!(at(0), Some((1, 1)));
        assert_eq!(at(3), Some((1, 3)));
        assert_eq!(at(11), Some((2, 3)));
        assert_eq!(at(999), Some((2, 7)));
        assert_eq!(Problem::of_file("f", "m").position(), None);
        assert_eq!(Problem::of_file("f", "m").within(&text, 11..12).to_string(), "f:2:3: m");
    }
}
