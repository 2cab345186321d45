//! Resident memory of a worker.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Watches one process.
pub(crate) struct Memory {
    system: System,
    pid: Pid,
}

impl Memory {
    /// Watches the process `pid`.
    ///
    /// # Errors
    /// On a system that does not tell.
    pub(crate) fn of(pid: u32) -> Result<Self, sysinfo::Error> {
        Ok(Self { system: System::new()?, pid: Pid::from_u32(pid) })
    }

    /// Resident bytes; zero when the process is gone.
    pub(crate) fn resident_bytes(&mut self) -> u64 {
        let kind = ProcessRefreshKind::nothing().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), true, kind);
        self.system.process(self.pid).map_or(0, sysinfo::Process::memory)
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn sees_what_a_process_touches() {
        let mut memory = Memory::of(std::process::id()).unwrap();
        let before = memory.resident_bytes();
        let hoard = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = memory.resident_bytes();
        assert!(before > 0 && after >= before + (48 << 20), "{before} then {after}");
        drop(hoard);
    }
}
