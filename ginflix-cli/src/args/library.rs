//! The command line of `ginflix library`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use crate::format::parse_timeout;

/// `ginflix library`.
#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// Make movies of the files in a folder, without copying them; only with the provider local
    Add {
        /// Folder with media files, such as a library of Jellyfin or Kodi. The server never writes to it
        folder: PathBuf,
        /// Return at once, and let the server scan the folder in the background
        #[arg(long)]
        no_wait: bool,
        /// Wait at most this long for the end of the scan, such as 90s or 10m
        #[arg(long, default_value = "1h", value_name = "TIME", value_parser = parse_timeout)]
        timeout: Duration,
    },
    /// List the libraries, and what their last scans left out
    List,
    /// Scan libraries now; they are scanned by themselves when something in them changes
    Scan {
        /// Folder or id of the only library to scan [default: all]
        library: Option<String>,
        /// Return at once, and let the server scan in the background
        #[arg(long)]
        no_wait: bool,
        /// Wait at most this long for the end of the scan, such as 90s or 10m
        #[arg(long, default_value = "1h", value_name = "TIME", value_parser = parse_timeout)]
        timeout: Duration,
    },
    /// Remove a library and its movies from the catalogue, and keep its files and the views
    Remove {
        /// Folder or id of the library
        library: String,
    },
}
