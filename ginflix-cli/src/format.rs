//! Formats sizes, durations, ages and bars for people, and parses durations and rates.

use std::time::Duration;

use ginflix_api::account::Role;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Replaces characters that control a terminal or the direction of text by `�`, so
/// that untrusted text, such as a title, can be printed. Line breaks are kept.
pub fn sanitize_terminal(text: &str) -> String {
    let is_control = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_control(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Replaces control characters, including line breaks, so that untrusted text stays in its line.
pub fn in_one_line(text: &str) -> String {
    sanitize_terminal(text).replace('\n', "\u{fffd}")
}

/// Formats a size as `1.5 GB`: in decimal units, with at most three digits.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1000.0, 0);
    // 999.5 would print as 1000.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 99.95 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

/// Formats a bit rate as `1.5 Mbit/s`, with at most three digits.
pub fn bit_rate(bits_per_second: u64) -> String {
    // The units and their rounding are those of sizes.
    let text = size(bits_per_second);
    match text.strip_suffix('B') {
        Some(rest) => format!("{rest}bit/s"),
        None => text,
    }
}

/// Formats a play time as `1:02:03` or `2:03`.
pub fn play_time(seconds: f64) -> String {
    let total = seconds.round().max(0.0) as u64;
    let (h, m, s) = (total / 3600, total / 60 % 60, total % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// Formats a duration by its two largest units, such as `3 d 4 h`.
pub fn uptime(seconds: u64) -> String {
    let (d, h, m, s) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (d, h, m) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, _) => format!("{m} min {s} s"),
        (0, _, _) => format!("{h} h {m} min"),
        _ => format!("{d} d {h} h"),
    }
}

/// Formats an age as `3 min ago`, and as a date if it is a week or more.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    match now.duration_since(then).as_secs() {
        ..60 => "just now".to_owned(),
        s @ 60..3600 => format!("{} min ago", s / 60),
        s @ 3600..86_400 => format!("{} h ago", s / 3600),
        s @ 86_400..604_800 => format!("{} d ago", s / 86_400),
        _ => then.strftime("%Y-%m-%d").to_string(),
    }
}

/// Formats a time as `2026-01-31 12:05`, in UTC.
pub fn utc_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Returns the name of a role as it is written on the command line.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Admin => "admin",
    }
}

/// Formats a number with the singular or plural of a noun: `1 movie`, `2 movies`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Joins names to `a, b and c`; `None` without names.
pub fn join_names(names: &[&str]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    }
}

