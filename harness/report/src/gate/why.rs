//! Why an arm has its verdict, in a sentence a reader can repeat.

use super::{
    ArmVerdict, Blocker, Check, GateResult, Need, Threshold, Verdict,
    render::{Figures, figures_of, interval, observed, points},
};
use crate::{
    Unit,
    format::{figure, percent},
};

/// A number of cases beyond this is shown as out of reach, not as one to plan with.
pub(super) const MOST_CASES: u64 = 10_000;

impl GateResult {
    /// The threshold that decided about an arm, and everything that forbids a verdict.
    #[must_use]
    pub fn why(&self, arm: &ArmVerdict) -> String {
        let because = self.because(arm);
        let (both, go): (Vec<&Blocker>, Vec<&Blocker>) =
            arm.blockers.iter().partition(|blocker| blocker.forbids_no_go());
        let reasons = |blockers: Vec<&Blocker>| {
            blockers.into_iter().map(Blocker::message).collect::<Vec<_>>().join("; ")
        };
        // What forbids a verdict comes first where the figures give none either: more cases would not help.
        let joined = |forbids: String| {
            if self.is_decided(arm) {
                format!("{because}, but {forbids}")
            } else {
                format!("{forbids}; besides, {because}")
            }
        };
        match (both.is_empty(), go.is_empty()) {
            (true, true) => because.clone(),
            (true, false) if arm.verdict == Verdict::NoGo => {
                format!("{because}; nor could it be GO: {}", reasons(go))
            }
            (true, false) => joined(format!("it cannot be GO: {}", reasons(go))),
            (false, true) => joined(format!("it can be neither GO nor NO-GO: {}", reasons(both))),
            (false, false) => joined(format!(
                "it can be neither GO nor NO-GO: {}; nor would it be GO otherwise: {}",
                reasons(both),
                reasons(go)
            )),
        }
    }

    /// The threshold that decided about an arm.
    pub(super) fn because(&self, arm: &ArmVerdict) -> String {
        if arm.n == 0 {
            return "no attempt was judged".into();
        }
        let checks = self.deciding(arm);
        let of = |verdict| checks.iter().filter(move |check| check.verdict == verdict).collect::<Vec<_>>();
        if let [missed, others @ ..] = &of(Verdict::NoGo)[..] {
            let more = more(others.len(), "is missed", "are missed");
            return if arm.verdict == Verdict::NoGo {
                format!("NO-GO because {}{more}", miss(missed))
            } else {
                format!("{} misses {}{more}", figures(missed), missed.threshold.asks())
            };
        }
        if let [open, others @ ..] = &of(Verdict::Inconclusive)[..] {
            return format!("{}{}", undecided(open), more(others.len(), "is open", "are open"));
        }
        match (arm.verdict, checks) {
            (Verdict::Go, [first, others @ ..]) => {
                format!("GO because {}{}", clear(first), more(others.len(), "is met", "are met"))
            }
            (Verdict::Go | Verdict::NoGo | Verdict::Inconclusive, _) => {
                format!("every threshold of level {} is met", self.policy.decide())
            }
        }
    }

    fn deciding<'a>(&self, arm: &'a ArmVerdict) -> &'a [Check] {
        let level = arm.levels.iter().find(|level| level.level == self.policy.decide());
        level.map_or(&[], |level| &level.checks)
    }

    /// Whether the thresholds alone would make a verdict.
    fn is_decided(&self, arm: &ArmVerdict) -> bool {
        let alone = Verdict::all(self.deciding(arm).iter().map(|check| check.verdict));
        arm.n > 0 && alone != Verdict::Inconclusive
    }
}

fn more(others: usize, is: &str, are: &str) -> String {
    match others {
        0 => String::new(),
        1 => format!(" (and 1 more threshold {is})"),
        _ => format!(" (and {others} more thresholds {are})"),
    }
}

/// `success 20/21 = 95.2 % [76.2–99.9]`.
fn figures(check: &Check) -> String {
    format!("{} {} {}", check.threshold.measures(), observed(check), interval(check))
}

/// Whether the threshold is a floor; else it is a ceiling.
fn is_floor(threshold: Threshold) -> bool {
    match threshold {
        Threshold::Success { .. } | Threshold::NoWorse { .. } => true,
        Threshold::Fault { .. }
        | Threshold::Latency { .. }
        | Threshold::FirstToken { .. }
        | Threshold::CostPerSuccess { .. } => false,
    }
}

/// The threshold itself, in the unit of the bounds.
fn limit(threshold: Threshold) -> f64 {
    match threshold {
        Threshold::Success { at_least } => at_least,
        Threshold::Fault { at_most, .. } | Threshold::CostPerSuccess { at_most } => at_most,
        Threshold::NoWorse { margin } => -margin,
        Threshold::Latency { at_most_s, .. } | Threshold::FirstToken { at_most_s, .. } => at_most_s,
    }
}

/// A bound and the threshold in the same unit, with as many digits as it takes to tell them apart.
fn beside(check: &Check, value: Option<f64>) -> (String, String) {
    let limit = limit(check.threshold);
    let Some(value) = value else { return ("?".into(), format(check.threshold, limit, 0)) };
    let shown = |extra| (format(check.threshold, value, extra), format(check.threshold, limit, extra));
    let apart = (0..6).map(shown).find(|(value, limit)| value != limit);
    apart.unwrap_or_else(|| shown(0))
}

