//! Which language a client gets (RFC 9110, section 12.5.4).

use super::Locale;
use crate::delivery::weight::parse_element;

/// The largest number of language ranges that are read; browsers send less than ten.
const MAX_RANGES: usize = 32;

/// Returns the language for these values of `Accept-Language`: that of the range with the largest weight, of equal ones
/// the first. A range stands for the language that it begins with, by the lookup of RFC 4647, section 3.4: `de-AT` gets
/// German. Without a range that we have, it is the first language that the client does not exclude by a weight of 0.
pub fn negotiate<'a>(lines: impl Iterator<Item = &'a str>) -> Locale {
    let elements = lines.flat_map(|line| line.split(',')).take(MAX_RANGES);
    let mut ranges: Vec<(&str, u16)> = elements.filter_map(parse_element).collect();
    // The sort is stable, so equal weights keep their order.
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let excluded = |locale: Locale| {
        ranges.iter().any(|(range, weight)| *weight == 0 && Locale::from_tag(range) == Some(locale))
    };
    let wanted = ranges.iter().filter(|(_, weight)| *weight > 0);
    let found = wanted.filter_map(|(range, _)| lookup(range)).find(|locale| !excluded(*locale));
    let fallback = || Locale::ALL.into_iter().find(|locale| !excluded(*locale));
    found.or_else(fallback).unwrap_or_default()
}

/// Returns the language of a range. Our tags have one subtag, so all others of the range are dropped; `*` is none.
fn lookup(range: &str) -> Option<Locale> {
    Locale::from_tag(range.split('-').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_the_language() {
        for (field, expected) in [
            ("de", Locale::German),
            ("fr-CA", Locale::French),
            ("DE-at-1996", Locale::German),
            ("de-DE,de;q=0.9,en;q=0.8", Locale::German),
            ("en;q=0.8, fr;q=0.9", Locale::French),
            ("fr;q=0.5, de;q=0.5", Locale::French),
            ("es, pt;q=0.9, de;q=0.1", Locale::German),
            ("*, fr;q=0.1", Locale::French),
            ("*", Locale::English),
            ("es", Locale::English),
            ("", Locale::English),
            (",, ,fr", Locale::French),
            ("de;q=0, fr;q=0.1", Locale::French),
            ("en;q=0", Locale::German),
            ("en;q=0, de;q=0, fr;q=0", Locale::English),
            ("de;q=0, de-DE", Locale::English),
            ("german, deu, d", Locale::English),
            ("de;q=2, fr;q=0.2", Locale::French),
            ("i-default, x-de, fr;q=0.2", Locale::French),
        ] {
            assert_eq!(negotiate([field].into_iter()), expected, "{field}");
        }
        assert_eq!(negotiate(["es", "fr;q=0.1"].into_iter()), Locale::French);
        assert_eq!(negotiate(std::iter::empty()), Locale::English);
    }

    #[test]
    fn a_long_list_is_cut() {
        let within = "es,".repeat(MAX_RANGES - 1) + "de";
        assert_eq!(negotiate([within.as_str()].into_iter()), Locale::German);
        let after = "es,".repeat(MAX_RANGES) + "de";
        assert_eq!(negotiate([after.as_str()].into_iter()), Locale::English);
    }
}
