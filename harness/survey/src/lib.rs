//! Drives mask workers over a corpus and keeps what they say.
