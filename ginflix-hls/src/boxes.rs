//! Writes boxes (ISO/IEC 14496-12, section 4.2).

/// Returns a box with this content.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    // No box that is written this way comes near 4 GiB; the content of `mdat` is not copied.
    let size = u32::try_from(content.len() + 8).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], kind, content].concat()
}

/// Returns a box with these parts as its content.
pub fn joined(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    boxed(kind, &parts.concat())
}

/// Returns a full box: one whose content begins with a version and 24 flags.
pub fn full(kind: &[u8; 4], version: u8, flags: u32, content: &[u8]) -> Vec<u8> {
    let head = u32::from(version) << 24 | flags & 0xFF_FFFF;
    joined(kind, &[&head.to_be_bytes(), content])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_begin_with_their_size() {
        assert_eq!(boxed(b"free", &[7]), b"\0\0\0\x09free\x07");
        assert_eq!(full(b"tfdt", 1, 2, &[]), b"\0\0\0\x0ctfdt\x01\0\0\x02");
    }
}
