//! `Range`: whatever comes is ignored, refused, or answered with parts of the
//! file that are in order with themselves.
#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;

#[path = "../../ginflix-server/src/delivery/range.rs"]
#[allow(dead_code)]
mod range;

use range::{MAX_RANGES, Selection, select};

fuzz_target!(|input: (u64, &[u8])| {
    let (size, value) = input;
    let selection = select(value, size);
    let parts: &[Range<u64>] = match &selection {
        Selection::Whole | Selection::Unsatisfiable => return,
        Selection::One(part) => std::slice::from_ref(part),
        Selection::Several(parts) => parts,
    };
    assert!(!parts.is_empty() && parts.len() <= MAX_RANGES);
    assert_eq!(matches!(selection, Selection::One(_)), parts.len() == 1);
    for (i, part) in parts.iter().enumerate() {
        assert!(part.start < part.end && part.end <= size, "{part:?} of {size}");
        let overlaps = |other: &Range<u64>| part.start < other.end && other.start < part.end;
        assert!(!parts[i + 1..].iter().any(overlaps), "{parts:?}");
    }
    // What was chosen, asked for again, is chosen.
    let specs: Vec<String> =
        parts.iter().map(|part| format!("{}-{}", part.start, part.end - 1)).collect();
    assert_eq!(select(format!("bytes={}", specs.join(",")).as_bytes(), size), selection);
});
