//! `$[ … ]`.
//!
//! Operators from the loosest: `?` `::`, `|`, `&`, `=` `!=` `<` `>` `<=` `>=`, `+` `-`, `*` `/` `%`, `!` and unary `-`,
//! `:` `=~` `~~`. All but the unary ones group to the left. Quotes are part of a text until an operator for texts removes
//! them, so `"5" = 5` is false, as in Asterisk.

mod decimal;
mod token;

use std::cmp::Ordering;

use crate::problem::Problem;
use crate::substitute::{Evaluator, MAX_DEPTH};
use decimal::Decimal;
use token::{Operator, Token, tokens};

/// The value of an expression in which all variables are replaced already. Without an operand at its front it is empty; if it
/// breaks off later it is `0`.
pub(crate) fn evaluate(text: &str, evaluator: &mut Evaluator<'_>) -> String {
    let mut parser = Parser { tokens: tokens(text), at: 0, depth: 0, evaluator };
    if parser.tokens.is_empty() {
        return String::new();
    }
    let value = parser.expression(0);
    if value.is_none() || parser.at < parser.tokens.len() {
        parser.evaluator.problem(Problem::Syntax(text.to_owned()));
    }
    match value {
        // What stands behind a whole expression is passed over.
        Some(value) => value.into_text(),
        None if parser.at <= 1 && !parser.tokens[0].begins_operand() => String::new(),
        None => "0".to_owned(),
    }
}

/// What the MATH-like functions of expressions are applied to.
#[derive(Clone, Debug)]
enum Value {
    Number(Decimal),
    /// Digits as written: a number when one is asked for, the same text otherwise.
    Digits(String),
    Text(String),
}

impl Value {
    /// A text that an operator made: all digits and points makes it a number.
    fn made(text: String) -> Value {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if digits { Value::Digits(text) } else { Value::Text(text) }
    }

    fn truth(truth: bool) -> Value {
        Value::Number(Decimal::from_bool(truth))
    }

    fn into_text(self) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Digits(text) | Value::Text(text) => text,
        }
    }

    fn number(&self) -> Option<Decimal> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Digits(text) => Some(Decimal::parse(text)),
            Value::Text(_) => None,
        }
    }

    /// Zero and the empty text are false; `""` with its quotes is not empty.
    fn is_zero_or_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            Value::Number(_) | Value::Digits(_) => self.number().is_some_and(Decimal::is_zero),
        }
    }

    /// As a text without its quotes.
    fn unquoted(self) -> String {
        let text = self.into_text();
        if text.starts_with('"') && text.ends_with('"') { text.replace('"', "") } else { text }
    }
}

struct Parser<'p, 'e> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    evaluator: &'p mut Evaluator<'e>,
}

const TERNARY: u8 = 1;
const UNARY: u8 = 7;

fn level(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 2,
        Operator::And => 3,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Greater
        | Operator::Less
        | Operator::GreaterOrEqual
        | Operator::LessOrEqual => 4,
        Operator::Plus | Operator::Minus => 5,
        Operator::Times | Operator::Over | Operator::Modulo => 6,
        Operator::Anchored | Operator::Matches | Operator::Join => 8,
    }
}

