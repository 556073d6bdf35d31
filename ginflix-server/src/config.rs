//! Settings: flag > environment `GINFLIX_*` > TOML file > default, read once
//! and checked before a port is bound.
//!
//! `settings` has what may be set, `value` what one text means; here they come together.

mod settings;
mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderValue;

pub use self::settings::{ClusterAccess, LogFormat, Role, Settings};
pub use self::value::InvalidSetting;
use self::value::{hours, invalid, list, number, parse};
use crate::network::Network;
use crate::peer_address::PeerAddress;
use crate::web_origin::WebOrigin;

/// The port where a GinFlix listens by default: G-I-N-F on a telephone's keys.
pub const DEFAULT_PORT: u16 = 4463;
/// Smallest size at which a log file is rotated, in bytes; no line has nearly as many.
const LEAST_LOG_FILE_BYTES: u64 = 64 << 10;

/// A certificate and its key, PEM both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those between it and the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where the catalogue is. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A `postgres://` URL, with its password.
    Postgres(String),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// What this process does.
    pub role: Role,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The certificate to show there; none where it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Where `/metrics` is, if anywhere.
    pub private_listen: Option<SocketAddr>,
    /// Where to write the bound address.
    pub address_file: Option<PathBuf>,
    /// The volume.
    pub data_dir: PathBuf,
    /// The catalogue.
    pub database: Database,
    /// Whom files are fetched from.
    pub peers: Vec<PeerAddress>,
    /// The keys that peers know each other by.
    pub peer_key_file: Option<PathBuf>,
    /// Name of this streamer; `None` where files are not replicated.
    pub streamer_name: Option<String>,
    /// Files that are fetched at once.
    pub pull_jobs: usize,
    /// Bytes a second that are fetched at most.
    pub pull_rate: Option<u64>,
    /// Password of the first account.
    pub admin_password_file: Option<PathBuf>,
    /// The administrators' API token.
    pub admin_token_file: Option<PathBuf>,
    /// Who may watch.
    pub access: ClusterAccess,
    /// The keys of signed links, if not those of the data directory.
    pub link_keys_file: Option<PathBuf>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Value of `Access-Control-Allow-Origin` on `/stream`; `None` sends none.
    pub stream_origin: Option<HeaderValue>,
    /// Whose pages may upload.
    pub upload_origins: Vec<WebOrigin>,
    /// Most connections at once.
    pub max_connections: usize,
    /// TCP congestion control, if not the usual one.
    pub congestion_control: Option<String>,
    /// A client that takes no byte for so long is cut.
    pub stall: Duration,
    /// How long running responses get after SIGTERM.
    pub drain: Duration,
    /// Largest upload, bytes.
    pub max_upload_bytes: u64,
    /// Bytes that uploads leave free.
    pub reserve_bytes: u64,
    /// Age at which an unfinished upload is cleared away.
    pub upload_expiry: Duration,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// File for the log; `None` for standard error.
    pub log_file: Option<PathBuf>,
    /// Bytes at which that file is rotated.
    pub log_file_bytes: u64,
}

impl Config {
    /// Whether watching takes an account, a token or a signed link.
    pub fn is_private(&self) -> bool {
        self.access == ClusterAccess::Private
    }

    /// Joins flags and environment with the TOML file that they name, and checks all.
    ///
    /// # Errors
    /// The first setting that is missing or wrong.
    pub fn load(flags: Settings) -> Result<Self, InvalidSetting> {
        let file = match &flags.config {
            None => Settings::default(),
            Some(path) => read_file(path)?,
        };
        Self::check(flags, file)
    }

