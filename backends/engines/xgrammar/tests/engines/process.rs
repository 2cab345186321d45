//! XGrammar in a process of its own, as it always runs, asked through the mask protocol.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use gonogo_core::Constraint;
use gonogo_engine::{EngineOptions, Mask, TokenId};
use gonogo_protocol::masks::{
    Failed, FromMasker, Hello, Look, Ready, ToMasker, Trial, VERSION, WalkEnd, Walked,
};

use crate::vocabulary::vocabulary_file;

const LOADER: &str = include_str!("../../loader.py");

/// A process that answers the mask protocol.
pub(crate) struct XGrammar {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl XGrammar {
    /// Starts one with these options.
    pub(crate) fn start(options: &EngineOptions) -> Self {
        Self::open(options).map(|(process, _)| process).unwrap_or_else(|failed| panic!("{failed:?}"))
    }

    /// Starts one with these options, or says why it would not open.
    pub(crate) fn open(options: &EngineOptions) -> Result<(Self, Ready), Failed> {
        let python = state("python/bin/python");
        let mut child = Command::new(&python)
            .args(["-I", "-c", LOADER])
            .arg(extension_module())
            .arg("masks")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run `gonogo setup`", python.display()));
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, input, output };
        let hello = Hello {
            protocol: VERSION,
            engine: "xgrammar".into(),
            options: serde_json::to_value(options).unwrap(),
            tokenizer: String::new(),
            vocabulary: vocabulary_file().to_string_lossy().into(),
            address_space_bytes: 16 << 30,
            fault: None,
        };
        let said = process.ask(&ToMasker::Hello(hello))?;
        let FromMasker::Ready(ready) = said else { panic!("{said:?}") };
        Ok((process, ready))
    }

    /// Every line of one trial.
    pub(crate) fn trial(
        &mut self,
        constraint: &Constraint,
        walks: Vec<Vec<TokenId>>,
    ) -> Result<Vec<Walked>, Failed> {
        let count = walks.len();
        let trial = Trial { id: 1, constraint: constraint.clone(), walks, recompiles: 0, sums: true };
        self.ask(&ToMasker::Trial(trial))?; // `compiled`
        (0..count)
            .map(|_| {
                let said = self.next()?;
                let FromMasker::Walked(walked) = said else { panic!("{said:?}") };
                Ok(walked)
            })
            .collect()
    }

    /// One walk along these tokens.
    pub(crate) fn walk(&mut self, constraint: &Constraint, tokens: &[TokenId]) -> Result<Walked, Failed> {
        Ok(self.trial(constraint, vec![tokens.to_vec()])?.remove(0))
    }

    /// The mask before every one of these tokens and after the last, as far as they are allowed.
    pub(crate) fn masks(&mut self, constraint: &Constraint, tokens: &[TokenId]) -> Result<Vec<Mask>, Failed> {
        let through = match self.walk(constraint, tokens)?.end {
            WalkEnd::Through => tokens.len(),
            WalkEnd::Refused { at, .. } | WalkEnd::Failed { at, .. } => at as usize,
        };
        (0..=through).map(|prefix| self.look(constraint, &tokens[..prefix])).collect()
    }

    /// The mask behind these tokens.
    pub(crate) fn look(&mut self, constraint: &Constraint, tokens: &[TokenId]) -> Result<Mask, Failed> {
        let look = Look { constraint: constraint.clone(), tokens: tokens.to_vec() };
        let said = self.ask(&ToMasker::Look(look))?;
        let FromMasker::Seen(seen) = said else { panic!("{said:?}") };
        Ok(Mask::from_hex(seen.tokens as usize, &seen.hex).unwrap())
    }

    fn ask(&mut self, line: &ToMasker) -> Result<FromMasker, Failed> {
        let line = serde_json::to_string(line).unwrap();
        self.input.write_all(line.as_bytes()).and_then(|()| self.input.write_all(b"\n")).unwrap();
        self.next()
    }

    /// The next line that is no heartbeat.
    fn next(&mut self) -> Result<FromMasker, Failed> {
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            let read = serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("{error}: {line:?}; {:?}", self.child.try_wait()));
            if let FromMasker::Failed(failed) = read {
                return Err(failed);
            }
            if !matches!(read, FromMasker::Heartbeat(_)) {
                return Ok(read);
            }
        }
    }
}

impl Drop for XGrammar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The extension module cargo built along with this test.
fn extension_module() -> PathBuf {
    let name = format!("{}gonogo_xgrammar{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    std::env::current_exe().unwrap().with_file_name(name)
}

/// A path in the state folder.
pub(crate) fn state(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.gonogo").join(path)
}
