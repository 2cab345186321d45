//! How often a series in which nothing changes raises an alarm in a hundred nights, and how soon one that falls
//! by ten points does: made-up nights of known rates, through the whole watch. METHODOLOGY.md has what
//! `cargo test -p gonogo-trend --test alike -- --ignored --nocapture` prints.
#![allow(clippy::unwrap_used, reason = "a night that cannot be made up fails the test")]
#![allow(clippy::print_stdout, reason = "the figures are for METHODOLOGY.md")]

use fastrand::Rng;
use gonogo_core::{Attempt, Kind, Receipt};
use gonogo_made_up::{arm, attempt, receipt};
use gonogo_trend::{Night, Trend, trend};

const NIGHTS: u32 = 100;
const ALPHA: f64 = 0.05;

/// A night of 21 cases that pass at `rate`; some always do, some never, as real cases are.
fn night(number: u32, rate: f64, rng: &mut Rng) -> (Receipt, Vec<Attempt>) {
    let rows: Vec<Attempt> = (0..21)
        .map(|case| {
            // A third of the cases has the arm's rate squared and a third its root: easy and hard ones.
            let rate = [rate, rate * rate, rate.sqrt()][usize::try_from(case % 3).unwrap()];
            let kind = if rng.f64() < rate { Kind::Passed } else { Kind::MissingKey };
            attempt("a", case, case, 0, kind, 900 + 10 * u64::from(case) + rng.u64(0..200))
        })
        .collect();
    let night = Receipt {
        started: format!("2026-{:02}-{:02}T02:00:00.000Z", 1 + number / 28, 1 + number % 28),
        ..receipt(&format!("night-{number:03}-{}", rng.u32(..)), &[arm("a")])
    };
    (night, rows)
}

fn watched(rng: &mut Rng, rate: impl Fn(u32) -> f64) -> Trend {
    let nights: Vec<_> = (0..NIGHTS).map(|number| night(number, rate(number), rng)).collect();
    let views: Vec<Night<'_>> =
        nights.iter().map(|(receipt, attempts)| Night { receipt, attempts }).collect();
    trend(&views, "a", ALPHA)
}

/// The share of series that ever raise an alarm, of either kind.
fn alarms(series: u32, rate: f64) -> f64 {
    let mut rng = Rng::with_seed(3);
    let alarms = (0..series).filter(|_| watched(&mut rng, |_| rate).alarmed()).count();
    f64::from(u32::try_from(alarms).unwrap()) / f64::from(series)
}

/// What chance adds to the level, at three standard deviations.
fn most(series: u32) -> f64 {
    ALPHA + 3.0 * (ALPHA * (1.0 - ALPHA) / f64::from(series)).sqrt()
}

#[test]
fn nothing_that_changes_seldom_raises_an_alarm() {
    let share = alarms(40, 0.9);
    assert!(share <= most(40), "{share}");
}

#[test]
#[ignore = "minutes: the figures of METHODOLOGY.md"]
fn a_hundred_nights_many_times() {
    for rate in [0.5, 0.9, 0.99] {
        let share = alarms(1_000, rate);
        println!(
            "nothing changes at {rate}: an alarm in {:.1} % of 1000 series of {NIGHTS} nights",
            share * 100.0
        );
        assert!(share <= most(1_000), "{share}");
    }
    for fall in [0.1, 0.2] {
        let mut rng = Rng::with_seed(4);
        let mut late: Vec<u32> = (0..1_000)
            .filter_map(|_| {
                let seen = watched(&mut rng, |number| if number < 30 { 0.9 } else { 0.9 - fall });
                let raised = seen.success.alarm?.raised;
                raised.split('-').nth(1)?.parse::<u32>().ok()?.checked_sub(30)
            })
            .collect();
        late.sort_unstable();
        println!(
            "success falls by {fall} after 30 nights: an alarm in {:.1} % of 1000 series, half of these within {:?} nights",
            f64::from(u32::try_from(late.len()).unwrap()) / 10.0,
            late.get(late.len() / 2).map(|nights| nights + 1)
        );
    }
}
