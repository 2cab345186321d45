//! The section of the report.

use std::fmt::Write as _;

use super::{Attribution, Blame, Broke, Complaint, Counted, Instructive, Party, rate};
use crate::{
    format::{code, inline},
    table::{Cell, Row, Table},
};

/// Parties and kinds by arm, the controls' rates of the same kinds beside them.
pub(super) fn table(attribution: &Attribution<'_, '_>, counted: &[Counted]) -> Table {
    let mut rows: Vec<Row> = counted
        .iter()
        .map(|one| {
            let ours = attribution.accused().iter().zip(&one.by_arm);
            let ours = ours.map(|(arm, count)| Cell::Part(rate(arm, *count)));
            let controls = attribution
                .controls()
                .iter()
                .map(|control| Cell::Part(rate(control, control.kind(one.kind))));
            Row {
                label: format!("{}: {}", one.party.name(), one.kind.name()),
                cells: ours.chain(controls).collect(),
            }
        })
        .collect();
    let failed = (0..attribution.accused().len())
        .map(|position| Cell::Count(counted.iter().map(|one| one.by_arm[position]).sum()));
    let none = attribution.controls().iter().map(|_| Cell::Nothing);
    rows.push(Row { label: "failures".into(), cells: failed.chain(none).collect() });
    let controls =
        attribution.controls().iter().map(|control| format!("the same kind on {}", control.label()));
    Table {
        id: "blame",
        title: "Who to talk to, by arm".into(),
        note: "Failed first tries by party and kind; the columns of arms sum to their last row. An engine is named \
               only where a canary proved its constraint: for every answer outside it, and for the rest where the \
               control does not fail in the same way, on the same attempt or as often on those that both made. \
               What the control fails by itself is not counted here."
            .into(),
        corner: "party and kind".into(),
        columns: attribution.accused().iter().map(|arm| arm.label()).chain(controls).collect(),
        rows,
        folded: false,
    }
}

impl Blame {
    /// The section, without its table.
    pub(crate) fn markdown(&self, out: &mut String) {
        out.push_str("## Who to talk to\n\n");
        let _ = writeln!(out, "{}\n", self.headline());
        for party in Party::ALL {
            let of: Vec<&Complaint> = self.complaints.iter().filter(|one| one.party == party).collect();
            if !of.is_empty() {
                let _ = writeln!(out, "- {}", self.bullet(party, &of));
            }
        }
        if self.failures > 0 {
            self.unknown.iter().for_each(|gap| {
                let _ = writeln!(out, "- {gap}.");
            });
            out.push('\n');
        }
    }

    /// The captures, after the table.
    pub(crate) fn captures_markdown(&self, out: &mut String) {
        if self.captures.is_empty() {
            return;
        }
        out.push_str(
            "Captures to open first: one of each of the most frequent causes, three at most; of a cause's attempts \
             the one with the fewest prompt tokens, then with the shortest answer, then the first of the plan.\n\n",
        );
        for capture in &self.captures {
            let _ = writeln!(out, "- {}", capture.bullet());
        }
        out.push('\n');
    }

    /// Who comes first, in a sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        if self.n == 0 {
            return "Nothing was measured.".into();
        }
        let Some(first) = self.complaints.first() else {
            return format!("Nobody: none of {} first tries failed.", self.n);
        };
        let most = Party::ALL.into_iter().max_by_key(|party| (self.count(*party), std::cmp::Reverse(*party)));
        let of = |party: Party| format!("{} of {} failures", self.count(party), self.failures);
        let lead = match (first.party, most) {
            (Party::Infrastructure, Some(most)) if most != Party::Infrastructure => format!(
                "**Infrastructure first** ({}): while it fails, the rest is seen through it. Then {} ({})",
                of(Party::Infrastructure),
                address(most),
                of(most)
            ),
            (Party::Infrastructure, _) => {
                format!(
                    "**Infrastructure first** ({}): while it fails, the rest is seen through it",
                    of(first.party)
                )
            }
            (_, Some(most)) if self.count(most) == self.failures => {
                format!("All of them: **{}**", address(most))
            }
            (_, Some(most)) => format!("Mostly **{}** ({})", address(most), of(most)),
            (_, None) => String::new(),
        };
        format!("{} of {} first tries failed. {lead}.", self.failures, self.n)
    }

    fn bullet(&self, party: Party, of: &[&Complaint]) -> String {
        let head = format!("**{}**, {} of {}", party.name(), self.count(party), self.failures);
        match of {
            [only] => format!("{head}: {}", only.line()),
            _ => {
                let lines: Vec<String> = of.iter().map(|one| format!("\n  - {}", one.line())).collect();
                format!("{head}:{}", lines.concat())
            }
        }
    }
}

impl Complaint {
    /// Count, kind, the controls beside them, and what to do.
    fn line(&self) -> String {
        let controls: Vec<String> =
            self.controls.iter().map(|control| format!("control {}/{}", control.count, control.n)).collect();
        let beside = if controls.is_empty() { String::new() } else { format!(" ({})", controls.join(", ")) };
        format!("{} {}{beside}. To do: {}.", self.count, code(self.kind.name()), inline(&self.todo))
    }
}

/// A party as one is spoken to.
fn address(party: Party) -> &'static str {
    match party {
        Party::Infrastructure => "infrastructure",
        Party::Harness => "gonogo itself",
        Party::Budget => "our own token budget",
        Party::PromptOrSchema => "our own prompt or schema",
        Party::Engine => "the engine",
        Party::Model => "the model",
        Party::NotEnforced => "nobody yet: no constraint was shown to be enforced",
    }
}

impl Instructive {
    fn bullet(&self) -> String {
        let said = self.detail.message.as_str();
        let said = if said.is_empty() { "no detail".to_owned() } else { crate::markdown::shorten(said) };
        let answer = match &self.broke {
            _ if self.reconstructed => {
                " The answer was not captured: what is stored is reconstructed.".into()
            }
            Some(broke) => format!(" {}.", broke.sentence()),
            None => String::new(),
        };
        format!(
            "{}: {} (1 of {}), {}, capture {}: {}.{answer} To do: {}.",
            self.party.name(),
            code(self.kind.name()),
            self.count,
            code(&self.attempt),
            code(self.capture.short()),
            inline(&said),
            inline(&self.todo)
        )
    }
}

impl Broke {
    /// How the answer looks where it breaks.
    fn sentence(&self) -> String {
        if !self.after.is_empty() && self.before.is_empty() {
            return format!("The answer breaks at its beginning, {}", code(&self.after));
        }
        if !self.after.is_empty() {
            return format!("The answer reads {} and breaks at {}", code(&self.before), code(&self.after));
        }
        match self.blanks {
            0 => format!("The answer ends with {}", code(&self.before)),
            blanks => format!("The answer ends with {} and {blanks} blanks", code(&self.before)),
        }
    }
}
