//! The receipt as tables: what ran, on what, with which versions.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{Breaker, MachineLoad, Price, Receipt, Resumption, Retry, SuiteReceipt, Witness};

use crate::{
    rows::{Arm, Rows},
    table::{Cell, Row, Table},
};

/// The run, its machine and its suites.
pub(crate) fn run_table(receipt: &Receipt) -> Table {
    let machine = &receipt.machine;
    let commit = receipt.gonogo.commit.as_deref().unwrap_or("unknown commit");
    let built_from = receipt.gonogo.built_from.as_deref().unwrap_or("unknown commit");
    let tree = match receipt.gonogo.dirty {
        Some(true) => ", dirty tree",
        Some(false) => ", clean tree",
        None => "",
    };
    let mut facts = vec![
        ("run", receipt.run.clone()),
        ("started", receipt.started.clone()),
        ("finished", receipt.finished.clone().unwrap_or_else(|| "not finished".into())),
        ("command", receipt.command.join(" ")),
        ("gonogo", format!("{} ({} build of {built_from})", receipt.gonogo.version, receipt.gonogo.profile)),
        ("project", format!("{commit}{tree}")),
        ("seed", receipt.seed.to_string()),
        ("sampling", sampling(receipt)),
        ("attempts planned", receipt.planned.to_string()),
        ("attempts in flight", format!("{} at most", receipt.concurrency)),
        ("loop", pacing(receipt)),
        (
            "machine",
            format!(
                "{}, {}, {} cores, {} MiB",
                machine.os,
                machine.cpu,
                machine.cores,
                machine.memory_bytes >> 20
            ),
        ),
        ("clock", format!("{} ns per reading", machine.clock_ns)),
    ];
    facts.extend(receipt.load.iter().map(|load| ("load", self::load(*load))));
    facts.extend(receipt.plan.iter().map(|plan| ("plan", format!("sha256 {}", plan.short()))));
    facts.extend(receipt.shard.iter().map(|shard| ("shard", shard.to_string())));
    facts.extend(receipt.resumed.iter().map(|session| ("resumed", resumed(session))));
    facts.extend(receipt.parts.iter().map(|part| ("part", self::part(part))));
    facts.extend(
        receipt.suites.iter().map(|suite| {
            ("suite", format!("{}: {}, sha256 {}", suite.name, cases(suite), suite.hash.short()))
        }),
    );
    words(
        "receipt",
        "Receipt",
        "What ran, on what.",
        "fact",
        facts.into_iter().map(|(k, v)| (k.to_owned(), v)),
    )
}

/// Whether attempts started by the clock.
fn pacing(receipt: &Receipt) -> String {
    receipt.pace.map_or_else(
        || "closed: the next attempt starts when one comes back".into(),
        |pace| {
            let (rate, arrivals) = (pace.per_second, pace.arrivals.name());
            format!("open: {rate} a second{}, {arrivals} arrivals", each(receipt))
        },
    )
}

/// Whose rate it is, where shards kept one each: those that ran at a time sent as many times as much.
fn each(receipt: &Receipt) -> String {
    let shards = receipt.parts.iter().find_map(|part| part.shard).map(|shard| shard.of);
    shards.map(|of| format!(" in each of {of} shards")).unwrap_or_default()
}

/// One of the runs that were merged: when and where it ran.
fn part(part: &Receipt) -> String {
    let Receipt { run, started, finished, machine, .. } = part;
    let shard = part.shard.map(|shard| format!("shard {shard}: ")).unwrap_or_default();
    let finished = finished.as_deref().unwrap_or("not finished");
    format!("{shard}{run}, {started} to {finished}, {}, {} cores", machine.cpu, machine.cores)
}

/// How busy the machine was, of the last minute each.
fn load(load: MachineLoad) -> String {
    let shown = |load: Option<f64>| load.map_or_else(|| "unknown".into(), |load| format!("{load:.2}"));
    format!("{} when it began, {} when it stopped (average of a minute)", shown(load.start), shown(load.end))
}

