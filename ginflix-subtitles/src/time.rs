//! The times of cues as people and programs write them.

/// The times before and after an arrow in milliseconds, and what follows them.
pub(crate) struct TimingLine<'a> {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) rest: &'a str,
}

/// Parses a line such as `00:00:01,000 --> 00:00:02,500 X1:0`: hours may be missing, a comma may be a point, spaces may be
/// missing or too many, and the arrow may be `->` or `- >`. `None` for any other line.
pub(crate) fn timing_line(line: &str) -> Option<TimingLine<'_>> {
    // Most lines have neither `>` nor a character that begins as an arrow does.
    if !line.bytes().any(|byte| matches!(byte, b'>' | 0xE2)) {
        return None;
    }
    let (start, rest) = time(line)?;
    let (end, rest) = time(arrow(rest)?)?;
    Some(TimingLine { start, end, rest })
}

/// Returns what follows an arrow.
fn arrow(text: &str) -> Option<&str> {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('→') {
        return Some(rest);
    }
    let is_dash = |c: char| matches!(c, '-' | '\u{2013}' | '\u{2014}');
    let rest = text.strip_prefix(is_dash)?;
    rest.trim_start_matches(|c: char| is_dash(c) || c == ' ').strip_prefix('>')
}

/// Parses a time of two to four numbers: hours, minutes, seconds and milliseconds, of which hours and milliseconds may be missing.
/// A sign makes it negative. Returns it in milliseconds, and what follows it.
pub(crate) fn time(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t']);
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut seconds: i64 = 0;
    let mut milliseconds = 0;
    let mut count = 0;
    loop {
        let (number, digits, after) = number(rest)?;
        if count == 3 {
            // A colon before the milliseconds.
            if digits != 3 {
                return None;
            }
            milliseconds = number;
            rest = after;
            break;
        }
        count += 1;
        seconds = seconds.saturating_mul(60).saturating_add(number);
        rest = after;
        let separator = rest.trim_start_matches(' ');
        if let Some(after) = separator.strip_prefix(':') {
            rest = after;
        } else if let Some(after) = separator.strip_prefix([',', '.', ';']) {
            (milliseconds, rest) = fraction(after).unwrap_or((0, after));
            break;
        } else {
            break;
        }
    }
    let time = seconds.saturating_mul(1000).saturating_add(milliseconds);
    (count >= 2).then_some((if is_negative { -time } else { time }, rest))
}

/// Parses a number of any length: its value, the count of its digits, and what follows.
fn number(text: &str) -> Option<(i64, usize, &str)> {
    let text = text.trim_start_matches(' ');
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    let append = |value: i64, digit: u8| {
        value.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0')))
    };
    (digits > 0).then(|| (number.bytes().fold(0, append), digits, rest))
}

/// Parses a decimal fraction of a second: `5` is 500 ms. Further digits than three are ignored.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let (_, digits, rest) = number(text)?;
    let text = text.trim_start_matches(' ');
    let first = text.bytes().take(digits).chain(std::iter::repeat(b'0')).take(3);
    Some((first.fold(0, |value, digit| value * 10 + i64::from(digit.saturating_sub(b'0'))), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("00:00:01,500", 1_500),
            ("00:00:01.5", 1_500),
            ("0:00:01,05", 1_050),
            ("00:01,007", 1_007),
            ("01:02", 62_000),
            (" 00: 00: 01, 500", 1_500),
            ("00:00:01;500", 1_500),
            ("00:00:01:500", 1_500),
            ("00:00:01,1239", 1_123),
            ("00:00:01,", 1_000),
            ("123:00:00,000", 442_800_000),
            ("00:61:61,000", 3_721_000),
            ("-00:00:01,000", -1_000),
        ] {
            assert_eq!(time(text).map(|(time, _)| time), Some(milliseconds), "{text}");
        }
        for text in ["", "1", "1,500", ":", "00:", "00:00:0x:", "00:00:00:12", "OO:01:02", "-"] {
            let is_read = time(text).is_some_and(|(_, rest)| rest.is_empty());
            assert!(!is_read, "{text}");
        }
        assert_eq!(time("99999999999999999999:00:00").map(|(time, _)| time), Some(i64::MAX));
    }

    #[test]
    fn arrows_may_be_misspelt() {
        for line in [
            "00:01 --> 00:02",
            "00:01-->00:02",
            "00:01 -> 00:02",
            "00:01 -- > 00:02",
            "00:01\t-->\t00:02",
            "00:01 ---> 00:02",
            "00:01 \u{2013}> 00:02",
            "00:01 → 00:02",
            "\u{feff}00:01 --> 00:02",
        ] {
            let timing = timing_line(line).expect(line);
            assert_eq!((timing.start, timing.end, timing.rest), (1_000, 2_000, ""), "{line}");
        }
        for line in ["00:01 00:02", "00:01 > 00:02", "00:01 --> x", "a --> b", "00:01 - 00:02"] {
            assert!(timing_line(line).is_none(), "{line}");
        }
        assert_eq!(timing_line("00:01 --> 00:02 X1:5").map(|timing| timing.rest), Some(" X1:5"));
    }
}
