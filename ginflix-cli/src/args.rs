//! What may stand on the command line: clap's types and nothing else.

mod access;
mod cluster;
mod movie;

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
pub use movie::{MovieAddArgs, MovieCommand, MovieEditArgs, MovieFacts, MovieListArgs};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the operation or a check failed
  2  wrong usage
  3  not found
  4  timed out
  5  conflict with what is there
  6  not allowed";

/// Your own video on demand: manage clusters, upload films, count views
#[derive(Debug, Parser)]
#[command(name = "ginflix", version, after_help = EXIT_CODES)]
pub struct Args {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start, stop and look at a cluster
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// Bring files onto the cluster's volumes
    Upload(UploadArgs),
    /// Register, list and change movies
    #[command(subcommand)]
    Movie(MovieCommand),
    /// List and remove files on the cluster's volumes
    #[command(subcommand)]
    Media(MediaCommand),
    /// Report how often movies were viewed
    Views(ViewsArgs),
    /// Make, change and remove accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Make, list and end API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Make a signed link that plays one film for a while
    Link(LinkArgs),
    /// Tell who changed what
    Audit(AuditArgs),
    /// Keep catalogue, accounts and views in one file
    Backup(BackupArgs),
    /// Put what a backup holds in the place of what is there
    Restore(RestoreArgs),
    /// Log in to a server
    Login(LoginArgs),
    /// Forget the log-in to a server
    Logout,
    /// Open the web site, or a movie's page, in the browser
    Open {
        /// Its id, the start of its id, or its title
        movie: Option<String>,
        /// Only print the address
        #[arg(long)]
        print: bool,
    },
    /// Print the completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Becomes another program in a session of its own.
    #[command(hide = true, name = crate::cluster::process::DETACH)]
    Detach {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
}

/// `ginflix upload`.
#[derive(Debug, ClapArgs)]
pub struct UploadArgs {
    /// Files to upload
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name on the cluster [default: the file's own]
    #[arg(long)]
    pub name: Option<MediaName>,
    /// Take the name over from other content
    #[arg(long)]
    pub replace: bool,
    /// Upload it even if its first bytes are of no known film, sound, subtitles or picture
    #[arg(long)]
    pub any_type: bool,
    /// Also register the file as a movie
    #[arg(long)]
    pub add: bool,
    /// Facts of the movie; with --add the title defaults to the file's name.
    #[command(flatten)]
    pub facts: MovieFacts,
    /// Wait until so many streamers have each file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub replicas: Option<u64>,
    /// How long to wait for them at most
    #[arg(long, default_value = "10m", value_name = "TIME", value_parser = parse_timeout)]
    pub replicas_timeout: Duration,
    /// Files to upload at the same time
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
    /// Bytes a second at most for each file, such as 2M
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub limit_rate: Option<u64>,
    /// How often in a row a broken connection is mended
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub retries: u32,
    /// How long it is mended while not a byte gets through
    #[arg(long, default_value = "5m", value_parser = parse_timeout, value_name = "TIME")]
    pub deadline: std::time::Duration,
    /// Throw away what an earlier, unfinished upload left, and start anew
    #[arg(long)]
    pub restart: bool,
    /// Only throw away what earlier, unfinished uploads of these files left on the server
    #[arg(long, conflicts_with_all = ["replace", "any_type", "add", "limit_rate", "restart"])]
    pub discard: bool,
}

/// `ginflix media`.
#[derive(Debug, Subcommand)]
pub enum MediaCommand {
    /// List files
    List,
    /// Remove files
    Remove {
        /// Names of the files
        #[arg(required = true)]
        names: Vec<MediaName>,
        /// Also while a movie uses them
        #[arg(long)]
        force: bool,
    },
    /// Have every streamer verify its files, and fetch anew what is damaged
    Repair {
        /// Only this file
        name: Option<MediaName>,
        /// Wait until all of them are verified
        #[arg(long)]
        wait: bool,
        /// How long to wait at most
        #[arg(long, default_value = "30m", value_name = "TIME", value_parser = parse_timeout)]
        timeout: Duration,
    },
}

/// `ginflix views`.
#[derive(Debug, ClapArgs)]
pub struct ViewsArgs {
    /// From this day on (UTC), such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub since: Option<Date>,
    /// Up to this day (UTC)
    #[arg(long, value_name = "DAY")]
    pub until: Option<Date>,
    /// Only the most viewed movies
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub top: Option<u32>,
    /// What a line stands for
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
    /// Tell why playbacks of a movie did or did not count
    #[arg(long, value_name = "MOVIE", conflicts_with_all = ["since", "until", "top", "by", "csv"])]
    pub explain: Option<String>,
}

/// What a line of the view report stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ViewsBy {
    /// A movie.
    #[default]
    Movie,
    /// A day.
    Day,
}

/// `ginflix backup`.
#[derive(Debug, ClapArgs)]
pub struct BackupArgs {
    /// The file to write
    pub file: PathBuf,
    /// Also the films
    #[arg(long)]
    pub media: bool,
    /// Write over a file that is there
    #[arg(long)]
    pub replace: bool,
}

/// `ginflix restore`.
#[derive(Debug, ClapArgs)]
pub struct RestoreArgs {
    /// The file to read
    pub file: PathBuf,
    /// Also the films in it
    #[arg(long)]
    pub media: bool,
    /// Also where the catalogue is not empty: what is in it is lost
    #[arg(long)]
    pub replace: bool,
}

/// `ginflix login`.
#[derive(Debug, ClapArgs)]
pub struct LoginArgs {
    /// Account [default: asks, else admin]
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
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_movie_needs_its_file_once() {
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
