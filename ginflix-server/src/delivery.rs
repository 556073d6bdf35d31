//! What is answered to a request for a media file, as data: from the head of the
//! request and what is known of the file. Who writes it to the client is not
//! known here.
//!
//! # Layout
//! - [`film`]: the answer; [`conditional`] and [`range`]: its rules, which are those of RFC 9110,
//!   sections 13 and 14
//! - [`pieces`]: what a body consists of; [`byteranges`]: that of several ranges
//! - [`fields`]: a request's fields, as whoever read them keeps them
//! - [`request_id`]: its id, and what all answers have; [`client`]: whose it is

pub mod byteranges;
pub mod client;
pub mod conditional;
pub mod fields;
pub mod film;
pub mod pieces;
pub mod range;
pub mod request_id;
