//! The ways in which a player may get what it plays: the file itself, HLS, or both in turns.

use ginflix_api::movie::Movie;
use ginflix_tests::viewer::Viewer;

/// How a player gets the content of a movie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By requests for the file.
    File,
    /// By HLS: the playlists, and the segments of the video and of the first sound track.
    Hls,
    /// By HLS first, and then by requests for the file.
    Switching,
}

impl Mode {
    /// Requests as much as a player that plays the movie to its end.
    pub async fn fetch(self, viewer: &Viewer<'_>, movie: &Movie) {
        if self != Self::File {
            fetch_hls(viewer, movie).await;
        }
        if self != Self::Hls {
            viewer.fetch(&movie.stream_path).await;
        }
    }
}

/// Requests the multivariant playlist, and all that a player needs of the playlists that it names
/// first.
async fn fetch_hls(viewer: &Viewer<'_>, movie: &Movie) {
    let folder = format!("{}/hls", movie.stream_path);
    let master = text(viewer, &format!("{folder}/master.m3u8")).await;
    let mut playlists = vec![lines(&master).next().expect("no rendition in the playlist")];
    playlists.extend(attributes(&master).next());
    for playlist in playlists {
        let media = text(viewer, &format!("{folder}/{playlist}")).await;
        for part in attributes(&media).chain(lines(&media)) {
            viewer.fetch(&format!("{folder}/{part}")).await;
        }
    }
}

async fn text(viewer: &Viewer<'_>, path: &str) -> String {
    String::from_utf8(viewer.fetch(path).await).unwrap()
}

/// Returns the URIs that have a line of their own.
fn lines(playlist: &str) -> impl Iterator<Item = &str> {
    playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Returns the URIs in attributes, such as that of the initialization section.
fn attributes(playlist: &str) -> impl Iterator<Item = &str> {
    let uris = playlist.lines().filter_map(|line| line.split_once("URI=\""));
    uris.filter_map(|(_, rest)| rest.split('"').next())
}
