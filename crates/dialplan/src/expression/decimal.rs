//! The numbers of expressions.
//!
//! Asterisk computes in 80-bit floating point, whose 64-bit significand holds 19 decimal digits, and prints 18. Decimal
//! numbers that are rounded to 19 digits where a result is inexact print the same 18, on every machine.

use std::cmp::Ordering;
use std::fmt;

/// Digits kept of an inexact result.
const DIGITS: u32 = 19;

/// Digits printed, C's `%.18Lg`.
const PRINTED: u32 = 18;

/// Larger exponents are infinite, smaller ones are zero.
const MAX_EXPONENT: i32 = 4_900;

/// `significand × 10^exponent`. The significand has no trailing zero; zero is `0 × 10^0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    significand: i128,
    exponent: i32,
}

impl Decimal {
    pub(crate) const ZERO: Decimal = Decimal { significand: 0, exponent: 0 };
    pub(crate) const ONE: Decimal = Decimal { significand: 1, exponent: 0 };

    fn new(significand: i128, exponent: i32, digits: u32) -> Decimal {
        let (mut significand, mut exponent) = (significand, exponent);
        let excess = count(significand).saturating_sub(digits);
        if excess > 0 {
            let unit = 10_i128.pow(excess);
            let (quotient, remainder) = (significand / unit, (significand % unit).abs());
            let up = remainder * 2 > unit || (remainder * 2 == unit && quotient % 2 != 0);
            significand = quotient + if up { significand.signum() } else { 0 };
            exponent += i32::try_from(excess).unwrap_or(0);
        }
        while significand != 0 && significand % 10 == 0 {
            significand /= 10;
            exponent += 1;
        }
        match significand {
            0 => Decimal::ZERO,
            _ if exponent < -MAX_EXPONENT => Decimal::ZERO,
            _ => Decimal { significand, exponent: exponent.min(MAX_EXPONENT) },
        }
    }

    /// The number at the front of `text`, as C's `strtold` reads digits and a point; zero where there is none.
    pub(crate) fn parse(text: &str) -> Decimal {
        let text = text.trim_start();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mut significand, mut exponent, mut point) = (0_i128, 0_i32, false);
        for byte in text.bytes() {
            match byte {
                b'.' if !point => point = true,
                b'0'..=b'9' if count(significand) < 36 => {
                    significand = significand * 10 + i128::from(byte - b'0');
                    exponent -= i32::from(point);
                }
                b'0'..=b'9' => exponent = exponent.saturating_add(i32::from(!point)),
                _ => break,
            }
        }
        let significand = if negative { -significand } else { significand };
        Decimal::new(significand, exponent, DIGITS)
    }

    pub(crate) fn from_f64(number: f64) -> Decimal {
        if !number.is_finite() || number.abs() > 1e300 {
            return Decimal::ZERO;
        }
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = Decimal::parse(digits);
        Decimal::new(mantissa.significand, mantissa.exponent + exponent.parse::<i32>().unwrap_or(0), DIGITS)
    }

    pub(crate) fn to_f64(self) -> f64 {
        format!("{}e{}", self.significand, self.exponent).parse().unwrap_or(0.0)
    }

    pub(crate) fn from_bool(truth: bool) -> Decimal {
        if truth { Decimal::ONE } else { Decimal::ZERO }
    }

    pub(crate) fn from_count(count: usize) -> Decimal {
        Decimal::new(i128::try_from(count).unwrap_or(0), 0, DIGITS)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.significand == 0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.significand < 0
    }

    pub(crate) fn negated(self) -> Decimal {
        Decimal { significand: -self.significand, ..self }
    }

    /// The larger exponent brought down to the smaller, while both significands stay below 10^37.
    fn aligned(self, other: Decimal) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let scale = |number: Decimal| {
            let places = u32::try_from(number.exponent - exponent).ok()?;
            (count(number.significand) + places <= 37).then(|| number.significand * 10_i128.pow(places))
        };
        Some((scale(self)?, scale(other)?, exponent))
    }

    pub(crate) fn plus(self, other: Decimal) -> Decimal {
        match self.aligned(other) {
            Some((a, b, exponent)) => Decimal::new(a + b, exponent, DIGITS),
            None if self.is_zero() => other,
            None if other.is_zero() => self,
            // So far apart that the smaller one is lost.
            None if self.magnitude() >= other.magnitude() => self,
            None => other,
        }
    }

    pub(crate) fn times(self, other: Decimal) -> Decimal {
        Decimal::new(self.significand * other.significand, self.exponent + other.exponent, DIGITS)
    }

    /// The quotient; the divisor is not zero.
    pub(crate) fn over(self, other: Decimal) -> Decimal {
        if other.is_zero() {
            return Decimal::ZERO;
        }
        let places = 38 - count(self.significand);
        let scaled = self.significand * 10_i128.pow(places);
        let exponent = self.exponent - other.exponent - i32::try_from(places).unwrap_or(0);
        Decimal::new(scaled / other.significand, exponent, DIGITS)
    }

    /// The remainder with the dividend's sign, as C's `fmodl`; the divisor is not zero.
    pub(crate) fn modulo(self, other: Decimal) -> Decimal {
        if other.is_zero() {
            return Decimal::ZERO;
        }
        let exponent = self.exponent.min(other.exponent);
        if let Some((a, b, exponent)) = self.aligned(other) {
            return Decimal::new(a % b, exponent, DIGITS);
        }
        if self.magnitude() < other.magnitude() {
            return self;
        }
        // The dividend is the one to be scaled, digit by digit.
        let places = self.exponent - exponent;
        let divisor = other.significand.abs();
        let mut remainder = self.significand % divisor;
        for _ in 0..places {
            remainder = remainder * 10 % divisor;
        }
        Decimal::new(remainder, exponent, DIGITS)
    }

    /// The power, by squaring where the exponent is a small whole number.
    pub(crate) fn power(self, exponent: Decimal) -> Decimal {
        let power = exponent.to_f64();
        if power.fract() != 0.0 || power.abs() > 100_000.0 {
            return Decimal::from_f64(self.to_f64().powf(power));
        }
        let mut left = format!("{}", power.abs()).parse::<u32>().unwrap_or(0);
        let (mut result, mut square) = (Decimal::ONE, self);
        while left > 0 {
            if left & 1 == 1 {
                result = result.times(square);
            }
            square = square.times(square);
            left >>= 1;
        }
        if exponent.is_negative() { Decimal::ONE.over(result) } else { result }
    }

    /// The square root; of a negative number zero.
    pub(crate) fn square_root(self) -> Decimal {
        let near = Decimal::from_f64(self.to_f64().sqrt());
        if near.is_zero() {
            return near;
        }
        // One step of Newton's method doubles the digits that are right.
        near.plus(self.over(near)).times(Decimal { significand: 5, exponent: -1 })
    }

    /// The power of ten of the first digit.
    fn magnitude(self) -> i32 {
        self.exponent + i32::try_from(count(self.significand)).unwrap_or(0) - 1
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        // The last digit of a fraction is not to be relied on: 1/3*3 is 1.
        let comparable = |number: Decimal| match number.exponent {
            0.. => number,
            _ => Decimal::new(number.significand, number.exponent, PRINTED),
        };
        let difference = comparable(*self).plus(comparable(*other).negated());
        Some(difference.significand.cmp(&0))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = Decimal::new(self.significand, self.exponent, PRINTED);
        if rounded.is_zero() {
            return f.write_str("0");
        }
        let digits = rounded.significand.unsigned_abs().to_string();
        let sign = if rounded.is_negative() { "-" } else { "" };
        let magnitude = rounded.magnitude();
        let (first, rest) = digits.split_at(1);
        if !(-4..18).contains(&magnitude) {
            let point = if rest.is_empty() { "" } else { "." };
            let mark = if magnitude < 0 { '-' } else { '+' };
            return write!(f, "{sign}{first}{point}{rest}e{mark}{:02}", magnitude.abs());
        }
        let places = usize::try_from(-rounded.exponent).unwrap_or(0);
        match rounded.exponent {
            0.. => write!(f, "{sign}{digits}{}", "0".repeat(usize::try_from(rounded.exponent).unwrap_or(0))),
            _ if magnitude >= 0 => {
                let (whole, fraction) = digits.split_at(digits.len() - places);
                write!(f, "{sign}{whole}.{fraction}")
            }
            _ => write!(f, "{sign}0.{}{digits}", "0".repeat(places - digits.len())),
        }
    }
}

