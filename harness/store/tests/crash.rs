//! A journal cut anywhere comes back with exactly its complete rows, and nothing is lost.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;

use common::{capture, nth_row, plan, receipt};
use gonogo_core::{Attempt, Start};
use gonogo_store::{Durability, RunDir, StoreError};
use proptest::prelude::*;

fn new_run(root: &std::path::Path) -> RunDir {
    let plan = plan(2);
    RunDir::create(root, "crash", "2026-01-02T03:04:05Z", &receipt(&plan), &plan).unwrap()
}

fn write(dir: &RunDir, rows: &[Attempt]) {
    let mut journal = dir.journal(Durability::System).unwrap();
    for row in rows {
        journal.append(row).unwrap();
    }
}

fn cut_and_reopen(messages: &[String], cut: impl Fn(&[u8]) -> usize) {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let rows: Vec<_> = messages.iter().zip(0..).map(|(message, n)| nth_row(n, message)).collect();
    write(&dir, &rows);

    let path = dir.path().join("attempts.jsonl");
    let whole = fs::read(&path).unwrap();
    let cut = cut(&whole);
    fs::write(&path, &whole[..cut]).unwrap();
    let complete = whole[..cut].iter().filter(|byte| **byte == b'\n').count();

    // A reader sees the complete rows and how much is left over, and changes nothing.
    let seen = dir.attempts().unwrap();
    assert_eq!(seen.rows, rows[..complete]);
    assert_eq!(fs::read(&path).unwrap(), &whole[..cut]);

    // A writer moves the rest aside and goes on from there.
    let later = nth_row(900, "later");
    write(&dir, std::slice::from_ref(&later));
    let after = dir.attempts().unwrap();
    assert_eq!(after.torn, 0);
    assert_eq!(after.rows, [&rows[..complete], &[later]].concat());
    let torn = fs::read(dir.path().join("attempts.torn")).unwrap_or_default();
    let left = usize::try_from(seen.torn).unwrap();
    assert_eq!(torn, &whole[cut - left..cut]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cut_leaves_exactly_the_complete_rows(
        messages in prop::collection::vec(".{0,12}", 0..6),
        share in 0.0..=1.0_f64,
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a share of a small length")]
        cut_and_reopen(&messages, |whole| (whole.len() as f64 * share).round() as usize);
    }
}

#[test]
fn a_cut_beside_a_newline_leaves_exactly_the_complete_rows() {
    let messages = ["one".to_owned(), "tw\no".into(), "thrée".into()];
    for offset in -2_isize..=2 {
        for nth in 0..3 {
            cut_and_reopen(&messages, |whole| {
                let newlines = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
                let at = newlines.map(|(at, _)| at).nth(nth).unwrap();
                at.saturating_add_signed(offset).min(whole.len())
            });
        }
    }
}

#[test]
fn a_last_line_without_its_bytes_is_torn_and_one_in_the_middle_is_an_error_naming_it() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let path = dir.path().join("attempts.jsonl");
    write(&dir, &[nth_row(0, "a"), nth_row(1, "b")]);
    let good = fs::read(&path).unwrap();

    fs::write(&path, [&good[..], b"\0\0\0\0\n"].concat()).unwrap();
    assert_eq!(dir.attempts().unwrap().rows.len(), 2);
    write(&dir, &[]);
    assert_eq!(fs::read(&path).unwrap(), good);
    assert_eq!(fs::read(dir.path().join("attempts.torn")).unwrap(), b"\0\0\0\0\n");

    let damaged = [b"{\"index\":\n", &good[..]].concat();
    fs::write(&path, &damaged).unwrap();
    let reading = dir.attempts().unwrap_err();
    let writing = dir.journal(Durability::Disk).unwrap_err();
    for error in [reading, writing] {
        assert!(matches!(&error, StoreError::Row { line: 1, .. }), "{error}");
        assert!(error.to_string().contains("attempts.jsonl line 1"), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), damaged, "a damaged journal is left as it is");
}

