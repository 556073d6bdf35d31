//! Heads of requests on the fast path: an eligible head is exactly one request, whatever follows
//! it.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../ginflix-server/src/net/request_head.rs"]
#[allow(dead_code)]
mod request_head;

#[path = "../../ginflix-server/src/delivery/authority.rs"]
mod authority;

/// `request_head` finds the module by this path.
mod delivery {
    pub(crate) use super::authority;
}

use request_head::{FieldBuffer, ParsedHead, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = FieldBuffer::default();
    let ParsedHead::Eligible(request, length) = parse(bytes, &mut buffer) else { return };
    let head = &bytes[..length];
    assert!(head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n"));
    assert!(request.target.starts_with("/stream/"));
    for field in request.fields {
        for name in ["content-length", "transfer-encoding", "upgrade", "expect"] {
            assert!(!field.name.eq_ignore_ascii_case(name), "{name}");
        }
    }
    // The head alone is parsed in the same way, and without its last byte it is incomplete.
    assert!(matches!(
        parse(head, &mut FieldBuffer::default()),
        ParsedHead::Eligible(_, again) if again == length
    ));
    assert!(matches!(
        parse(&head[..length - 1], &mut FieldBuffer::default()),
        ParsedHead::Incomplete
    ));
});
