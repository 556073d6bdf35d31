//! Numbers and durations as people read them.

/// Formats seconds as `1 h 32 min`, `4 min` or `12 s`.
pub fn duration(seconds: f64) -> String {
    let rounded = seconds.max(0.0).round() as u64;
    match (rounded / 3600, rounded / 60 % 60, rounded % 60) {
        (0, 0, s) => format!("{s} s"),
        // The last half minute of an hour rounds up to the next hour, so minutes are rounded first.
        _ => {
            let minutes = (rounded + 30) / 60;
            match (minutes / 60, minutes % 60) {
                (0, m) => format!("{m} min"),
                (h, 0) => format!("{h} h"),
                (h, m) => format!("{h} h {m} min"),
            }
        }
    }
}

/// Formats seconds for `<time datetime>` of HTML: `PT5520S`.
pub fn iso_duration(seconds: f64) -> String {
    format!("PT{}S", seconds.max(0.0).round() as u64)
}

/// Formats seconds as on a clock: `1:02:03` or `4:05`.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// Formats a count with its noun: `1 view`, `1,204 views`.
pub fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// Formats a number with separated thousands: `1,204`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            (0.0, "0 s"),
            (12.4, "12 s"),
            (59.6, "1 min"),
            (240.0, "4 min"),
            (3599.0, "1 h"),
            (5520.0, "1 h 32 min"),
            (7170.0, "2 h"),
            (360_000.0, "100 h"),
            (-1.0, "0 s"),
            (f64::NAN, "0 s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
        assert_eq!(iso_duration(5520.4), "PT5520S");
    }

    #[test]
    fn counts() {
        assert_eq!(count(0, "view"), "0 views");
        assert_eq!(count(1, "view"), "1 view");
        assert_eq!(count(1_204, "view"), "1,204 views");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
