//! Checks of the host that a request names.

use warp::http::header::HOST;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Version};

use crate::delivery::authority::is_host_and_port;
use crate::delivery::fields::HeaderFields;

/// What is wrong with the host that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    /// There are several `Host` fields, or none in HTTP/1.1.
    #[error("must be sent exactly once")]
    Count,
    /// The value is not one host with an optional port.
    #[error(
        "must be one host name or IP address, with a port if it is not the default one, such as \
         films.example:8080; it may contain no user name, path, comma or space"
    )]
    Syntax,
}

/// Checks `Host` and the authority of the request target, which only some forms of it have.
///
/// # Errors
/// Fails if a request has not as many `Host` fields as RFC 9112, section 3.2, requires: exactly one
/// in HTTP/1.1, at most one in other versions; or if one of the values is not valid.
pub fn check(
    version: Version,
    target: Option<&Authority>,
    fields: &HeaderMap,
) -> Result<(), InvalidHost> {
    let mut hosts = fields.lines(&HOST);
    let host = hosts.next();
    if hosts.next().is_some() || host.is_none() && version == Version::HTTP_11 {
        return Err(InvalidHost::Count);
    }
    let target = target.map(|authority| authority.as_str().as_bytes());
    let are_valid = host.into_iter().chain(target).all(is_host_and_port);
    if are_valid { Ok(()) } else { Err(InvalidHost::Syntax) }
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    #[test]
    fn the_number_of_hosts_depends_on_the_version() {
        let fields = |hosts: &[&'static str]| {
            let mut fields = HeaderMap::new();
            for host in hosts {
                fields.append(HOST, HeaderValue::from_static(host));
            }
            fields
        };
        let check = |version, target: Option<&str>, hosts: &[&'static str]| {
            let target = target.map(|text| text.parse().unwrap());
            super::check(version, target.as_ref(), &fields(hosts))
        };
        assert_eq!(check(Version::HTTP_11, None, &["a"]), Ok(()));
        assert_eq!(check(Version::HTTP_11, None, &[]), Err(InvalidHost::Count));
        assert_eq!(check(Version::HTTP_10, None, &[]), Ok(()));
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(check(version, None, &["a", "b"]), Err(InvalidHost::Count));
            assert_eq!(check(version, Some("u@b"), &["a"]), Err(InvalidHost::Syntax));
        }
        assert_eq!(check(Version::HTTP_2, Some("a:1"), &[]), Ok(()));
    }
}
