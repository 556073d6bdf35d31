//! The host and port that a request names: `Host`, or `:authority` in HTTP/2. RFC 9110, section 7.2;
//! RFC 3986, section 3.2.

use std::net::Ipv6Addr;

/// Returns whether a value is a host and an optional port: `uri-host [ ":" port ]`. User names are
/// no part of that, and an `http` URI has no empty host (RFC 9110, sections 4.2.1 and 4.2.4).
///
/// A registered name may contain a comma by RFC 3986, but not here: where two fields were joined to
/// one list (RFC 9110, section 5.3), nobody can tell which of its hosts is meant.
pub fn is_host_and_port(value: &[u8]) -> bool {
    let (is_host_valid, rest) = match value.strip_prefix(b"[") {
        Some(literal) => match literal.iter().position(|byte| *byte == b']') {
            Some(end) => (is_ip_literal(&literal[..end]), &literal[end + 1..]),
            None => return false,
        },
        None => {
            let end = value.iter().position(|byte| *byte == b':').unwrap_or(value.len());
            (is_registered_name(&value[..end]), &value[end..])
        }
    };
    is_host_valid && is_port(rest)
}

/// Returns whether this is nothing, or a colon and a port. The digits of a port may be missing.
fn is_port(text: &[u8]) -> bool {
    match text.strip_prefix(b":") {
        None => text.is_empty(),
        Some(digits) => {
            let is_number =
                |digits| std::str::from_utf8(digits).is_ok_and(|d| d.parse::<u16>().is_ok());
            digits.is_empty() || digits.iter().all(u8::is_ascii_digit) && is_number(digits)
        }
    }
}

/// Returns whether this is a name or an IPv4 address, which has the form of a name.
fn is_registered_name(mut name: &[u8]) -> bool {
    if name.is_empty() {
        return false;
    }
    while let [first, rest @ ..] = name {
        name = match (first, rest) {
            (b'%', [high, low, rest @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            (byte, rest) if is_unreserved(*byte) || b"!$&'()*+;=".contains(byte) => rest,
            _ => return false,
        };
    }
    true
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Returns whether this is what may be in brackets: an IPv6 address. Nobody uses the other form,
/// which is reserved for later versions of IP.
fn is_ip_literal(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_with_an_optional_port_is_valid() {
        for valid in [
            "x",
            "films.example",
            "films.example.",
            "films.example:8080",
            "films.example:",
            "127.0.0.1:1",
            "[::1]",
            "[2001:db8::1]:4463",
            "[::ffff:192.0.2.1]:",
            "a_b",
            "f%C3%BCr.example",
            "xn--fr-hia.example",
        ] {
            assert!(is_host_and_port(valid.as_bytes()), "{valid}");
        }
    }

    #[test]
    fn anything_else_is_not_valid() {
        for invalid in [
            "",
            ":80",
            "a, b",
            "a,b",
            "a b",
            "a/b",
            "a\\b",
            "a@b",
            "user:word@host",
            "a?b",
            "a#b",
            "a:b",
            "a:1:2",
            "a:+1",
            "a:65536",
            "::1",
            "[::1",
            "::1]",
            "[]",
            "[x]",
            "[::1]x",
            "[::1%25eth0]",
            "a%",
            "a%2",
            "a%zz",
            "\u{fc}.example",
            "a\t",
        ] {
            assert!(!is_host_and_port(invalid.as_bytes()), "{invalid}");
        }
    }
}
