//! The movie that the home page shows large: one that looks good there and plays in the viewer's browser, popular or new.

use std::cmp::Reverse;

use ginflix_api::media::Media;
use ginflix_api::movie::Movie;

use super::cache::CacheKey;
use super::home::HomeRows;
use super::{Catalog, playability_of};

/// The number of movies whose media files are looked at.
const CANDIDATES_LIMIT: usize = 6;

/// The movie to show large.
#[derive(Debug, Clone, PartialEq)]
pub struct Featured {
    /// The movie.
    pub movie: Movie,
    /// Whether it is one of the most viewed movies of the week, and not just new.
    pub is_popular: bool,
}

/// How well a media file plays, the best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Playing {
    /// In no browser, or not to its end.
    Badly,
    /// In some browsers, or nothing is known of the file.
    Perhaps,
    /// In all browsers.
    Everywhere,
}

impl Catalog {
    /// Chooses the movie to feature from the rows of the home page; `None` if none plays.
    pub async fn featured(&self, rows: &HomeRows) -> Option<Featured> {
        let mut best: Option<(Playing, Featured)> = None;
        for candidate in candidates(rows).into_iter().take(CANDIDATES_LIMIT) {
            let name = &candidate.movie.media;
            // A file that is gone, or not known because the database is unavailable, is not featured.
            let read = self.recent(CacheKey::Media(name.clone()), self.store.media(name));
            let Ok(media) = read.await else { continue };
            let playing = playing(&media);
            let is_better = best.as_ref().is_none_or(|(other, _)| playing > *other);
            if playing > Playing::Badly && is_better {
                best = Some((playing, candidate));
            }
            if playing == Playing::Everywhere {
                break;
            }
        }
        best.map(|(_, featured)| featured)
    }
}

/// Returns the movies to choose from: first those with a poster and a description, then those with one of them, in each of
/// these groups first the popular ones.
fn candidates(rows: &HomeRows) -> Vec<Featured> {
    let popular = rows.week.iter().map(|movie| (movie, true));
    let mut all: Vec<(&Movie, bool)> = Vec::new();
    for (movie, is_popular) in popular.chain(rows.newest.iter().map(|movie| (movie, false))) {
        if all.iter().all(|(other, _)| other.id != movie.id) {
            all.push((movie, is_popular));
        }
    }
    all.sort_by_key(|(movie, _)| Reverse(looks(movie)));
    let featured =
        |(movie, is_popular): (&Movie, bool)| Featured { movie: movie.clone(), is_popular };
    all.into_iter().map(featured).collect()
}

/// Counts what a movie has to show: a poster, a description.
fn looks(movie: &Movie) -> u8 {
    u8::from(movie.poster_path.is_some()) + u8::from(!movie.description.is_empty())
}

fn playing(media: &Media) -> Playing {
    let Some(found) = &media.inspection else { return Playing::Perhaps };
    let playability = playability_of(media);
    let is_damaged = found.problems.iter().any(|problem| problem.is_damage());
    if is_damaged || media.missing_since.is_some() || playability.is_hopeless() {
        Playing::Badly
    } else if playability.is_universal() {
        Playing::Everywhere
    } else {
        Playing::Perhaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ginflix_api::movie::MovieId;
    use jiff::Timestamp;

    fn movie(title: &str, has_poster: bool, description: &str) -> Movie {
        Movie {
            id: MovieId::new(),
            title: title.to_owned(),
            description: description.to_owned(),
            year: None,
            genres: Vec::new(),
            directors: Vec::new(),
            cast: Vec::new(),
            episode: None,
            media: "film.mp4".parse().unwrap(),
            stream_path: "/stream/film.mp4".to_owned(),
            content_type: None,
            size_bytes: None,
            duration_seconds: None,
            poster_path: has_poster.then(|| "/poster".to_owned()),
            views: 0,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_looks_good_comes_first_then_what_is_popular() {
        let newest = vec![
            movie("newest", false, ""),
            movie("new and complete", true, "About."),
            movie("new with a poster", true, ""),
        ];
        let popular = vec![movie("popular", false, "About."), newest[1].clone()];
        let rows = HomeRows { newest, week: popular, ..HomeRows::default() };
        let found: Vec<(String, bool)> =
            candidates(&rows).into_iter().map(|one| (one.movie.title, one.is_popular)).collect();
        let expected = [
            ("new and complete".to_owned(), true),
            ("popular".to_owned(), true),
            ("new with a poster".to_owned(), false),
            ("newest".to_owned(), false),
        ];
        assert_eq!(found, expected);
        assert!(candidates(&HomeRows::default()).is_empty());
    }
}
