//! The report as Markdown: what is to be known first, then each figure, then what ran.

use std::fmt::Write as _;

use gonogo_tables::{
    Table,
    format::{code, inline},
    markdown::render,
};

use super::{Report, head, plots, sections, words::count};
use crate::{Configuration, tables::Subset};

/// How to read the report, for somebody who has never seen one.
const READING: &str = "## How to read this\n\n\
    - No model is involved. Each engine compiles each JSON Schema into a constraint, then valid and invalid \
    instances are fed to it token by token. Before each token the engine computes a *mask*: which tokens may come next.\n\
    - An instance is accepted when each of its tokens was in its mask and an end was allowed behind the last. A \
    schema is `ok`, or treated rightly, when every valid instance was accepted and every invalid one was not.\n\
    - An arm is an engine under one set of options: `defaults` are what its user gets without asking; `matched`, in arms named so, set alike \
    what engines do differently by default. Arms are compared within one configuration. *Arms*, below, says more.\n\
    - Whether an instance is valid is for one validator to say, in the schema's own dialect, and for the corpus' label; where these \
    disagree the instance decides nothing.\n\
    - TTFM, time to the first mask: compiling a schema and its first mask. TBM, time between masks: one mask and accepting one token.\n\
    - p99 is the value that 99 of 100 stay within. `[low–high]` holds the true value with 95 % confidence, schemas \
    being independent and the tokens of one schema not; `?` means that there are too few for a bound.\n\n";

/// What the figures do not say.
const LIMITS: &str = "\
    - Masks are timed in a tight loop with warm caches, one request at a time: no batch, and no threads that share an engine. Between two \
    forward passes of a model caches are cold and the same masks take longer; how much longer depends on model and machine, is not \
    measured here, and is in the reports of `gonogo run`.\n\
    - Tokens come from given texts. A model that writes freely meets other masks; what it costs there is for `gonogo run`.\n\
    - An instance is cut into tokens as its tokenizer would. Other cuts of the same text are not tried.\n\
    - `ok` means that no instance at hand showed a fault, not that there is none.\n\
    - One machine, one run: differences of a few per cent between runs are noise. METHODOLOGY.md of gonogo has the definitions.\n\n";

impl Report {
    /// Every file of the report: `report.md`, the plots that it shows, and the CSV files that it names but
    /// `records.csv`.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let plots = plots::plots(self);
        let mut files = vec![("report.md".to_owned(), self.text(&plots))];
        files.extend(plots.into_iter().map(|plot| (plot.name, plot.svg)));
        files.extend(self.csv());
        files
    }

    /// The report as one text, without plots.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.text(&[])
    }

    fn text(&self, plots: &[plots::Plot]) -> String {
        let mut out = format!("# {}", inline(&self.receipt.survey));
        if let Some(shortfall) = self.shortfall() {
            let _ = write!(out, ": {shortfall}");
        }
        out.push_str("\n\n");
        for finding in self.findings() {
            let _ = writeln!(out, "{finding}\n");
        }
        if self.trials > 0 {
            render(&mut out, &head::table(self));
            all(&mut out, sections::versus(self));
            for sentence in self.conduct() {
                let _ = writeln!(out, "- {sentence}");
            }
            out.push('\n');
            out.push_str(READING);
            self.outcomes(&mut out);
            self.times(&mut out, plots);
            self.masks(&mut out);
            self.limits(&mut out);
        }
        render(&mut out, &sections::arms(self));
        render(&mut out, &sections::facts(self));
        let _ = writeln!(out, "Regenerate with {}", code(&self.command()));
        out
    }

    /// What writes this report again.
    fn command(&self) -> String {
        let narrowed = self.arms.len() < self.plan.arms.len();
        let arms = self.arms.iter().filter(|_| narrowed).map(|arm| format!(" --arm {}", arm.name));
        format!("gonogo masks report {}{}", self.receipt.survey, arms.collect::<String>())
    }

    fn limits(&self, out: &mut String) {
        let tokens = count(self.plan.tokenizer.tokens.into());
        let _ = write!(
            out,
            "## Limits\n\n- A mask has a bit for each of {tokens} tokens here. What it costs depends on the vocabulary: with \
             another one, measure again with `--tokenizer`.\n{LIMITS}"
        );
    }

    fn outcomes(&self, out: &mut String) {
        render(out, &sections::classes(self));
        all(out, sections::moved(self));
        all(out, sections::splits(self));
        render(out, &sections::keywords(self));
        all(out, sections::declined(self));
        render(out, &sections::examples(self));
        all(out, sections::disputed(self));
    }

    fn times(&self, out: &mut String, plots: &[plots::Plot]) {
        for configuration in Configuration::ALL {
            all(out, sections::quantiles(self, configuration, Subset::Common));
            for plot in plots.iter().filter(|plot| plot.configuration == configuration) {
                let _ = writeln!(out, "![{}]({})\n", plot.alternative, plot.name);
            }
            all(out, sections::quantiles(self, configuration, Subset::Own));
        }
        all(out, sections::pairs(self));
        all(out, sections::by_split(self));
        all(out, sections::peaks(self));
    }

    fn masks(&self, out: &mut String) {
        if let Some(table) = sections::differences(self) {
            render(out, &table);
            out.push_str(&sections::difference_examples(self));
        }
    }
}

fn all(out: &mut String, tables: impl IntoIterator<Item = Table>) {
    tables.into_iter().for_each(|table| render(out, &table));
}