/// Draws a bar of a chart, rounded to eighths of a column. `width` columns stand for
/// the value `largest`.
pub fn bar(value: u64, largest: u64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if value == 0 || largest == 0 {
        return String::new();
    }
    let eighths = (value as f64 / largest as f64 * width as f64 * 8.0).round() as usize;
    // A value above zero is always visible.
    let eighths = eighths.clamp(1, width * 8);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// An invalid value of an option or argument. The message says which values are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidValue(pub &'static str);

/// Parses a timeout of at most 24 hours, such as `30s`, `5m` or `1h30m`. A number without a unit
/// is in seconds.
pub fn parse_timeout(text: &str) -> Result<Duration, InvalidValue> {
    parse_duration(text, 's')
        .filter(|time| *time <= SignedDuration::from_hours(24))
        .and_then(|time| time.try_into().ok())
        .ok_or(InvalidValue("it must be a time such as 30s or 5m, at most 24h"))
}

/// Parses a lifetime of one second to 3660 days, such as `7d` or `12h`. A number without a unit is
/// in days.
pub fn parse_lifetime(text: &str) -> Result<SignedDuration, InvalidValue> {
    parse_duration(text, 'd')
        .filter(|time| (1..=3660 * 86_400).contains(&time.as_secs()))
        .ok_or(InvalidValue("it must be a time such as 7d or 12h, at most 3660d"))
}

/// Parses a duration in jiff's friendly format. A number without a unit is in `unit`.
fn parse_duration(text: &str, unit: char) -> Option<SignedDuration> {
    let with_unit = format!("{text}{unit}");
    let text = if text.ends_with(|c: char| c.is_ascii_digit()) { &with_unit } else { text };
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// Parses a rate of at least one byte per second, with an optional decimal unit: `500k`,
/// `2M`, `1.5G`.
pub fn parse_rate(text: &str) -> Result<u64, InvalidValue> {
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &lower[number.len()..] {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        _ => return Err(InvalidValue("it must be a rate such as 500k or 2M")),
    };
    match number.parse::<f64>() {
        Ok(n) if (1.0..1e15).contains(&(n * factor)) => Ok((n * factor) as u64),
        _ => Err(InvalidValue("it must be a rate such as 500k or 2M")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_at_most_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (2_147_483_648, "2.1 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(sanitize_terminal("été\n🎬"), "été\n🎬");
        assert_eq!(sanitize_terminal("\u{1b}[2J\u{9b}m\r\u{202e}"), "�[2J�m��");
    }

    #[test]
    fn bit_rates_have_the_units_of_sizes() {
        assert_eq!(bit_rate(999), "999 bit/s");
        assert_eq!(bit_rate(192_000), "192 kbit/s");
        assert_eq!(bit_rate(6_140_000), "6.1 Mbit/s");
    }

    #[test]
    fn names_are_enumerated() {
        assert_eq!(join_names(&[]), None);
        assert_eq!(join_names(&["a"]).as_deref(), Some("a"));
        assert_eq!(join_names(&["a", "b", "c"]).as_deref(), Some("a, b and c"));
    }

    #[test]
    fn play_times_and_uptimes_are_formatted() {
        assert_eq!(play_time(59.6), "1:00");
        assert_eq!(play_time(3723.0), "1:02:03");
        assert_eq!(uptime(59), "59 s");
        assert_eq!(uptime(3599), "59 min 59 s");
        assert_eq!(uptime(90_061), "1 d 1 h");
    }

    #[test]
    fn ages_of_a_week_or_more_are_dates() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let at = |text: &str| age(text.parse().unwrap(), now);
        assert_eq!(at("2026-03-10T11:59:30Z"), "just now");
        assert_eq!(at("2026-03-10T12:00:30Z"), "just now");
        assert_eq!(at("2026-03-10T11:57:00Z"), "3 min ago");
        assert_eq!(at("2026-03-09T12:00:00Z"), "1 d ago");
        assert_eq!(at("2026-03-01T12:00:00Z"), "2026-03-01");
    }

    #[test]
    fn bars_are_proportional() {
        assert_eq!(bar(0, 10, 8), "");
        assert_eq!(bar(10, 10, 8), "████████");
        assert_eq!(bar(5, 10, 8), "████");
        assert_eq!(bar(1, 16, 8), "▌");
        assert_eq!(bar(1, 1_000_000, 8), "▏");
    }

    #[test]
    fn timeouts_lifetimes_and_rates_are_parsed() {
        assert_eq!(parse_timeout("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_timeout("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(parse_timeout("0"), Ok(Duration::ZERO));
        assert_eq!(parse_timeout("1h30m"), Ok(Duration::from_secs(5400)));
        for bad in ["", "s", "-1s", "-1", "25h", "2d", "5q", "99999999999999999999", "1mo"] {
            assert!(parse_timeout(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_lifetime("7"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(parse_lifetime("7d"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(parse_lifetime("12h"), Ok(SignedDuration::from_hours(12)));
        for bad in ["", "d", "0", "-1d", "+", "1y", "3661d", "99999999999999999999d"] {
            assert!(parse_lifetime(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_rate("500k"), Ok(500_000));
        assert_eq!(parse_rate("1.5MB"), Ok(1_500_000));
        for bad in ["", "0", "k", "-1", "1q", "nan", "inf"] {
            assert!(parse_rate(bad).is_err(), "{bad}");
        }
    }
}
