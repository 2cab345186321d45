//! Merges an arm's own members into a body without changing what the case asks for.

use gonogo_core::pointer;
use serde_json::{Map, Value, map::Entry};

use crate::error::EncodeError;

/// Members that `null` leaves out, because some servers refuse them.
const REMOVABLE: &[&str] =
    &["model", "sampling_seed", "seed", "stream_options", "strict", "temperature", "top_p"];

/// Adds `extra` to `body`.
///
/// # Errors
/// [`EncodeError::Changes`] where a member would be replaced, or left out that must stay.
pub(crate) fn merge(body: &mut Map<String, Value>, extra: &Map<String, Value>) -> Result<(), EncodeError> {
    within(body, extra, "")
}

fn within(body: &mut Map<String, Value>, extra: &Map<String, Value>, at: &str) -> Result<(), EncodeError> {
    for (name, value) in extra {
        let member = format!("{at}/{}", pointer::escape(name));
        match (body.entry(name), value) {
            (Entry::Vacant(_), Value::Null) => {}
            (Entry::Vacant(place), _) => {
                place.insert(value.clone());
            }
            (Entry::Occupied(place), Value::Null) if REMOVABLE.contains(&name.as_str()) => {
                place.shift_remove();
            }
            (Entry::Occupied(mut place), _) => match (place.get_mut(), value) {
                (Value::Object(body), Value::Object(extra)) => within(body, extra, &member)?,
                (there, _) if *there == *value => {}
                _ => return Err(EncodeError::Changes { member }),
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    fn merged(extra: Value) -> Result<Value, String> {
        let Value::Object(mut body) =
            json!({"seed": 1, "max_tokens": 9, "format": {"json": {"type": "string"}}})
        else {
            unreachable!()
        };
        let extra = extra.as_object().cloned().unwrap_or_default();
        merge(&mut body, &extra).map(|()| Value::Object(body)).map_err(|error| error.to_string())
    }

    #[test]
    fn members_are_added_at_any_depth() {
        let body =
            merged(json!({"cache_prompt": false, "format": {"ws": false}, "max_tokens": 9, "x": null}));
        let expected = json!({"seed": 1, "max_tokens": 9, "format": {"json": {"type": "string"}, "ws": false}, "cache_prompt": false});
        assert_eq!(body, Ok(expected));
    }

    #[test]
    fn a_sampling_member_can_be_left_out_and_nothing_replaced() {
        assert_eq!(merged(json!({"seed": null})).map(|body| body.get("seed").cloned()), Ok(None));
        for (extra, member) in [
            (json!({"max_tokens": 1}), "/max_tokens"),
            (json!({"max_tokens": null}), "/max_tokens"),
            (json!({"seed": 2}), "/seed"),
            (json!({"format": {"json": {"type": "number"}}}), "/format/json/type"),
            (json!({"format": null}), "/format"),
        ] {
            assert!(merged(extra).is_err_and(|error| error.contains(&format!("`{member}`"))), "{member}");
        }
    }
}
