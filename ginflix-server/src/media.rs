//! The volume: media files, what is known of them, and unfinished uploads.
//!
//! # Layout
//! - [`volume`]: the files that are visible, opened, listed and removed; [`files`]: their folder
//! - [`open_files`]: those that are open; [`source`]: one of them, being sent;
//!   [`warmth`]: which parts of it are in memory; [`loading`]: those that are not;
//!   [`disk`]: who waits for them; [`buffer`]: where it is copied
//! - [`facts`]: size, hash and duration of a file, kept beside it
//! - [`hashing`]: facts for files that somebody dropped in by hand
//! - [`upload`]: files on their way in; [`pull`]: those that come from a peer
//! - [`names`]: one at a time gives or takes a name
//! - [`probe`]: how long a film plays
//! - [`content_type`]: types by extension; [`kind`]: what a file is by its first bytes
//! - [`lock`]: one server a volume

pub mod buffer;
pub mod content_type;
pub mod disk;
pub mod facts;
pub mod files;
pub mod hashing;
pub mod kind;
pub mod loading;
pub mod lock;
pub mod names;
pub mod open_files;
pub mod probe;
pub mod pull;
pub mod source;
pub mod upload;
pub mod volume;
pub mod warmth;

pub use open_files::OpenMedia;
pub use source::Source;
pub use upload::{UploadError, Uploads};
pub use volume::{Volume, VolumeError};
