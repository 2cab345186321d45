//! The tokenizer of a survey, and its vocabulary in a file for workers that cannot read it.

use std::path::PathBuf;

use gonogo_masks::TokenizerFacts;
use gonogo_tokenizer::{Tokenizer, TokenizerError, write_wire};
use miette::{Result, miette};

use super::EngineArgs;
use crate::{config::Config, home::Home};

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
        let configured = || config.masks.tokenizer.as_ref().map(|path| config.path(path));
        let named = args.tokenizer.clone().or_else(configured);
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
