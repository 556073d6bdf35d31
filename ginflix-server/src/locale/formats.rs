//! Numbers, sizes, durations and dates as people of a language read them. Separators are here; words, units and the order
//! are messages of the language. Both are those of CLDR.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Locale;

/// Formats a whole number with separated thousands: `1,204`, `1.204` or `1 204` with a narrow space.
pub fn grouped(locale: Locale, n: u64) -> String {
    let separator = match locale {
        Locale::English => ',',
        Locale::German => '.',
        Locale::French => '\u{202f}',
    };
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// Formats a number with this many digits after the decimal separator, without separated thousands: `1.4` or `1,4`.
pub fn decimal(locale: Locale, value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if locale == Locale::English { text } else { text.replace('.', ",") }
}

/// Formats bytes in decimal units, as disks are labelled: `1.4 GB`, `1,4 GB` or `1,4 Go`.
pub fn size(locale: Locale, bytes: u64) -> String {
    if bytes < 1000 {
        return locale.say("size-bytes").with("value", bytes).to_string();
    }
    let (mut value, mut unit) = (bytes as f64 / 1000.0, 0);
    // 999.5 would be written as 1000, so it belongs to the next unit.
    while value >= 999.5 && unit < 3 {
        value /= 1000.0;
        unit += 1;
    }
    let message = match unit {
        0 => locale.say("size-kilobytes"),
        1 => locale.say("size-megabytes"),
        2 => locale.say("size-gigabytes"),
        _ => locale.say("size-terabytes"),
    };
    message.with("value", decimal(locale, value, usize::from(value < 99.95))).to_string()
}

/// Formats seconds as hours and minutes, minutes, or seconds: `1 h 32 min`, `4 min`, `12 s`.
pub fn duration(locale: Locale, seconds: f64) -> String {
    let rounded = seconds.max(0.0).round() as u64;
    if rounded < 60 {
        return locale.say("duration-seconds").with("seconds", rounded).to_string();
    }
    // The last half minute of an hour rounds up to the next hour, so minutes are rounded first.
    let minutes = (rounded + 30) / 60;
    let message = match (minutes / 60, minutes % 60) {
        (0, m) => locale.say("duration-minutes").with("minutes", m),
        (h, 0) => locale.say("duration-hours").with("hours", h),
        (h, m) => locale.say("duration-hours-minutes").with("hours", h).with("minutes", m),
    };
    message.to_string()
}

/// Formats the day of a time: `30 November 2026`, `30. November 2026` or `30 novembre 2026`.
///
/// It is the day in UTC, because a server does not know the time zone of who reads the page.
pub fn day(locale: Locale, time: Timestamp) -> String {
    let date = time.to_zoned(TimeZone::UTC).date();
    let (day, month) = (date.day().unsigned_abs(), date.month().unsigned_abs());
    let year = date.year().to_string();
    locale.say("date").with("day", day).with("month", month).with("year", year).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: Copy>(format: fn(Locale, T) -> String, value: T) -> [String; 3] {
        Locale::ALL.map(|locale| format(locale, value))
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(all(grouped, 7), ["7"; 3]);
        assert_eq!(all(grouped, 999), ["999"; 3]);
        assert_eq!(all(grouped, 1204), ["1,204", "1.204", "1\u{202f}204"]);
        let largest = "18\u{202f}446\u{202f}744\u{202f}073\u{202f}709\u{202f}551\u{202f}615";
        assert_eq!(grouped(Locale::French, u64::MAX), largest);
    }

    #[test]
    fn sizes_have_three_digits_at_most() {
        for (bytes, expected) in [
            (0, ["0 B", "0\u{a0}B", "0\u{a0}o"]),
            (999, ["999 B", "999\u{a0}B", "999\u{a0}o"]),
            (1000, ["1.0 kB", "1,0\u{a0}kB", "1,0\u{a0}ko"]),
            (999_499, ["999 kB", "999\u{a0}kB", "999\u{a0}ko"]),
            (999_999, ["1.0 MB", "1,0\u{a0}MB", "1,0\u{a0}Mo"]),
            (1_400_000_000, ["1.4 GB", "1,4\u{a0}GB", "1,4\u{a0}Go"]),
            (250_000_000_000_000, ["250 TB", "250\u{a0}TB", "250\u{a0}To"]),
        ] {
            assert_eq!(all(size, bytes), expected, "{bytes}");
        }
        assert_eq!(size(Locale::English, u64::MAX), "18446744 TB");
    }

    #[test]
    fn durations_have_one_or_two_units() {
        for (seconds, expected) in [
            (0.0, ["0 s", "0\u{a0}Sek.", "0\u{a0}s"]),
            (12.4, ["12 s", "12\u{a0}Sek.", "12\u{a0}s"]),
            (59.6, ["1 min", "1\u{a0}Min.", "1\u{a0}min"]),
            (3599.0, ["1 h", "1\u{a0}Std.", "1\u{a0}h"]),
            (5520.0, ["1 h 32 min", "1\u{a0}Std. 32\u{a0}Min.", "1\u{a0}h 32\u{a0}min"]),
            (-1.0, ["0 s", "0\u{a0}Sek.", "0\u{a0}s"]),
            (f64::NAN, ["0 s", "0\u{a0}Sek.", "0\u{a0}s"]),
        ] {
            assert_eq!(all(duration, seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn days_are_those_of_utc() {
        let late: Timestamp = "2026-11-30T23:59:59Z".parse().unwrap();
        let expected = ["30 November 2026", "30. November 2026", "30 novembre 2026"];
        assert_eq!(all(day, late), expected);
        let first: Timestamp = "2027-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(all(day, first), ["1 March 2027", "1. März 2027", "1er mars 2027"]);
        let months: Vec<_> = (1..=12)
            .flat_map(|month| all(day, format!("2026-{month:02}-02T12:00:00Z").parse().unwrap()))
            .collect();
        let names: std::collections::HashSet<_> = months.iter().map(|text| &text[2..]).collect();
        assert_eq!((months.len(), names.len() > 30), (36, true), "{months:?}");
    }
}
