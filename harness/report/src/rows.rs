//! The rows of a run, arranged for counting: arms in order, first tries apart from retries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gonogo_core::{ArmReceipt, Attempt, Caveat, Domain, Enforcement, Family, Kind, Receipt, Then};
use gonogo_stats::{Clustered, ClusteredRate, Confidence, Rate};

/// The rows of a run by arm.
pub(crate) struct Rows<'a> {
    /// Arms of the receipt in its order, then arms that only rows mention.
    pub(crate) arms: Vec<Arm<'a>>,
    /// Languages in alphabetical order; `None`, where it occurs, comes last.
    pub(crate) languages: Vec<Option<&'a str>>,
}

/// The rows of one arm.
pub(crate) struct Arm<'a> {
    pub(crate) name: &'a str,
    pub(crate) receipt: Option<&'a ArmReceipt>,
    /// What became of each attempt at its first try: the row with `try` 0 that is no passed step. It is what
    /// every table counts.
    pub(crate) first: Vec<&'a Attempt>,
    /// The same of later tries.
    pub(crate) retries: Vec<&'a Attempt>,
    /// Steps that passed and were followed by the next one, at whatever try.
    pub(crate) steps: Vec<&'a Attempt>,
}

/// What an attempt shares with its counterparts on other arms.
pub(crate) type PairKey<'a> = (&'a str, &'a str, Option<&'a str>, u32);

/// What repeats and rungs of one case share: they are not independent evidence.
pub(crate) type CaseKey<'a> = (&'a str, &'a str);

impl<'a> Rows<'a> {
    pub(crate) fn new(receipt: &'a Receipt, attempts: &'a [Attempt]) -> Self {
        let mut arms: Vec<Arm<'a>> = Vec::new();
        let mut position: HashMap<&'a str, usize> = HashMap::new();
        for arm in &receipt.arms {
            position.entry(&arm.name).or_insert_with(|| {
                arms.push(Arm::new(&arm.name, Some(arm)));
                arms.len() - 1
            });
        }
        for attempt in attempts {
            let index = *position.entry(&attempt.key.arm).or_insert_with(|| {
                arms.push(Arm::new(&attempt.key.arm, None));
                arms.len() - 1
            });
            let arm = &mut arms[index];
            match (attempt.then, attempt.r#try) {
                // A step that a later judge refuses counts beside what followed it: an attempt with two
                // outcomes, on which no verdict can rest.
                (Some(Then::Step), _) if attempt.outcome.passed() => arm.steps.push(attempt),
                (_, 0) => arm.first.push(attempt),
                (_, _) => arm.retries.push(attempt),
            }
        }
        let named: BTreeSet<&str> =
            attempts.iter().filter_map(|attempt| attempt.language.as_deref()).collect();
        let mut languages: Vec<_> = named.into_iter().map(Some).collect();
        if attempts.iter().any(|attempt| attempt.language.is_none()) {
            languages.push(None);
        }
        Self { arms, languages }
    }

    /// First tries of all arms.
    pub(crate) fn n(&self) -> u64 {
        self.arms.iter().map(Arm::n).sum()
    }

    /// Every first try.
    pub(crate) fn first(&self) -> impl Iterator<Item = &'a Attempt> {
        self.arms.iter().flat_map(|arm| arm.first.iter().copied())
    }

    /// The arms that are to be compared: those with rows that ask for a constraint, or all with rows while
    /// fewer than two do.
    pub(crate) fn compared(&self) -> Vec<&Arm<'a>> {
        let measured = || self.arms.iter().filter(|arm| arm.n() > 0);
        let competing: Vec<_> = measured().filter(|arm| !arm.is_control()).collect();
        if competing.len() > 1 { competing } else { measured().collect() }
    }

    /// Column headings: one label per arm.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.arms.iter().map(Arm::label).collect()
    }

    /// Whether some arm was retried.
    pub(crate) fn retried(&self) -> bool {
        self.arms.iter().any(|arm| !arm.retries.is_empty())
    }
}

impl<'a> Arm<'a> {
    fn new(name: &'a str, receipt: Option<&'a ArmReceipt>) -> Self {
        Self { name, receipt, first: Vec::new(), retries: Vec::new(), steps: Vec::new() }
    }

    /// First tries.
    pub(crate) fn n(&self) -> u64 {
        self.first.len() as u64
    }

    /// First tries that satisfy `is`.
    pub(crate) fn count(&self, is: impl Fn(&Attempt) -> bool) -> u64 {
        self.first.iter().filter(|attempt| is(attempt)).count() as u64
    }

    pub(crate) fn kind(&self, kind: Kind) -> u64 {
        self.count(|attempt| attempt.outcome.kind == kind)
    }

    pub(crate) fn family(&self, family: Family) -> u64 {
        self.count(|attempt| attempt.outcome.family == family)
    }

    pub(crate) fn domain(&self, domain: Domain) -> u64 {
        self.count(|attempt| attempt.outcome.domain == domain)
    }

