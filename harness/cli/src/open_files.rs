//! Sockets are files, of which a system lets a program have few unless it asks for more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open beside sockets: captures, journal, workers' pipes.
const BESIDE: u64 = 256;

/// Asks for so many sockets at a time, as far as the system lets this program have them. An attempt that finds none
/// is a row that says so.
pub(crate) fn allow(sockets: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = sockets.saturating_add(BESIDE);
    let wanted = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    if current.is_some_and(|current| current < wanted) {
        // Where the system refuses, things are as they were.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::allow;

    #[test]
    fn more_is_had_and_nothing_is_taken_away() {
        let before = getrlimit(Resource::Nofile);
        allow(0);
        assert_eq!(getrlimit(Resource::Nofile).current, before.current);
        allow(u64::MAX);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum.or(Some(u64::MAX)));
    }
}
