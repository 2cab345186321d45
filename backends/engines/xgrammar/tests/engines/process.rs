//! XGrammar in a process of its own, as it always runs.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use gonogo_engine::{Vocabulary, Walk, WalkReply, WireVocabulary};

const LOADER: &str = include_str!("../../loader.py");

/// A process that answers walks.
pub(crate) struct XGrammar {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl XGrammar {
    /// Starts one for this vocabulary.
    pub(crate) fn start(vocabulary: &Vocabulary) -> Self {
        let python = state("python/bin/python");
        let mut child = Command::new(&python)
            .args(["-I", "-c", LOADER])
            .arg(extension_module())
            .arg("walks")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run `gonogo setup`", python.display()));
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, input, output };
        process.send(&serde_json::to_string(&WireVocabulary::from(vocabulary)).unwrap());
        process
    }

    /// The answer to one walk.
    pub(crate) fn walk(&mut self, walk: &Walk) -> WalkReply {
        self.send(&serde_json::to_string(walk).unwrap());
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error}: {line:?}; {:?}", self.child.try_wait()))
    }

    fn send(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).and_then(|()| self.input.write_all(b"\n")).unwrap();
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
