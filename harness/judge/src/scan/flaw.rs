//! What can be wrong with a text that is not JSON.

/// Why a character cannot stand where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Bytes that are not UTF-8.
    Utf8,
    /// U+FEFF at the start.
    ByteOrderMark,
    /// No value starts like this.
    NotAValue,
    /// A name in double quotes must come here.
    NotAName,
    /// A colon must come here.
    NotAColon,
    /// A comma or the closing bracket must come here.
    NotAComma,
    /// Something after the value.
    TrailingText,
    /// A raw control character in a string.
    ControlCharacter,
    /// An escape that JSON does not have.
    Escape,
    /// Half a surrogate pair.
    LoneSurrogate,
    /// A number with a leading zero.
    LeadingZero,
    /// A digit must come here.
    NotADigit,
}

impl Flaw {
    /// What is wrong, as the end of a sentence about an offset.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Utf8 => "the bytes are not UTF-8",
            Self::ByteOrderMark => "a byte order mark stands before the JSON",
            Self::NotAValue => "no JSON value starts or goes on like this",
            Self::NotAName => "a name in double quotes must come here",
            Self::NotAColon => "a colon must come after a name",
            Self::NotAComma => "a comma or the closing bracket must come here",
            Self::TrailingText => "the JSON value has ended and more text follows",
            Self::ControlCharacter => "a control character stands unescaped in a string",
            Self::Escape => "JSON has no such escape",
            Self::LoneSurrogate => "a surrogate escape stands without its other half",
            Self::LeadingZero => "a number has a leading zero",
            Self::NotADigit => "a digit must come here",
        }
    }
}
