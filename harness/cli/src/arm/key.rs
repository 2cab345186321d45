//! Where an arm's key comes from: the environment or a file descriptor, and from nowhere else.
//!
//! A path in the configuration would be a file that ends up in the checkout. Whoever keeps keys in files
//! opens one in the shell, `3< FILE`; a systemd unit has one in `$CREDENTIALS_DIRECTORY`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, IsTerminal, Read},
    path::Path,
    sync::{Mutex, PoisonError},
};

use gonogo_http::Secret;

use crate::{config::ArmConfig, log};

/// Bytes of a key at most; tokens that carry claims have thousands.
const LONGEST: u64 = 64 << 10;

/// Keys by the descriptor they were read from: a pipe can be read once, and several arms may share it.
static READ: Mutex<BTreeMap<u32, Secret>> = Mutex::new(BTreeMap::new());

/// The arm's key, where it names one.
///
/// # Errors
/// Why there is none where it says, and what to do.
pub(super) fn of(arm: &ArmConfig) -> Result<Option<Secret>, (String, String)> {
    if let Some(variable) = &arm.api_key_env {
        let value = std::env::var(variable).ok().as_deref().and_then(Secret::new);
        let missing =
            || (format!("no key in ${variable}"), format!("export {variable}, or remove api_key_env"));
        return value.ok_or_else(missing).map(Some);
    }
    let Some(descriptor) = arm.api_key_fd else { return Ok(None) };
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = read.get(&descriptor) {
        return Ok(Some(key.clone()));
    }
    let key = from(Path::new(&format!("/dev/fd/{descriptor}"))).map_err(|cause| {
        let remedy =
            format!("open it for gonogo, as in `gonogo … {descriptor}< FILE`; the key is its first line");
        (format!("no key can be read from file descriptor {descriptor}: {cause}"), remedy)
    })?;
    log::hide(|secrets| secrets.add(&key));
    read.insert(descriptor, key.clone());
    Ok(Some(key))
}

/// The first line of a file that is open already. A pipe is not waited for any further.
fn from(path: &Path) -> Result<Secret, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    if file.is_terminal() {
        return Err("it is a terminal".into());
    }
    let mut line = String::new();
    BufReader::new(file.take(LONGEST)).read_line(&mut line).map_err(|error| error.to_string())?;
    Secret::new(&line).ok_or_else(|| "its first line is empty".into())
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use gonogo_http::Secret;

    use super::from;

    #[test]
    fn the_first_line_is_the_key() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(from(file.path()), Err("its first line is empty".into()));
        file.write_all(b"sk-canary-of-a-file\r\nnothing else\n").unwrap();
        assert_eq!(from(file.path()).ok(), Secret::new("sk-canary-of-a-file"));
        fs::write(file.path(), [0xff, 0xfe]).unwrap();
        assert!(from(file.path()).is_err_and(|cause| cause.contains("UTF-8")));
    }
}
