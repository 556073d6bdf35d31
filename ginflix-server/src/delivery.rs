//! The response to a request for a media file, computed as data from the head of the request
//! and the metadata of the file. Does no I/O.
//!
//! # Layout
//! - [`response`]: the response; [`conditional`] and [`range`]: the rules of RFC 9110,
//!   sections 13 and 14
//! - [`segments`]: what a body is made of; [`byteranges`]: the body for several ranges
//! - [`fields`]: access to the header fields of a request, however they are stored
//! - [`request_id`]: the id of a request, and the fields of all responses; [`client`]: the
//!   client's address

pub mod byteranges;
pub mod client;
pub mod conditional;
pub mod fields;
pub mod range;
pub mod request_id;
pub mod response;
pub mod segments;
