//! What outlines-core can be told.

use gonogo_engine::{AdditionalProperties, EngineOptions, Unsupported, Whitespace};

/// Any amount of any JSON whitespace, as a regular expression.
const FLEXIBLE: &str = r"[ \t\n\r]*";

/// The options that change what is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The pattern for whitespace, where it is not the engine's own.
    pub(crate) whitespace: Option<&'static str>,
    /// Whether objects that do not mention additionalProperties are closed.
    pub(crate) closed: bool,
}

impl Settings {
    /// The settings for `options`.
    ///
    /// # Errors
    /// An option that outlines-core cannot honour.
    pub(crate) fn new(options: &EngineOptions) -> Result<Self, String> {
        let whitespace = match options.whitespace {
            None => None,
            Some(Whitespace::Flexible) => Some(FLEXIBLE),
            Some(Whitespace::Fixed) => {
                return Err(
                    "outlines puts one pattern for whitespace before and behind every separator, so \
                            whitespace = \"fixed\" cannot be honoured; set it to \"flexible\" or leave it out"
                        .into(),
                );
            }
        };
        let closed = match options.additional_properties {
            None => false,
            Some(AdditionalProperties::Closed) => true,
            Some(AdditionalProperties::Open) => {
                return Err("outlines closes every object that declares properties, so \
                            additional-properties = \"open\" cannot be honoured; set it to \"closed\" or \
                            leave it out"
                    .into());
            }
        };
        refuse_the_rest(options)?;
        Ok(Self { whitespace, closed })
    }
}

/// Refuses every other option that is set to what outlines-core does not do.
fn refuse_the_rest(options: &EngineOptions) -> Result<(), String> {
    if options.unsupported == Some(Unsupported::Reject) {
        return Err(
            "outlines drops keywords it does not implement without a word, so unsupported = \"reject\" \
                    cannot be honoured; set it to \"ignore\" or leave it out"
                .into(),
        );
    }
    if options.canonical_tokens == Some(true) {
        return Err(
            "outlines allows every cut of forced text, so canonical-tokens = true cannot be honoured; \
                    set it to false or leave it out"
                .into(),
        );
    }
    if let Some(threads) = options.compile_threads.filter(|threads| *threads != 1) {
        return Err(format!(
            "outlines compiles on one thread, not on {threads}; leave compile-threads out or set it to 1"
        ));
    }
    if options.compile_cache == Some(true) {
        return Err(
            "outlines-core keeps no compiled constraints, so compile-cache = true cannot be honoured; \
                    set it to false or leave it out"
                .into(),
        );
    }
    Ok(())
}
