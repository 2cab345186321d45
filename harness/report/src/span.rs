//! Where in an answer's text a JSON pointer points.

/// The bytes of the value that `pointer` names in `text`, as far as it is there: of a value that is missing, the
/// nearest one around it. `None` where the text is no JSON up to there.
#[must_use]
pub fn span(text: &str, pointer: &str) -> Option<(usize, usize)> {
    let mut scan = Scan { text: text.as_bytes(), at: 0 };
    let mut whole = scan.value()?;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let mut inner = Scan { text: &text.as_bytes()[..whole.1], at: whole.0 };
        match inner.child(&token) {
            Some(found) => whole = found,
            None => break,
        }
    }
    Some(whole)
}

/// A reader of JSON that keeps positions and no values.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (*self.text.get(self.at)? == byte).then(|| self.at += 1)
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.get(self.at).copied()
    }

    /// Passes over a value; where it began and ended.
    fn value(&mut self) -> Option<(usize, usize)> {
        let first = self.peek()?;
        let from = self.at;
        match first {
            b'"' => self.string()?,
            b'{' | b'[' => self.nested()?,
            _ => {
                while self.text.get(self.at).is_some_and(|byte| !b",]} \t\r\n".contains(byte)) {
                    self.at += 1;
                }
            }
        }
        (self.at > from).then_some((from, self.at))
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.text.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Passes over an object or an array, by counting brackets outside strings.
    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.text.get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The member or the item `token` of the value that begins here.
    fn child(&mut self, token: &str) -> Option<(usize, usize)> {
        match self.peek()? {
            b'{' => self.member(token),
            b'[' => self.item(token.parse().ok()?),
            _ => None,
        }
    }

    fn member(&mut self, name: &str) -> Option<(usize, usize)> {
        self.take(b'{')?;
        loop {
            self.space();
            let from = self.at;
            self.string()?;
            let key: String = serde_json::from_slice(self.text.get(from..self.at)?).ok()?;
            self.take(b':')?;
            let value = self.value()?;
            if key == name {
                return Some(value);
            }
            self.take(b',')?;
        }
    }

    fn item(&mut self, index: usize) -> Option<(usize, usize)> {
        self.take(b'[')?;
        for _ in 0..index {
            self.value()?;
            self.take(b',')?;
        }
        self.value()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::span;

    fn at<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
        span(text, pointer).and_then(|(from, to)| text.get(from..to))
    }

    #[test]
    fn a_pointer_finds_its_value_and_a_missing_one_what_is_around_it() {
        let text = r#" {"a": [1, {"b/c": "x\"y"}], "d" : {} } "#;
        assert_eq!(at(text, "/a/1/b~1c"), Some(r#""x\"y""#));
        assert_eq!(at(text, "/a/0"), Some("1"));
        assert_eq!(at(text, "/d"), Some("{}"));
        assert_eq!(at(text, "/a/1/none"), Some(r#"{"b/c": "x\"y"}"#));
        assert_eq!(at(text, "/a/7"), Some(r#"[1, {"b/c": "x\"y"}]"#));
        assert_eq!(at(text, ""), Some(text.trim()));
    }

    #[test]
    fn what_is_no_json_has_no_place() {
        for text in ["", "{\"a\": [1", "\"open", "{\"a\\"] {
            assert_eq!(span(text, "/a"), None, "{text}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i32>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn pointers(value: &Value, so_far: &str, found: &mut Vec<String>) {
        found.push(so_far.to_owned());
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{so_far}/{key}"), found);
            }),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
                pointers(value, &format!("{so_far}/{index}"), found);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    proptest! {
        #[test]
        fn every_pointer_of_every_value_finds_it(value in value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            for pointer in all {
                let found: Value = serde_json::from_str(at(&text, &pointer).unwrap()).unwrap();
                prop_assert_eq!(Some(&found), value.pointer(&pointer));
            }
        }

        #[test]
        fn no_text_makes_it_fail(text in ".{0,40}", pointer in "(/[a-z0-9~]{0,3}){0,3}") {
            if let Some((from, to)) = span(&text, &pointer) {
                prop_assert!(from < to && to <= text.len());
            }
        }
    }
}
