//! What a target sent of the HLS of a media file.

use ginflix_api::client::{ClientError, HlsResponse};

use super::master::PlaylistRole;

/// The most bytes that are read of a playlist.
pub const PLAYLIST_BYTES_LIMIT: usize = 32 << 20;
/// The most bytes that are read of a segment. The rules of a longer one are checked as far as its beginning shows.
pub const SEGMENT_BYTES_LIMIT: usize = 64 << 20;

/// The response to one request.
pub type Received = Result<HlsResponse, ClientError>;

/// A playlist or segment and the responses to requests for it.
#[derive(Debug)]
pub struct FetchedResource {
    /// The name in the report.
    pub name: String,
    /// The response to a request for all of it.
    pub whole: Received,
    /// The response to the same request with the entity tag of the first response.
    pub again: Option<Received>,
    /// The response to a request for a range, and the range, both ends included.
    pub part: Option<([u64; 2], Received)>,
}

/// A segment that was fetched.
#[derive(Debug)]
pub struct FetchedSegment {
    /// The position in the playlist, from 0.
    pub position: usize,
    /// The segment.
    pub resource: FetchedResource,
}

/// A media playlist that was fetched, with some of its segments.
#[derive(Debug)]
pub struct FetchedPlaylist {
    /// What it is for.
    pub role: PlaylistRole,
    /// The bit rate that the master playlist states, in bits a second; 0 if none.
    pub bandwidth: u64,
    /// The playlist.
    pub resource: FetchedResource,
    /// The initialization segment.
    pub init: Option<FetchedResource>,
    /// Some of the segments, in order.
    pub segments: Vec<FetchedSegment>,
}

/// What was fetched of one target.
#[derive(Debug)]
pub struct Presentation {
    /// The master playlist.
    pub master: FetchedResource,
    /// The media playlists.
    pub playlists: Vec<FetchedPlaylist>,
    /// The URIs that were not followed, because they lead away from the media file: where each is, and the URI.
    pub foreign: Vec<(String, String)>,
}

/// What came of the requests to a target.
#[derive(Debug)]
pub enum FetchOutcome {
    /// The target responded, perhaps with faults.
    Presentation(Box<Presentation>),
    /// The target is still making the index of the file.
    NotReady,
    /// The target says that there is no HLS of the file, and why.
    Refused(String),
}

impl FetchedResource {
    /// Returns the content, if all of it arrived as it is meant to be read.
    pub fn content(&self) -> Option<&[u8]> {
        let response = self.whole.as_ref().ok().filter(|response| response.status == 200)?;
        let is_plain = response.encoding.as_deref().is_none_or(|coding| coding == "identity");
        is_plain.then_some(&response.body[..])
    }

    /// Returns the size in bytes, as stated or as received.
    pub fn size(&self) -> Option<u64> {
        let response = self.whole.as_ref().ok()?;
        Some(response.length.unwrap_or(response.body.len() as u64))
    }
}
