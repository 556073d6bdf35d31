//! The settings as users write them: as flags, in environment variables, or in the TOML file.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use serde::Deserialize;

use super::value::{InvalidSetting, invalid};

/// The flags and environment variables of `ginflix-server`. In the TOML file each setting has the
/// name of its flag, with `_` instead of `-`.
#[derive(Debug, Default, Parser, Deserialize)]
#[command(
    name = "ginflix-server",
    version,
    about = "The GinFlix server: serves the catalogue, its API and pages, and streams media files"
)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// TOML file with settings; each is named as its flag, with _ instead of -. Flags and environment
    /// variables override the file
    #[arg(long, env = "GINFLIX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// What this server does [default: all]
    #[arg(long, env = "GINFLIX_ROLE")]
    pub role: Option<Role>,

    /// IP address and port to listen on; port 0 chooses a free one [default: 127.0.0.1:4463]
    #[arg(long, env = "GINFLIX_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,

    /// PEM file with the TLS certificate and its intermediate certificates; the server then speaks
    /// HTTPS instead of HTTP. A changed file is loaded without a restart [default: none, plain HTTP]
    #[arg(long, env = "GINFLIX_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file with the private key of the TLS certificate
    #[arg(long, env = "GINFLIX_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Seconds for which browsers use only HTTPS for all ports of this host name, once it has
    /// responded over TLS (HSTS); 0 turns that off [default: 31536000 (one year)]
    #[arg(long, env = "GINFLIX_HSTS_SECONDS", value_name = "SECONDS")]
    pub hsts_seconds: Option<String>,

    /// IP address and port for Prometheus metrics (/metrics), which clients must not reach [default:
    /// none]
    #[arg(long, env = "GINFLIX_PRIVATE_LISTEN", value_name = "ADDRESS:PORT")]
    pub private_listen: Option<String>,

    /// File to write the address to once the server listens, useful with port 0 [default: none]
    #[arg(long, env = "GINFLIX_ADDRESS_FILE", value_name = "FILE")]
    pub address_file: Option<PathBuf>,

    /// Directory of the volume: media files, uploads, metadata, and by default the catalogue.
    /// Required
    #[arg(long, env = "GINFLIX_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// File with the folders of this machine that may be served as libraries, each on a line with its absolute
    /// path; for a server that runs alone [default: none, no libraries]
    #[arg(long, env = "GINFLIX_LIBRARY_ROOTS_FILE", value_name = "FILE")]
    pub library_roots_file: Option<PathBuf>,

    /// Database of the catalogue: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE [default:
    /// sqlite:DATA_DIR/catalog.db for the role all, otherwise required]
    #[arg(long, env = "GINFLIX_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// File with the database URL, which keeps its password out of the command line
    #[arg(long, env = "GINFLIX_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Other streamers with the same catalogue, as a comma-separated list of HOST:PORT. A DNS name
    /// stands for all its addresses [default: none]
    #[arg(long, env = "GINFLIX_PEERS", value_name = "LIST")]
    pub peers: Option<String>,

    /// File with the secret key that all peers share; required with --peers. An optional second line
    /// has the previous key, which is still accepted
    #[arg(long, env = "GINFLIX_PEER_KEY_FILE", value_name = "FILE")]
    pub peer_key_file: Option<PathBuf>,

    /// Unique name of this streamer, which must not change [default: the host name for the role
    /// streamer; for the role all none, which turns replication off]
    #[arg(long, env = "GINFLIX_STREAMER_NAME", value_name = "NAME")]
    pub streamer_name: Option<String>,

    /// Media files to fetch from peers at the same time [default: 2]
    #[arg(long, env = "GINFLIX_PULL_JOBS", value_name = "N")]
    pub pull_jobs: Option<String>,

    /// Maximum bytes per second to fetch from peers [default: no limit]
    #[arg(long, env = "GINFLIX_PULL_RATE", value_name = "BYTES")]
    pub pull_rate: Option<String>,

    /// File with the password of the account "admin", which the first start creates [default: none]
    #[arg(long, env = "GINFLIX_ADMIN_PASSWORD_FILE", value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,

    /// File with an API token that has the role of an administrator [default: none]
    #[arg(long, env = "GINFLIX_ADMIN_TOKEN_FILE", value_name = "FILE")]
    pub admin_token_file: Option<PathBuf>,

    /// Access for viewers [default: public]
    #[arg(long, env = "GINFLIX_ACCESS")]
    pub access: Option<ClusterAccess>,

    /// File with the secret key of signed links; required for the roles web and streamer in a private
    /// cluster. An optional second line has the previous key, whose links are still valid [default:
    /// DATA_DIR/link-keys, created by the first start]
    #[arg(long, env = "GINFLIX_LINK_KEYS_FILE", value_name = "FILE")]
    pub link_keys_file: Option<PathBuf>,

    /// To whom the pages of movies offer their media files for download, which everybody who may watch can save anyway [default: none]
    #[arg(long, env = "GINFLIX_DOWNLOADS")]
    pub downloads: Option<DownloadAudience>,

    /// Reverse proxies whose X-Forwarded-For header is trusted, as a comma-separated list of IP
    /// addresses and networks such as 10.0.0.0/8 [default: none]
    #[arg(long, env = "GINFLIX_TRUSTED_PROXIES", value_name = "LIST")]
    pub trusted_proxies: Option<String>,

    /// Origin of other websites that may play media files, such as https://HOST; * allows
    /// all, none allows none [default: *]
    #[arg(long, env = "GINFLIX_STREAM_ORIGIN", value_name = "ORIGIN")]
    pub stream_origin: Option<String>,

    /// Origins of other websites whose pages may upload with an API token, as a comma-separated list
    /// [default: none]
    #[arg(long, env = "GINFLIX_UPLOAD_ORIGINS", value_name = "LIST")]
    pub upload_origins: Option<String>,

    /// Origins of other websites that may embed the player of a movie in their pages, as a comma-separated list; only
    /// for a public cluster [default: none]
    #[arg(long, env = "GINFLIX_EMBED_ORIGINS", value_name = "LIST")]
    pub embed_origins: Option<String>,

    /// Maximum number of open connections [default: 10000]
    #[arg(long, env = "GINFLIX_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<String>,

    /// TCP congestion control, such as cubic or bbr [default: that of the system, but reno instead of
    /// bbr on a loopback address]
    #[arg(long, env = "GINFLIX_CONGESTION_CONTROL", value_name = "NAME")]
    pub congestion_control: Option<String>,

    /// Seconds after which a connection is closed whose client accepts no data [default: 60]
    #[arg(long, env = "GINFLIX_STALL_SECONDS", value_name = "SECONDS")]
    pub stall_seconds: Option<String>,

    /// Seconds that running responses have to finish after SIGTERM [default: 30]
    #[arg(long, env = "GINFLIX_DRAIN_SECONDS", value_name = "SECONDS")]
    pub drain_seconds: Option<String>,

    /// Maximum size of an upload in bytes [default: no limit]
    #[arg(long, env = "GINFLIX_MAX_UPLOAD_BYTES", value_name = "BYTES")]
    pub max_upload_bytes: Option<String>,

    /// Bytes of the volume that uploads leave free [default: 67108864 (64 MiB)]
    #[arg(long, env = "GINFLIX_RESERVE_BYTES", value_name = "BYTES")]
    pub reserve_bytes: Option<String>,

    /// Hours after which an unfinished upload is deleted; decimals such as 0.5 are allowed [default:
    /// 24]
    #[arg(long, env = "GINFLIX_UPLOAD_HOURS", value_name = "HOURS")]
    pub upload_hours: Option<String>,

    /// Format of the log [default: human]
    #[arg(long, env = "GINFLIX_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What to log: a level such as warn, info or debug, or levels by module such as
    /// info,ginflix_server=debug [default: info]
    #[arg(long, env = "GINFLIX_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// File for the log. A full file is renamed to FILE.1, and the three latest of those are kept
    /// [default: standard error]
    #[arg(long, env = "GINFLIX_LOG_FILE", value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// Size in bytes at which the log file is full, at least 65536 [default: 16777216 (16 MiB)]
    #[arg(long, env = "GINFLIX_LOG_FILE_BYTES", value_name = "BYTES")]
    pub log_file_bytes: Option<String>,
}

