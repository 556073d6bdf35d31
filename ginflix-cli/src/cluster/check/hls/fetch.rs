//! Requests the playlists and some segments of a media file from one target.

use std::time::Duration;

use ginflix_api::client::{Client, ClientError, HlsRequest};
use ginflix_api::media::MediaName;
use tokio::time::{Instant, sleep};
use url::Url;

use super::master::{self, NamedPlaylist, PlaylistRole};
use super::media;
use super::presentation::{
    FetchOutcome, FetchedPlaylist, FetchedResource, FetchedSegment, PLAYLIST_BYTES_LIMIT,
    Presentation, Received, SEGMENT_BYTES_LIMIT,
};

/// How long a target may take to make the index of a file: about as long as reading 5 GB from a disk.
const INDEX_TIMEOUT: Duration = Duration::from_secs(30);
/// The time between two requests for a file that is being indexed, unless the server states another.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// The most media playlists that are fetched.
const PLAYLISTS_LIMIT: usize = 24;
/// The bytes after which no further segment is fetched from a target. They are in memory until they are judged.
const TARGET_BYTES_LIMIT: u64 = 256 << 20;
/// The length of the range that is requested of a segment, in bytes.
const PART_BYTES: u64 = 4096;

/// Requests the playlists of a media file and some of their segments.
///
/// # Errors
/// The URL of the target cannot have paths.
pub async fn fetch(client: &Client, name: &MediaName) -> Result<FetchOutcome, ClientError> {
    let master_url = client.hls_master_url(name)?;
    let deadline = Instant::now() + INDEX_TIMEOUT;
    let mut fetcher = Fetcher { client, master_url, deadline, bytes: 0, foreign: Vec::new() };
    let url = fetcher.master_url.clone();
    let master = fetcher.playlist("master.m3u8", &url).await;
    let refusal = master.whole.as_ref().ok().and_then(|response| {
        Some((response.status, response.refusal()?)).filter(|(status, _)| *status != 200)
    });
    match refusal {
        Some((404, message)) => return Ok(FetchOutcome::Refused(message)),
        Some((503, _)) => return Ok(FetchOutcome::NotReady),
        _ => {}
    }
    let (named, _) = master::read("", master.content().unwrap_or_default());
    let mut playlists = Vec::new();
    for named in named.iter().take(PLAYLISTS_LIMIT) {
        playlists.extend(fetcher.media_playlist(named).await);
    }
    let foreign = fetcher.foreign;
    Ok(FetchOutcome::Presentation(Box::new(Presentation { master, playlists, foreign })))
}

/// Sends the requests to one target.
struct Fetcher<'a> {
    client: &'a Client,
    master_url: Url,
    /// The moment from which on a file that is being indexed is not waited for.
    deadline: Instant,
    /// The bytes that were received so far.
    bytes: u64,
    /// The URIs that were not followed, and where they are.
    foreign: Vec<(String, String)>,
}

