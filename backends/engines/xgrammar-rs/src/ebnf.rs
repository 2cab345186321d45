//! Strings in XGrammar's EBNF.

/// The name of the grammar's root rule.
pub(crate) const ROOT: &str = "root";

/// A grammar of exactly these strings, whose root rule is `root`.
///
/// # Errors
/// When there are none.
pub fn one_of(choices: &[String]) -> Result<String, String> {
    if choices.is_empty() {
        return Err("choice among no strings".into());
    }
    let literals: Vec<String> = choices.iter().map(|choice| literal(choice)).collect();
    Ok(format!("{ROOT} ::= {}", literals.join(" | ")))
}

/// `text` as a string literal.
fn literal(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}
