//! The report as Markdown: verdict first, then figures, doubts and the receipt.

use std::fmt::Write as _;

use gonogo_tables::{
    Table,
    format::{code, inline},
    markdown::render,
};

use crate::{GateResult, Report, plots};

/// What the rendering depends on besides the report.
#[derive(Debug, Clone, Default)]
pub struct MarkdownOptions {
    /// The command that regenerates this text; it becomes the last line.
    pub command: String,
    /// Whether the plots lie beside the text.
    pub plots: bool,
}

/// Plots by the table they stand under: file name and what it shows, for those who cannot see it.
const PLOTS: [(&str, &str, &str); 3] = [
    (
        "success",
        "success.svg",
        "Success by arm and language with Wilson intervals; the figures are in the table above",
    ),
    (
        "families",
        "failures.svg",
        "Outcome families as shares of each arm's attempts; the figures are in the table above",
    ),
    (
        "latency",
        "latency.svg",
        "Cumulative distribution of total latency per arm, solid for passed and dashed for all attempts; the quantiles are in the table above",
    ),
];

impl Report {
    /// The report as Markdown, with the verdict at its head where a policy was applied.
    #[must_use]
    pub fn markdown(&self, options: &MarkdownOptions, gate: Option<&GateResult>) -> String {
        let mut out = format!("# {}", inline(&self.run));
        if let Some(shortfall) = &self.shortfall {
            let _ = write!(out, ": {shortfall}");
        }
        out.push_str("\n\n");
        match gate {
            Some(gate) => out.push_str(&gate.markdown()),
            None => {
                out.push_str("**No policy applied**: `gonogo gate RUN --policy FILE` gives a verdict.\n\n")
            }
        }
        let _ = writeln!(out, "{}\n", self.summary);
        let receipt = |table: &&Table| matches!(table.id, "receipt" | "arms" | "arms-shared");
        let drawn = if options.plots { plots(self) } else { vec![] };
        for table in self.tables.iter().filter(|table| !receipt(table)) {
            let blame = table.id == self.blame.table().id;
            if blame {
                self.blame.markdown(&mut out);
            }
            render(&mut out, table);
            if blame {
                self.blame.captures_markdown(&mut out);
            }
            let here = PLOTS
                .iter()
                .filter(|(id, file, _)| *id == table.id && drawn.iter().any(|(name, _)| name == file));
            for (_, file, alternative) in here {
                let _ = writeln!(out, "![{alternative}.]({file})\n");
            }
        }
        self.write_caveats(&mut out);
        self.write_examples(&mut out);
        self.tables.iter().filter(receipt).for_each(|table| render(&mut out, table));
        let _ = writeln!(out, "Regenerate with {}", code(&options.command));
        out
    }

    fn write_caveats(&self, out: &mut String) {
        out.push_str("## Caveats\n\n");
        if self.caveats.is_empty() {
            out.push_str("None.\n\n");
            return;
        }
        for caveat in &self.caveats {
            let _ = writeln!(out, "- {}. To do: {}.", caveat.message(), caveat.advice());
        }
        out.push('\n');
    }

    fn write_examples(&self, out: &mut String) {
        if self.examples.is_empty() {
            return;
        }
        out.push_str("## One failure per arm\n\nThe first attempt of the kind that fails most; the raw answer lies under `captures/`.\n\n");
        for example in &self.examples {
            let _ = writeln!(
                out,
                "- {}: {} ({} of {} first tries), for instance {}: {}. Capture {}.",
                inline(&example.arm),
                code(example.kind.name()),
                example.count,
                example.n,
                code(&example.attempt),
                inline(&shorten(&example.message)),
                code(example.capture.short()),
            );
        }
        out.push('\n');
    }
}

/// Enough of a message to recognise it; the journal has the rest.
pub(crate) fn shorten(message: &str) -> String {
    let mut short: String = message.chars().take(300).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    if short.is_empty() { "no detail".into() } else { short }
}
