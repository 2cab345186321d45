//! The mask protocol, as far as the channel is concerned.

use gonogo_core::Nanos;
use gonogo_host::Protocol;
use gonogo_protocol::masks::{FromMasker, Heartbeat, MaskPhase};

/// The protocol of workers without a model.
#[derive(Debug, Clone, Copy)]
pub struct MaskProtocol;

impl Protocol for MaskProtocol {
    type Phase = MaskPhase;
    type Line = FromMasker;

    const PHASES: &'static [MaskPhase] = &[MaskPhase::Load, MaskPhase::Compile, MaskPhase::Mask];

    fn index(phase: MaskPhase) -> usize {
        phase as usize
    }

    fn heartbeat(phase: MaskPhase, lasting: Nanos) -> FromMasker {
        FromMasker::Heartbeat(Heartbeat { phase, lasting })
    }
}

/// Where lines go, shared by the loop and the watchdog.
pub type Channel<W> = gonogo_host::Channel<MaskProtocol, W>;

#[cfg(test)]
mod tests {
    use gonogo_core::Nanos;
    use gonogo_host::Protocol;

    use super::MaskProtocol;

    #[test]
    fn every_phase_stands_at_its_index_and_beats_under_its_name() {
        for (index, phase) in MaskProtocol::PHASES.iter().enumerate() {
            assert_eq!(MaskProtocol::index(*phase), index);
            let line = serde_json::to_value(MaskProtocol::heartbeat(*phase, Nanos(7))).unwrap();
            assert_eq!(line, serde_json::json!({"heartbeat": {"phase": phase, "lasting": 7}}));
        }
    }
}
