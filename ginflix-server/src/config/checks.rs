//! The rules for settings that depend on each other, or that have more than one form.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use http::HeaderValue;

use super::value::{InvalidSetting, invalid, list, number, parse};
use super::{ClusterAccess, DEFAULT_PORT, Database, LogConfig, LogFormat, Role, TlsFiles};
use crate::network::Network;
use crate::peer_address::PeerAddress;
use crate::web_origin::WebOrigin;

/// The minimum size of a log file; no line is nearly as long.
const MIN_LOG_FILE_BYTES: u64 = 64 << 10;
/// The default size of a log file.
const DEFAULT_LOG_FILE_BYTES: u64 = 16 << 20;
/// The most origins that may embed the player.
const MAX_EMBED_ORIGINS: usize = 50;
/// The default lifetime of HSTS in browsers: a year.
const DEFAULT_HSTS_SECONDS: u64 = 365 * 24 * 3600;
/// The maximum size of an upload if no limit is set: the largest that databases can store.
const UNLIMITED_UPLOAD_BYTES: u64 = i64::MAX as u64;

/// Chooses the database from the settings `database_url` and `database_url_file`. Only a server
/// with all roles has a default: web servers and streamers need a common one.
pub(super) fn database(
    role: Role,
    data_dir: &Path,
    urls: (Option<String>, Option<PathBuf>),
) -> Result<Database, InvalidSetting> {
    match urls {
        (Some(_), Some(_)) => {
            Err(invalid("database_url_file", "not allowed together with database_url"))
        }
        (Some(url), None) => parse_database("database_url", &url),
        (None, Some(file)) => {
            let key = "database_url_file";
            let text = std::fs::read_to_string(&file)
                .map_err(|e| invalid(key, format!("cannot read {}: {e}", file.display())))?;
            parse_database(key, text.trim())
        }
        (None, None) if role == Role::All => Ok(Database::Sqlite(data_dir.join("catalog.db"))),
        (None, None) => Err(invalid(
            "database_url_file",
            "required for this role (or database_url): web servers and streamers share one catalogue",
        )),
    }
}

fn parse_database(key: &'static str, url: &str) -> Result<Database, InvalidSetting> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(PathBuf::from(path))),
        Some(("postgres" | "postgresql", _)) => Ok(Database::Postgres(url.to_owned())),
        // The URL may have a password, so the message does not repeat it.
        _ => Err(invalid(key, "must begin with postgres:// or have the form sqlite:PATH")),
    }
}

/// Checks that only a server that runs alone has libraries: the files of a library are on one machine.
pub(super) fn library_roots_file(
    role: Role,
    streamer_name: Option<&str>,
    file: Option<PathBuf>,
) -> Result<Option<PathBuf>, InvalidSetting> {
    match (&file, role, streamer_name) {
        (Some(_), Role::All, None) | (None, ..) => Ok(file),
        _ => Err(invalid(
            "library_roots_file",
            "only for a server with the role all and without streamer_name, because other streamers do not have the files \
             of a library",
        )),
    }
}

/// Checks the addresses of peers, which need a key.
pub(super) fn peers(
    addresses: Option<String>,
    key_file: Option<PathBuf>,
) -> Result<(Vec<PeerAddress>, Option<PathBuf>), InvalidSetting> {
    let peers: Vec<PeerAddress> =
        list("peers", addresses, "a host and port such as streamer-peers:4463")?;
    if key_file.is_none() && !peers.is_empty() {
        return Err(invalid("peer_key_file", "required if there are peers"));
    }
    Ok((peers, key_file))
}

/// Returns the name of a streamer, by default that of the host. A server with all roles replicates
/// only if a name is given.
pub(super) fn streamer_name(
    role: Role,
    given: Option<String>,
) -> Result<Option<String>, InvalidSetting> {
    let name = match (role, given) {
        (Role::Web, _) | (Role::All, None) => return Ok(None),
        (_, Some(name)) => name,
        (Role::Streamer, None) => std::fs::read_to_string("/proc/sys/kernel/hostname")
            .unwrap_or_default()
            .trim()
            .to_owned(),
    };
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    if (1..=100).contains(&name.len()) && name.bytes().all(is_legal) {
        return Ok(Some(name));
    }
    let why = format!("{name:?} does not have 1 to 100 characters out of letters, digits and -._");
    Err(invalid("streamer_name", why))
}

/// Requires common keys for signed links if one server signs them and another one verifies them.
pub(super) fn link_keys_file(
    role: Role,
    access: ClusterAccess,
    file: Option<PathBuf>,
) -> Result<Option<PathBuf>, InvalidSetting> {
    if role != Role::All && access == ClusterAccess::Private && file.is_none() {
        return Err(invalid(
            "link_keys_file",
            "required for this role in a private cluster: streamers verify links of web servers",
        ));
    }
    Ok(file)
}

