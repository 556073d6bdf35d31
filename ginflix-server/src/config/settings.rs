//! What may be set: flags, environment and the TOML file, before any check.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde::Deserialize;

/// Flags and environment of `ginflix-server`; each may also stand in the TOML
/// file, under the same name with `_` for `-`.
#[derive(Debug, Default, Parser, Deserialize)]
#[command(name = "ginflix-server", version, about = "Streams media and serves the catalogue")]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// TOML file with settings; flags and environment go before it
    #[arg(long, env = "GINFLIX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// What this process does [default: all]
    #[arg(long, env = "GINFLIX_ROLE")]
    pub role: Option<Role>,

    /// Address to listen on; port 0 takes any free one [default: 127.0.0.1:4463]
    #[arg(long, env = "GINFLIX_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,

    /// File with the TLS certificate (PEM, with those up to the root); with it the
    /// address speaks HTTPS. A changed file is taken up by itself
    #[arg(long, env = "GINFLIX_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// File with that certificate's private key (PEM)
    #[arg(long, env = "GINFLIX_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Private address for /metrics; none by default
    #[arg(long, env = "GINFLIX_PRIVATE_LISTEN", value_name = "ADDRESS:PORT")]
    pub private_listen: Option<String>,

    /// Write the address that was bound to this file, once it is bound
    #[arg(long, env = "GINFLIX_ADDRESS_FILE", value_name = "FILE")]
    pub address_file: Option<PathBuf>,

    /// The volume: media/, uploads/, meta/ and by default the catalogue
    #[arg(long, env = "GINFLIX_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// postgres://USER@HOST/DB or sqlite:PATH [default: sqlite:DATA_DIR/catalog.db]
    #[arg(long, env = "GINFLIX_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// File with that URL, so that its password stands in no command line
    #[arg(long, env = "GINFLIX_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Streamers that share a catalogue (HOST:PORT, comma-separated): each name stands for
    /// all its addresses, looked up again and again [default: none]
    #[arg(long, env = "GINFLIX_PEERS", value_name = "LIST")]
    pub peers: Option<String>,

    /// File with the key that peers know each other by; a second line holds the key before
    /// it, which is still taken
    #[arg(long, env = "GINFLIX_PEER_KEY_FILE", value_name = "FILE")]
    pub peer_key_file: Option<PathBuf>,

    /// Name of this streamer among its peers, the same after each restart
    /// [default: the host's name]
    #[arg(long, env = "GINFLIX_STREAMER_NAME", value_name = "NAME")]
    pub streamer_name: Option<String>,

    /// Files that a streamer fetches from its peers at once [default: 2]
    #[arg(long, env = "GINFLIX_PULL_JOBS", value_name = "N")]
    pub pull_jobs: Option<String>,

    /// Bytes a second that a streamer fetches from its peers at most [default: no limit]
    #[arg(long, env = "GINFLIX_PULL_RATE", value_name = "BYTES")]
    pub pull_rate: Option<String>,

    /// File with the password of the account `admin`, made when no account is there
    #[arg(long, env = "GINFLIX_ADMIN_PASSWORD_FILE", value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,

    /// File with an API token that administrators' programs may use
    #[arg(long, env = "GINFLIX_ADMIN_TOKEN_FILE", value_name = "FILE")]
    pub admin_token_file: Option<PathBuf>,

    /// Who may watch: anyone, or accounts, tokens and signed links only [default: public]
    #[arg(long, env = "GINFLIX_ACCESS")]
    pub access: Option<ClusterAccess>,

    /// File with the key of signed links; a second line holds the key before it, which
    /// still lets in [default: DATA_DIR/link-keys, made at the first start]
    #[arg(long, env = "GINFLIX_LINK_KEYS_FILE", value_name = "FILE")]
    pub link_keys_file: Option<PathBuf>,

    /// Proxies (addresses or networks, comma-separated) whose X-Forwarded-For is believed
    #[arg(long, env = "GINFLIX_TRUSTED_PROXIES", value_name = "LIST")]
    pub trusted_proxies: Option<String>,

    /// Origin that pages elsewhere may stream from: `*`, or none [default: *]
    #[arg(long, env = "GINFLIX_STREAM_ORIGIN", value_name = "ORIGIN")]
    pub stream_origin: Option<String>,

    /// Origins (comma-separated) whose pages may upload, with a token [default: none]
    #[arg(long, env = "GINFLIX_UPLOAD_ORIGINS", value_name = "LIST")]
    pub upload_origins: Option<String>,

    /// Most connections at once [default: 10000]
    #[arg(long, env = "GINFLIX_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<String>,

    /// TCP congestion control of connections, such as cubic or bbr [default: the system's; reno
    /// instead of bbr where only this machine can connect]
    #[arg(long, env = "GINFLIX_CONGESTION_CONTROL", value_name = "NAME")]
    pub congestion_control: Option<String>,

    /// Seconds without progress after which a client that stopped reading is cut [default: 60]
    #[arg(long, env = "GINFLIX_STALL_SECONDS", value_name = "SECONDS")]
    pub stall_seconds: Option<String>,

    /// Seconds that running responses get to finish after SIGTERM [default: 30]
    #[arg(long, env = "GINFLIX_DRAIN_SECONDS", value_name = "SECONDS")]
    pub drain_seconds: Option<String>,

    /// Largest upload, bytes [default: no limit but the disk]
    #[arg(long, env = "GINFLIX_MAX_UPLOAD_BYTES", value_name = "BYTES")]
    pub max_upload_bytes: Option<String>,

    /// Bytes of the volume that uploads leave free [default: 67108864]
    #[arg(long, env = "GINFLIX_RESERVE_BYTES", value_name = "BYTES")]
    pub reserve_bytes: Option<String>,

    /// Hours, or a part of one such as 0.5, after which an unfinished upload is cleared away [default: 24]
    #[arg(long, env = "GINFLIX_UPLOAD_HOURS", value_name = "HOURS")]
    pub upload_hours: Option<String>,

    /// How log lines look [default: human]
    #[arg(long, env = "GINFLIX_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged, such as `info` or `ginflix_server=debug` [default: info]
    #[arg(long, env = "GINFLIX_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// File for the log instead of standard error; a full one is put aside as FILE.1, and older
    /// ones up to FILE.3 are kept
    #[arg(long, env = "GINFLIX_LOG_FILE", value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// Bytes at which that file is full [default: 16777216]
    #[arg(long, env = "GINFLIX_LOG_FILE_BYTES", value_name = "BYTES")]
    pub log_file_bytes: Option<String>,
}

/// What a process does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything on one port.
    #[default]
    All,
    /// Catalogue, API and pages, without a volume.
    Web,
    /// Streams and uploads of one volume.
    Streamer,
}

/// Who may watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterAccess {
    /// Anyone.
    #[default]
    Public,
    /// Accounts, API tokens, and for single films whoever holds a signed link.
    Private,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}
