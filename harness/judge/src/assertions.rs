//! Statements about a valid answer.
//!
//! An assertion first demands that its pointer leads somewhere; every check it lists must hold.
//! Numbers are equal when their values are: 1 and 1.0 are. Objects are equal in any key order.

use gonogo_core::{Assertion, Detail, Kind, pointer::is_pointer};
use gonogo_dialects::shorten;
use serde_json::{Number, Value};

use crate::OracleError;

/// Whether the pointers are JSON pointers.
pub(crate) fn check(assertions: &[Assertion]) -> Result<(), OracleError> {
    match assertions.iter().find(|assertion| !is_pointer(&assertion.at)) {
        Some(assertion) => Err(OracleError::Pointer { pointer: assertion.at.clone() }),
        None => Ok(()),
    }
}

/// The first assertion that does not hold.
pub(crate) fn judge(assertions: &[Assertion], answer: &Value) -> Option<(Kind, Detail)> {
    assertions.iter().find_map(|assertion| {
        let message = failure(assertion, answer)?;
        let pointer = Some(assertion.at.clone());
        Some((Kind::AssertionFailed, Detail { message, pointer, ..Detail::default() }))
    })
}

/// Why the assertion does not hold.
fn failure(assertion: &Assertion, answer: &Value) -> Option<String> {
    let Some(found) = answer.pointer(&assertion.at) else {
        return Some("the answer has nothing there".into());
    };
    let wanted = if assertion.equals.as_ref().is_some_and(|wanted| !equal(found, wanted)) {
        assertion.equals.as_ref().map(shorten::value)
    } else if assertion.near.is_some_and(|near| !close(found, near, assertion.tolerance)) {
        let tolerance = assertion.tolerance.unwrap_or(0.0);
        assertion.near.map(|near| format!("{near} give or take {tolerance}"))
    } else if assertion.contains.as_ref().is_some_and(|part| !contains(found, part)) {
        assertion.contains.as_ref().map(|part| format!("something that contains {}", shorten::quoted(part)))
    } else if !assertion.one_of.is_empty() && !assertion.one_of.iter().any(|wanted| equal(found, wanted)) {
        Some(format!("one of {}", shorten::list(assertion.one_of.iter().map(shorten::value), ", ")))
    } else {
        None
    };
    wanted.map(|wanted| format!("expected {wanted}, found {}", shorten::value(found)))
}

/// JSON equality, numbers by value.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => equal_numbers(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn equal_numbers(a: &Number, b: &Number) -> bool {
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

fn close(found: &Value, near: f64, tolerance: Option<f64>) -> bool {
    found.as_f64().is_some_and(|found| (found - near).abs() <= tolerance.unwrap_or(0.0))
}

fn contains(found: &Value, part: &str) -> bool {
    let has = |value: &Value| value.as_str().is_some_and(|text| text.contains(part));
    has(found) || found.as_array().is_some_and(|items| items.iter().any(has))
}

#[cfg(test)]
mod tests {
    use gonogo_core::Assertion;
    use serde_json::{Value, json};

    use super::{check, judge};

    fn assertion(value: Value) -> Assertion {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_check_holds_and_fails_where_it_should() {
        let answer = json!({"n": 1.0, "s": "O(n)", "l": ["ab", 2], "o": {"x": 1, "y": [2]}});
        let table = [
            (json!({"at": "/n", "equals": 1}), true),
            (json!({"at": "/n", "equals": "1"}), false),
            (json!({"at": "/o", "equals": {"y": [2.0], "x": 1}}), true),
            (json!({"at": "/o", "equals": {"x": 1}}), false),
            (json!({"at": "/n", "near": 1.05, "tolerance": 0.1}), true),
            (json!({"at": "/n", "near": 1.2, "tolerance": 0.1}), false),
            (json!({"at": "/s", "near": 1.2, "tolerance": 9.0}), false),
            (json!({"at": "/s", "contains": "(n"}), true),
            (json!({"at": "/l", "contains": "b"}), true),
            (json!({"at": "/l", "contains": "c"}), false),
            (json!({"at": "/s", "one-of": ["O(1)", "O(n)"]}), true),
            (json!({"at": "/s", "one-of": ["O(1)"]}), false),
            (json!({"at": "/l/1"}), true),
            (json!({"at": "/l/2"}), false),
            (json!({"at": "/s", "contains": "O", "equals": "O"}), false),
        ];
        for (statement, holds) in table {
            let failed = judge(&[assertion(statement.clone())], &answer);
            assert_eq!(failed.is_none(), holds, "{statement}");
            assert!(
                failed.is_none_or(
                    |(_, detail)| detail.pointer == Some(statement["at"].as_str().unwrap().into())
                )
            );
        }
    }

    #[test]
    fn a_pointer_must_be_one() {
        assert!(check(&[assertion(json!({"at": ""}))]).is_ok());
        assert!(check(&[assertion(json!({"at": "n"}))]).is_err());
        assert!(check(&[assertion(json!({"at": "/n~"}))]).is_err());
    }
}