pub(super) fn listen(given: Option<String>) -> Result<SocketAddr, InvalidSetting> {
    let text = given.unwrap_or_else(|| format!("127.0.0.1:{DEFAULT_PORT}"));
    parse("listen", &text, "an IP address and port such as 127.0.0.1:4463")
}

pub(super) fn private_listen(given: Option<String>) -> Result<Option<SocketAddr>, InvalidSetting> {
    let expected = "an IP address and port such as 127.0.0.1:9463";
    given.map(|text| parse("private_listen", &text, expected)).transpose()
}

/// Reads the certificate and its key once, so that errors show at the start.
pub(super) fn tls_files(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, InvalidSetting> {
    let files = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => TlsFiles { certificate, key },
        (Some(_), None) => return Err(invalid("tls_key", "required together with tls_cert")),
        (None, Some(_)) => return Err(invalid("tls_cert", "required together with tls_key")),
    };
    match files.read() {
        Ok(_) => Ok(Some(files)),
        Err(error) => Err(invalid(if error.is_key { "tls_key" } else { "tls_cert" }, error)),
    }
}

/// Returns the value of `Strict-Transport-Security` (RFC 6797); `None` for 0 seconds. It names
/// only the host itself: other servers may be on its subdomains.
pub(super) fn hsts(seconds: Option<String>) -> Result<Option<HeaderValue>, InvalidSetting> {
    let seconds = number("hsts_seconds", seconds, DEFAULT_HSTS_SECONDS, 0)?;
    let value = HeaderValue::try_from(format!("max-age={seconds}"));
    Ok(value.ok().filter(|_| seconds > 0))
}

pub(super) fn pull_rate(given: Option<String>) -> Result<Option<u64>, InvalidSetting> {
    // `number` needs a default: the largest number stands for no limit.
    let rate = number("pull_rate", given, u64::MAX, 1)?;
    Ok(Some(rate).filter(|rate| *rate < u64::MAX))
}

pub(super) fn trusted_proxies(given: Option<String>) -> Result<Vec<Network>, InvalidSetting> {
    list("trusted_proxies", given, "an IP address or network such as 10.0.0.0/8")
}

/// Returns the value of `Access-Control-Allow-Origin`: by default `*`; `None` for "none".
pub(super) fn stream_origin(given: Option<String>) -> Result<Option<HeaderValue>, InvalidSetting> {
    match given.as_deref() {
        Some("none") => Ok(None),
        None | Some("*") => Ok(Some(HeaderValue::from_static("*"))),
        Some(origin) => {
            let expected = "*, none or an origin such as https://films.example";
            Ok(Some(parse::<WebOrigin>("stream_origin", origin, expected)?.to_header()))
        }
    }
}

pub(super) fn upload_origins(given: Option<String>) -> Result<Vec<WebOrigin>, InvalidSetting> {
    list("upload_origins", given, "an origin such as https://films.example")
}

/// Checks the origins that may embed the player, of which a header field has all.
pub(super) fn embed_origins(
    access: ClusterAccess,
    given: Option<String>,
) -> Result<Vec<WebOrigin>, InvalidSetting> {
    const KEY: &str = "embed_origins";
    let origins: Vec<WebOrigin> = list(KEY, given, "an origin such as https://films.example")?;
    if origins.len() > MAX_EMBED_ORIGINS {
        return Err(invalid(KEY, format!("at most {MAX_EMBED_ORIGINS} origins are possible")));
    }
    if access == ClusterAccess::Private && !origins.is_empty() {
        return Err(invalid(
            KEY,
            "not allowed in a private cluster: visitors of other sites have no account",
        ));
    }
    Ok(origins)
}

pub(super) fn max_upload_bytes(given: Option<String>) -> Result<u64, InvalidSetting> {
    number("max_upload_bytes", given, UNLIMITED_UPLOAD_BYTES, 1)
}

pub(super) fn log(
    format: Option<LogFormat>,
    filter: Option<String>,
    file: Option<PathBuf>,
    file_bytes: Option<String>,
) -> Result<LogConfig, InvalidSetting> {
    let (default, min) = (DEFAULT_LOG_FILE_BYTES, MIN_LOG_FILE_BYTES);
    Ok(LogConfig {
        format: format.unwrap_or_default(),
        filter: filter.unwrap_or_else(|| "info".to_owned()),
        file,
        file_bytes: number("log_file_bytes", file_bytes, default, min)?,
    })
}
