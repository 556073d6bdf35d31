//! Preconditions: each outcome other than `Proceed` requires a field that causes it, and the
//! current entity tag always matches.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use warp::http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use warp::http::{HeaderMap, HeaderValue};

#[path = "../../ginflix-server/src/delivery/conditional.rs"]
#[allow(dead_code)]
mod conditional;

#[path = "../../ginflix-server/src/delivery/fields.rs"]
#[allow(dead_code)]
mod fields;

use conditional::{PreconditionOutcome, Validators, evaluate, range_applies};

const FIELDS: [HeaderName; 5] =
    [IF_MATCH, IF_UNMODIFIED_SINCE, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_RANGE];
const TAG: &str = "\"0f1e\"";

fuzz_target!(|input: Vec<(u8, &[u8])>| {
    let mut headers = HeaderMap::new();
    for (field, value) in input.into_iter().take(20) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(FIELDS[usize::from(field) % FIELDS.len()].clone(), value);
        }
    }
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let current = Validators::new(TAG, modified, SystemTime::now());
    let has = |name: &HeaderName| headers.contains_key(name);
    match evaluate(&headers, &current) {
        PreconditionOutcome::Proceed => {}
        PreconditionOutcome::Failed => assert!(has(&IF_MATCH) || has(&IF_UNMODIFIED_SINCE)),
        PreconditionOutcome::NotModified => assert!(has(&IF_NONE_MATCH) || has(&IF_MODIFIED_SINCE)),
    }
    assert!(has(&IF_RANGE) || range_applies(&headers, &current));
    // A field with only the current tag decides, whatever other fields there are.
    headers.insert(IF_MATCH, HeaderValue::from_static(TAG));
    assert_ne!(evaluate(&headers, &current), PreconditionOutcome::Failed);
    headers.insert(IF_NONE_MATCH, HeaderValue::from_static(TAG));
    assert_eq!(evaluate(&headers, &current), PreconditionOutcome::NotModified);
    headers.insert(IF_RANGE, HeaderValue::from_static(TAG));
    assert!(range_applies(&headers, &current));
});
