//! The tokenizer of a survey, and its vocabulary in a file for workers that cannot read it.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use gonogo_masks::TokenizerFacts;
use gonogo_tokenizer::{Tokenizer, TokenizerError, write_wire};
use miette::{Result, miette};

use super::EngineArgs;
use crate::{config::Config, home::Home, near};

/// What cuts instances into tokens.
pub(super) struct Cutter {
    /// It.
    pub(super) tokenizer: Tokenizer,
    /// Its file.
    pub(super) path: PathBuf,
    /// Its vocabulary as JSON.
    pub(super) vocabulary: PathBuf,
}

impl Cutter {
    /// The tokenizer that the command line names, or the configuration, or that of the embedded model.
    pub(super) fn open(args: &EngineArgs, config: &Config) -> Result<Self> {
        let home = Home::of(&config.project);
        let asked = args.tokenizer.as_ref().map(|named| find(named, named.clone(), &home));
        let configured =
            || config.masks.tokenizer.as_ref().map(|named| find(named, config.path(named), &home));
        let named = asked.or_else(configured).transpose()?;
        let path = named.clone().unwrap_or_else(|| home.model());
        let tokenizer = Tokenizer::open(&path).map_err(|error| match (&error, &named) {
            (TokenizerError::Unreadable { .. }, None) => {
                miette!(help = "run `gonogo setup`, or name a tokenizer with --tokenizer", "{error}")
            }
            _ => miette!("{error}"),
        })?;
        let vocabulary =
            write_wire(tokenizer.vocabulary(), &home.cache()).map_err(|error| miette!("{error}"))?;
        Ok(Self { tokenizer, path, vocabulary })
    }

    /// What a receipt says of it.
    pub(super) fn facts(&self) -> TokenizerFacts {
        TokenizerFacts {
            name: self.tokenizer.name().to_owned(),
            format: self.tokenizer.format().name().to_owned(),
            sha256: self.tokenizer.sha256().to_owned(),
            tokens: u32::try_from(self.tokenizer.vocabulary().tokens().len()).unwrap_or(u32::MAX),
        }
    }
}

/// The file at `path`, else that of the installed tokenizer of this name.
fn find(named: &Path, path: PathBuf, home: &Home) -> Result<PathBuf> {
    let mut parts = named.components();
    let (Some(Component::Normal(name)), None, false) = (parts.next(), parts.next(), path.exists()) else {
        return Ok(path);
    };
    let (name, installed) = (name.to_string_lossy(), installed(home));
    if let Some((_, file)) = installed.iter().find(|(known, _)| *known == name) {
        return Ok(file.clone());
    }
    let known = installed.iter().map(|(known, _)| known.as_str());
    Err(miette!(
        help = format!(
            "{} (in {}); `gonogo setup --tokenizers` installs deepseek, mistral and qwen",
            near::advice(&name, known),
            home.tokenizers().display()
        ),
        "no tokenizer `{name}`: there is no such file, and none of that name is installed"
    ))
}

/// Names and files of the tokenizers that are installed, sorted by name.
fn installed(home: &Home) -> Vec<(String, PathBuf)> {
    let entries = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let is_tokenizer = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        ["tokenizer.json", "tekken.json"].contains(&&*name)
            || [".tiktoken", ".gguf"].iter().any(|ending| name.ends_with(ending))
    };
    let found = entries(home.tokenizers()).into_iter().filter_map(|folder| {
        let file = entries(folder.clone()).into_iter().find(is_tokenizer)?;
        Some((folder.file_name()?.to_string_lossy().into_owned(), file))
    });
    found.collect()
}
