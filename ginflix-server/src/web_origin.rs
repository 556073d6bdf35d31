//! Web origins (RFC 6454), as browsers send them in `Origin`.

use std::str::FromStr;

use http::HeaderValue;

/// A scheme, a host and optionally a port, serialized in lower case (RFC 6454, section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(HeaderValue);

impl WebOrigin {
    /// Returns the origin as a header field value.
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Returns the origin as text.
    pub fn as_str(&self) -> &str {
        // Only visible ASCII characters are in it.
        self.0.to_str().unwrap_or_default()
    }

    /// Returns whether this value of `Origin` is this origin.
    pub fn matches(&self, header: &[u8]) -> bool {
        self.0.as_bytes() == header
    }
}

impl FromStr for WebOrigin {
    type Err = ();

    /// Parses an `http` or `https` origin; rejects a path, user information or a wildcard.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = host.filter(|host| !host.is_empty()).ok_or(())?;
        // Nothing else is in the host of a serialized origin, and other characters would end a policy in which it is.
        let is_legal = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        if is_legal { HeaderValue::try_from(text).map(Self).map_err(|_| ()) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_origins() {
        let home: WebOrigin = "https://Films.example:8443".parse().unwrap();
        assert!(home.matches(b"https://films.example:8443"));
        assert_eq!(home.to_header(), "https://films.example:8443");
        assert!(!home.matches(b"https://films.example"));
        for wrong in [
            "",
            "*",
            "null",
            "films.example",
            "https://",
            "https://a/b",
            "https://*.a",
            "https://a;b",
            "https://a'b",
        ] {
            assert!(wrong.parse::<WebOrigin>().is_err(), "{wrong}");
        }
    }
}
