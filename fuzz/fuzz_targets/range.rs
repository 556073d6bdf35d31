//! `Range`: any value is ignored, refused, or selects parts of the file that do not overlap.
#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;

#[path = "../../ginflix-server/src/delivery/range.rs"]
#[allow(dead_code)]
mod range;

use range::{MAX_RANGES, RangeSelection, select};

fuzz_target!(|input: (u64, &[u8])| {
    let (size, value) = input;
    let selection = select(value, size);
    let parts: &[Range<u64>] = match &selection {
        RangeSelection::Whole | RangeSelection::Unsatisfiable => return,
        RangeSelection::One(part) => std::slice::from_ref(part),
        RangeSelection::Several(parts) => parts,
    };
    assert!(!parts.is_empty() && parts.len() <= MAX_RANGES);
    assert_eq!(matches!(selection, RangeSelection::One(_)), parts.len() == 1);
    for (i, part) in parts.iter().enumerate() {
        assert!(part.start < part.end && part.end <= size, "{part:?} of {size}");
        let overlaps = |other: &Range<u64>| part.start < other.end && other.start < part.end;
        assert!(!parts[i + 1..].iter().any(overlaps), "{parts:?}");
    }
    // The selected parts, requested again, select themselves.
    let specs: Vec<String> =
        parts.iter().map(|part| format!("{}-{}", part.start, part.end - 1)).collect();
    assert_eq!(select(format!("bytes={}", specs.join(",")).as_bytes(), size), selection);
});