fn format(threshold: Threshold, value: f64, extra: usize) -> String {
    match (figures_of(threshold), extra) {
        (Figures::Shares, 0) => format!("{} %", percent(value)),
        (Figures::Shares, extra) => format!("{:.1$} %", value * 100.0, extra + 1),
        (Figures::Points, 0) => format!("{} points", points(value)),
        (Figures::Points, extra) => format!("{:+.1$} points", value * 100.0, extra + 1).replacen('-', "−", 1),
        (Figures::Seconds | Figures::Money, _) if value.is_infinite() => "∞".into(),
        (Figures::Seconds, extra) => format!("{value:.0$} s", extra + 2),
        (Figures::Money, 0) => figure(value, Unit::Money),
        (Figures::Money, extra) => format!("{value:.0$}", extra + 4),
    }
}

fn miss(check: &Check) -> String {
    let (name, value, side) = if is_floor(check.threshold) {
        ("upper", check.high, "below")
    } else {
        ("lower", check.low, "above")
    };
    compare(check, name, value, side)
}

fn clear(check: &Check) -> String {
    let (name, value, side) = if is_floor(check.threshold) {
        ("lower", check.low, "at least")
    } else {
        ("upper", check.high, "at most")
    };
    compare(check, name, value, side)
}

fn compare(check: &Check, name: &str, value: Option<f64>, side: &str) -> String {
    let (value, limit) = beside(check, value);
    let asks = check.threshold.asks();
    format!("the {name} bound {value} is {side} {limit} ({}, asked {asks})", figures(check))
}

/// Why a threshold is open, and what would decide it.
fn undecided(check: &Check) -> String {
    let asks = check.threshold.asks();
    if check.value.is_none() {
        return format!("nothing could be measured for {} {asks}", check.threshold.measures());
    }
    let limit = limit(check.threshold);
    let figures = figures(check);
    if check.withheld > 0 {
        return format!("{figures} misses {asks}, but {}", outlook(check));
    }
    let (Some(low), Some(high)) = (check.low, check.high) else {
        return format!(
            "{figures} has too few attempts (n={}) to be held against {asks}; {}",
            check.n,
            outlook(check)
        );
    };
    if low < limit && limit <= high || low <= limit && limit < high {
        return format!("{figures} straddles {asks}; {}", outlook(check));
    }
    format!(
        "{figures} comes from too few cases to be held against {asks}: repeats are no evidence of their own; {}",
        outlook(check)
    )
}

/// What would decide an open threshold, and whether its cases could have met it at all.
pub(super) fn outlook(check: &Check) -> String {
    if check.withheld > 0 {
        return format!(
            "might not, had the {} attempts passed that have no row or failed by a fault of gonogo itself",
            check.withheld
        );
    }
    let would = match check.need {
        Some(need) => {
            let (cases, so) = if need.cases > MOST_CASES {
                ("more than 10,000 distinct cases".into(), "at this rate")
            } else {
                (
                    format!("{} distinct cases ({} more)", need.cases, need.more),
                    "if further ones went as these did",
                )
            };
            format!("{cases} would make it {} {so}", direction(need).name())
        }
        None if matches!(check.threshold, Threshold::CostPerSuccess { .. }) => {
            "more cases would narrow it, and a price for every try".into()
        }
        None => "no number of cases at this rate would decide".into(),
    };
    [Some(would), out_of_reach(check), cut_early(check)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// That attempts were given up too soon to count against a threshold, where that is so.
fn cut_early(check: &Check) -> Option<String> {
    (check.cut_early > 0).then(|| {
        format!(
            "{} of {} were cut off before {} and might have been in time: allow attempts longer than that",
            check.cut_early,
            check.n,
            format(check.threshold, limit(check.threshold), 0)
        )
    })
}

/// What a threshold would become.
pub(super) fn direction(need: Need) -> Verdict {
    if need.in_favour { Verdict::Go } else { Verdict::NoGo }
}

/// That nothing which could have happened in these cases would have met the threshold, where that is so and
/// [`Check::need`] does not say it.
fn out_of_reach(check: &Check) -> Option<String> {
    if matches!(check.threshold, Threshold::CostPerSuccess { .. }) {
        return None;
    }
    let (cases, asks) = (check.cases, check.threshold.asks());
    let Some(clean) = check.clean_cases else { return Some(format!("no number of cases can show {asks}")) };
    if clean <= cases || check.need.is_some_and(|need| need.in_favour && need.cases == clean) {
        return None;
    }
    let best = match check.threshold {
        Threshold::Success { .. } => format!("{cases} of {cases}"),
        Threshold::Fault { .. } => format!("0 of {cases}"),
        Threshold::Latency { .. } | Threshold::FirstToken { .. } => format!("{cases} of {cases} in time"),
        Threshold::NoWorse { .. } => format!("{cases} cases without one behind the baseline"),
        Threshold::CostPerSuccess { .. } => return None,
    };
    Some(format!("not even {best} could meet {asks}: that takes at least {clean} clean cases"))
}
