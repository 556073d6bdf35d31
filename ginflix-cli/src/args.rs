//! The command line: the types that clap parses it into, and the texts of `--help`.
//!
//! The doc comments of commands and flags are the help texts: an imperative
//! sentence without a full stop, with units and the default.

mod access;
mod cluster;
mod collection;
mod library;
mod movie;
mod subtitles;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use ginflix_api::media::MediaName;
use jiff::civil::Date;

use crate::format::{parse_rate, parse_timeout};
use crate::global::Global;

pub use access::{AuditArgs, LinkArgs, TokenCommand, UserCommand};
pub use cluster::{
    CheckArgs, ClusterCommand, DownArgs, KubernetesArgs, LogsArgs, ScaleArgs, UpArgs, UpgradeArgs,
};
pub use collection::{CollectionAddArgs, CollectionCommand, CollectionEditArgs, CollectionPutArgs};
pub use library::LibraryCommand;
pub use movie::{MovieAddArgs, MovieCommand, MovieEditArgs, MovieFields, MovieListArgs};
pub use subtitles::{SubtitlesAddArgs, SubtitlesCommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  the operation or a check failed
  2  wrong usage
  3  not found
  4  timed out
  5  conflict with existing data
  6  not allowed";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "ginflix",
    about = "Your own video on demand: manage clusters, upload films and count views",
    version,
    after_help = EXIT_CODES
)]
pub struct Args {
    /// The flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A command of `ginflix`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start, stop and inspect a cluster
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// Upload media files
    Upload(UploadArgs),
    /// Register, list and change movies
    #[command(subcommand)]
    Movie(MovieCommand),
    /// Put movies into ordered lists with pages of their own, such as a course or the seasons of a series
    #[command(subcommand)]
    Collection(CollectionCommand),
    /// List, show, repair and remove media files
    #[command(subcommand)]
    Media(MediaCommand),
    /// Add, list and remove the subtitles of media files
    #[command(subcommand)]
    Subtitles(SubtitlesCommand),
    /// Add, list, scan and remove folders whose files are served from where they lie
    #[command(subcommand)]
    Library(LibraryCommand),
    /// Report how often movies were viewed
    Views(ViewsArgs),
    /// Create, list, change and remove accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Create, list and revoke API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Create a signed link to a media file, which expires
    Link(LinkArgs),
    /// List who changed what, and when
    Audit(AuditArgs),
    /// Save the catalogue, accounts and views in a file
    Backup(BackupArgs),
    /// Replace the catalogue, accounts and views by those of a backup
    Restore(RestoreArgs),
    /// Log in to a server
    Login(LoginArgs),
    /// Log out of a server
    Logout,
    /// Open the web site, or the page of a movie, in the browser
    Open {
        /// Id, start of the id, or title of the movie [default: the web site]
        movie: Option<String>,
        /// Only print the URL
        #[arg(long)]
        print: bool,
    },
    /// Print the completion script of a shell
    Completions {
        /// Name of the shell
        shell: clap_complete::Shell,
    },
    /// Start a new session, and execute another program in place of this one.
    #[command(hide = true, name = crate::cluster::process::DETACH_COMMAND)]
    Detach {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
}

/// `ginflix upload`.
#[derive(Debug, ClapArgs)]
pub struct UploadArgs {
    /// Files to upload, or folders with files. Subtitle files are added to the media files that have the start of
    /// their names
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub files: Vec<PathBuf>,
    /// Upload the file under this name [default: the name of the file]
    #[arg(long)]
    pub name: Option<MediaName>,
    /// Replace a media file of the same name
    #[arg(long)]
    pub replace: bool,
    /// Upload files whose type is not recognized as video, audio or a picture
    #[arg(long)]
    pub any_type: bool,
    /// Publish files that are cut short or broken as well
    #[arg(long)]
    pub accept_damaged: bool,
    /// Register each file as a movie as well. Its details and its poster come from the NFO file and the picture beside
    /// it, the tags in it, and its name. What somebody changed on the server stays
    #[arg(long)]
    pub add: bool,
    /// Put the movies into this collection in the order of their files, as those of a course: its id, the start of it, or its title.
    /// It is added if there is none. Episodes of series get collections of their seasons in any case
    #[arg(long, value_name = "COLLECTION", requires = "add")]
    pub collection: Option<String>,
    /// Upload nothing, and show what would become what
    #[arg(long)]
    pub dry_run: bool,
    /// The details of the movie.
    #[command(flatten)]
    pub fields: MovieFields,
    /// Wait until this many streamers have each file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub replicas: Option<u64>,
    /// Wait at most this long for the streamers, such as 90s or 10m
    #[arg(long, default_value = "10m", value_name = "TIME", value_parser = parse_timeout)]
    pub replicas_timeout: Duration,
    /// Upload at most this many files at the same time, 1 to 16
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
    /// Send at most this many bytes per second for each file, such as 500k or 2M
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub limit_rate: Option<u64>,
    /// Reconnect at most this many times in a row without progress
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub retries: u32,
    /// Reconnect for at most this long without progress, such as 90s or 5m
    #[arg(long, default_value = "5m", value_parser = parse_timeout, value_name = "TIME")]
    pub deadline: std::time::Duration,
    /// Discard an earlier unfinished upload, and start again
    #[arg(long)]
    pub restart: bool,
    /// Upload nothing, and discard earlier unfinished uploads of these files
    #[arg(long, conflicts_with_all = ["replace", "any_type", "accept_damaged", "add", "collection", "limit_rate", "restart", "dry_run"])]
    pub discard: bool,
}

/// `ginflix media`.
#[derive(Debug, Subcommand)]
pub enum MediaCommand {
    /// List media files
    List {
        /// List only files that are damaged or do not play in every browser
        #[arg(long)]
        problems: bool,
    },
    /// Show what is in a media file, and which browsers play it
    Show {
        /// Name of the media file
        name: MediaName,
    },
    /// Delete media files
    Remove {
        /// Names of the media files
        #[arg(required = true)]
        names: Vec<MediaName>,
        /// Delete files even if a movie uses them
        #[arg(long)]
        force: bool,
    },
    /// Verify the media files on every streamer, and replace damaged copies
    Repair {
        /// Name of the only media file to verify [default: all]
        name: Option<MediaName>,
        /// Wait until all copies are verified
        #[arg(long)]
        wait: bool,
        /// Wait at most this long, such as 90s or 10m
        #[arg(long, default_value = "30m", value_name = "TIME", value_parser = parse_timeout)]
        timeout: Duration,
    },
}

/// `ginflix views`.
#[derive(Debug, ClapArgs)]
pub struct ViewsArgs {
    /// Count views from this day on (UTC), such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub since: Option<Date>,
    /// Count views up to this day (UTC), such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub until: Option<Date>,
    /// List at most this many movies, most viewed first [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub top: Option<u32>,
    /// List views by movie or by day
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "movie|day"
    )]
    pub by: ViewsBy,
    /// Print CSV, for spreadsheets
    #[arg(long, conflicts_with = "output")]
    pub csv: bool,
    /// Show why playbacks of this movie did or did not count as views
    #[arg(long, value_name = "MOVIE", conflicts_with_all = ["since", "until", "top", "by", "csv"])]
    pub explain: Option<String>,
}

