//! The natural order of names: numbers by their value, letters whatever their case.
//!
//! The order is our own because `sort_by` panics if an order is not total for all names, which libraries for it do not promise.

use std::cmp::Ordering;
use std::path::Path;

/// A part of a name. The order of the variants puts numbers before letters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// Digits without leading zeros, after their number, which makes longer numbers greater.
    Number(usize, &'a str),
    Letter(char),
}

/// Compares two names. Names are equal only if they are the same.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        let order = match (take_part(&mut rest_a), take_part(&mut rest_b)) {
            (None, None) => return a.cmp(b),
            (part_a, part_b) => part_a.cmp(&part_b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Compares two paths by each of their components.
pub fn compare_paths(a: &Path, b: &Path) -> Ordering {
    let (mut components_a, mut components_b) = (a.components(), b.components());
    loop {
        let (next_a, next_b) = (components_a.next(), components_b.next());
        let (Some(next_a), Some(next_b)) = (next_a, next_b) else {
            return next_a.is_some().cmp(&next_b.is_some()).then_with(|| a.cmp(b));
        };
        let (name_a, name_b) = (next_a.as_os_str(), next_b.as_os_str());
        let order = compare(&name_a.to_string_lossy(), &name_b.to_string_lossy());
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn take_part<'a>(rest: &mut &'a str) -> Option<Part<'a>> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        let (number, after) = rest.split_at(digits);
        *rest = after;
        let number = number.trim_start_matches('0');
        return Some(Part::Number(number.len(), number));
    }
    let letter = rest.chars().next()?;
    *rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    // One character is enough for an order; names with the few letters whose lower case is longer differ in the end.
    Some(Part::Letter(letter.to_lowercase().next().unwrap_or(letter)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_in_the_order_of_their_values() {
        let mut names = ["b", "a10", "A2", "a1", "10", "2 b", "01", "1", "9999999999999999999999"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["01", "1", "2 b", "10", names[4], "a1", "A2", "a10", "b"]);
        assert_eq!(names[4].len(), 22);
    }

    #[test]
    fn the_files_of_a_folder_are_together() {
        let mut paths = ["a 2/x", "a/y", "a 10/x", "a/x/z", "b"].map(Path::new);
        paths.sort_by(|a, b| compare_paths(a, b));
        assert_eq!(paths, ["a/x/z", "a/y", "a 2/x", "a 10/x", "b"].map(Path::new));
    }

    proptest! {
        #[test]
        fn the_order_is_total(mut names in proptest::collection::vec("[aA0-1. é]{0,4}", 0..20)) {
            names.sort_by(|a, b| compare(a, b));
            names.dedup();
            for (at, a) in names.iter().enumerate() {
                for b in names.iter().skip(at + 1) {
                    prop_assert_eq!(compare(a, b), Ordering::Less);
                    prop_assert_eq!(compare(b, a), Ordering::Greater);
                }
            }
        }
    }
}
