//! Numbers as people read them.

/// Seconds as `1 h 32 min`, `4 min` or `12 s`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        // The last half minute of an hour rounds up, so work from minutes.
        _ => {
            let minutes = (whole + 30) / 60;
            match (minutes / 60, minutes % 60) {
                (0, m) => format!("{m} min"),
                (h, 0) => format!("{h} h"),
                (h, m) => format!("{h} h {m} min"),
            }
        }
    }
}

/// Seconds as HTML's `<time datetime>` wants them: `PT5520S`.
pub fn iso_duration(seconds: f64) -> String {
    format!("PT{}S", seconds.max(0.0).round() as u64)
}

/// Bytes in decimal units, as disks are sold: `1.4 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // 999.5 would print as 1000, so it belongs to the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A count and its noun: `1 view`, `1,204 views`.
pub fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// A number with its thousands apart: `1,204`.
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
    fn sizes() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_499, "999 kB"),
            (999_999, "1.0 MB"),
            (1_400_000_000, "1.4 GB"),
            (250_000_000, "250 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!(count(0, "view"), "0 views");
        assert_eq!(count(1, "view"), "1 view");
        assert_eq!(count(1_204, "view"), "1,204 views");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
