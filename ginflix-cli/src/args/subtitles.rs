//! The command line of `ginflix subtitles`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use ginflix_api::media::MediaName;

/// `ginflix subtitles`.
#[derive(Debug, Subcommand)]
pub enum SubtitlesCommand {
    /// Add subtitle files to a media file; SubRip, WebVTT and SubStation Alpha in any usual encoding
    Add(SubtitlesAddArgs),
    /// List the subtitles that were added to a media file
    List {
        /// Name of the media file
        media: MediaName,
    },
    /// Remove subtitles of a media file
    Remove {
        /// Name of the media file
        media: MediaName,
        /// Languages, ids or starts of ids of the subtitles
        #[arg(required = true, value_name = "SUBTITLES")]
        which: Vec<String>,
    },
}

/// `ginflix subtitles add`.
#[derive(Debug, ClapArgs)]
pub struct SubtitlesAddArgs {
    /// Subtitle files, such as movie.en.srt or movie.pt-BR.forced.srt
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name of the media file [default: the one whose name the file begins with]
    #[arg(long, value_name = "NAME")]
    pub media: Option<MediaName>,
    /// Language, such as en, pt-BR or French [default: what the name of the file says]
    #[arg(long)]
    pub language: Option<String>,
    /// Title, such as Commentary [default: what the name of the file says]
    #[arg(long)]
    pub title: Option<String>,
    /// Players show them unless the viewer chose other ones
    #[arg(long)]
    pub default: bool,
    /// They have only what viewers need who understand the language of the sound
    #[arg(long)]
    pub forced: bool,
    /// They also describe sounds, for people with hearing impairments
    #[arg(long)]
    pub hearing_impaired: bool,
}
