//! Origins of pages, as browsers name them in `Origin`.

use std::str::FromStr;

use http::HeaderValue;

/// Scheme, host and perhaps a port, in lower case (RFC 6454, section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(HeaderValue);

impl WebOrigin {
    /// As a header's value.
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether a header's value names this origin.
    pub fn is(&self, header: &[u8]) -> bool {
        self.0.as_bytes() == header
    }
}

impl FromStr for WebOrigin {
    type Err = ();

    /// A path, a user or a wildcard makes it no origin.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = host.filter(|host| !host.is_empty()).ok_or(())?;
        let legal = host.bytes().all(|b| b.is_ascii_graphic() && !b"/?#@*".contains(&b));
        if legal { HeaderValue::try_from(text).map(Self).map_err(|_| ()) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_origins() {
        let home: WebOrigin = "https://Films.example:8443".parse().unwrap();
        assert!(home.is(b"https://films.example:8443"));
        assert_eq!(home.to_header(), "https://films.example:8443");
        assert!(!home.is(b"https://films.example"));
        for wrong in ["", "*", "null", "films.example", "https://", "https://a/b", "https://*.a"] {
            assert!(wrong.parse::<WebOrigin>().is_err(), "{wrong}");
        }
    }
}
