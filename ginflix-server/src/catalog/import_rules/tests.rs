use ginflix_api::movie::{Episode, MovieId};
use ginflix_api::paths;
use jiff::Timestamp;

use super::*;

fn details(title: &str) -> NewMovie {
    NewMovie {
        title: title.to_owned(),
        media: "a.mp4".parse().unwrap(),
        description: "Plot".to_owned(),
        year: Some(1999),
        genres: vec!["Drama".to_owned()],
        directors: Vec::new(),
        cast: Vec::new(),
        episode: None,
    }
}

fn movie(details: NewMovie) -> Movie {
    Movie {
        id: MovieId::new(),
        title: details.title,
        description: details.description,
        year: details.year,
        genres: details.genres,
        directors: details.directors,
        cast: details.cast,
        episode: details.episode,
        stream_path: paths::stream(&details.media),
        media: details.media,
        content_type: None,
        size_bytes: None,
        duration_seconds: None,
        poster_path: None,
        views: 0,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn record(movie: &Movie, details: NewMovie) -> ImportRecord {
    ImportRecord {
        media: details.media.clone(),
        movie: Some(movie.id),
        details: Some(details),
        poster_sha256: None,
        subtitles: Vec::new(),
    }
}

#[test]
fn a_media_file_without_a_movie_gets_one() {
    assert_eq!(decide(None, &[], &details("A")), Decision::Add);
}

#[test]
fn a_movie_that_was_removed_is_not_added_again() {
    let import = record(&movie(details("A")), details("A"));
    assert_eq!(decide(Some(&import), &[], &details("B")), Decision::Removed);
    let subtitles = ImportRecord { movie: None, details: None, ..import };
    assert_eq!(decide(Some(&subtitles), &[], &details("B")), Decision::Add);
}

#[test]
fn only_fields_that_nobody_changed_take_a_new_value() {
    let mut current = movie(details("A"));
    let import = record(&current, details("A"));
    current.title = "By hand".to_owned();
    current.year = None;
    let episode = Some(Episode { season: Some(1), ..Episode::default() });
    let new = NewMovie {
        description: "A better plot".to_owned(),
        year: Some(2001),
        episode: episode.clone(),
        ..details("C")
    };
    let movies = [movie(details("Older, by hand")), current];
    let patch = MoviePatch {
        description: Some("A better plot".to_owned()),
        episode: Some(episode),
        ..MoviePatch::default()
    };
    assert_eq!(decide(Some(&import), &movies, &new), Decision::Change(&movies[1], patch));
}

#[test]
fn a_movie_that_somebody_made_only_gets_what_it_lacks() {
    let mut by_hand = movie(NewMovie { year: None, ..details("By hand") });
    by_hand.description = String::new();
    by_hand.genres = vec!["Noir".to_owned()];
    let movies = [by_hand];
    let patch = MoviePatch {
        description: Some("Plot".to_owned()),
        year: Some(Some(1999)),
        ..MoviePatch::default()
    };
    assert_eq!(decide(None, &movies, &details("A")), Decision::Change(&movies[0], patch));
}
