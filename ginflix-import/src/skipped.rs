//! Files that are not taken up, and why.

use std::path::PathBuf;

use crate::listing::DEPTH_LIMIT;
use crate::shown::shown;

/// A file or folder that is not taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The path relative to the root; `.` is the root.
    pub path: PathBuf,
    /// The reason.
    pub reason: Reason,
    /// The number of files that are not taken up for this reason: all those in a folder.
    pub files: usize,
}

/// The reason why a file or folder is not taken up. It displays as a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// Its name begins with a dot, or is one that systems use for their own files.
    #[error("it is hidden, or belongs to the system")]
    Hidden,
    /// The folder has a file with this name.
    #[error("the folder has the file {0}, which excludes it; remove that file to include it")]
    Excluded(&'static str),
    /// It is a trailer, a sample or other extra.
    #[error("it is an extra of a movie, such as a trailer or a sample")]
    Extra,
    /// The folder is the structure of a DVD or Blu-ray disc.
    #[error(
        "it is the structure of a disc; remux the main title to one file, for example with MakeMKV"
    )]
    Disc,
    /// The file is the image of a disc.
    #[error(
        "it is the image of a disc; remux its main title to one file, for example with MakeMKV"
    )]
    DiscImage,
    /// The file is not complete.
    #[error("it is an unfinished download; complete it, or remove it")]
    Unfinished,
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The subtitle file has the name of no media file in its folder.
    #[error(
        "it is a subtitle file without a media file; name it like the media file that it belongs to"
    )]
    SubtitleWithoutMedia,
    /// The subtitle file has a format that is not read.
    #[error("its format of subtitles is not read; convert it to SubRip (.srt) or WebVTT (.vtt)")]
    SubtitleFormat,
    /// The file is neither a media file nor belongs to one.
    #[error("it is no media file, by its extension")]
    NotMedia,
    /// The path is not one below the root.
    #[error("its path is not relative to the folder")]
    NotRelative,
    /// There are too many folders above it.
    #[error("it is more than {DEPTH_LIMIT} folders deep; move it up")]
    TooDeep,
    /// It is a named pipe, a socket or a device.
    #[error("it is no regular file, but a named pipe, a socket or a device")]
    SpecialFile,
    /// It is a symbolic link to a file or folder outside of the root, or to nothing that exists.
    #[error(
        "it is a symbolic link that leads to no file within the folder; copy the file into the folder"
    )]
    LinkOutside,
    /// It is a symbolic link to a folder.
    #[error("it is a symbolic link to a folder, which is not followed; move the folder here")]
    LinkToFolder,
    /// It is a symbolic link to a file that is listed.
    #[error("it is a symbolic link to {}, which is in the list", shown(.0))]
    LinkToListed(PathBuf),
    /// The system does not let it be read, for this reason.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}
