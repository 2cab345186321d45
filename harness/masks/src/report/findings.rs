//! What the figures say, in sentences: facts with numbers, and no adjectives.

use std::cmp::Reverse;

use gonogo_core::RunStatus;
use gonogo_stats::Rate;
use gonogo_tables::format::{code, percent};

use super::{
    ArmReport, Headline, Report,
    head::blamed,
    words::{self, count, of, schemas},
};
use crate::{
    Blame, Class, Configuration,
    tables::{Moved, Reason, by_keyword},
};

/// A keyword that an arm ignores without a word.
pub(super) struct Ignored {
    pub(super) keyword: String,
    /// Invalid instances that it accepted.
    pub(super) accepted: u64,
    /// Those that it was tested with.
    pub(super) tested: u64,
    /// Schemas that the accepted ones are from.
    pub(super) schemas: u64,
}

/// What each arm ignores, the most often accepted first.
pub(super) fn ignored(report: &Report) -> Vec<Vec<Ignored>> {
    let rows = by_keyword(&report.keywords);
    let of_arm = |place: usize| {
        let cells = rows.iter().map(|(keyword, cells)| (keyword, &cells[place]));
        let mut ignored: Vec<Ignored> = cells
            .filter(|(_, cell)| cell.ignored > 0)
            .map(|(keyword, cell)| Ignored {
                keyword: keyword.clone(),
                accepted: cell.ignored,
                tested: cell.tested(),
                schemas: cell.ignored_schemas,
            })
            .collect();
        ignored.sort_by_key(|of| Reverse(of.accepted));
        ignored
    };
    (0..report.arms.len()).map(of_arm).collect()
}

impl Report {
    /// How much was tried, and who treats most schemas rightly: a sentence or two a configuration.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        if self.trials == 0 {
            return vec!["No trial was made, so nothing can be said.".into()];
        }
        let mut findings = Vec::new();
        findings.extend(self.narrowed());
        findings.extend(self.how_far());
        let rows = self.summary();
        let of = |configuration| {
            let arms = self.arms.iter().zip(&rows).filter(|(arm, _)| arm.configuration == configuration);
            most(configuration, &arms.map(|(_, row)| row).collect::<Vec<_>>())
        };
        findings.extend(Configuration::ALL.into_iter().filter_map(of));
        findings
    }

    /// Which arms of the survey this is about, where it is not about all.
    fn narrowed(&self) -> Option<String> {
        let named: Vec<String> = self.arms.iter().map(|arm| code(&arm.name)).collect();
        (self.arms.len() < self.plan.arms.len()).then(|| {
            format!(
                "About {} of the survey's {} arms: {}.",
                named.len(),
                self.plan.arms.len(),
                named.join(", ")
            )
        })
    }

    /// What there is so far, why that is a sample, and how to go on.
    fn how_far(&self) -> Option<String> {
        if self.trials >= self.planned {
            return None;
        }
        let tried = self.arms.iter().map(|arm| arm.counts.tried());
        let (fewest, most) = (tried.clone().min().unwrap_or_default(), tried.max().unwrap_or_default());
        let each = if fewest == most { count(most) } else { format!("{} to {}", count(fewest), count(most)) };
        let stopped = match (self.receipt.status, &self.receipt.finished) {
            (RunStatus::Unfinished, Some(at)) => format!("It last stopped at {at}; "),
            (RunStatus::Unfinished, None) => "It is running, or was ended from outside; ".into(),
            (RunStatus::Complete, _) => String::new(),
        };
        Some(format!(
            "Each arm tried {each} of {} schemas so far. Their order is drawn by the seed, the same for all arms, so that these \
             are a random sample of the survey's schemas, but for slow ones that are still under way; every share below is of what was tried. {stopped}{} goes on.",
            count(self.subjects()),
            code(&format!("gonogo masks --resume {}", self.receipt.survey)),
        ))
    }

    /// What each arm ignores and declines, a sentence an arm with a trial; then what matched options change, a sentence
    /// an engine.
    #[must_use]
    pub fn conduct(&self) -> Vec<String> {
        let arms = self.arms.iter().zip(ignored(self)).filter(|(arm, _)| arm.counts.tried() > 0);
        let arms = arms
            .map(|(arm, ignored)| format!("{} {}; {}.", code(&arm.name), ignores(&ignored), declines(arm)));
        arms.chain(self.moved.iter().filter_map(|of| moves(self, of))).collect()
    }
}