/// The start of the `n`th attempt.
fn start(n: u32) -> Start {
    Start { index: n, step: "an\"swer".into(), r#try: n % 3, started: "2026-01-02T03:04:05.678Z".into() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn starts_cut_anywhere_come_back_whole_and_take_more(count in 0..8_u32, share in 0.0..=1.0_f64, zeros in 0..40_usize) {
        let root = tempfile::tempdir().unwrap();
        let dir = new_run(root.path());
        let write = |starts: &[Start]| {
            let mut journal = dir.journal(Durability::Disk).unwrap();
            starts.iter().for_each(|start| journal.start(start).unwrap());
            journal.flush_starts().unwrap();
        };
        prop_assert_eq!(dir.starts().unwrap().rows, [], "before anything is asked there is no file");
        let starts: Vec<_> = (0..count).map(start).collect();
        write(&starts);
        let path = dir.path().join("starts.jsonl");
        let whole = fs::read(&path).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a share of a small length")]
        let cut = (whole.len() as f64 * share).round() as usize;
        // A loss of power may leave a length without its bytes.
        let torn = [&whole[..cut], &vec![0; zeros]].concat();
        fs::write(&path, &torn).unwrap();
        let complete = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(&dir.starts().unwrap().rows, &starts[..complete]);
        prop_assert_eq!(fs::read(&path).unwrap(), torn, "a reader changes nothing");

        write(&[start(900)]);
        let after = dir.starts().unwrap();
        prop_assert_eq!((after.rows, after.torn), ([&starts[..complete], &[start(900)]].concat(), 0));
    }
}

#[test]
fn starts_are_with_the_system_when_they_are_flushed_and_need_no_row() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let mut journal = dir.journal(Durability::Disk).unwrap();
    journal.start(&start(1)).unwrap();
    assert_eq!(dir.starts().unwrap().rows, [], "what is not sent yet was not asked");
    journal.flush_starts().unwrap();
    assert_eq!(dir.starts().unwrap().rows, [start(1)]);
    journal.start(&start(2)).unwrap();
    journal.append(&nth_row(1, "a")).unwrap();
    drop(journal);
    assert_eq!(dir.starts().unwrap().rows, [start(1)]);
    assert_eq!(dir.attempts().unwrap().rows.len(), 1);
}

