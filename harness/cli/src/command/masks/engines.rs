//! From an engine's name to arms and the programs that are their workers.

use std::path::{Path, PathBuf};

use gonogo_local::Program;
use gonogo_masks::{Arm, Configuration};
use gonogo_protocol::masks::MaskFault;
use gonogo_survey::{Entrant, Launch};
use miette::{Result, miette};
use serde_json::{Value, json};

use super::{EngineArgs, tokenizer::Cutter};
use crate::{
    arm::{XGRAMMAR, beside, hosted},
    config::{Config, EngineConfig},
    near,
};

/// The engines of `gonogo-masker`.
const NATIVE: [&str; 4] = ["llguidance", "outlines", "xgrammar-rs", "none"];

/// The function of the XGrammar module that is its mask worker.
const MASKS: &str = "masks";

/// What an arm of the matched configuration has behind its name.
const MATCHED: &str = "-matched";

/// `NAME=PATH`.
pub(super) fn named_program(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.into(), path.into())),
        Some(_) | None => Err("a program is named as ENGINE=PATH".into()),
    }
}

/// How engines are found.
pub(super) struct Registry<'a> {
    args: &'a EngineArgs,
    config: &'a Config,
    cutter: &'a Cutter,
}

/// An engine that is known, before it is an arm.
struct Known {
    engine: String,
    program: Program,
    entry: Option<&'static str>,
    arguments: Vec<String>,
    options: Value,
    fault: Option<MaskFault>,
}

impl<'a> Registry<'a> {
    pub(super) fn new(args: &'a EngineArgs, config: &'a Config, cutter: &'a Cutter) -> Self {
        Self { args, config, cutter }
    }

    /// The arms of every engine that is asked for, in these configurations: all engines in the first one, then all
    /// in the next.
    pub(super) fn entrants(&self, configurations: &[Configuration]) -> Result<Vec<Entrant>> {
        let mut names: Vec<&str> = self.args.engine.iter().map(String::as_str).collect();
        if names.is_empty() {
            names = self.config.masks.engines.iter().map(String::as_str).collect();
        }
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(miette!(help = "name each engine once", "engine `{}` is named twice", twice.1));
        }
        let arms = configurations.iter().flat_map(|of| names.iter().map(move |name| (*name, *of)));
        arms.map(|(name, of)| self.entrant(name, of)).collect()
    }

    /// The entrants of arms as a survey has them.
    pub(super) fn again(&self, arms: &[Arm]) -> Result<Vec<Entrant>> {
        let entrant = |arm: &Arm| {
            let name = match arm.configuration {
                Configuration::Defaults => arm.name.as_str(),
                Configuration::Matched => arm.name.strip_suffix(MATCHED).unwrap_or(&arm.name),
            };
            Ok(Entrant { arm: arm.clone(), ..self.entrant(name, arm.configuration)? })
        };
        arms.iter().map(entrant).collect()
    }

    fn entrant(&self, name: &str, configuration: Configuration) -> Result<Entrant> {
        let known = self.known(name)?;
        let mut arm = Arm::new(&known.engine, configuration, &known.options);
        arm.name = match configuration {
            Configuration::Defaults => name.to_owned(),
            Configuration::Matched => format!("{name}{MATCHED}"),
        };
        let launch = Launch {
            program: known.program,
            entry: known.entry,
            arguments: known.arguments,
            tokenizer: self.cutter.path.clone(),
            vocabulary: self.cutter.vocabulary.clone(),
            key_variables: self.config.key_variables(),
            fault: known.fault,
        };
        Ok(Entrant { arm, launch })
    }

    fn known(&self, name: &str) -> Result<Known> {
        let config = self.config.masks.engine.get(name).cloned().unwrap_or_default();
        let EngineConfig { engine, program, arguments, options, fault } = config;
        let engine = engine.unwrap_or_else(|| name.to_owned());
        let asked = self.args.program.iter().rev().find(|(of, _)| of == name);
        let program = asked.map(|(_, path)| path.clone()).or(program.map(|path| self.config.path(&path)));
        let (program, entry) = match program {
            Some(path) => (Program::Native(from_here(path)), None),
            None if engine == XGRAMMAR => (hosted(self.config), Some(MASKS)),
            None if NATIVE.contains(&engine.as_str()) => {
                (Program::Native(beside("GONOGO_MASKER", "gonogo-masker")), None)
            }
            None => return Err(self.unknown(&engine)),
        };
        let mut options = options.map_or_else(|| json!({}), Value::Object);
        if let (Some(threads), Some(options)) = (self.args.compile_threads, options.as_object_mut()) {
            options.insert("compile-threads".into(), json!(threads));
        }
        Ok(Known { engine, program, entry, arguments, options, fault })
    }

    fn unknown(&self, name: &str) -> miette::Report {
        let configured = self.config.masks.engine.keys().map(String::as_str);
        let known = NATIVE.into_iter().chain([XGRAMMAR]).chain(configured);
        miette!(
            help = format!(
                "{}; a worker of your own is named with --program {name}=PATH",
                near::advice(name, known)
            ),
            "unknown engine `{name}`"
        )
    }
}

/// A path that names a file and not a program to be searched for.
fn from_here(path: PathBuf) -> PathBuf {
    if path.components().count() > 1 { path } else { Path::new(".").join(path) }
}

#[cfg(test)]
mod tests {
    use super::named_program;

    #[test]
    fn a_program_has_a_name_and_a_path() {
        assert_eq!(named_program("lmfe=./a=b.py"), Ok(("lmfe".into(), "./a=b.py".into())));
        assert!(
            named_program("lmfe").is_err() && named_program("=x").is_err() && named_program("x=").is_err()
        );
    }
}