/// A session after the first: when, after what, and what it had to make up for.
fn resumed(session: &Resumption) -> String {
    let Resumption { at, stopped, left, asked_before, given_up } = session;
    let stopped = stopped.as_deref().map_or_else(|| "was killed".into(), |at| format!("stopped at {at}"));
    let given_up: Vec<String> =
        given_up.iter().map(|(arm, left)| format!("; {arm} had been given up with {left} left")).collect();
    let asked = match asked_before {
        None | Some(0) => String::new(),
        Some(asked) => format!(", {asked} of them asked before and their answers lost"),
    };
    format!("{at}, after it {stopped}, with {left} of its attempts left{asked}{}", given_up.concat())
}

/// How many cases were planned, and of how many where those were not all.
fn cases(suite: &SuiteReceipt) -> String {
    match suite.of_cases {
        Some(whole) if whole != suite.cases => format!("{} of {whole} cases", suite.cases),
        Some(_) | None => format!("{} cases", suite.cases),
    }
}

/// How tokens were drawn: one setting, or the least and the most of the cases.
fn sampling(receipt: &Receipt) -> String {
    let range = |least: Option<String>, most: String| {
        least.map_or_else(|| most.clone(), |least| format!("{least} to {most}, by case"))
    };
    let temperature =
        range(receipt.temperature_least.map(|least| least.to_string()), receipt.temperature.to_string());
    let tokens =
        range(receipt.max_tokens_least.map(|least| least.to_string()), receipt.max_tokens.to_string());
    format!("temperature {temperature}; tokens at most {tokens}")
}

/// Facts by name, what every arm has first.
type Facts = BTreeMap<(u8, String), String>;

/// Facts as rows and arms as columns; what all arms of the receipt share stands in a table of its own, so
/// that what differs is seen.
pub(crate) fn arms_tables(rows: &Rows<'_>) -> Vec<Table> {
    let by_arm: Vec<Facts> = rows.arms.iter().map(facts).collect();
    let names: BTreeSet<&(u8, String)> = by_arm.iter().flat_map(Facts::keys).collect();
    let listed: Vec<&Facts> = rows
        .arms
        .iter()
        .zip(&by_arm)
        .filter(|(arm, _)| arm.receipt.is_some())
        .map(|(_, facts)| facts)
        .collect();
    let is_shared = |name: &(u8, String)| {
        let value = |facts: &&Facts| facts.get(name).cloned();
        listed.len() > 1 && listed.iter().all(|facts| value(facts) == value(&listed[0]))
    };
    let (shared, own): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_shared(name));
    let own = own.into_iter().map(|name| Row {
        label: name.1.clone(),
        cells: by_arm
            .iter()
            .map(|facts| facts.get(name).map_or(Cell::Nothing, |value| Cell::Text(value.clone())))
            .collect(),
    });
    let proven = "A constraint is proven when a canary that could not be answered by chance was answered.";
    let what = if listed.len() > 1 { "What differs between the arms. " } else { "" };
    let mut tables = vec![Table {
        id: "arms",
        title: "Arms as they were run".into(),
        note: format!("{what}{proven}"),
        corner: "fact".into(),
        columns: rows.labels(),
        rows: own.collect(),
        folded: false,
    }];
    if !shared.is_empty() {
        let facts =
            shared.into_iter().filter_map(|name| Some((name.1.clone(), listed.first()?.get(name)?.clone())));
        let mut table = words(
            "arms-shared",
            "The same on all arms",
            "Facts of the receipt that are equal on every arm it lists. Where one reads `default`, each engine \
             used its own, and those may differ.",
            "fact",
            facts,
        );
        table.columns = vec!["all arms".into()];
        table.folded = true;
        tables.push(table);
    }
    tables
}