    fn check(flags: Settings, file: Settings) -> Result<Self, InvalidSetting> {
        macro_rules! pick {
            ($key:ident) => {
                flags.$key.or(file.$key)
            };
        }
        let data_dir = pick!(data_dir)
            .ok_or_else(|| invalid("data_dir", "is required, such as --data-dir ./data"))?;
        let role = pick!(role).unwrap_or_default();
        let database = match (pick!(database_url), pick!(database_url_file)) {
            (Some(_), Some(_)) => {
                return Err(invalid("database_url_file", "goes without database_url: give one"));
            }
            (Some(url), None) => parse_database("database_url", &url)?,
            (None, Some(file)) => read_database(&file)?,
            (None, None) if role == Role::All => Database::Sqlite(data_dir.join("catalog.db")),
            (None, None) => {
                return Err(invalid(
                    "database_url_file",
                    "is required (or database_url): web and streamers share one catalogue",
                ));
            }
        };
        let peers: Vec<PeerAddress> =
            list("peers", pick!(peers), "a host and port such as streamer-peers:4463")?;
        let peer_key_file = pick!(peer_key_file);
        if peer_key_file.is_none() && !peers.is_empty() {
            return Err(invalid("peer_key_file", "is required where there are peers"));
        }
        let streamer_name = streamer_name(role, pick!(streamer_name))?;
        let (access, link_keys_file) = (pick!(access).unwrap_or_default(), pick!(link_keys_file));
        if role != Role::All && access == ClusterAccess::Private && link_keys_file.is_none() {
            return Err(invalid(
                "link_keys_file",
                "is required: links that web signs are checked by streamers, with the same keys",
            ));
        }
        let private_listen = pick!(private_listen)
            .map(|text| {
                parse("private_listen", &text, "an address and port such as 127.0.0.1:9463")
            })
            .transpose()?;
        let stream_origin = pick!(stream_origin).unwrap_or_else(|| "*".to_owned());
        let stream_origin = match stream_origin.as_str() {
            "none" => None,
            "*" => Some(HeaderValue::from_static("*")),
            origin => {
                let legal = "*, none or an origin such as https://films.example";
                Some(parse::<WebOrigin>("stream_origin", origin, legal)?.to_header())
            }
        };
        let listen = pick!(listen).unwrap_or_else(|| format!("127.0.0.1:{DEFAULT_PORT}"));
        Ok(Self {
            role,
            listen: parse("listen", &listen, "an address and port such as 127.0.0.1:4463")?,
            tls: tls_files(pick!(tls_cert), pick!(tls_key))?,
            private_listen,
            address_file: pick!(address_file),
            data_dir,
            database,
            peers,
            peer_key_file,
            streamer_name,
            pull_jobs: number("pull_jobs", pick!(pull_jobs), 2, 1)? as usize,
            pull_rate: match number("pull_rate", pick!(pull_rate), u64::MAX, 1)? {
                u64::MAX => None,
                rate => Some(rate),
            },
            admin_password_file: pick!(admin_password_file),
            admin_token_file: pick!(admin_token_file),
            access,
            link_keys_file,
            trusted_proxies: list(
                "trusted_proxies",
                pick!(trusted_proxies),
                "an address or network such as 10.0.0.0/8",
            )?,
            stream_origin,
            upload_origins: list(
                "upload_origins",
                pick!(upload_origins),
                "an origin such as https://films.example",
            )?,
            max_connections: number("max_connections", pick!(max_connections), 10_000, 1)? as usize,
            congestion_control: pick!(congestion_control),
            stall: Duration::from_secs(number("stall_seconds", pick!(stall_seconds), 60, 1)?),
            drain: Duration::from_secs(number("drain_seconds", pick!(drain_seconds), 30, 0)?),
            max_upload_bytes: number(
                "max_upload_bytes",
                pick!(max_upload_bytes),
                i64::MAX as u64,
                1,
            )?,
            reserve_bytes: number("reserve_bytes", pick!(reserve_bytes), 64 << 20, 0)?,
            upload_expiry: hours("upload_hours", pick!(upload_hours), 24.0)?,
            log_format: pick!(log_format).unwrap_or_default(),
            log: pick!(log).unwrap_or_else(|| "info".to_owned()),
            log_file: pick!(log_file),
            log_file_bytes: number(
                "log_file_bytes",
                pick!(log_file_bytes),
                16 << 20,
                LEAST_LOG_FILE_BYTES,
            )?,
        })
    }
}

/// Both or neither; read once, so that what is wrong with them shows at once.
fn tls_files(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, InvalidSetting> {
    let files = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => TlsFiles { certificate, key },
        (Some(_), None) => return Err(invalid("tls_key", "is required where tls_cert is given")),
        (None, Some(_)) => return Err(invalid("tls_cert", "is required where tls_key is given")),
    };
    match files.read() {
        Ok(_) => Ok(Some(files)),
        Err(wrong) => Err(invalid(if wrong.key { "tls_key" } else { "tls_cert" }, wrong)),
    }
}

fn read_file(path: &Path) -> Result<Settings, InvalidSetting> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| invalid("config", format!("cannot read {}: {e}", path.display())))?;
    toml::from_str(&text).map_err(|e| invalid("config", format!("{}: {e}", path.display())))
}

fn read_database(file: &Path) -> Result<Database, InvalidSetting> {
    let key = "database_url_file";
    let text = std::fs::read_to_string(file)
        .map_err(|e| invalid(key, format!("cannot read {}: {e}", file.display())))?;
    parse_database(key, text.trim())
}

