//! Packages stored media files as HLS just in time: playlists and CMAF segments of the samples that a file has, without
//! changing them and without temporary files.
//!
//! # How it fits together
//! 1. [`ginflix_media::packaging::select`] says from an inspection which tracks can be packaged, or why none can.
//! 2. [`index::build()`] reads the tables of a media file once, and makes an index that is stored beside its metadata.
//! 3. [`index::Index::open`] reads the header of a stored index, which a server keeps in memory.
//! 4. [`playlist::master()`] needs the header only, [`playlist::media()`] the entries of one rendition.
//! 5. [`init::segment()`] needs the header only, [`segment::segment()`] the samples of one segment. A segment is a
//!    [`content::Content`]: some bytes, and parts of the media file that a server sends as they are.
//!
//! [`texts::read`] reads the text tracks of a media file, which become renditions of WebVTT.
//!
//! [`resource::Resource::parse`] says which of these a path below `/stream/{name}/hls/` asks for.
//!
//! # Layout
//! - [`index`]: the sample index, its building and its form on disk
//! - `mp4`, `matroska`: read the samples of the containers, as a `track`
//! - `entry`: sample entries, which configure decoders
//! - [`segmentation`]: where a presentation is cut
//! - [`rendition`]: what is known of a rendition; [`moment`]: times of different timescales
//! - [`playlist`], [`init`], [`segment`], [`content`]: what players get
//! - [`texts`]: text tracks: from their samples to playlists and segments of WebVTT
//! - [`resource`]: the paths
//! - `sample`, `reorder`, `varint`, `boxes`: samples in a compact form, decoding times, integers, boxes
//!
//! # Times
//! A file's edit list, its composition offsets and its delays become an edit list of the initialization segment, which
//! shows the media from a certain time on, so that the decoding times of segments are never negative and the composition offsets are not either.
//! A presentation starts at 0. A file whose tracks all start more than a second later is moved to the start, by
//! [`index::Index::origin`].
//!
//! No content is trusted: reads are bounded by a budget, memory by [`index::Limits`], and numbers are checked.

mod boxes;
pub mod content;
mod entry;
mod error;
pub mod index;
pub mod init;
mod matroska;
pub mod moment;
mod mp4;
pub mod playlist;
pub mod rendition;
mod reorder;
pub mod resource;
mod sample;
pub mod segment;
pub mod segmentation;
pub mod texts;
mod track;
mod varint;

pub use self::error::{Error, Result};
pub use self::sample::{Sample, State};
