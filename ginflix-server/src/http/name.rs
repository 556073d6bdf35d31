//! Media names in paths.

use std::str::FromStr;

use ginflix_api::media::{InvalidMediaName, MediaName};

/// A media name as a path segment, percent-encoded.
pub struct Name(pub MediaName);

impl FromStr for Name {
    type Err = InvalidMediaName;

    fn from_str(segment: &str) -> Result<Self, Self::Err> {
        MediaName::from_path_segment(segment).map(Self)
    }
}