/// The rows of the view report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ViewsBy {
    /// One row for each movie.
    #[default]
    Movie,
    /// One row for each day.
    Day,
}

/// `ginflix backup`.
#[derive(Debug, ClapArgs)]
pub struct BackupArgs {
    /// File to write
    pub file: PathBuf,
    /// Save the media files as well
    #[arg(long)]
    pub media: bool,
    /// Overwrite an existing file
    #[arg(long)]
    pub replace: bool,
}

/// `ginflix restore`.
#[derive(Debug, ClapArgs)]
pub struct RestoreArgs {
    /// Backup file to read
    pub file: PathBuf,
    /// Restore the media files of the backup as well
    #[arg(long)]
    pub media: bool,
    /// Replace a catalogue that is not empty; its contents are lost
    #[arg(long)]
    pub replace: bool,
}

/// `ginflix login`.
#[derive(Debug, ClapArgs)]
pub struct LoginArgs {
    /// Name of the account [default: asks; admin with --password-stdin]
    #[arg(long)]
    pub name: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_upload_is_either_accepted_or_discarded() {
        let parse =
            |args: &[&str]| Args::try_parse_from(["ginflix", "upload", "f.mp4"].iter().chain(args));
        let args = parse(&["--accept-damaged"]).unwrap();
        let Command::Upload(upload) = args.command else { panic!("{args:?}") };
        assert!(upload.accept_damaged);
        assert!(parse(&["--accept-damaged", "--replace", "--restart"]).is_ok());
        assert!(parse(&["--accept-damaged", "--discard"]).is_err());
    }

    #[test]
    fn one_media_file_is_shown() {
        let parse = |args: &[&str]| {
            Args::try_parse_from(["ginflix", "media", "show"].iter().chain(args)).is_ok()
        };
        assert!(parse(&["f.mp4"]));
        assert!(!parse(&[]) && !parse(&["../f.mp4"]) && !parse(&["f.mp4", "g.mp4"]));
    }

    #[test]
    fn a_movie_needs_exactly_one_media_file() {
        let parse = |args: &[&str]| {
            Args::try_parse_from(["ginflix", "movie", "add", "--title", "T"].iter().chain(args))
        };
        assert!(parse(&[]).is_err());
        assert!(parse(&["--media", "f.mp4"]).is_ok());
        assert!(parse(&["--link", "http://h/stream/f.mp4"]).is_ok());
        assert!(parse(&["--link", "http://h/f.mp4"]).is_err());
        assert!(parse(&["--media", "f.mp4", "--link", "http://h/stream/f.mp4"]).is_err());
    }
}
