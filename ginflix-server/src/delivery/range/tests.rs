use proptest::prelude::*;

use super::*;

fn selected(value: &str, size: u64) -> RangeSelection {
    select(value.as_bytes(), size)
}

#[test]
fn a_single_range_is_clamped_to_the_file() {
    use RangeSelection::{One, Unsatisfiable};
    let cases = [
        ("bytes=0-0", One(0..1)),
        ("bytes=0-99999", One(0..1000)),
        ("bytes=100-199", One(100..200)),
        ("bytes=999-", One(999..1000)),
        ("bytes=0-", One(0..1000)),
        ("bytes=-1", One(999..1000)),
        ("bytes=-5000", One(0..1000)),
        ("bytes=-0", Unsatisfiable),
        ("bytes=1000-", Unsatisfiable),
        ("bytes=1000-1000", Unsatisfiable),
        ("bytes=18446744073709551615-", Unsatisfiable),
        ("bytes=99999999999999999999-99999999999999999999", Unsatisfiable),
        ("bytes=0-99999999999999999999", One(0..1000)),
        ("bytes=-99999999999999999999", One(0..1000)),
        ("BYTES=0-0", One(0..1)),
        ("bytes= 0-0 ", One(0..1)),
        ("bytes=,0-0,,", One(0..1)),
    ];
    for (value, expected) in cases {
        assert_eq!(selected(value, 1000), expected, "{value}");
    }
}

#[test]
fn malformed_values_and_other_units_are_ignored() {
    for value in [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=5",
        "bytes=5-4",
        "bytes=0-0,5-4",
        "bytes=0-0,x",
        "bytes=+0-1",
        "bytes=0 - 1",
        "bytes=0x0-1",
        "bytes=1-2-3",
        "bytes =0-1",
        "bytes=0-1;",
        "items=0-1",
        "seconds=0-1",
        "bytes=0.5-1",
        "0-1",
        "=0-1",
    ] {
        assert_eq!(selected(value, 1000), RangeSelection::Whole, "{value:?}");
    }
    assert_eq!(select(b"bytes=0-\xff", 1000), RangeSelection::Whole);
}

#[test]
fn several_ranges_keep_their_order_and_join_when_close() {
    use RangeSelection::{One, Several, Unsatisfiable};
    let far = 10_000;
    let cases = [
        ("bytes=0-9,1000-1009", Several(vec![0..10, 1000..1010])),
        ("bytes=1000-1009,0-9", Several(vec![1000..1010, 0..10])),
        ("bytes=0-9,-10", Several(vec![0..10, 9990..10_000])),
        ("bytes=0-9,20000-", One(0..10)),
        ("bytes=10000-,20000-", Unsatisfiable),
        ("bytes=0-9,10-19", One(0..20)),
        ("bytes=0-9,5-19", One(0..20)),
        ("bytes=0-9,90-99", One(0..100)),
        ("bytes=0-9,91-99", Several(vec![0..10, 91..100])),
        (
            "bytes=0-9,5000-5009,200-209,100-109",
            Several(vec![0..10, 5000..5010, 200..210, 100..110]),
        ),
        // The last one bridges the first two, and they keep the position of the first.
        ("bytes=1000-1009,5000-5009,1150-1159,1080-1090", Several(vec![1000..1160, 5000..5010])),
        ("bytes=5000-5009,1000-1009,1150-1159,1080-1090", Several(vec![5000..5010, 1000..1160])),
    ];
    for (value, expected) in cases {
        assert_eq!(selected(value, far), expected, "{value}");
    }
}

#[test]
fn more_ranges_than_allowed_are_refused() {
    let list = |n: usize| {
        let specs: Vec<String> = (0..n).map(|i| format!("{0}-{0}", i * 1000)).collect();
        selected(&format!("bytes={}", specs.join(",")), 1_000_000)
    };
    assert!(
        matches!(list(MAX_RANGES), RangeSelection::Several(parts) if parts.len() == MAX_RANGES)
    );
    assert_eq!(list(MAX_RANGES + 1), RangeSelection::Unsatisfiable);
}

