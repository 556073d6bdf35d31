use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn current() -> Validators<'static> {
    let modified: HttpDate = MODIFIED.parse().unwrap();
    Validators { etag: "\"a\"", modified: modified.into() }
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    map
}

#[test]
fn preconditions_are_evaluated_in_the_order_of_the_rfc() {
    use PreconditionOutcome::{Failed, NotModified, Proceed};
    let cases: &[(&[(&'static str, &str)], PreconditionOutcome)] = &[
        (&[], Proceed),
        (&[("if-match", "\"a\"")], Proceed),
        (&[("if-match", "*")], Proceed),
        (&[("if-match", "\"b\", \"a\"")], Proceed),
        (&[("if-match", "\"b\"")], Failed),
        (&[("if-match", "W/\"a\"")], Failed),
        (&[("if-match", "a")], Failed),
        (&[("if-match", "")], Failed),
        (&[("if-unmodified-since", BEFORE)], Failed),
        (&[("if-unmodified-since", MODIFIED)], Proceed),
        (&[("if-unmodified-since", AFTER)], Proceed),
        (&[("if-unmodified-since", "yesterday")], Proceed),
        (&[("if-unmodified-since", BEFORE), ("if-unmodified-since", BEFORE)], Proceed),
        // If-Match takes precedence over If-Unmodified-Since.
        (&[("if-match", "\"a\""), ("if-unmodified-since", BEFORE)], Proceed),
        (&[("if-match", "\"b\""), ("if-unmodified-since", AFTER)], Failed),
        (&[("if-none-match", "\"a\"")], NotModified),
        (&[("if-none-match", "W/\"a\"")], NotModified),
        (&[("if-none-match", "*")], NotModified),
        (&[("if-none-match", "\"b\",\"x,y\" , \"a\"")], NotModified),
        (&[("if-none-match", "\"b\""), ("if-none-match", "\"a\"")], NotModified),
        (&[("if-none-match", "\"b\"")], Proceed),
        (&[("if-none-match", "a")], Proceed),
        (&[("if-none-match", "\"a")], Proceed),
        (&[("if-none-match", "\"x, \"a\"")], Proceed),
        (&[("if-modified-since", BEFORE)], Proceed),
        (&[("if-modified-since", MODIFIED)], NotModified),
        (&[("if-modified-since", AFTER)], NotModified),
        (&[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], NotModified),
        (&[("if-modified-since", "Sun Nov  6 08:49:37 1994")], NotModified),
        (&[("if-modified-since", "now")], Proceed),
        // If-None-Match takes precedence over If-Modified-Since.
        (&[("if-none-match", "\"b\""), ("if-modified-since", AFTER)], Proceed),
        (&[("if-none-match", "\"a\""), ("if-modified-since", BEFORE)], NotModified),
        // Failed takes precedence over NotModified.
        (&[("if-match", "\"b\""), ("if-none-match", "\"a\"")], Failed),
        (&[("if-match", "\"a\""), ("if-none-match", "\"a\"")], NotModified),
        (&[("if-unmodified-since", MODIFIED), ("if-modified-since", MODIFIED)], NotModified),
    ];
    for (fields, expected) in cases {
        assert_eq!(evaluate(&headers(fields), &current()), *expected, "{fields:?}");
    }
}

#[test]
fn a_weak_tag_of_the_file_never_matches_strongly() {
    let weak = Validators { etag: "W/\"a\"", ..current() };
    assert_eq!(evaluate(&headers(&[("if-match", "W/\"a\"")]), &weak), PreconditionOutcome::Failed);
    assert_eq!(
        evaluate(&headers(&[("if-none-match", "\"a\"")]), &weak),
        PreconditionOutcome::NotModified
    );
    assert!(!range_applies(&headers(&[("if-range", "W/\"a\"")]), &weak));
}

#[test]
fn if_range_needs_the_strong_tag_or_the_exact_date() {
    let cases: &[(&[(&'static str, &str)], bool)] = &[
        (&[], true),
        (&[("if-range", "\"a\"")], true),
        (&[("if-range", "W/\"a\"")], false),
        (&[("if-range", "\"b\"")], false),
        (&[("if-range", "\"a\", \"b\"")], false),
        (&[("if-range", "a")], false),
        (&[("if-range", MODIFIED)], true),
        (&[("if-range", BEFORE)], false),
        (&[("if-range", AFTER)], false),
        (&[("if-range", "\"a\""), ("if-range", "\"a\"")], false),
    ];
    for (fields, expected) in cases {
        assert_eq!(range_applies(&headers(fields), &current()), *expected, "{fields:?}");
    }
}

#[test]
fn dates_stay_between_the_epoch_and_now() {
    let epoch = SystemTime::UNIX_EPOCH;
    let now = epoch + Duration::from_secs(1000);
    let modified = |at| Validators::new("\"a\"", at, now).modified();
    assert_eq!(modified(epoch - Duration::from_secs(5)), HttpDate::from(epoch));
    assert_eq!(modified(now + Duration::from_secs(5)), HttpDate::from(now));
    assert_eq!(
        modified(epoch + Duration::from_millis(7900)).to_string(),
        "Thu, 01 Jan 1970 00:00:07 GMT"
    );
}

/// The order of section 13.2.2, written once more in the words of the RFC.
fn by_the_rfc(
    matches: Option<bool>,
    unmodified: Option<bool>,
    none: Option<bool>,
    modified: Option<bool>,
) -> PreconditionOutcome {
    let step_1_or_2 = match matches {
        Some(holds) => holds,
        None => unmodified.unwrap_or(true),
    };
    let step_3_or_4 = match none {
        Some(holds) => holds,
        None => modified.unwrap_or(true),
    };
    match (step_1_or_2, step_3_or_4) {
        (false, _) => PreconditionOutcome::Failed,
        (true, false) => PreconditionOutcome::NotModified,
        (true, true) => PreconditionOutcome::Proceed,
    }
}

proptest! {
    #[test]
    fn the_order_is_that_of_the_rfc(
        matches: Option<bool>, unmodified: Option<bool>, none: Option<bool>, modified: Option<bool>,
    ) {
        let mut map = HeaderMap::new();
        let mut add = |name: &'static str, holds: Option<bool>, yes: &'static str, no: &'static str| {
            if let Some(holds) = holds {
                map.insert(name, HeaderValue::from_static(if holds { yes } else { no }));
            }
        };
        add("if-match", matches, "\"a\"", "\"b\"");
        add("if-unmodified-since", unmodified, AFTER, BEFORE);
        add("if-none-match", none, "\"b\"", "\"a\"");
        add("if-modified-since", modified, BEFORE, AFTER);
        prop_assert_eq!(evaluate(&map, &current()), by_the_rfc(matches, unmodified, none, modified));
    }

    #[test]
    fn no_field_panics(value in prop::collection::vec(any::<u8>(), 0..64), which in 0usize..5) {
        let names = [&IF_MATCH, &IF_NONE_MATCH, &IF_RANGE, &IF_MODIFIED_SINCE, &IF_UNMODIFIED_SINCE];
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            let mut map = HeaderMap::new();
            map.insert(names[which], value);
            evaluate(&map, &current());
            range_applies(&map, &current());
        }
    }
}
