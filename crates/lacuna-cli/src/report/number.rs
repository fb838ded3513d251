//! Numbers and durations for people: three significant digits, powers of ten as ×10⁻³.

use std::time::Duration;

/// `value` with a true minus sign and a fixed number of decimals.
pub fn signed(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}

/// 10ⁿ.
pub fn power_of_ten(exponent: i32) -> String {
    let raised = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + c as u32 - '0' as u32).unwrap_or(c),
        other => other,
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

/// `value` to `digits` significant digits.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value.is_nan() { "not a number" } else { "infinite" }.to_owned();
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..5).contains(&exponent) {
        signed(value, (digits as i32 - 1 - exponent).max(0) as usize)
    } else {
        format!("{}×{}", mantissa.replace('-', "−"), power_of_ten(exponent))
    }
}

/// A time span as people say it.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{} µs", significant(s * 1e6, 2)),
        s if s < 1.0 => format!("{} ms", significant(s * 1e3, 3)),
        s if s < 120.0 => format!("{} s", significant(s, 3)),
        s if s < 7200.0 => format!("{} min", significant(s / 60.0, 3)),
        s => format!("{} h", significant(s / 3600.0, 3)),
    }
}

/// `3 points`, `1 point`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(significant(3.14159e-4, 3), "3.14×10⁻⁴");
        assert_eq!(significant(-0.1, 3), "−0.100");
        assert_eq!(significant(1234.5, 3), "1234");
        assert_eq!(significant(-2.5e12, 2), "−2.5×10¹²");
        assert_eq!(significant(0.0, 3), "0");
        assert_eq!(significant(f64::NAN, 3), "not a number");
        assert_eq!(power_of_ten(-10), "10⁻¹⁰");
        assert_eq!(duration(Duration::from_millis(2310)), "2.31 s");
        assert_eq!(count(1, "restart"), "1 restart");
    }
}