impl Parser<'_, '_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    /// An expression of operators that bind at least as tightly as `least`; `None` where it cannot be read.
    fn expression(&mut self, least: u8) -> Option<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.evaluator.problem(Problem::TooDeep);
            return None;
        }
        let mut left = self.operand()?;
        loop {
            match self.peek() {
                Some(Token::Operator(operator)) if level(*operator) >= least => {
                    let operator = *operator;
                    self.at += 1;
                    let right = self.expression(level(operator) + 1)?;
                    left = self.apply(operator, left, right);
                }
                Some(Token::Question) if TERNARY >= least => {
                    self.at += 1;
                    let middle = self.expression(TERNARY)?;
                    if !self.take(&Token::Colons) {
                        return None;
                    }
                    let right = self.expression(TERNARY + 1)?;
                    left = if holds(&left) { middle } else { right };
                }
                Some(_) | None => break,
            }
        }
        self.depth -= 1;
        Some(left)
    }

    fn operand(&mut self) -> Option<Value> {
        let token = self.peek()?.clone();
        self.at += 1;
        match token {
            Token::Number(text) if self.peek() == Some(&Token::Open) => self.function(&text),
            Token::Word(text) if self.peek() == Some(&Token::Open) => self.function(&text),
            Token::Number(text) => Some(Value::Digits(text)),
            Token::Word(text) => Some(Value::Text(text)),
            Token::Open => {
                let value = self.expression(0)?;
                self.take(&Token::Close).then_some(value)
            }
            Token::Operator(Operator::Minus) => {
                let value = self.expression(UNARY)?;
                let number = self.number(&value);
                Some(Value::Number(number.unwrap_or(Decimal::ZERO).negated()))
            }
            Token::Not => {
                let value = self.expression(UNARY)?;
                Some(Value::truth(negates(&value)))
            }
            Token::Operator(_) | Token::Question | Token::Colons | Token::Comma | Token::Close => None,
        }
    }

    fn function(&mut self, name: &str) -> Option<Value> {
        self.at += 1;
        let mut arguments = vec![self.expression(0)?];
        while self.take(&Token::Comma) {
            let empty = matches!(self.peek(), Some(Token::Comma | Token::Close));
            arguments.push(if empty { Value::Text(String::new()) } else { self.expression(0)? });
        }
        if !self.take(&Token::Close) {
            return None;
        }
        if let Some(result) = mathematics(name, &arguments) {
            return Some(Value::Number(result));
        }
        let arguments: Vec<String> = arguments.into_iter().map(Value::into_text).collect();
        Some(match self.evaluator.function(name, &arguments.join(",")) {
            None => Value::Number(Decimal::ZERO),
            Some(text) if text.bytes().all(|byte| b"-0123456789. \t".contains(&byte)) => {
                Value::Number(Decimal::parse(&text))
            }
            Some(text) => Value::made(text),
        })
    }

    fn number(&mut self, value: &Value) -> Option<Decimal> {
        let number = value.number();
        if number.is_none() {
            self.evaluator.problem(Problem::NotANumber(value.clone().into_text()));
        }
        number
    }

    fn apply(&mut self, operator: Operator, a: Value, b: Value) -> Value {
        match operator {
            Operator::Or => truthy(if a.is_zero_or_empty() { b } else { a }),
            Operator::And if a.is_zero_or_empty() || b.is_zero_or_empty() => Value::Number(Decimal::ZERO),
            Operator::And => truthy(a),
            Operator::Equal => Value::truth(compare(a, b) == Ordering::Equal),
            Operator::NotEqual => Value::truth(compare(a, b) != Ordering::Equal),
            Operator::Greater => Value::truth(compare(a, b) == Ordering::Greater),
            Operator::Less => Value::truth(compare(a, b) == Ordering::Less),
            Operator::GreaterOrEqual => Value::truth(compare(a, b) != Ordering::Less),
            Operator::LessOrEqual => Value::truth(compare(a, b) != Ordering::Greater),
            Operator::Plus | Operator::Minus | Operator::Times | Operator::Over | Operator::Modulo => {
                Value::Number(self.arithmetic(operator, &a, &b))
            }
            Operator::Anchored => self.matches(a, b, true),
            Operator::Matches => self.matches(a, b, false),
            Operator::Join => Value::made(a.unquoted() + &b.unquoted()),
        }
    }

    /// With one operand no number, Asterisk answers the other one for a sum, 0 for a product and the largest `int` for a
    /// quotient by it.
    fn arithmetic(&mut self, operator: Operator, a: &Value, b: &Value) -> Decimal {
        let (a, b) = (self.number(a), self.number(b));
        let largest = Decimal::from_count(2_147_483_647);
        match (operator, a, b) {
            (Operator::Plus, a, b) => a.unwrap_or(Decimal::ZERO).plus(b.unwrap_or(Decimal::ZERO)),
            (Operator::Minus, a, b) => a.unwrap_or(Decimal::ZERO).plus(b.unwrap_or(Decimal::ZERO).negated()),
            (Operator::Over | Operator::Modulo, Some(_), Some(b)) if b.is_zero() => {
                self.evaluator.problem(Problem::DivisionByZero);
                if operator == Operator::Over { largest } else { Decimal::ZERO }
            }
            (Operator::Over, Some(a), Some(b)) => a.over(b),
            (Operator::Over, Some(_), None) => largest,
            (Operator::Modulo, Some(a), Some(b)) => a.modulo(b),
            (Operator::Times, Some(a), Some(b)) => a.times(b),
            (_, _, _) => Decimal::ZERO,
        }
    }

    /// The first group, or without groups the length of the match.
    fn matches(&mut self, text: Value, pattern: Value, anchored: bool) -> Value {
        let (text, pattern) = (text.unquoted(), pattern.unquoted());
        let Some(regex) = crate::functions::regex(&pattern, false) else {
            self.evaluator.problem(Problem::Regex(pattern));
            return Value::Text(String::new());
        };
        let grouped = regex.captures_len() > 1;
        let found = regex
            .captures(&text)
            .filter(|captures| !anchored || captures.get(0).is_some_and(|whole| whole.start() == 0));
        match found {
            Some(captures) => match captures.get(1) {
                Some(group) => Value::made(group.as_str().to_owned()),
                None => Value::Number(Decimal::from_count(captures.get(0).map_or(0, |whole| whole.len()))),
            },
            None if grouped => Value::Text(String::new()),
            None => Value::Number(Decimal::ZERO),
        }
    }
}

