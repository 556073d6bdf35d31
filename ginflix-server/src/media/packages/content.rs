//! The content of a response: a playlist, a segment or a document of text.

use std::time::SystemTime;

use crate::delivery::response::{CachePolicy, Representation};
use crate::delivery::segments::{Segment, Segments};

/// A playlist or segment, with the metadata that responses carry.
#[derive(Debug)]
pub struct PackagedContent {
    /// The bytes, and ranges of the media file.
    pub segments: Segments,
    /// The strong entity tag, with its quotes (RFC 9110, section 8.8.3).
    pub etag: String,
    /// The media type.
    pub content_type: &'static str,
    /// How long caches may use it.
    pub cache: CachePolicy,
}

impl PackagedContent {
    /// Returns the metadata of the representation. `modified` is the time of the last change of the media file.
    pub fn representation(&self, modified: SystemTime) -> Representation<'_> {
        let Self { segments, etag, content_type, cache } = self;
        let size = segments.iter().map(Segment::len).sum();
        Representation { size, modified, etag, content_type, cache: *cache }
    }
}
