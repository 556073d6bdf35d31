//! The volume of a streamer: media files, metadata about them, and unfinished uploads.
//!
//! # Layout
//! - [`volume`]: opens, lists and removes media files; [`media_dir`] is their directory, and
//!   [`volume_lock`] keeps a second server from using it
//! - [`library_files`]: the files of libraries, which lie elsewhere
//! - [`open_files`]: the cache of open files; [`shared_file`]: an open file that many responses send
//! - [`residency`]: which parts of a file are in the page cache; [`loading`] reads the other parts,
//!   on the threads of [`disk`]; [`buffer`]: buffers for copied content
//! - [`info`]: the SHA-256 of each file and what is in it; [`indexer`] computes them for files that an
//!   administrator copied into the volume
//! - [`packages`]: the sample index of each file, and the playlists and segments of it
//! - [`upload`]: uploads; [`pull`]: files fetched from a peer
//! - [`name_locks`]: serializes changes of what a name refers to
//! - [`inspect`]: what is in a media file; [`ffprobe`] describes the formats that the server does not read
//! - [`content_type`]: types by extension; [`sniff`]: formats by the first bytes

pub mod buffer;
pub mod content_type;
pub mod disk;
pub mod ffprobe;
pub mod indexer;
pub mod info;
pub mod inspect;
pub mod library_files;
pub mod loading;
pub mod media_dir;
pub mod name_locks;
pub mod open_files;
pub mod packages;
pub mod pull;
pub mod residency;
pub mod shared_file;
pub mod sniff;
pub mod upload;
pub mod volume;
pub mod volume_lock;

pub use open_files::OpenMedia;
pub use shared_file::SharedFile;
pub use upload::{UploadError, Uploads};
pub use volume::{Volume, VolumeError};
