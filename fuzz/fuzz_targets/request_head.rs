//! Heads of requests on the fast path: what is taken for plain is just one
//! request, and stays what it is however much comes behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../ginflix-server/src/net/request_head.rs"]
#[allow(dead_code)]
mod request_head;

use request_head::{Head, Space, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut space = Space::default();
    let Head::Plain(request, length) = parse(bytes, &mut space) else { return };
    let head = &bytes[..length];
    assert!(head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n"));
    assert!(request.target.starts_with("/stream/"));
    for field in request.fields {
        for name in ["content-length", "transfer-encoding", "upgrade", "expect"] {
            assert!(!field.name.eq_ignore_ascii_case(name), "{name}");
        }
    }
    // It needs no more than its own bytes, and nothing less will do.
    assert!(matches!(parse(head, &mut Space::default()), Head::Plain(_, again) if again == length));
    assert!(matches!(parse(&head[..length - 1], &mut Space::default()), Head::Partial));
});
