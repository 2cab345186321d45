//! What a panic said.

use std::any::Any;

/// The words of a caught panic.
#[must_use]
pub fn panic_words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::panic_words;

    #[test]
    fn every_kind_of_payload_has_words() {
        assert_eq!(panic_words(&"static"), "static");
        assert_eq!(panic_words(&String::from("formatted")), "formatted");
        assert_eq!(panic_words(&7_u8), "no message");
    }
}
