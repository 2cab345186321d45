//! The worker protocol, as far as the channel is concerned.

use gonogo_core::{Nanos, Phase};
use gonogo_host::Protocol;
use gonogo_protocol::{FromWorker, Heartbeat};

/// The protocol of workers with a model.
#[derive(Debug, Clone, Copy)]
pub struct WorkerProtocol;

impl Protocol for WorkerProtocol {
    type Phase = Phase;
    type Line = FromWorker;

    const PHASES: &'static [Phase] = &[
        Phase::Queue,
        Phase::Connect,
        Phase::Load,
        Phase::Compile,
        Phase::FirstByte,
        Phase::Mask,
        Phase::Decode,
        Phase::Total,
    ];

    fn index(phase: Phase) -> usize {
        phase as usize
    }

    fn heartbeat(phase: Phase, lasting: Nanos) -> FromWorker {
        FromWorker::Heartbeat(Heartbeat { phase, lasting })
    }
}

/// Where lines go, shared by the token loop and the watchdog.
pub type Channel<W> = gonogo_host::Channel<WorkerProtocol, W>;

#[cfg(test)]
mod tests {
    use gonogo_core::Nanos;
    use gonogo_host::Protocol;

    use super::WorkerProtocol;

    #[test]
    fn every_phase_stands_at_its_index_and_beats_under_its_name() {
        for (index, phase) in WorkerProtocol::PHASES.iter().enumerate() {
            assert_eq!(WorkerProtocol::index(*phase), index);
            let line = serde_json::to_value(WorkerProtocol::heartbeat(*phase, Nanos(7))).unwrap();
            let expected = serde_json::json!({"heartbeat": {"phase": phase, "lasting": 7}});
            assert_eq!(line, expected);
        }
    }
}
