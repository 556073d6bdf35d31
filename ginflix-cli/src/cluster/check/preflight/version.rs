//! Versions as programs print them.

/// Returns the first `1.33` of `v1.33.2+k3s1`, or of `kind v0.29.0 go1.24`.
pub fn major_minor(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_in_a_text_is_found() {
        assert_eq!(major_minor("v1.33.2+k3s1"), Some((1, 33)));
        assert_eq!(major_minor("kind v0.29.0 go1.24.2 linux/amd64"), Some((0, 29)));
        assert_eq!(major_minor("unknown"), None);
    }
}
