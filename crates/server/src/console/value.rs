//! [`Value`]: what a command found, before it is text or JSON.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// Anything a command shows. Its `Display` is the text of one cell; width and precision work as with strings.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing is known or set: an empty cell, `null`.
    #[default]
    Nothing,
    /// `Yes` or `No`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A number with thousandths.
    Thousandths(i64),
    /// A text.
    Text(String),
    /// Seconds, shown as `hh:mm:ss`.
    Seconds(u64),
    /// Several, in order.
    List(Vec<Value>),
    /// Named ones, in order.
    Record(Vec<(String, Value)>),
}

static NOTHING: Value = Value::Nothing;

impl Value {
    /// The JSON of it.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Nothing => Json::Null,
            Value::Flag(flag) => Json::Bool(*flag),
            Value::Number(number) => Json::from(*number),
            Value::Thousandths(number) => Json::from(*number as f64 / 1000.0),
            Value::Text(text) => Json::from(text.as_str()),
            Value::Seconds(seconds) => Json::from(*seconds),
            Value::List(list) => Json::Array(list.iter().map(Value::json).collect()),
            Value::Record(fields) => {
                Json::Object(fields.iter().map(|(name, value)| (name.clone(), value.json())).collect())
            }
        }
    }

    /// The items of a list; of anything else none.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(list) => list,
            _ => &[],
        }
    }

    /// The fields of a record; of anything else none.
    pub fn fields(&self) -> &[(String, Value)] {
        match self {
            Value::Record(fields) => fields,
            _ => &[],
        }
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Nothing => true,
            Value::Text(text) => text.is_empty(),
            Value::List(list) => list.is_empty(),
            Value::Record(fields) => fields.is_empty(),
            Value::Flag(_) | Value::Number(_) | Value::Thousandths(_) | Value::Seconds(_) => false,
        }
    }

    /// The cell, or this text where it is empty.
    pub fn or(&self, otherwise: &str) -> Value {
        if self.is_empty() { Value::from(otherwise) } else { self.clone() }
    }
}

/// A field of a record; what is not there is [`Value::Nothing`].
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.fields().iter().find(|(known, _)| known == name).map_or(&NOTHING, |(_, value)| value)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nothing => f.pad(""),
            Value::Flag(true) => f.pad("Yes"),
            Value::Flag(false) => f.pad("No"),
            Value::Number(number) => f.pad(&number.to_string()),
            Value::Thousandths(number) => {
                f.pad(&format!("{}.{:03}", number / 1000, (number % 1000).unsigned_abs()))
            }
            Value::Text(text) => f.pad(text),
            Value::Seconds(seconds) => {
                f.pad(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
            }
            Value::List(list) => {
                let texts: Vec<String> = list.iter().map(Value::to_string).collect();
                f.pad(&texts.join(","))
            }
            Value::Record(fields) => {
                let texts: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                f.pad(&texts.join(","))
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&Arc<str>> for Value {
    fn from(text: &Arc<str>) -> Value {
        Value::Text(text.to_string())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(i64::from(number))
    }
}

impl<T> From<Option<T>> for Value
where
    Value: From<T>,
{
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Nothing, Value::from)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Value {
        Value::List(items.into_iter().collect())
    }
}

/// A [`Value::Record`] of `"name" => value` pairs.
macro_rules! record {
    ($($name:literal => $value:expr),* $(,)?) => {
        $crate::console::value::Value::Record(vec![
            $(($name.to_owned(), $crate::console::value::Value::from($value))),*
        ])
    };
}

pub(crate) use record;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_cell_and_json() {
        let value = record! {
            "name" => "PJSIP/2001-00000000",
            "age" => Value::Seconds(3_725),
            "up" => true,
            "rtt" => Value::Thousandths(1_250),
            "bridge" => None::<&str>,
        };
        let cells = format!(
            "{:<10.5}|{}|{}|{}|{:>3}|{}",
            value["name"],
            value["age"],
            value["up"],
            value["rtt"],
            value["bridge"],
            value["bridge"].or("(None)")
        );
        assert_eq!(cells, "PJSIP     |01:02:05|Yes|1.250|   |(None)");
        assert_eq!(
            value.json(),
            serde_json::json!({
                "name": "PJSIP/2001-00000000", "age": 3_725, "up": true, "rtt": 1.25, "bridge": null
            })
        );
        assert!(value["nothing of that name"].is_empty());
    }
}
