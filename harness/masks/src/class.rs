//! How a trial can come out: the only list of classes.

use serde::{Deserialize, Serialize};

/// Who has to act on a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// Nobody.
    Nobody,
    /// The engine says what it cannot do.
    Declared,
    /// The engine does something else than it was asked for, and does not say so.
    Silent,
    /// The engine does not come back, or takes the process with it.
    Resources,
    /// This harness.
    Harness,
}

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $class:ident = $name:literal, $blame:ident;)+) => {
        /// How a trial came out. Exclusive: of those that apply, the first in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Class {
            $($(#[doc = $doc])+ $class,)+
        }

        impl Class {
            /// Every class, by precedence.
            pub const ALL: &[Self] = &[$(Self::$class,)+];

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$class => $name,)+ }
            }

            /// Who has to act.
            #[must_use]
            pub fn blame(self) -> Blame {
                match self { $(Self::$class => Blame::$blame,)+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$class => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

classes! {
    /// The worker did not keep to the protocol, or could not be started.
    Broken = "broken", Harness;
    /// The engine took its process down.
    Crashed = "crashed", Resources;
    /// The process outgrew the memory limit, or an allocation failed.
    OutOfMemory = "out-of-memory", Resources;
    /// The process fell silent: not even its heartbeat came.
    Hung = "hung", Resources;
    /// Compiling took longer than its limit.
    CompileTimeout = "compile-timeout", Resources;
    /// A mask, or all of a schema's masks together, took longer than the limit.
    MaskTimeout = "mask-timeout", Resources;
    /// The engine declined the schema when it was compiled.
    Rejected = "rejected", Declared;
    /// A mask allowed what is no JSON: an end in the middle of a value, or a control token.
    Unsound = "unsound", Silent;
    /// A valid instance was refused and an invalid one accepted.
    OverAndUnder = "over-and-under", Silent;
    /// An invalid instance was accepted.
    UnderConstrained = "under-constrained", Silent;
    /// A valid instance was refused, whatever the order of its members and the whitespace in it.
    OverConstrained = "over-constrained", Silent;
    /// The engine reported an error in the middle of an instance.
    GaveUp = "gave-up", Declared;
    /// A valid instance was refused, and not without the whitespace outside its strings, in the schema's order.
    WhitespaceBound = "whitespace-bound", Silent;
    /// A valid instance was refused only because of the order of its members.
    OrderBound = "order-bound", Silent;
    /// Every instance was treated as it should be.
    Ok = "ok", Nobody;
}

impl Class {
    /// Whether the engine compiled the schema and answered for every instance, rightly or not.
    #[must_use]
    pub fn answered(self) -> bool {
        match self {
            Self::Broken
            | Self::Crashed
            | Self::OutOfMemory
            | Self::Hung
            | Self::CompileTimeout
            | Self::MaskTimeout
            | Self::Rejected
            | Self::GaveUp => false,
            Self::Unsound
            | Self::OverAndUnder
            | Self::UnderConstrained
            | Self::OverConstrained
            | Self::WhitespaceBound
            | Self::OrderBound
            | Self::Ok => true,
        }
    }

    /// The class of this stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn names_are_kebab_case_unique_and_those_of_the_record() {
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.name());
            assert_eq!(Class::named(class.name()), Some(*class));
            assert!(class.meaning().ends_with('.'), "{class:?}");
        }
    }

    #[test]
    fn precedence_is_the_order_of_the_list() {
        assert!(Class::ALL.is_sorted());
        assert!(Class::Crashed < Class::Rejected && Class::Unsound < Class::GaveUp);
    }
}
