//! Reads subtitle files and writes WebVTT.
//!
//! # How it fits together
//! 1. [`read()`] decodes the bytes of a file, recognizes its format and returns its [`Subtitles`]: cues, and what was wrong
//!    with the file in sentences for people.
//! 2. [`webvtt::document`] writes cues as a WebVTT file, [`webvtt::segment`] those of a time range as a segment of HLS.
//! 3. [`TrackConverter`] reads the samples of subtitle tracks of MP4 and Matroska as the same cues.
//! 4. [`file_name::describe`] tells what the name of a subtitle file says of it: its media file, language and flags.
//!
//! # Layout
//! - [`encoding`]: from bytes to text; [`format`](mod@format): recognizes formats by their content
//! - `subrip`, `ass`, [`webvtt`]: the formats
//! - [`cue`], [`text`], [`settings`]: what all formats become; it can express what WebVTT can
//! - `collect`: collects the cues of a file within limits; [`problem`]: what was wrong
//! - `placement`, `runs`, `time`: positions, styles and times of the older formats
//! - [`track`]: samples of containers; [`file_name`]: names of subtitle files
//!
//! # Leniency
//! Files are read as players read them: what can be understood is kept, the rest is left out and reported. The parsers are
//! our own because `rsubs-lib` refuses a whole file for one fault, and `ass-core` reads one format only, for editors.
//!
//! No content is trusted: the work is linear in the size of a file, and memory is bounded by [`encoding::FILE_LIMIT_BYTES`]
//! and the limits of [`cue`] and [`text`].

mod ass;
mod collect;
pub mod cue;
pub mod encoding;
mod error;
pub mod file_name;
pub mod format;
mod placement;
pub mod problem;
mod read;
mod runs;
pub mod settings;
mod subrip;
pub mod text;
mod time;
pub mod track;
pub mod webvtt;

pub use self::cue::Cue;
pub use self::error::{Error, Result};
pub use self::read::{Subtitles, read};
pub use self::track::{TrackConverter, TrackFormat};
