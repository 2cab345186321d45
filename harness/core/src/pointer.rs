//! JSON pointers (RFC 6901) and the names in them.

/// Whether `text` is a JSON pointer: empty, or `/` before each name, with `~` only as `~0` and
/// `~1`.
#[must_use]
pub fn is_pointer(text: &str) -> bool {
    let rooted = text.is_empty() || text.starts_with('/');
    rooted && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// A name as it stands in a pointer.
#[must_use]
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that a part of a pointer stands for.
#[must_use]
pub fn unescape(part: &str) -> String {
    // In this order: `~01` is `~1` and not `/`.
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{escape, is_pointer, unescape};

    /// Every text of at most four of the letters that matter.
    fn names() -> Vec<String> {
        let mut names = vec![String::new()];
        let mut from = 0;
        for _ in 0..4 {
            let longer: Vec<_> = names[from..]
                .iter()
                .flat_map(|name| ["~", "/", "0", "1"].map(|c| format!("{name}{c}")))
                .collect();
            from = names.len();
            names.extend(longer);
        }
        names
    }

    #[test]
    fn an_escaped_name_leads_to_its_member_and_back() {
        assert_eq!(names().len(), 1 + 4 + 16 + 64 + 256);
        for name in names() {
            let pointer = format!("/{}", escape(&name));
            let object = Value::Object(Map::from_iter([(name.clone(), json!(7))]));
            assert_eq!(object.pointer(&pointer), Some(&json!(7)), "{name}");
            assert_eq!(unescape(&escape(&name)), name);
            assert!(is_pointer(&pointer), "{pointer}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_told() {
        for text in ["", "/", "/a/0", "/a~1b", "/~0~1"] {
            assert!(is_pointer(text), "{text}");
        }
        for text in ["a", "a/b", "#/a", "/~", "/~2", "/a~/b", "~0"] {
            assert!(!is_pointer(text), "{text}");
        }
    }
}