fn facts(arm: &Arm<'_>) -> Facts {
    let Some(receipt) = arm.receipt else {
        let none = "none: the run's receipt does not list this arm";
        return Facts::from([((0, "receipt".into()), none.into())]);
    };
    let mut facts = Facts::from([
        ((1, "kind".into()), receipt.kind.clone()),
        ((2, "engine".into()), receipt.engine.clone()),
        ((3, "enforcement".into()), arm.enforcement().name().into()),
    ]);
    facts.extend(named_by(arm).map(|who| ((2, "engine named by".into()), who)));
    if let Some(canary) = &receipt.canary {
        facts.insert(
            (4, "canary".into()),
            format!(
                "asked for {}; with the constraint: {}; without it: {}",
                canary.nonce,
                brief(&canary.constrained),
                brief(&canary.unconstrained)
            ),
        );
    }
    let retry = receipt.retry.as_ref().map(|retry| ("retry", self::retry(retry)));
    let breaker = receipt.breaker.as_ref().map(|breaker| ("breaker", self::breaker(breaker)));
    let price = receipt.price.as_ref().map(|price| ("price", self::price(price)));
    let conduct = [retry, breaker, price].into_iter().flatten();
    facts.extend(conduct.map(|(name, value)| ((5, name.to_owned()), value)));
    facts.extend(receipt.facts.iter().map(|(name, value)| ((5, name.clone()), value.clone())));
    facts
}

fn retry(retry: &Retry) -> String {
    let on: Vec<&str> = retry.on.iter().map(|kind| kind.name()).collect();
    format!(
        "{} tries, {} retries in all; waits up to {} doubling to {}, full jitter, Retry-After up to {}; on {}",
        retry.tries,
        retry.budget,
        retry.base,
        retry.cap,
        retry.patience,
        on.join(", ")
    )
}

fn breaker(breaker: &Breaker) -> String {
    format!(
        "after {} failures of the infrastructure in a row pauses {}, {} trials",
        breaker.failures, breaker.cool_down, breaker.trials
    )
}

fn price(price: &Price) -> String {
    let parts = [
        ("per million prompt tokens", price.per_million_prompt),
        ("per million completion tokens", price.per_million_completion),
        ("per request", price.per_request),
        ("per hour", price.per_hour),
    ];
    let parts: Vec<String> =
        parts.iter().filter_map(|(what, price)| Some(format!("{} {what}", (*price)?))).collect();
    format!("{}: {}", price.currency(), parts.join(", "))
}

/// Whose word the engine's name is, where it was asked or is in doubt.
fn named_by(arm: &Arm<'_>) -> Option<String> {
    let evidence = arm.receipt.and_then(|receipt| receipt.engine_evidence.as_ref());
    let said = evidence.map(|evidence| format!("{}: {}", evidence.by.name(), evidence.why));
    said.or_else(|| Some(format!("{}: {}", Witness::Claimed.name(), arm.engine_claimed()?)))
}

/// Enough of an answer to compare it with the nonce.
fn brief(answer: &str) -> String {
    let mut start: String = answer.chars().take(60).collect();
    if start.len() < answer.len() {
        start.push('…');
    }
    start
}

fn words(
    id: &'static str,
    title: &str,
    note: &str,
    corner: &str,
    facts: impl Iterator<Item = (String, String)>,
) -> Table {
    Table {
        id,
        title: title.into(),
        note: note.into(),
        corner: corner.into(),
        columns: vec!["value".into()],
        rows: facts.map(|(label, value)| Row { label, cells: vec![Cell::Text(value)] }).collect(),
        folded: false,
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{ContentHash, SuiteReceipt};

    use super::cases;

    #[test]
    fn a_part_of_a_suite_is_called_a_part() {
        let suite =
            |of_cases| SuiteReceipt { name: "s".into(), hash: ContentHash::of(b""), cases: 3, of_cases };
        assert_eq!(cases(&suite(Some(6))), "3 of 6 cases");
        assert_eq!(cases(&suite(Some(3))), "3 cases");
        assert_eq!(cases(&suite(None)), "3 cases", "an older receipt does not know");
    }
}