impl Settings {
    /// Reads settings from a TOML file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has an unknown setting.
    pub fn read(path: &Path) -> Result<Self, InvalidSetting> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| invalid("config", format!("cannot read {}: {e}", path.display())))?;
        toml::from_str(&text).map_err(|e| invalid("config", format!("{}: {e}", path.display())))
    }

    /// Returns these settings, and those of `other` where these have no value.
    pub fn or(self, other: Self) -> Self {
        macro_rules! merge {
            ($($key:ident)+) => {
                Self { $($key: self.$key.or(other.$key)),+ }
            };
        }
        // The compiler refuses the list if a setting is missing.
        merge! {
            config role listen tls_cert tls_key hsts_seconds private_listen address_file data_dir
            library_roots_file database_url
            database_url_file peers peer_key_file streamer_name pull_jobs pull_rate
            admin_password_file admin_token_file access link_keys_file downloads trusted_proxies
            stream_origin upload_origins embed_origins max_connections congestion_control stall_seconds
            drain_seconds max_upload_bytes reserve_bytes upload_hours log_format log log_file
            log_file_bytes
        }
    }
}

/// The role of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Web server and streamer in one
    #[default]
    All,
    /// Serves the catalogue, the API and the pages, without media files
    Web,
    /// Streams and receives the media files of one volume
    Streamer,
}

/// Whether anybody may watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterAccess {
    /// Anybody may watch
    #[default]
    Public,
    /// Only accounts, API tokens and holders of a signed link may watch
    Private,
}

/// To whom the pages of movies offer downloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownloadAudience {
    /// To nobody
    #[default]
    None,
    /// To accounts and API tokens
    Accounts,
    /// To everybody who may watch
    All,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text for people
    #[default]
    Human,
    /// One JSON object per line
    Json,
}