#[test]
fn an_empty_file_has_no_ranges() {
    assert_eq!(selected("bytes=0-", 0), RangeSelection::Unsatisfiable);
    assert_eq!(selected("bytes=0-0", 0), RangeSelection::Unsatisfiable);
    assert_eq!(selected("bytes=-0", 0), RangeSelection::Unsatisfiable);
    assert_eq!(selected("bytes=-1", 0), RangeSelection::Whole);
}

/// A range spec as text, and as the question whether it selects a position.
#[derive(Debug, Clone)]
enum NaiveSpec {
    FromTo(u64, u64),
    From(u64),
    Last(u64),
}

impl NaiveSpec {
    fn text(&self) -> String {
        match self {
            Self::FromTo(first, last) => format!("{first}-{last}"),
            Self::From(first) => format!("{first}-"),
            Self::Last(length) => format!("-{length}"),
        }
    }

    fn selects(&self, position: u64, size: u64) -> bool {
        match *self {
            Self::FromTo(first, last) => first <= position && position <= last,
            Self::From(first) => first <= position,
            Self::Last(length) => size - position <= length,
        }
    }
}

fn naive_spec() -> impl Strategy<Value = NaiveSpec> {
    prop_oneof![
        (0u64..2500, 0u64..700).prop_map(|(first, more)| NaiveSpec::FromTo(first, first + more)),
        (0u64..2500).prop_map(NaiveSpec::From),
        (0u64..2500).prop_map(NaiveSpec::Last),
    ]
}

proptest! {
    #[test]
    fn selects_what_the_naive_model_selects(
        size in 1u64..2000,
        specs in prop::collection::vec(naive_spec(), 1..=MAX_RANGES),
    ) {
        let texts: Vec<String> = specs.iter().map(NaiveSpec::text).collect();
        let parts = match selected(&format!("bytes={}", texts.join(", ")), size) {
            RangeSelection::One(part) => vec![part],
            RangeSelection::Several(parts) => { prop_assert!(parts.len() > 1); parts }
            RangeSelection::Unsatisfiable => vec![],
            RangeSelection::Whole => { prop_assert!(false, "ignored"); vec![] }
        };
        let is_selected = |p: u64| specs.iter().any(|spec| spec.selects(p, size));
        for p in 0..size {
            let holders = parts.iter().filter(|part| part.contains(&p)).count();
            prop_assert!(holders <= 1, "{p} is sent twice");
            prop_assert!(holders == 1 || !is_selected(p), "{p} is missing");
        }
        for part in &parts {
            prop_assert!(part.start < part.end && part.end <= size);
            prop_assert!(is_selected(part.start) && is_selected(part.end - 1), "{part:?} is too wide");
            let mut gap = 0;
            for p in part.clone() {
                gap = if is_selected(p) { 0 } else { gap + 1 };
                prop_assert!(gap <= MAX_JOINED_GAP_BYTES, "{part:?} bridges a wide gap");
            }
        }
        // Parts are in the order of the first spec that selects some of them.
        let first_spec = |part: &Range<u64>| {
            specs.iter().position(|spec| part.clone().any(|p| spec.selects(p, size)))
        };
        prop_assert!(parts.is_sorted_by_key(first_spec));
    }

    #[test]
    fn one_range_is_never_multipart(size in 0u64..2000, spec in naive_spec()) {
        let selection = selected(&format!("bytes={}", spec.text()), size);
        prop_assert!(!matches!(selection, RangeSelection::Several(_)));
    }

    #[test]
    fn no_value_panics(value in prop::collection::vec(any::<u8>(), 0..64), size in any::<u64>()) {
        select(&value, size);
    }

    #[test]
    fn nearly_right_values_do_not_panic(value in "bytes=[-0-9, ]{0,40}", size in any::<u64>()) {
        match selected(&value, size) {
            RangeSelection::One(part) => prop_assert!(part.start < part.end && part.end <= size),
            RangeSelection::Several(parts) => {
                prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= size));
            }
            RangeSelection::Whole | RangeSelection::Unsatisfiable => {}
        }
    }
}
