//! The log: one line an event on stderr, for people or as JSON.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, InvalidSetting, LogFormat};

/// Starts the log.
///
/// # Errors
/// Where the filter is none.
pub fn init(config: &Config) -> Result<(), InvalidSetting> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|e| InvalidSetting { key: "log", why: e.to_string() })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Human => log.with_ansi(false).with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}
