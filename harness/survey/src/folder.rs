//! A survey on disk.
//!
//! ```text
//! results/20251023T101500Z-masks-nightly/
//!   survey.json        receipt; replaced atomically
//!   plan.json          arms, limits, seed, and what corpora and tokenizer were; written once
//!   subjects.jsonl     what was to be tried: schemas, and instances as tokens; written once
//!   ready.jsonl        what each arm's worker said of itself
//!   records.jsonl      the journal: one trial a line; the record of truth
//!   differences.jsonl  the journal of comparisons: one subject in one configuration a line
//!   *.torn             bytes of a line that a crash cut off; usually absent
//!   lock               held by the one process that writes
//! ```

use std::{collections::HashSet, path::Path};

use gonogo_core::FORMAT;
use gonogo_masks::{Configuration, Difference, Record, Subject, Survey, SurveyPlan, SurveyReceipt};
use gonogo_protocol::masks::Ready;
use gonogo_store::{Appending, Folder, Lock, Sort, StoreError};
use serde::{Deserialize, Serialize};

const PLAN: &str = "plan.json";
const SUBJECTS: &str = "subjects.jsonl";
const READY: &str = "ready.jsonl";
const RECORDS: &str = "records.jsonl";
const DIFFERENCES: &str = "differences.jsonl";

/// What an arm's worker said of itself when it was first started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmReady {
    /// The arm.
    pub arm: String,
    /// Its word.
    pub ready: Ready,
}

/// That the masks of one subject were compared, and what came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The subject.
    pub subject: String,
    /// Of the arms of this configuration.
    pub configuration: Configuration,
    /// At most one for each pair of arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// A survey's folder. Reading through it takes no lock and changes nothing.
#[derive(Debug, Clone)]
pub struct SurveyDir {
    folder: Folder,
}

impl SurveyDir {
    /// Makes `root/<utc>-masks-<name>/`, with everything that is known before the first trial.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create(
        root: &Path,
        name: &str,
        receipt: &SurveyReceipt,
        plan: &SurveyPlan,
        subjects: &[Subject],
    ) -> Result<Self, StoreError> {
        let folder = Folder::create(root, &format!("masks-{name}"), &receipt.started)?;
        folder.write(PLAN, plan)?;
        folder.write_rows(SUBJECTS, subjects)?;
        for journal in [READY, RECORDS, DIFFERENCES] {
            folder.append(journal, &torn(journal))?;
        }
        // Last, because a folder with a receipt is a survey.
        let dir = Self { folder };
        dir.write_receipt(receipt)?;
        Ok(dir)
    }

    /// The survey that `what` names: `latest`, its name or its folder.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] with the names that are near, or another.
    pub fn find(root: &Path, what: &str) -> Result<Self, StoreError> {
        let found = gonogo_store::find(root, what, Sort::Survey);
        // The part of the folder's name that a person chose comes after ours.
        let folder = match found {
            Err(StoreError::Unknown { .. }) => {
                gonogo_store::find(root, &format!("masks-{what}"), Sort::Survey).or(found)
            }
            Ok(_) | Err(_) => found,
        }?;
        Ok(Self { folder })
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.folder.name()
    }

    /// The receipt as last written.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn receipt(&self) -> Result<SurveyReceipt, StoreError> {
        self.folder.read(Sort::Survey.receipt())
    }

    /// The plan.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn plan(&self) -> Result<SurveyPlan, StoreError> {
        self.folder.read(PLAN)
    }

    /// What was to be tried.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line.
    pub fn subjects(&self) -> Result<Vec<Subject>, StoreError> {
        Ok(self.folder.rows(SUBJECTS)?.rows)
    }

    /// What the arms' workers said of themselves.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn ready(&self) -> Result<Vec<ArmReady>, StoreError> {
        Ok(self.folder.rows(READY)?.rows)
    }

    /// The trials that were made, the first of each subject on each arm, in the order they were written.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        let mut seen = HashSet::new();
        let mut rows: Vec<Record> = self.folder.rows(RECORDS)?.rows;
        rows.retain(|row| seen.insert((row.subject.clone(), row.arm.clone())));
        Ok(rows)
    }

    /// The comparisons that were made, the first of each subject in each configuration.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn comparisons(&self) -> Result<Vec<Comparison>, StoreError> {
        let mut seen = HashSet::new();
        let mut rows: Vec<Comparison> = self.folder.rows(DIFFERENCES)?.rows;
        rows.retain(|row| seen.insert((row.subject.clone(), row.configuration)));
        Ok(rows)
    }

    /// All of it: what every table is made from. Records and differences are in the order of subjects and arms,
    /// whatever order they were made in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn survey(&self) -> Result<Survey, StoreError> {
        let plan = self.plan()?;
        let subjects = self.subjects()?;
        let mut records = self.records()?;
        let mut comparisons = self.comparisons()?;
        {
            let place: std::collections::HashMap<&str, usize> =
                subjects.iter().enumerate().map(|(at, subject)| (subject.id.as_str(), at)).collect();
            let of = |id: &str| place.get(id).copied().unwrap_or(usize::MAX);
            let arm = |name: &str| plan.arms.iter().position(|arm| arm.name == name).unwrap_or(usize::MAX);
            records.sort_by_key(|record| (of(&record.subject), arm(&record.arm)));
            comparisons.sort_by_key(|row| (of(&row.subject), row.configuration));
        }
        let mut ready = std::collections::BTreeMap::new();
        for row in self.ready()? {
            ready.entry(row.arm).or_insert(row.ready);
        }
        let differences = comparisons.into_iter().flat_map(|row| row.differences).collect();
        Ok(Survey { arms: plan.arms, ready, subjects, records, differences })
    }

    /// Opens the journals for writing, and locks the survey for this process.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process writes it, [`StoreError::Row`] where a journal is damaged
    /// before its last line.
    pub fn journals(&self) -> Result<Journals, StoreError> {
        let lock = self.folder.lock()?;
        let open = |name| self.folder.append(name, &torn(name));
        Ok(Journals {
            ready: open(READY)?,
            records: open(RECORDS)?,
            differences: open(DIFFERENCES)?,
            _lock: lock,
        })
    }

    /// Replaces the receipt atomically. The one on disk has the folder's name and this format.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write_receipt(&self, receipt: &SurveyReceipt) -> Result<(), StoreError> {
        let receipt = SurveyReceipt { format: FORMAT, survey: self.name(), ..receipt.clone() };
        self.folder.write(Sort::Survey.receipt(), &receipt)
    }
}

