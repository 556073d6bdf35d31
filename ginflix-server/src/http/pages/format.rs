//! Durations that are the same in all languages.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(iso_duration(5520.4), "PT5520S");
        for (seconds, text) in [(0.0, "0:00"), (245.9, "4:05"), (3723.0, "1:02:03"), (-1.0, "0:00")]
        {
            assert_eq!(clock(seconds), text, "{seconds}");
        }
    }
}
