//! The address of a peer as it is configured.

use std::fmt;
use std::str::FromStr;

/// `HOST:PORT`; the host is an IP address or a DNS name of one or more addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAddress {
    /// The DNS name or IP address; an IPv6 address has no brackets here.
    pub host: String,
    /// The TCP port; never 0.
    pub port: u16,
}

/// An error for text that is not a valid [`PeerAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not HOST:PORT")]
pub struct InvalidPeerAddress;

impl FromStr for PeerAddress {
    type Err = InvalidPeerAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(InvalidPeerAddress)?;
        let port = port.parse().map_err(|_| InvalidPeerAddress)?;
        let host = match host.strip_prefix('[') {
            Some(ipv6) => ipv6
                .strip_suffix(']')
                .filter(|ipv6| ipv6.parse::<std::net::Ipv6Addr>().is_ok())
                .ok_or(InvalidPeerAddress)?,
            None => host,
        };
        let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
        // Without brackets, the last group of an IPv6 address could be taken for the port.
        let has_needed_brackets = !host.contains(':') || text.starts_with('[');
        if host.is_empty() || port == 0 || !has_needed_brackets || !host.bytes().all(is_legal) {
            return Err(InvalidPeerAddress);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_address_is_a_host_and_a_port() {
        for text in ["streamer-peers:4463", "10.0.0.1:1", "[::1]:4463", "a.b.svc.cluster.local:80"]
        {
            assert_eq!(text.parse::<PeerAddress>().unwrap().to_string(), text);
        }
        for text in ["", "host", "host:", ":1", "host:0", "host:65536", "::1:1", "a/b:1", "[x]:1"] {
            assert_eq!(text.parse::<PeerAddress>(), Err(InvalidPeerAddress), "{text}");
        }
    }
}