/// How many subjects each arm of a configuration treats rightly, the most first.
fn most(configuration: Configuration, rows: &[&Headline]) -> Option<String> {
    let mut rows: Vec<&Headline> = rows.iter().copied().filter(|row| row.with_instances > 0).collect();
    let share =
        |row: &Headline| Rate { passed: row.rightly, n: row.with_instances }.value().unwrap_or_default();
    rows.sort_by(|a, b| share(b).total_cmp(&share(a)));
    let each = |row: &&Headline| {
        format!("{} {} ({} %)", code(&row.arm), of(row.rightly, row.with_instances), percent(share(row)))
    };
    let each: Vec<String> = rows.iter().map(each).collect();
    (!each.is_empty()).then(|| {
        format!(
            "Under `{}` options, of the schemas with instances that it tried, each treats rightly: {}.",
            configuration.name(),
            each.join(", ")
        )
    })
}

/// Keywords that are named in a sentence.
const NAMED: usize = 12;

fn ignores(ignored: &[Ignored]) -> String {
    if ignored.is_empty() {
        return "accepted no invalid instance".into();
    }
    let each = |of: &Ignored| format!("{} {}", code(&of.keyword), words(of));
    let named: Vec<String> = ignored.iter().take(NAMED).map(each).collect();
    let more = match ignored.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more keywords"),
    };
    format!("silently accepted invalid instances of {}{more}", named.join(", "))
}

/// `8 of 65 tested (in 5 schemas)`.
pub(super) fn words(ignored: &Ignored) -> String {
    format!("{} tested (in {})", of(ignored.accepted, ignored.tested), schemas(ignored.schemas))
}

/// Reasons that are named in a sentence.
const REASONS: usize = 3;

fn declines(arm: &ArmReport) -> String {
    let declined = blamed(&arm.counts, Blame::Declared);
    if declined == 0 {
        return "declined no schema".into();
    }
    let reason = |reason: &Reason| {
        format!("{} ({})", code(&words::shorten(&reason.message, 80)), count(reason.schemas))
    };
    let reasons: Vec<String> = arm.declined.iter().take(REASONS).map(reason).collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(", most often with {}", reasons.join(", ")) };
    format!("declined {} schemas tried{reasons}", of(declined, arm.counts.tried()))
}

/// Moves that are named in a sentence.
const MOVES: usize = 4;

/// What matched options change for one engine; `None` where it was not tried under both.
fn moves(report: &Report, of: &Moved) -> Option<String> {
    if of.schemas == 0 {
        return None;
    }
    let moved: u64 = of.moves.iter().map(|to| to.schemas).sum();
    if moved == 0 {
        return Some(format!(
            "`matched` options change no class of {} among {} tried under both.",
            code(&of.engine),
            schemas(of.schemas)
        ));
    }
    let named = of.moves.iter().take(MOVES);
    let named: Vec<String> = named
        .map(|to| format!("{} from {} to {}", count(to.schemas), to.from.name(), to.to.name()))
        .collect();
    let more: u64 = of.moves.iter().skip(MOVES).map(|to| to.schemas).sum();
    let more = if more > 0 { format!(", {} otherwise", count(more)) } else { String::new() };
    let refuses = of.moves.iter().find(|to| to.from == Class::Ok && to.to == Class::OverConstrained);
    let why = match refuses.filter(|_| closed(report, &of.arms[1])) {
        Some(to) => format!(
            ". Of those that were ok {} now refuse a valid instance: `closed`, one of these options, forbids members that JSON \
             Schema allows, which can be why",
            count(to.schemas)
        ),
        None => String::new(),
    };
    Some(format!(
        "`matched` options change what becomes of {} schemas on {}: {}{more}{why}.",
        self::of(moved, of.schemas),
        code(&of.engine),
        named.join(", "),
    ))
}

/// Whether an arm has objects closed by option.
pub(super) fn closed(report: &Report, arm: &str) -> bool {
    let arm = report.arms.iter().find(|of| of.name == arm);
    arm.is_some_and(|arm| arm.options.get("additional-properties").is_some_and(|option| option == "closed"))
}
