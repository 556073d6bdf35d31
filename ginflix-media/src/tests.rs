//! Arbitrary and damaged content.

use proptest::prelude::*;

use super::*;

fn inspect_bytes(content: &[u8]) -> Inspection {
    inspect(&content, Budget::default()).expect("bytes in memory can be read")
}

#[test]
fn an_empty_file_is_of_no_known_format() {
    assert_eq!(inspect_bytes(b"").container, Container::Unknown);
}

proptest! {
    #[test]
    fn arbitrary_content_is_inspected(mut content in proptest::collection::vec(any::<u8>(), 0..2048), kind in 0..3_usize) {
        let start: [&[u8]; 3] = [b"\0\0\0\x08moov", b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF", b""];
        content.splice(..0, start[kind].iter().copied());
        inspect_bytes(&content);
    }
}
