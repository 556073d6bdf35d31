//! The client behind trusted proxies: its address, and whether it uses TLS.

use std::net::IpAddr;

use http::header::HeaderName;

use super::fields::HeaderFields;
use crate::network::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Returns whether an address belongs to a trusted proxy.
pub fn is_trusted(peer: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(peer))
}

/// Returns the address of the client: that of the peer or, behind trusted proxies, the last one in
/// `X-Forwarded-For` that is not theirs. Entries to the left of that may be forged. An entry that
/// is not an address ends the search, and the address to the right of it is returned.
pub fn client_address<F: HeaderFields + ?Sized>(
    peer: IpAddr,
    fields: &F,
    trusted: &[Network],
) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer.to_canonical();
    }
    let name = X_FORWARDED_FOR;
    let lines = fields.lines(&name).filter_map(|line| str::from_utf8(line).ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        if !is_trusted(client, trusted) {
            break;
        }
        match hop.parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
    }
    client.to_canonical()
}

/// Returns whether the client uses TLS that a trusted proxy ends, as the first `X-Forwarded-Proto` says.
pub fn is_forwarded_from_tls<F: HeaderFields + ?Sized>(
    peer: IpAddr,
    fields: &F,
    trusted: &[Network],
) -> bool {
    is_trusted(peer, trusted)
        && fields.lines(&X_FORWARDED_PROTO).next().is_some_and(|scheme| scheme == b"https")
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn x_forwarded_for_counts_only_from_trusted_proxies() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let client = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_str(forwarded).unwrap());
            client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(client("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(client("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "1.1.1.1, nonsense"), "10.0.0.1");
    }

    #[test]
    fn x_forwarded_proto_counts_only_from_trusted_proxies() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let is_secure = |peer: &str, scheme: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-proto", HeaderValue::from_str(scheme).unwrap());
            is_forwarded_from_tls(peer.parse().unwrap(), &headers, &trusted)
        };
        assert!(is_secure("10.0.0.1", "https"));
        assert!(!is_secure("10.0.0.1", "http"));
        assert!(!is_secure("192.0.2.1", "https"));
    }
}
