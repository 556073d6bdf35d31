//! The response to a request for a media file, computed as data from the head of the request
//! and the metadata of the file. Does no I/O.
//!
//! # Layout
//! - [`response`]: the response; [`conditional`] and [`range`]: the rules of RFC 9110,
//!   sections 13 and 14
//! - [`hls`]: the paths of playlists and segments, and what their bodies are made of
//! - [`segments`]: what a body is made of; [`byteranges`]: the body for several ranges
//! - [`download`]: the name of a file that is saved
//! - [`fields`]: access to the header fields of a request, however they are stored; [`weight`]: elements of lists with weights
//! - [`request_id`]: the id of a request, and the fields of all responses; [`client`]: the
//!   client's address; [`authority`]: the host that a request names

pub mod authority;
pub mod byteranges;
pub mod client;
pub mod conditional;
pub mod download;
pub mod fields;
pub mod hls;
pub mod range;
pub mod request_id;
pub mod response;
pub mod segments;
pub mod weight;
