//! Elements of lists with weights, such as `gzip;q=0.5` in `Accept-Encoding` and `de;q=0.8` in `Accept-Language`
//! (RFC 9110, section 12.4.2).

/// The largest weight, in thousandths.
pub const MAX_WEIGHT: u16 = 1000;

/// Parses an element: its name, and its weight in thousandths. Returns `None` if it is malformed.
pub fn parse_element(element: &str) -> Option<(&str, u16)> {
    let Some((name, parameter)) = element.split_once(';') else {
        return Some((element.trim(), MAX_WEIGHT));
    };
    let (key, value) = parameter.trim().split_once('=')?;
    let weight = key.eq_ignore_ascii_case("q").then(|| parse_weight(value))??;
    Some((name.trim(), weight))
}

/// Parses a weight: from 0 to 1, with at most three digits after the point.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let thousandths =
        if is_number { format!("{fraction:0<3}").parse().ok()? } else { return None };
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(MAX_WEIGHT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_three_digits() {
        for (element, expected) in [
            ("a", Some(("a", 1000))),
            (" a ; q=0.5", Some(("a", 500))),
            ("a;Q=1.000", Some(("a", 1000))),
            ("a;q=0", Some(("a", 0))),
            ("a;q=1.001", None),
            ("a;q=0.0001", None),
            ("a;q=-0", None),
            ("a;q", None),
            ("a;v=1", None),
        ] {
            assert_eq!(parse_element(element), expected, "{element}");
        }
    }
}