/// What a streamer is called: the host's name where nothing else is said. A
/// server that is all in one replicates only where it is given a name.
fn streamer_name(role: Role, given: Option<String>) -> Result<Option<String>, InvalidSetting> {
    let name = match (role, given) {
        (Role::Web, _) | (Role::All, None) => return Ok(None),
        (_, Some(name)) => name,
        (Role::Streamer, None) => std::fs::read_to_string("/proc/sys/kernel/hostname")
            .unwrap_or_default()
            .trim()
            .to_owned(),
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    if (1..=100).contains(&name.len()) && name.bytes().all(legal) {
        return Ok(Some(name));
    }
    Err(invalid("streamer_name", format!("{name:?} is not 1 to 100 letters, digits and -._")))
}

fn parse_database(key: &'static str, url: &str) -> Result<Database, InvalidSetting> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(PathBuf::from(path))),
        Some(("postgres" | "postgresql", _)) => Ok(Database::Postgres(url.to_owned())),
        // The URL may hold a password, so the message does not repeat it.
        _ => Err(invalid(key, "must start with postgres:// or be sqlite:PATH")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn flags(args: &[&str]) -> Settings {
        Settings::parse_from(["ginflix-server"].iter().chain(args))
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file: Settings = toml::from_str("data_dir = '/file'\nlisten = '127.0.0.1:1'").unwrap();
        let config = Config::check(flags(&["--data-dir", "/flag"]), file).unwrap();
        assert_eq!(config.data_dir, Path::new("/flag"));
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.drain, Duration::from_secs(30));
        assert_eq!(config.database, Database::Sqlite("/flag/catalog.db".into()));
        assert!(!config.is_private());
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let cases: [(&[&str], &str); 24] = [
            (&[], "data_dir"),
            (&["--data-dir", "d", "--listen", "nowhere"], "listen"),
            (&["--data-dir", "d", "--max-connections", "0"], "max_connections"),
            (&["--data-dir", "d", "--upload-hours", "0"], "upload_hours"),
            (&["--data-dir", "d", "--upload-hours=-1"], "upload_hours"),
            (&["--data-dir", "d", "--upload-hours", "NaN"], "upload_hours"),
            (&["--data-dir", "d", "--stream-origin", "httpfilms.example"], "stream_origin"),
            (&["--data-dir", "d", "--upload-origins", "*"], "upload_origins"),
            (&["--data-dir", "d", "--upload-origins", "https://a.example/path"], "upload_origins"),
            (&["--data-dir", "d", "--database-url", "mysql://x"], "database_url"),
            (&["--data-dir", "d", "--trusted-proxies", "10.0.0.0/33"], "trusted_proxies"),
            (&["--data-dir", "d", "--config", "/nonexistent.toml"], "config"),
            (&["--data-dir", "d", "--role", "web"], "database_url_file"),
            (&["--data-dir", "d", "--database-url-file", "/nonexistent"], "database_url_file"),
            (
                &["--data-dir", "d", "--database-url", "sqlite:x", "--database-url-file", "x"],
                "database_url_file",
            ),
            (&["--data-dir", "d", "--peers", "host:4463"], "peer_key_file"),
            (&["--data-dir", "d", "--peers", "host", "--peer-key-file", "k"], "peers"),
            (&["--data-dir", "d", "--streamer-name", "a b"], "streamer_name"),
            (&["--data-dir", "d", "--pull-jobs", "0"], "pull_jobs"),
            (&["--data-dir", "d", "--log-file-bytes", "65535"], "log_file_bytes"),
            (
                &[
                    "--data-dir",
                    "d",
                    "--role",
                    "streamer",
                    "--database-url",
                    "sqlite:x",
                    "--access",
                    "private",
                ],
                "link_keys_file",
            ),
            (&["--data-dir", "d", "--tls-cert", "/cert.pem"], "tls_key"),
            (&["--data-dir", "d", "--tls-key", "/key.pem"], "tls_cert"),
            (&["--data-dir", "d", "--tls-cert", "/nonexistent", "--tls-key", "k"], "tls_cert"),
        ];
        for (args, key) in cases {
            assert_eq!(Config::load(flags(args)).unwrap_err().key, key);
        }
        assert!(toml::from_str::<Settings>("data_dri = 'x'").is_err());
    }

    #[test]
    fn a_streamer_has_a_name_and_its_catalogue_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgres://u:p@db/x\n").unwrap();
        let database = ["--data-dir", "d", "--database-url-file", file.path().to_str().unwrap()];
        let load = |more: &[&str]| Config::load(flags(&[&database, more].concat())).unwrap();
        let streamer = load(&["--role", "streamer"]);
        assert_eq!(streamer.database, Database::Postgres("postgres://u:p@db/x".to_owned()));
        assert!(streamer.streamer_name.is_some_and(|name| !name.is_empty()));
        assert_eq!(load(&[]).streamer_name, None);
        let named = ["--role", "streamer", "--streamer-name", "streamer-0"];
        assert_eq!(load(&named).streamer_name.as_deref(), Some("streamer-0"));
    }

    #[test]
    fn debug_shows_no_password() {
        let url = "postgres://ginflix:hunter2@db/ginflix";
        let config = Config::load(flags(&["--data-dir", "d", "--database-url", url])).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