/// The one pack of a run.
fn pack(dir: &RunDir) -> std::path::PathBuf {
    dir.path().join("captures").join(format!("{}.jsonl.gz", dir.name()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_pack_cut_anywhere_keeps_its_whole_captures_and_takes_more(cut in 0.0..=1.0_f64, zeros in 0..80_usize) {
        let root = tempfile::tempdir().unwrap();
        let dir = new_run(root.path());
        let captures: Vec<_> = (0..4_u8).map(|n| capture(vec![vec![b'a' + n; 40]])).collect();
        let mut ends = vec![0];
        let hashes: Vec<_> = {
            let journal = dir.journal(Durability::Disk).unwrap();
            let keep = |capture| {
                let hash = journal.keep(capture).unwrap();
                ends.push(fs::metadata(pack(&dir)).unwrap().len());
                hash
            };
            captures.iter().map(keep).collect()
        };
        let whole = fs::read(pack(&dir)).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a share of a small length")]
        let cut = (whole.len() as f64 * cut).round() as usize;
        // A loss of power may leave a length without its bytes.
        let torn = [&whole[..cut], &vec![0; zeros]].concat();
        fs::write(pack(&dir), &torn).unwrap();
        let complete = ends.iter().filter(|end| **end > 0 && **end <= cut as u64).count();

        let reader = RunDir::open(dir.path()).unwrap();
        for (n, (hash, capture)) in hashes.iter().zip(&captures).enumerate() {
            let read = reader.capture(hash);
            if n < complete {
                prop_assert_eq!(&read.unwrap(), capture);
            } else {
                // A byte that is zero anyway is not missed.
                prop_assert!(read.as_ref().map_or(true, |read| read == capture));
            }
        }
        prop_assert_eq!(fs::read(pack(&dir)).unwrap(), torn.clone(), "a reader changes nothing");

        let journal = dir.journal(Durability::Disk).unwrap();
        let aside = fs::read(dir.path().join("captures.torn")).unwrap_or_default();
        let left = fs::read(pack(&dir)).unwrap();
        prop_assert_eq!([left.clone(), aside].concat(), torn, "nothing is lost");
        prop_assert!(left.len() as u64 >= ends[complete]);
        for (hash, capture) in hashes.iter().zip(&captures) {
            prop_assert_eq!(&journal.keep(capture).unwrap(), hash);
            prop_assert_eq!(&dir.capture(hash).unwrap(), capture);
        }
    }
}

#[test]
fn a_capture_that_is_there_without_its_bytes_is_kept_again() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let capture = capture(vec![b"answer".to_vec()]);
    let hash = dir.journal(Durability::Disk).unwrap().keep(&capture).unwrap();
    let mut bytes = fs::read(pack(&dir)).unwrap();
    let length = bytes.len();
    bytes[60..length].fill(0);
    fs::write(pack(&dir), bytes).unwrap();
    let dir = RunDir::open(dir.path()).unwrap();
    assert!(dir.capture(&hash).is_err());
    let journal = dir.journal(Durability::Disk).unwrap();
    assert_eq!(journal.keep(&capture).unwrap(), hash);
    assert_eq!(RunDir::open(dir.path()).unwrap().capture(&hash).unwrap(), capture);
}

#[test]
fn a_flipped_bit_costs_no_more_than_the_capture_it_is_in() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let captures: Vec<_> = (0..4_u8).map(|n| capture(vec![vec![b'a' + n; 40]])).collect();
    let mut begins = vec![0];
    let journal = dir.journal(Durability::Disk).unwrap();
    let hashes = captures.iter().map(|capture| {
        let hash = journal.keep(capture).unwrap();
        begins.push(usize::try_from(fs::metadata(pack(&dir)).unwrap().len()).unwrap());
        hash
    });
    let hashes: Vec<_> = hashes.collect();
    drop(journal);
    let whole = fs::read(pack(&dir)).unwrap();
    // In what every header begins with, and in the lengths: one past the file, one of a part, one of too much.
    for (byte, bit) in [(0, 0), (10, 3), (12, 1), (19, 7), (16, 4), (17, 0)] {
        let mut bytes = whole.clone();
        bytes[begins[1] + byte] ^= 1 << bit;
        fs::write(pack(&dir), &bytes).unwrap();

        let reader = RunDir::open(dir.path()).unwrap();
        for n in [0, 2, 3] {
            assert_eq!(reader.capture(&hashes[n]).unwrap(), captures[n], "bit {bit} of {byte}");
        }
        assert!(reader.capture(&hashes[1]).is_err(), "bit {bit} of {byte}");

        let error = dir.journal(Durability::Disk).unwrap_err();
        let StoreError::Pack { path, at } = &error else { panic!("{error}") };
        assert_eq!(path, &pack(&dir));
        assert!((begins[1]..begins[2]).contains(&usize::try_from(*at).unwrap()), "{byte}: {error}");
        assert!(error.to_string().contains(&format!("is damaged at byte {at}")), "{error}");
        assert_eq!(fs::read(pack(&dir)).unwrap(), bytes, "a damaged pack is left as it is");
        assert!(!dir.path().join("captures.torn").exists());

        // What the error advises.
        let aside = dir.path().join("captures/damaged.jsonl.gz");
        fs::rename(pack(&dir), &aside).unwrap();
        assert_eq!(dir.journal(Durability::Disk).unwrap().keep(&captures[1]).unwrap(), hashes[1]);
        let reader = RunDir::open(dir.path()).unwrap();
        for (hash, capture) in hashes.iter().zip(&captures) {
            assert_eq!(&reader.capture(hash).unwrap(), capture, "bit {bit} of {byte}");
        }
        fs::remove_file(aside).unwrap();
    }
}

#[test]
fn captures_of_earlier_versions_have_files_of_their_own_and_are_read() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path());
    let capture = capture(vec![b"answer".to_vec()]);
    let (hash, json) = capture.encode().unwrap();
    let folder = dir.path().join("captures").join(&hash.as_str()[..2]);
    fs::create_dir_all(&folder).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, &json).unwrap();
    fs::write(folder.join(format!("{hash}.json.gz")), gzip.finish().unwrap()).unwrap();
    assert_eq!(dir.capture(&hash).unwrap(), capture);

    let scratch = dir.path().join("captures/tmp");
    fs::create_dir_all(&scratch).unwrap();
    fs::write(scratch.join(hash.as_str()), b"half").unwrap();
    drop(dir.journal(Durability::Disk).unwrap());
    assert!(!scratch.exists(), "what they left half-written goes");
}
