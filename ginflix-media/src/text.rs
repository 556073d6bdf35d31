//! Texts of media files, which are names and titles for people.

/// The most bytes of a text that are kept.
pub const TEXT_LIMIT_BYTES: usize = 1024;

/// Decodes UTF-8 up to the first NUL or the limit; `None` if nothing but white space is left. Control
/// characters become spaces.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end.min(TEXT_LIMIT_BYTES)]);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
