//! Opening a model: what it says of itself, and what happens to the requantised file.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::reference::options;
use gonogo_model::{Model, ModelError, ModelOptions};

fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn logits(options: &ModelOptions) -> Vec<f32> {
    Model::open(options).unwrap().forward(&[504, 2365, 6354]).unwrap().to_vec()
}

#[test]
fn a_model_says_what_it_is_and_how_it_runs() {
    let facts = Model::open(&options(2, 0)).unwrap().facts();
    let expected = [
        ("model.architecture", "llama"),
        ("model.parameters", "134515008"),
        ("model.quantisation", "Q4_1 x210, Q8_0 x1 -> Q8_0 x211"),
        ("model.context", "8192"),
        ("tokenizer.kind", "gpt2"),
        ("tokenizer.pre", "smollm"),
        ("threads", "2"),
    ];
    for (key, value) in expected {
        assert_eq!(facts[key], value, "{key}");
    }
    assert!(facts["decoder"].contains("candle"));
}

#[test]
fn damaged_and_foreign_requantised_files_are_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("made/when/needed");
    let options = ModelOptions { cache: cache.clone(), ..options(1, 8) };
    let expected = logits(&options);
    let path = only_file(&cache);
    let intact = fs::read(&path).unwrap();

    let flip = |path: &Path| {
        let mut file = OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(50_000_000)).unwrap();
        file.write_all(b"gonogo").unwrap();
    };
    let cut = |path: &Path| OpenOptions::new().write(true).open(path).unwrap().set_len(60_000_000).unwrap();
    let replace = |path: &Path| fs::write(path, b"not this").unwrap();
    let damages: [&dyn Fn(&Path); 3] = [&flip, &cut, &replace];
    for damage in damages {
        damage(&path);
        assert_eq!(logits(&options), expected);
        assert!(fs::read(only_file(&cache)).unwrap() == intact, "the file was not rebuilt");
    }
}

#[test]
fn several_processes_may_build_the_requantised_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = ModelOptions { cache: folder.path().to_owned(), ..options(1, 8) };
    let all: Vec<_> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..3).map(|_| scope.spawn(|| logits(&options))).collect();
        opening.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    only_file(folder.path());
}

#[test]
fn options_that_do_not_fit_are_refused_with_a_remedy() {
    let refused = |options: ModelOptions| Model::open(&options).unwrap_err();
    let error = refused(options(1, 8193));
    assert!(
        matches!(error, ModelError::Options { .. }) && error.to_string().contains("at most 8192"),
        "{error}"
    );
    assert!(matches!(refused(options(0, 8)), ModelError::Options { .. }));
    let absent = ModelOptions { path: "nowhere.gguf".into(), ..options(1, 8) };
    let error = refused(absent);
    assert!(
        matches!(error, ModelError::Unreadable { .. }) && error.to_string().contains("gonogo setup"),
        "{error}"
    );
}

#[test]
fn a_file_cut_short_or_of_another_kind_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gguf");
    let whole = fs::read(options(1, 8).path).unwrap();
    for bytes in [&whole[..whole.len() / 2], &whole[..1000], b"{}"] {
        fs::write(&path, bytes).unwrap();
        let options =
            ModelOptions { path: path.clone(), cache: folder.path().join("cache"), ..options(1, 8) };
        let error = Model::open(&options).unwrap_err();
        assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
    }
}
