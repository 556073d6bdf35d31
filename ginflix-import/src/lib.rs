//! Says what a folder of media files means, in the layouts of Jellyfin and Kodi or with plain names.
//!
//! # How it fits together
//! 1. [`walk::list`] lists a folder safely.
//! 2. [`layout::plan`] says of each listed file what it is: an [`Item`](layout::Item) to take up, with its subtitle files, NFO files
//!    and picture, or a file that is [`Skipped`](skipped::Skipped) for a reason.
//! 3. [`name::guess`] guesses titles, years, seasons and episodes from names. The planner calls it.
//! 4. [`nfo::read`] reads the content of an NFO file, which the caller loads.
//! 5. [`details::merge`] merges what NFO files, the tags in the media file and the name say into the fields of a movie.
//!
//! [`content`] does the last two for the files below a [`root::Root`], and reads the picture.
//!
//! # Layout
//! - [`root`]: opens files below a folder only; [`media_name`]: names for media files in the catalogue
//! - [`text`]: makes texts from outside fit the limits of [`ginflix_api::movie`]; [`shown`](mod@shown): file names for people
//! - [`listing`]: the files that are listed and planned; [`skipped`]: the reasons why files are left out
//! - [`season`]: the season that an episode belongs to
//! - `natural`: the order of names with numbers
//!
//! No input is trusted: files, names, depths and counts have limits, and the work is linear in the size of a name or an NFO file
//! and O(n log n) in the number of files.

pub mod content;
pub mod details;
pub mod layout;
pub mod listing;
pub mod media_name;
pub mod name;
mod natural;
pub mod nfo;
pub mod root;
pub mod season;
pub mod shown;
pub mod skipped;
pub mod text;
pub mod walk;