impl Fetcher<'_> {
    async fn media_playlist(&mut self, named: &NamedPlaylist) -> Option<FetchedPlaylist> {
        let base = self.master_url.clone();
        let url = self.resolve(&base, &named.uri, "master.m3u8")?;
        let name = self.name_of(&url);
        let resource = self.playlist(&name, &url).await;
        let (playlist, _) = media::read("", named.role, resource.content().unwrap_or_default());
        let (mut init, mut segments) = (None, Vec::new());
        if named.role != PlaylistRole::Text {
            if let Some(uri) = &playlist.map
                && let Some(map) = self.resolve(&url, uri, &name)
            {
                let name = format!("{name}, initialization segment");
                init = Some(self.segment(name, &map, false).await);
            }
            for position in sample_positions(playlist.segments.len()) {
                if self.bytes > TARGET_BYTES_LIMIT {
                    break;
                }
                let uri = &playlist.segments[position].uri;
                let Some(segment) = self.resolve(&url, uri, &name) else { continue };
                let name = format!("{name}, segment {position}");
                let resource = self.segment(name, &segment, position == 0).await;
                segments.push(FetchedSegment { position, resource });
            }
        }
        let (role, bandwidth) = (named.role, named.bandwidth);
        Some(FetchedPlaylist { role, bandwidth, resource, init, segments })
    }

    /// Fetches a playlist, and again with its entity tag.
    async fn playlist(&mut self, name: &str, url: &Url) -> FetchedResource {
        let whole = self.get(url, &HlsRequest::default(), PLAYLIST_BYTES_LIMIT).await;
        let again = self.again(url, &whole).await;
        FetchedResource { name: name.to_owned(), whole, again, part: None }
    }

    /// Fetches a segment, and if `is_repeated` also a range of it, and all of it with its entity tag.
    async fn segment(&mut self, name: String, url: &Url, is_repeated: bool) -> FetchedResource {
        let whole = self.get(url, &HlsRequest::default(), SEGMENT_BYTES_LIMIT).await;
        let (mut again, mut part) = (None, None);
        if is_repeated {
            again = self.again(url, &whole).await;
            part = self.part(url, &whole).await;
        }
        FetchedResource { name, whole, again, part }
    }

    async fn again(&mut self, url: &Url, whole: &Received) -> Option<Received> {
        let etag = whole.as_ref().ok().filter(|whole| whole.status == 200)?.etag.as_deref();
        let request = HlsRequest { if_none_match: Some(etag?), ..HlsRequest::default() };
        Some(self.get(url, &request, 0).await)
    }

    /// Requests a range from the middle of a segment.
    async fn part(&mut self, url: &Url, whole: &Received) -> Option<([u64; 2], Received)> {
        let whole = whole.as_ref().ok().filter(|whole| whole.status == 200)?;
        let first = whole.body.len() as u64 / 2;
        let last = (first + PART_BYTES).min(whole.body.len() as u64).checked_sub(1)?;
        let range = Some(format!("bytes={first}-{last}"));
        let request = HlsRequest { range, ..HlsRequest::default() };
        // One byte more than the range, so that a body that is too long is noticed.
        Some(([first, last], self.get(url, &request, PART_BYTES as usize + 1).await))
    }

    /// Sends a request, and repeats it while the file is being indexed.
    async fn get(&mut self, url: &Url, request: &HlsRequest<'_>, limit: usize) -> Received {
        loop {
            let received = self.client.probe_hls(url, request, limit).await;
            let Ok(response) = &received else { return received };
            self.bytes += response.body.len() as u64;
            let delay = response.retry_after.map_or(RETRY_INTERVAL, Duration::from_secs);
            let delay = delay.clamp(Duration::from_millis(100), INDEX_TIMEOUT);
            if response.status != 503 || Instant::now() + delay > self.deadline {
                return received;
            }
            sleep(delay).await;
        }
    }

    /// Resolves a URI of the playlist at `base`; `None` if it does not belong to the media file, where the token must not
    /// be sent.
    fn resolve(&mut self, base: &Url, uri: &str, place: &str) -> Option<Url> {
        let url = base.join(uri).ok().filter(|url| {
            let folder = self.master_url.path().trim_end_matches("master.m3u8");
            url.origin() == self.master_url.origin() && url.path().starts_with(folder)
        });
        if url.is_none() {
            self.foreign.push((place.to_owned(), uri.to_owned()));
        }
        url
    }

    /// Returns the name of a playlist in the report: its path below that of the media file.
    fn name_of(&self, url: &Url) -> String {
        let folder = self.master_url.path().trim_end_matches("master.m3u8");
        url.path().strip_prefix(folder).unwrap_or_default().to_owned()
    }
}

/// Returns the positions of the segments that are fetched: the first, one in the middle and the last.
fn sample_positions(count: usize) -> Vec<usize> {
    let mut positions: Vec<usize> =
        [0, count / 2, count.saturating_sub(1)].into_iter().filter(|at| *at < count).collect();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_a_middle_and_the_last_segment_are_fetched() {
        for (count, expected) in
            [(0, vec![]), (1, vec![0]), (2, vec![0, 1]), (3, vec![0, 1, 2]), (100, vec![0, 50, 99])]
        {
            assert_eq!(sample_positions(count), expected, "{count}");
        }
    }

    #[test]
    fn only_uris_of_the_media_file_are_followed() {
        let client = Client::new("http://localhost:1/".parse().unwrap(), None).unwrap();
        let master_url = client.hls_master_url(&"a b.mp4".parse().unwrap()).unwrap();
        let deadline = Instant::now();
        let mut fetcher =
            Fetcher { client: &client, master_url, deadline, bytes: 0, foreign: Vec::new() };
        let base = fetcher.master_url.clone();
        let video = fetcher.resolve(&base, "video.m3u8?expires=1", "master.m3u8").unwrap();
        assert_eq!(video.as_str(), "http://localhost:1/stream/a%20b.mp4/hls/video.m3u8?expires=1");
        assert_eq!(fetcher.name_of(&video), "video.m3u8");
        for uri in ["//example.org/stream/a%20b.mp4/hls/x", "../x.m3u8", "http://localhost:2/", "/"]
        {
            assert_eq!(fetcher.resolve(&video, uri, "video.m3u8"), None, "{uri}");
        }
        assert_eq!(fetcher.foreign[1], ("video.m3u8".to_owned(), "../x.m3u8".to_owned()));
    }
}