    /// First tries that passed.
    pub(crate) fn passed(&self) -> impl Iterator<Item = &'a Attempt> {
        self.first.iter().copied().filter(|attempt| attempt.outcome.passed())
    }

    /// Success of all first tries.
    pub(crate) fn success(&self) -> ClusteredRate {
        success(self.first.iter().copied(), Confidence::P95)
    }

    /// What is known about the constraint: proven only while the canary's evidence is at hand.
    pub(crate) fn enforcement(&self) -> Enforcement {
        let Some(receipt) = self.receipt else { return Enforcement::Unproven };
        match receipt.enforcement {
            Enforcement::Proven => {
                receipt.canary.as_ref().map_or(Enforcement::Unproven, gonogo_core::Canary::enforcement)
            }
            Enforcement::Unconstrained | Enforcement::Unproven => receipt.enforcement,
        }
    }

    /// Whether its certificates went unchecked.
    pub(crate) fn is_insecure(&self) -> bool {
        self.receipt
            .and_then(|receipt| receipt.facts.get(Caveat::TLS))
            .is_some_and(|tls| tls == Caveat::NOT_VERIFIED)
    }

    /// Why the engine's name is nobody's word but the configuration's, where that is so.
    pub(crate) fn engine_claimed(&self) -> Option<&'a str> {
        let receipt = self.receipt.filter(|receipt| receipt.engine_is_claimed())?;
        let evidence = receipt.engine_evidence.as_ref();
        Some(
            evidence.map_or("the receipt is of an older gonogo, which did not ask", |evidence| &evidence.why),
        )
    }

    /// Whether it is there to be compared with: nothing constrains it.
    pub(crate) fn is_control(&self) -> bool {
        self.receipt.is_some_and(|receipt| receipt.engine == "none")
            || self.enforcement() == Enforcement::Unconstrained
    }

    /// Names of the provenances of its rows, or of its receipt while it has none.
    pub(crate) fn provenance(&self) -> String {
        let of_rows: BTreeSet<_> = self.first.iter().map(|attempt| attempt.provenance).collect();
        if of_rows.is_empty() {
            return self.receipt.map_or("no rows", |receipt| receipt.provenance.name()).into();
        }
        of_rows.into_iter().map(gonogo_core::Provenance::name).collect::<Vec<_>>().join("+")
    }

    /// `name (provenance)`, with what a reader must know before believing the name.
    pub(crate) fn label(&self) -> String {
        let mut notes = self.provenance();
        if self.receipt.is_none() {
            notes.push_str(", no receipt");
        } else if self.enforcement() == Enforcement::Unproven {
            notes.push_str(", unproven");
        } else if self.engine_claimed().is_some() {
            notes.push_str(", engine unproven");
        }
        format!("{} ({notes})", self.name)
    }

    /// Every row: steps, first tries and retries.
    pub(crate) fn every(&self) -> impl Iterator<Item = &'a Attempt> {
        self.steps.iter().chain(&self.first).chain(&self.retries).copied()
    }

    /// Requests whose answers were lost when a run stopped.
    pub(crate) fn lost(&self) -> u64 {
        self.every().map(|attempt| u64::from(attempt.asked_before.unwrap_or_default())).sum()
    }

    /// Success after the last try of each attempt.
    pub(crate) fn eventual(&self) -> ClusteredRate {
        let mut last: BTreeMap<PairKey<'a>, &Attempt> = BTreeMap::new();
        for attempt in self.first.iter().chain(&self.retries) {
            let entry = last.entry(pair_key(attempt)).or_insert(attempt);
            if attempt.r#try >= entry.r#try {
                *entry = attempt;
            }
        }
        success(last.into_values(), Confidence::P95)
    }
}

/// What pairs an attempt with its counterpart on another arm.
pub(crate) fn pair_key(attempt: &Attempt) -> PairKey<'_> {
    let key = &attempt.key;
    (&key.suite, &key.case, key.rung.as_deref(), key.repeat)
}

/// Success of some attempts, grouped by case.
pub(crate) fn success<'a>(
    attempts: impl Iterator<Item = &'a Attempt>,
    confidence: Confidence,
) -> ClusteredRate {
    clustered(attempts, confidence, |attempt| attempt.outcome.passed())
}

/// Share of some attempts that satisfy `is`, grouped by case.
pub(crate) fn clustered<'a>(
    attempts: impl Iterator<Item = &'a Attempt>,
    confidence: Confidence,
    is: impl Fn(&Attempt) -> bool,
) -> ClusteredRate {
    let mut cases: HashMap<CaseKey<'a>, Rate> = HashMap::new();
    for attempt in attempts {
        let case = cases.entry((&attempt.key.suite, &attempt.key.case)).or_default();
        case.n += 1;
        case.passed += u64::from(is(attempt));
    }
    // Sums of reals depend on their order, and a hash map's order on the run: sort first.
    let mut groups: Vec<Rate> = cases.into_values().collect();
    groups.sort_unstable_by_key(|rate| (rate.n, rate.passed));
    let mut clustered = Clustered::default();
    groups.into_iter().for_each(|group| clustered.push(group));
    clustered.rate(confidence)
}
