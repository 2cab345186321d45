//! How often a comparison claims a difference between arms that have none, and how often it sees one of ten
//! points: made-up runs of known rates, through the whole comparison. METHODOLOGY.md has the table that
//! `cargo test -p gonogo-compare --test alike -- --ignored --nocapture` prints.
#![allow(clippy::unwrap_used, reason = "a run that cannot be compared fails the test")]
#![allow(clippy::print_stdout, reason = "the table is for METHODOLOGY.md")]

use fastrand::Rng;
use gonogo_compare::{Comparison, Options, Side, compare};
use gonogo_core::{Attempt, Kind, Receipt};
use gonogo_made_up::{arm, attempt, receipt};
use gonogo_stats::NonInferiority;

/// What a comparison of two arms can claim.
const CLAIMS: [&str; 7] = ["success", "McNemar", "family", "stratum", "time", "drift", "worse by 5"];

/// A run of two arms: cases are easier or harder for both alike.
#[derive(Clone, Copy)]
struct World {
    cases: u32,
    repeats: u32,
    /// Success of the baseline.
    p: f64,
    /// How much less the candidate has.
    drop: f64,
    /// Share of cases that always come out alike, on both arms: the rest is drawn anew for each attempt.
    clustered: f64,
}

/// What a case's attempts have in common.
struct Case {
    /// How hard it is, where it always comes out alike.
    fixed: Option<f64>,
    /// Milliseconds.
    usual: f64,
}

impl Case {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "about a second")]
    fn try_once(&self, p: f64, rng: &mut Rng) -> (Kind, u64) {
        let millis = self.usual * (1.0 + 0.2 * (rng.f64() + rng.f64() - 1.0));
        let kind = match self.fixed.unwrap_or_else(|| rng.f64()) {
            draw if draw < p => Kind::Passed,
            _ if rng.bool() => Kind::MissingKey,
            _ => Kind::TruncatedBudget,
        };
        (kind, millis as u64)
    }
}

impl World {
    /// Attempts in an order of chance, as plans have them, both arms one after the other.
    fn rows(self, rng: &mut Rng) -> Vec<Attempt> {
        let of: Vec<Case> = (0..self.cases)
            .map(|_| Case {
                fixed: (rng.f64() < self.clustered).then(|| rng.f64()),
                usual: 1_000.0 * (rng.f64() + 0.5),
            })
            .collect();
        let mut blocks: Vec<(u32, u32)> =
            (0..self.cases).flat_map(|case| (0..self.repeats).map(move |repeat| (case, repeat))).collect();
        rng.shuffle(&mut blocks);
        let mut rows = Vec::new();
        for (case, repeat) in blocks {
            for (name, p) in [("a", self.p), ("b", self.p - self.drop)] {
                let index = u32::try_from(rows.len()).unwrap();
                let (kind, millis) = of[usize::try_from(case).unwrap()].try_once(p, rng);
                rows.push(attempt(name, index, case, repeat, kind, millis));
            }
        }
        rows
    }

    /// The share of `draws` comparisons that make each claim.
    fn claimed(self, draws: u32) -> [f64; 7] {
        let receipt = receipt("run", &[arm("a"), arm("b")]);
        let mut rng = Rng::with_seed(u64::from(self.cases) * 1_000 + u64::from(self.repeats));
        let mut counts = [0_u32; 7];
        for _ in 0..draws {
            let rows = self.rows(&mut rng);
            for (count, claim) in counts.iter_mut().zip(claims(&compared(&receipt, &rows))) {
                *count += u32::from(claim);
            }
        }
        counts.map(|count| f64::from(count) / f64::from(draws))
    }
}

fn compared(receipt: &Receipt, attempts: &[Attempt]) -> Comparison {
    let side = |arm| Side { receipt, attempts, arm };
    compare(side("a"), side("b"), Options::default()).unwrap()
}

fn claims(comparison: &Comparison) -> [bool; 7] {
    let success = comparison.success;
    let total = comparison.speeds.first().and_then(|speed| speed.mean_interval);
    [
        success.low > 0.0 || success.high < 0.0,
        success.p < 0.05,
        comparison.families.iter().any(|family| family.adjusted < 0.05),
        comparison.strata.iter().any(|stratum| stratum.adjusted < 0.05),
        total.is_some_and(|[low, high]| low > 1.0 || high < 1.0),
        comparison.drift.drifted,
        comparison.non_inferiority() == NonInferiority::Refuted,
    ]
}

fn print(world: World, claimed: [f64; 7]) {
    let World { cases, repeats, p, drop, clustered } = world;
    let shares: Vec<String> =
        CLAIMS.iter().zip(claimed).map(|(claim, share)| format!("{claim} {:.1} %", share * 100.0)).collect();
    println!(
        "{cases} cases x {repeats}, {clustered} clustered, p = {p}, drop = {drop}: {}",
        shares.join(", ")
    );
}

/// What chance adds to five in a hundred, at four standard deviations: two hundred shares are looked at.
fn most(draws: u32) -> f64 {
    0.05 + 4.0 * (0.05 * 0.95 / f64::from(draws)).sqrt()
}

/// Compares arms that have no difference, and holds every claim to five in a hundred.
fn alike(draws: u32, sizes: &[u32], rates: &[f64]) {
    for &cases in sizes {
        for &p in rates {
            for (repeats, clustered) in [(1, 0.5), (3, 0.0), (3, 0.7)] {
                let world = World { cases, repeats, p, drop: 0.0, clustered };
                let claimed = world.claimed(draws);
                print(world, claimed);
                for (claim, share) in CLAIMS.iter().zip(claimed) {
                    assert!(share <= most(draws), "{claim} in {share} of {draws}");
                }
            }
        }
    }
}

#[test]
fn arms_without_a_difference_are_seldom_told_apart() {
    alike(150, &[21], &[0.5, 0.9]);
}

#[test]
#[ignore = "minutes: the table of METHODOLOGY.md"]
fn arms_without_a_difference_at_every_size() {
    alike(2_000, &[21, 63, 300], &[0.05, 0.5, 0.95]);
    for cases in [21, 63, 300, 1_000] {
        let world = World { cases, repeats: 1, p: 0.9, drop: 0.1, clustered: 0.5 };
        print(world, world.claimed(2_000));
    }
}