/// What `|` and `&` hand on was looked at as a number on the way.
fn truthy(value: Value) -> Value {
    match value {
        Value::Digits(text) => Value::Number(Decimal::parse(&text)),
        Value::Number(_) | Value::Text(_) => value,
    }
}

/// Numbers compare as numbers; a text on either side makes both texts.
fn compare(a: Value, b: Value) -> Ordering {
    match (&a, &b) {
        (Value::Text(_), _) | (_, Value::Text(_)) => a.into_text().cmp(&b.into_text()),
        (Value::Number(_) | Value::Digits(_), Value::Number(_) | Value::Digits(_)) => {
            a.number().partial_cmp(&b.number()).unwrap_or(Ordering::Equal)
        }
    }
}

/// Whether `?` takes its first branch.
fn holds(value: &Value) -> bool {
    match value {
        Value::Text(text) => !matches!(text.as_str(), "" | "\"\"" | "0"),
        Value::Number(_) | Value::Digits(_) => !value.is_zero_or_empty(),
    }
}

/// Whether `!` gives 1: of a text, the whole number at its front counts.
fn negates(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_zero(),
        Value::Digits(text) | Value::Text(text) => {
            let digits = text.trim_start().trim_start_matches(['-', '+']);
            !digits.bytes().take_while(u8::is_ascii_digit).any(|digit| digit != b'0')
        }
    }
}

/// The functions that expressions bring along.
fn mathematics(name: &str, arguments: &[Value]) -> Option<Decimal> {
    let number = |index: usize| arguments.get(index).and_then(Value::number).unwrap_or(Decimal::ZERO);
    let (x, y) = (number(0).to_f64(), number(1).to_f64());
    let (result, wanted) = match name {
        "COS" => (x.cos(), 1),
        "SIN" => (x.sin(), 1),
        "TAN" => (x.tan(), 1),
        "ACOS" => (x.acos(), 1),
        "ASIN" => (x.asin(), 1),
        "ATAN" => (x.atan(), 1),
        "ATAN2" => (x.atan2(y), 2),
        "POW" if arguments.len() == 2 => return Some(number(0).power(number(1))),
        "SQRT" if arguments.len() == 1 => return Some(number(0).square_root()),
        "FLOOR" => (x.floor(), 1),
        "CEIL" => (x.ceil(), 1),
        "ROUND" => (x.round(), 1),
        "RINT" => (x.round_ties_even(), 1),
        "TRUNC" => (x.trunc(), 1),
        "EXP" => (x.exp(), 1),
        "EXP2" => (x.exp2(), 1),
        "EXP10" => (10_f64.powf(x), 1),
        "LOG" => (x.ln(), 1),
        "LOG2" => (x.log2(), 1),
        "LOG10" => (x.log10(), 1),
        "REMAINDER" => (x - y * (x / y).round_ties_even(), 2),
        "ABS" if arguments.len() == 1 => {
            return Some(if number(0).is_negative() { number(0).negated() } else { number(0) });
        }
        _ => return None,
    };
    Some(if arguments.len() == wanted { Decimal::from_f64(result) } else { Decimal::ZERO })
}
