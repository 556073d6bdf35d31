//! Sample movies, media files and playbacks.

use ginflix_api::inspection::{
    Chapter, Codec, Container, Inspection, Problem, Ratio, Track, TrackKind, VideoTrack,
};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{MovieId, MovieSort};
use ginflix_api::paths;
use ginflix_api::views::NotCountedReason;
use ginflix_server::catalog::store::{
    CatalogStore, ListedMovie, MovieFilter, MovieRecord, PlaybackEvent, PlaybackRecord,
    PlaybackUpdate, ViewRule,
};
use jiff::Timestamp;
use uuid::Uuid;

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn name(text: &str) -> MediaName {
    text.parse().unwrap()
}

/// Returns the inspection of a file, with texts that need escaping.
fn inspection() -> Inspection {
    let chapter =
        Chapter { start_seconds: 1.5, title: "\"Ünïcode\" \\ 'x'; --\u{202e}🎬".to_owned() };
    let ratio = Ratio { numerator: 24_000, denominator: 1001 };
    let video = VideoTrack { width: 1920, frame_rate: Some(ratio), ..VideoTrack::default() };
    let track = Track {
        number: 1,
        codec: Codec::Hevc,
        codec_id: "hvc1".to_owned(),
        codec_string: Some("hvc1.1.6.L93.B0".to_owned()),
        language: Some("de".to_owned()),
        default: true,
        duration_seconds: Some(90.5),
        bit_rate: Some(4_000_000),
        kind: TrackKind::Video(video),
        ..Track::default()
    };
    Inspection {
        container: Container::Mp4,
        duration_seconds: Some(90.5),
        tracks: vec![track],
        chapters: vec![chapter],
        problems: vec![Problem::Truncated { missing_bytes: 7 }],
        ..Inspection::default()
    }
}

pub fn media(text: &str) -> Media {
    let name = name(text);
    Media {
        library: None,
        missing_since: None,
        stream_path: paths::stream(&name),
        name,
        file_name: Some(format!("{text}: original?")),
        size_bytes: 5_000_000_000,
        sha256: Some("ab".repeat(32)),
        content_type: "video/mp4".to_owned(),
        duration_seconds: Some(90.5),
        inspection: Some(inspection()),
        created_at: time("2026-02-03T04:05:06.789Z"),
    }
}

/// Creates the record of a movie that plays `film.mp4`.
pub fn movie(title: &str) -> MovieRecord {
    let now = time("2026-03-04T05:06:07.891Z");
    MovieRecord {
        id: MovieId::new(),
        title: title.to_owned(),
        description: String::new(),
        year: None,
        genres: Vec::new(),
        directors: Vec::new(),
        cast: Vec::new(),
        episode: None,
        media: name("film.mp4"),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Inserts movies, and the media file `film.mp4` that they play.
pub async fn write(store: &dyn CatalogStore, movies: &[MovieRecord]) {
    store.put_media(&media("film.mp4")).await.unwrap();
    for movie in movies {
        store.insert_movie(movie).await.unwrap();
    }
}

pub fn in_order(sort: MovieSort) -> MovieFilter {
    MovieFilter { sort, limit: 200, ..MovieFilter::default() }
}

pub async fn titles(store: &dyn CatalogStore, filter: &MovieFilter) -> Vec<String> {
    titles_of(store.movies(filter).await.unwrap())
}

pub fn titles_of(listed: Vec<ListedMovie>) -> Vec<String> {
    listed.into_iter().map(|listed| listed.movie.title).collect()
}

pub fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| text.to_string()).collect()
}

pub fn playback(movie: MovieId) -> PlaybackRecord {
    PlaybackRecord {
        id: Uuid::now_v7(),
        movie_id: movie,
        started_at: time("2026-05-06T07:08:09.123Z"),
        reported_at: None,
        needed_seconds: 30.0,
        played: Vec::new(),
        watched_seconds: 0.0,
        counted_at: None,
        reason: Some(NotCountedReason::NeverPlayed),
        client: None,
        media: Some(name("film.mp4")),
        needed_bytes: 1000,
        eligible_at: None,
        basis: None,
    }
}

pub fn report(playback: &PlaybackRecord, at: &str) -> PlaybackUpdate {
    PlaybackUpdate { id: playback.id, played: Vec::new(), at: time(at) }
}

/// A view rule for tests: every report counts.
pub fn count(playback: &mut PlaybackRecord, update: &PlaybackUpdate) {
    playback.reported_at = Some(update.at);
    playback.watched_seconds += 1.0;
    playback.played.extend(&update.played);
    playback.counted_at.get_or_insert(update.at);
    playback.reason = None;
}

/// A view rule for tests: no report counts.
pub fn too_short(playback: &mut PlaybackRecord, update: &PlaybackUpdate) {
    playback.reported_at = Some(update.at);
    playback.reason = Some(NotCountedReason::TooShort);
}

/// Starts a playback.
pub async fn start(store: &dyn CatalogStore, playback: &PlaybackRecord) {
    let event = PlaybackEvent::Started(playback.clone());
    let started = store.record_playbacks(&[event], count).await.unwrap();
    assert_eq!(started, [Some(playback.clone())]);
}

/// Applies reports in one transaction.
pub async fn apply(
    store: &dyn CatalogStore,
    reports: &[PlaybackUpdate],
    rule: ViewRule,
) -> Vec<Option<PlaybackRecord>> {
    let events: Vec<_> = reports.iter().cloned().map(PlaybackEvent::Played).collect();
    store.record_playbacks(&events, rule).await.unwrap()
}

/// Adds a playback of a movie that counts as a view at this time.
pub async fn view(store: &dyn CatalogStore, movie: MovieId, at: &str) {
    let playback = playback(movie);
    start(store, &playback).await;
    apply(store, &[report(&playback, at)], count).await;
}
