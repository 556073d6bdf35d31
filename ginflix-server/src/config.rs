//! The configuration of a server: flags, `GINFLIX_*` environment variables, a TOML file and
//! defaults, in this order of precedence. It is read once and checked before a port is opened.
//!
//! # Layout
//! - this file: the checked configuration
//! - `settings`: the settings as users write them
//! - `checks`: the rules for settings that belong together; `value`: those for a single one

mod checks;
mod settings;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;

pub use self::settings::{ClusterAccess, DownloadAudience, LogFormat, Role, Settings};
pub use self::value::InvalidSetting;
use self::value::{hours, invalid, number, seconds};
use crate::network::Network;
use crate::peer_address::PeerAddress;
use crate::web_origin::WebOrigin;

/// The default port: G-I-N-F on the keys of a telephone.
pub const DEFAULT_PORT: u16 = 4463;

/// The files of a TLS certificate and its private key, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by its intermediate certificates.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The database of the catalogue. `Debug` hides its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite database in a file on this machine.
    Sqlite(PathBuf),
    /// The `postgres://` URL of a PostgreSQL database, with its password.
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

/// The configuration of the log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The format of lines.
    pub format: LogFormat,
    /// The filter of events, in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// The file of the log; `None` for standard error.
    pub file: Option<PathBuf>,
    /// The size in bytes at which that file is rotated.
    pub file_bytes: u64,
}

/// The checked configuration of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The role of this server.
    pub role: Role,
    /// The address of the public listener.
    pub listen: SocketAddr,
    /// The TLS certificate of that listener; `None` for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The value of `Strict-Transport-Security` over TLS; `None` sends no such field.
    pub hsts: Option<HeaderValue>,
    /// The address of the listener for `/metrics`, if there is one.
    pub private_listen: Option<SocketAddr>,
    /// The file to write the bound address to.
    pub address_file: Option<PathBuf>,
    /// The data directory, which is also the volume.
    pub data_dir: PathBuf,
    /// The file with the folders that may be served as libraries; `None` for a server without libraries.
    pub library_roots_file: Option<PathBuf>,
    /// The database of the catalogue.
    pub database: Database,
    /// The peers to fetch media files from.
    pub peers: Vec<PeerAddress>,
    /// The file of the keys by which peers authenticate each other.
    pub peer_key_file: Option<PathBuf>,
    /// The name of this streamer; `None` without replication.
    pub streamer_name: Option<String>,
    /// Media files that are fetched from peers at the same time.
    pub pull_jobs: usize,
    /// Bytes per second that are fetched from peers; `None` for no limit.
    pub pull_rate: Option<u64>,
    /// The file of the first account's password.
    pub admin_password_file: Option<PathBuf>,
    /// The file of the administrators' API token.
    pub admin_token_file: Option<PathBuf>,
    /// Whether anybody may watch.
    pub access: ClusterAccess,
    /// The file of the keys of signed links; `None` for those of the data directory.
    pub link_keys_file: Option<PathBuf>,
    /// To whom the pages of movies offer downloads.
    pub downloads: DownloadAudience,
    /// Reverse proxies whose `X-Forwarded-For` names the client.
    pub trusted_proxies: Vec<Network>,
    /// The value of `Access-Control-Allow-Origin` under `/stream`; `None` sends no such field.
    pub stream_origin: Option<HeaderValue>,
    /// Origins of other sites whose pages may upload.
    pub upload_origins: Vec<WebOrigin>,
    /// Origins of other sites whose pages may embed the player; empty in a private cluster.
    pub embed_origins: Vec<WebOrigin>,
    /// Maximum number of open connections.
    pub max_connections: usize,
    /// The TCP congestion control; `None` for the default.
    pub congestion_control: Option<String>,
    /// Time after which a connection is closed if its client receives nothing.
    pub stall_timeout: Duration,
    /// Time for running responses to end after SIGTERM.
    pub drain_timeout: Duration,
    /// The maximum size of an upload in bytes.
    pub max_upload_bytes: u64,
    /// Bytes of the volume that uploads leave free.
    pub reserve_bytes: u64,
    /// Age at which an unfinished upload is deleted.
    pub upload_expiry: Duration,
    /// The log.
    pub log: LogConfig,
}

impl Config {
    /// Whether watching needs an account, a token or a signed link.
    pub fn is_private(&self) -> bool {
        self.access == ClusterAccess::Private
    }

    /// Whether pages offer downloads to anybody.
    pub fn offers_downloads(&self) -> bool {
        self.downloads != DownloadAudience::None
    }

    /// Merges flags and environment variables with the TOML file that they name, and checks all
    /// settings.
    ///
    /// # Errors
    /// The TOML file cannot be read, or a setting is missing or invalid.
    pub fn load(flags: Settings) -> Result<Self, InvalidSetting> {
        let file = match &flags.config {
            None => Settings::default(),
            Some(path) => Settings::read(path)?,
        };
        Self::check(flags.or(file))
    }

    fn check(given: Settings) -> Result<Self, InvalidSetting> {
        let data_dir = given
            .data_dir
            .ok_or_else(|| invalid("data_dir", "required, for example --data-dir ./data"))?;
        let role = given.role.unwrap_or_default();
        let urls = (given.database_url, given.database_url_file);
        let database = checks::database(role, &data_dir, urls)?;
        let (peers, peer_key_file) = checks::peers(given.peers, given.peer_key_file)?;
        let access = given.access.unwrap_or_default();
        let streamer_name = checks::streamer_name(role, given.streamer_name)?;
        Ok(Self {
            role,
            data_dir,
            database,
            peers,
            peer_key_file,
            library_roots_file: checks::library_roots_file(
                role,
                streamer_name.as_deref(),
                given.library_roots_file,
            )?,
            streamer_name,
            access,
            link_keys_file: checks::link_keys_file(role, access, given.link_keys_file)?,
            downloads: given.downloads.unwrap_or_default(),
            listen: checks::listen(given.listen)?,
            private_listen: checks::private_listen(given.private_listen)?,
            tls: checks::tls_files(given.tls_cert, given.tls_key)?,
            hsts: checks::hsts(given.hsts_seconds)?,
            address_file: given.address_file,
            pull_jobs: number("pull_jobs", given.pull_jobs, 2, 1)? as usize,
            pull_rate: checks::pull_rate(given.pull_rate)?,
            admin_password_file: given.admin_password_file,
            admin_token_file: given.admin_token_file,
            trusted_proxies: checks::trusted_proxies(given.trusted_proxies)?,
            stream_origin: checks::stream_origin(given.stream_origin)?,
            upload_origins: checks::upload_origins(given.upload_origins)?,
            embed_origins: checks::embed_origins(access, given.embed_origins)?,
            max_connections: number("max_connections", given.max_connections, 10_000, 1)? as usize,
            congestion_control: given.congestion_control,
            stall_timeout: seconds("stall_seconds", given.stall_seconds, 60, 1)?,
            drain_timeout: seconds("drain_seconds", given.drain_seconds, 30, 0)?,
            max_upload_bytes: checks::max_upload_bytes(given.max_upload_bytes)?,
            reserve_bytes: number("reserve_bytes", given.reserve_bytes, 64 << 20, 0)?,
            upload_expiry: hours("upload_hours", given.upload_hours, 24.0)?,
            log: checks::log(given.log_format, given.log, given.log_file, given.log_file_bytes)?,
        })
    }
}

#[cfg(test)]
mod tests;
