//! Parameters: query, form and JSON body as one, read as Asterisk's generated code reads them.

use serde_json::Value;

use crate::Response;
use crate::request::Content;
use crate::split::split;

/// Most values of a list in a query; more answers 400.
pub const MOST_LIST_VALUES: usize = 127;

/// A request's parameters. A key of a JSON body beats query and form; of repeated keys the last wins,
/// lists included.
#[derive(Clone, Debug, Default)]
pub struct Params {
    content: Content,
}

/// A variable that a request sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableSetting {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Whether later snapshots are to show it.
    pub report_events: bool,
}

impl Params {
    pub(crate) fn new(content: Content) -> Params {
        Params { content }
    }

    /// A text. A JSON value that is no string counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.member(name) {
            Some(value) => value.as_str(),
            None => self.field(name),
        }
    }

    /// A number. Text that starts with no number is 0, and so is a JSON value that is no integer, quoted ones included.
    pub fn int(&self, name: &str) -> Option<i32> {
        let number = self.long(name)?;
        Some(number.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
    }

    /// As [`int`](Params::int), for the parameters that are long.
    pub fn long(&self, name: &str) -> Option<i64> {
        match self.member(name) {
            Some(value) => Some(value.as_i64().unwrap_or(0)),
            None => self.field(name).map(leading_number),
        }
    }

    /// A truth value; false where absent. In a query `yes`, `true`, `y`, `t`, `1` and `on` are true, in JSON only `true`.
    pub fn bool(&self, name: &str) -> bool {
        match self.member(name) {
            Some(value) => *value == Value::Bool(true),
            None => self.field(name).is_some_and(is_true),
        }
    }

    /// A list: separated by commas in a query, an array or one string in JSON. Empty where absent.
    pub fn list(&self, name: &str) -> Result<Vec<String>, Response> {
        if let Some(value) = self.member(name) {
            return Ok(match value {
                Value::Array(items) => {
                    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
                }
                Value::String(item) => vec![item.clone()],
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
            });
        }
        let values = self.field(name).map(split).unwrap_or_default();
        if values.len() > MOST_LIST_VALUES {
            return Err(Response::error(400, &format!("Too many values for {name}")));
        }
        Ok(values)
    }

    /// The variables of the body's key `variables`: text, or an object of `value` and `report_events`.
    pub fn variables(&self) -> Result<Vec<VariableSetting>, Response> {
        let refusal = || Response::error(400, "Only string values in the 'variables' object allowed");
        let bad_value = || {
            let message = "Each value in 'variables' must be a string or an object with 'value' and optional \
                           'report_events'";
            Response::error(400, message)
        };
        let members = match self.member("variables") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Object(members)) => members,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return Err(refusal());
            }
        };
        let setting = |(name, value): (&String, &Value)| {
            let (text, report_events) = match value {
                Value::Object(detail) => {
                    (detail.get("value"), detail.get("report_events") == Some(&Value::Bool(true)))
                }
                other => (Some(other), false),
            };
            let value = text.and_then(Value::as_str).ok_or_else(bad_value)?.to_owned();
            Ok(VariableSetting { name: name.clone(), value, report_events })
        };
        members.iter().map(setting).collect()
    }

    /// The JSON body as it came.
    pub fn body(&self) -> Option<&Value> {
        self.content.json.as_ref()
    }

    /// All parameters of query and form, decoded, in order.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.content.fields
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.content.json.as_ref()?.get(name)
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.content.fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Asterisk's words for true, in any case.
fn is_true(word: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The number at the start, as C's `atol` reads it: white space, a sign, digits; 0 where there are none.
fn leading_number(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.bytes().map_while(|byte| byte.is_ascii_digit().then(|| i64::from(byte - b'0')));
    digits.fold(0i64, |number, digit| number.saturating_mul(10).saturating_add(sign * digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::fields;

    fn query(text: &str) -> Params {
        Params::new(Content { fields: fields(text), json: None })
    }

    fn json(text: &str, body: &str) -> Params {
        Params::new(Content { fields: fields(text), json: Some(serde_json::from_str(body).expect("JSON")) })
    }

    #[test]
    fn json_beats_the_query_even_with_a_wrong_type() {
        let params = json("app=query&timeout=5&beep=yes", r#"{"app":"body","timeout":"7","beep":"yes"}"#);
        assert_eq!(params.text("app"), Some("body"));
        assert_eq!(params.int("timeout"), Some(0), "a quoted number reads as 0");
        assert!(!params.bool("beep"), "a quoted truth is none");
        assert_eq!(json("app=query", r#"{"app":1}"#).text("app"), None);
    }

    #[test]
    fn the_last_of_repeated_keys_wins() {
        assert_eq!(query("app=a&app=b").text("app"), Some("b"));
        assert_eq!(query("").text("app"), None);
        assert_eq!(query("app").text("app"), Some(""));
    }

    #[test]
    fn numbers_read_as_far_as_they_go() {
        for (text, number) in
            [("30", 30), ("-1", -1), (" +7s", 7), ("x", 0), ("", 0), ("9999999999", i32::MAX)]
        {
            assert_eq!(query(&format!("n={}", text.replace('+', "%2B"))).int("n"), Some(number), "{text}");
        }
        assert_eq!(query("n=-99999999999999999999").long("n"), Some(i64::MIN));
        assert_eq!(json("", r#"{"n":1.5}"#).int("n"), Some(0));
        assert_eq!(query("").int("n"), None);
    }

    #[test]
    fn truth_has_six_words() {
        for word in ["yes", "TRUE", "y", "t", "1", "On"] {
            assert!(query(&format!("b={word}")).bool("b"), "{word}");
        }
        for word in ["no", "0", "", "2", "enabled"] {
            assert!(!query(&format!("b={word}")).bool("b"), "{word}");
        }
        assert!(json("", r#"{"b":true}"#).bool("b"));
    }

    #[test]
    fn lists_come_by_comma_or_as_json() {
        assert_eq!(query("c=a,b").list("c").expect("a list"), ["a", "b"]);
        assert_eq!(query("c=a,b&c=d").list("c").expect("a list"), ["d"], "the last of repeated keys wins");
        assert_eq!(json("c=x", r#"{"c":["a,b",1,"c"]}"#).list("c").expect("a list"), ["a,b", "c"]);
        assert_eq!(json("", r#"{"c":"a,b"}"#).list("c").expect("a list"), ["a,b"]);
        assert_eq!(query("").list("c").expect("a list"), [""; 0]);
    }

    #[test]
    fn a_list_over_the_limit_is_refused() {
        let long = |count: usize| query(&format!("c={}", vec!["x"; count].join(",")));
        assert_eq!(long(MOST_LIST_VALUES).list("c").expect("a list").len(), MOST_LIST_VALUES);
        let refusal = long(MOST_LIST_VALUES + 1).list("c").expect_err("refused");
        assert_eq!(
            (refusal.status, refusal.text()),
            (400, r#"{"message":"Too many values for c"}"#.to_owned())
        );
    }

    #[test]
    fn variables_are_text_or_text_with_reporting() {
        let params = json("", r#"{"variables":{"Z":"1","A":{"value":"2","report_events":true}}}"#);
        let names: Vec<_> = params
            .variables()
            .expect("variables")
            .into_iter()
            .map(|v| (v.name, v.value, v.report_events))
            .collect();
        assert_eq!(
            names,
            [("Z".into(), "1".into(), false), ("A".into(), "2".into(), true)],
            "in the order given"
        );
        for body in [r#"{"variables":{"A":1}}"#, r#"{"variables":{"A":{}}}"#, r#"{"variables":"A=1"}"#] {
            assert_eq!(json("", body).variables().expect_err("refused").status, 400, "{body}");
        }
        assert_eq!(query("variables=x").variables().expect("none"), []);
        assert_eq!(json("", "[]").variables().expect("none"), []);
    }
}