/// Decimal digits of a significand; none of zero.
fn count(significand: i128) -> u32 {
    significand.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text)
    }

    #[test]
    fn arithmetic_prints_as_80_bit_floating_point_does() {
        assert_eq!(d("1").over(d("3")).to_string(), "0.333333333333333333");
        assert_eq!(d("2").over(d("3")).to_string(), "0.666666666666666667");
        assert_eq!(d("0.1").plus(d("0.2")).to_string(), "0.3");
        assert_eq!(d("7").over(d("2")).to_string(), "3.5");
        assert_eq!(d("999999999999999999").plus(d("1")).to_string(), "1e+18");
        assert_eq!(d("123456789012345678").to_string(), "123456789012345678");
        assert_eq!(d("1").over(d("100000")).to_string(), "1e-05");
        assert_eq!(d("0.00012").to_string(), "0.00012");
        assert_eq!(d("5").modulo(d("3")).to_string(), "2");
        assert_eq!(d("-5").modulo(d("3")).to_string(), "-2");
        assert_eq!(d("5.5").modulo(d("2")).to_string(), "1.5");
        assert_eq!(d("100").times(d("0.5")).to_string(), "50");
        assert_eq!(d("1.2.3").to_string(), "1.2");
        assert_eq!(d("00012").to_string(), "12");
        assert!(d("0.30") == d("0.3") && d("2") < d("10"));
    }

    #[test]
    fn far_apart_numbers_stay_within_bounds() {
        let huge = d(&"9".repeat(400));
        let tiny = d(&format!("0.{}1", "0".repeat(400)));
        assert_eq!(huge.plus(tiny), huge);
        assert_eq!(tiny.modulo(huge), tiny);
        assert!(huge.times(huge).to_string().ends_with("e+800"));
        let mut number = huge;
        for _ in 0..20 {
            number = number.times(number);
        }
        assert!(number.modulo(d("7")).to_f64().abs() < 7.0);
        assert!(tiny.over(huge).to_string().contains("e-"));
    }
}
