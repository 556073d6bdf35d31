//! Parameters of paths that need a type of their own.

use std::str::FromStr;

use ginflix_api::media::{InvalidMediaName, MediaName};

/// A media name as a percent-encoded path segment.
pub struct MediaNameParam(pub MediaName);

impl FromStr for MediaNameParam {
    type Err = InvalidMediaName;

    fn from_str(segment: &str) -> Result<Self, Self::Err> {
        MediaName::from_path_segment(segment).map(Self)
    }
}