/// Where the bytes of a journal go that a crash cut off.
fn torn(journal: &str) -> String {
    journal.replace(".jsonl", ".torn")
}

/// A survey's journals, open for appending. What was pushed counts after [`Self::sync`].
#[derive(Debug)]
pub struct Journals {
    /// [`ArmReady`].
    pub(crate) ready: Appending,
    /// [`Record`].
    pub(crate) records: Appending,
    /// [`Comparison`].
    pub(crate) differences: Appending,
    _lock: Lock,
}

impl Journals {
    /// Waits until everything is on the disk.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        self.ready.sync()?;
        self.records.sync()?;
        self.differences.sync()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gonogo_core::{FORMAT, Machine, Nanos, Revision, RunStatus};
    use gonogo_masks::{
        Arm, Configuration, CorpusFacts, Ending, Limits, Record, Subject, SurveyPlan, SurveyReceipt,
        TokenizerFacts,
    };
    use gonogo_protocol::masks::Compiled;
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Comparison, DIFFERENCES, RECORDS, SurveyDir};

    const SUBJECTS: usize = 6;

    fn arms() -> Vec<Arm> {
        ["one", "two"].map(|engine| Arm::new(engine, Configuration::Defaults, &json!({}))).to_vec()
    }

    fn subject(index: usize) -> Subject {
        Subject {
            id: format!("s{index}\u{e9}"),
            split: String::new(),
            draft: "7".into(),
            keywords: Vec::new(),
            why: None,
            sha256: String::new(),
            schema: "{}".into(),
            instances: Vec::new(),
        }
    }

    fn record(subject: &Subject, arm: &Arm, nanos: u64) -> Record {
        Record {
            subject: subject.id.clone(),
            arm: arm.name.clone(),
            compiled: Some(Compiled { id: 1, compile: Nanos(nanos), first_mask: Nanos(1) }),
            recompiles: Vec::new(),
            walks: Vec::new(),
            respelled: Vec::new(),
            ending: Ending::Complete,
            peak_bytes: None,
            rest_bytes: None,
            earlier: Vec::new(),
        }
    }

    fn create(root: &std::path::Path) -> (SurveyDir, Vec<Subject>) {
        let subjects: Vec<Subject> = (0..SUBJECTS).map(subject).collect();
        let text = |text: &str| text.to_owned();
        let plan = SurveyPlan {
            format: FORMAT,
            seed: 0,
            arms: arms(),
            limits: Limits::default(),
            recompiles: 0,
            compared: 6,
            lanes: 1,
            corpora: vec![CorpusFacts { name: text("c"), sha256: text(""), schemas: 6, skipped: Vec::new() }],
            narrowed: Vec::new(),
            subjects: 6,
            instances: 0,
            tokenizer: TokenizerFacts { name: text("t"), format: text("gguf"), sha256: text(""), tokens: 1 },
        };
        let receipt = SurveyReceipt {
            format: FORMAT,
            survey: text(""),
            status: RunStatus::Unfinished,
            started: text("2026-01-02T03:04:05Z"),
            finished: None,
            command: Vec::new(),
            gonogo: Revision {
                version: text("0"),
                built_from: None,
                sha256: None,
                commit: None,
                dirty: None,
                profile: text("dev"),
            },
            machine: Machine { os: text(""), cpu: text(""), cores: 1, memory_bytes: 0, clock_ns: 0 },
        };
        (SurveyDir::create(root, "cut", &receipt, &plan, &subjects).unwrap(), subjects)
    }

    /// Makes what is not there yet, as a survey that goes on does.
    fn finish(dir: &SurveyDir, subjects: &[Subject], nanos: u64) {
        let mut journals = dir.journals().unwrap();
        let (records, comparisons) = (dir.records().unwrap(), dir.comparisons().unwrap());
        for subject in subjects.iter().rev() {
            for arm in arms() {
                let made = |row: &Record| row.subject == subject.id && row.arm == arm.name;
                if !records.iter().any(made) {
                    journals.records.push(&record(subject, &arm, nanos)).unwrap();
                }
            }
            if !comparisons.iter().any(|row| row.subject == subject.id) {
                let of = Configuration::Defaults;
                let row =
                    Comparison { subject: subject.id.clone(), configuration: of, differences: Vec::new() };
                journals.differences.push(&row).unwrap();
            }
        }
        journals.sync().unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn journals_that_were_cut_anywhere_are_finished_to_the_same_table(
            records in 0.0..=1.0_f64, differences in 0.0..=1.0_f64,
        ) {
            let root = tempfile::tempdir().unwrap();
            let (dir, subjects) = create(root.path());
            finish(&dir, &subjects, 7);
            let whole = dir.survey().unwrap();
            prop_assert_eq!(whole.records.len(), 2 * SUBJECTS);
            prop_assert!(dir.journals().is_ok());
            for (journal, share) in [(RECORDS, records), (DIFFERENCES, differences)] {
                let path = dir.path().join(journal);
                let bytes = fs::read(&path).unwrap();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
                    reason = "a share of a small length")]
                fs::write(&path, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
            }
            finish(&dir, &subjects, 7);
            prop_assert_eq!(dir.survey().unwrap(), whole, "subjects and arms give the order");
            prop_assert_eq!(dir.comparisons().unwrap().len(), SUBJECTS);
            finish(&dir, &subjects, 8);
            prop_assert!(dir.records().unwrap().iter().all(|row| row.compiled.unwrap().compile == Nanos(7)));
        }
    }

    #[test]
    fn a_survey_is_found_by_the_name_it_was_given_and_written_by_one_process() {
        let root = tempfile::tempdir().unwrap();
        let (dir, _) = create(root.path());
        for name in ["cut", "masks-cut", "latest", "20260102T030405Z-masks-cut"] {
            assert_eq!(SurveyDir::find(root.path(), name).unwrap().path(), dir.path(), "{name}");
        }
        let unknown = SurveyDir::find(root.path(), "cute").unwrap_err().to_string();
        assert!(unknown.starts_with("no survey `cute` under"), "{unknown}");
        let _held = dir.journals().unwrap();
        assert!(dir.journals().unwrap_err().to_string().contains("is being written by another gonogo"));
    }
}
