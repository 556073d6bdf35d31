//! Finds the movie that an id, the start of an id, or a title refers to.

use ginflix_api::client::Client;
use ginflix_api::movie::{Movie, MovieId, MovieQuery};

use crate::error::{ExitStatus, Failure, Result};

/// The fewest characters that may be the start of an id. A shorter text is probably a
/// title, such as `7`.
const MIN_ID_PREFIX_CHARS: usize = 4;
/// The most movies that the message about an ambiguous reference lists.
const MAX_LISTED_MOVIES: usize = 10;

/// Finds the movie with this id, start of an id, or title.
///
/// # Errors
/// Fails with `NotFound` if no movie matches, with `Conflict` if several match, or if a
/// request fails.
pub async fn find_movie(client: &Client, id_or_title: &str) -> Result<Movie> {
    if let Ok(id) = id_or_title.parse::<MovieId>() {
        return Ok(client.movie(id).await?);
    }
    let all = client.all_movies(MovieQuery::default(), usize::MAX).await?;
    find_unique(&all, id_or_title)
}

/// Finds the ids of the movies with these ids, starts of ids, or titles, in this order.
///
/// # Errors
/// Fails as [`find_movie`] does. An id is not looked up.
pub async fn find_movie_ids(client: &Client, wanted: &[String]) -> Result<Vec<MovieId>> {
    let ids = wanted.iter().map(|text| text.parse::<MovieId>());
    if let Ok(ids) = ids.collect::<std::result::Result<Vec<_>, _>>() {
        return Ok(ids);
    }
    let all = client.all_movies(MovieQuery::default(), usize::MAX).await?;
    let find = |text: &String| match text.parse::<MovieId>() {
        Ok(id) => Ok(id),
        Err(_) => Ok(find_unique(&all, text)?.id),
    };
    wanted.iter().map(find).collect()
}

/// Applies the rules in order: the exact title, the title in any case, the start of the id.
fn find_unique(all: &[Movie], id_or_title: &str) -> Result<Movie> {
    let lower = id_or_title.to_lowercase();
    let may_be_id = id_or_title.chars().count() >= MIN_ID_PREFIX_CHARS;
    let rules: [&dyn Fn(&Movie) -> bool; 3] = [
        &|movie| movie.title == id_or_title,
        &|movie| movie.title.to_lowercase() == lower,
        &|movie| may_be_id && movie.id.to_string().starts_with(&lower),
    ];
    for rule in rules {
        let mut found: Vec<&Movie> = all.iter().filter(|movie| rule(movie)).collect();
        match found.len() {
            0 => {}
            1 => return Ok(found.remove(0).clone()),
            _ => return Err(ambiguous(id_or_title, &found)),
        }
    }
    Err(Failure::new(ExitStatus::NotFound, format!("there is no movie `{id_or_title}`"))
        .hint("find its id or title: ginflix movie list --search WORDS"))
}

fn ambiguous(id_or_title: &str, found: &[&Movie]) -> Failure {
    let mut message = format!("`{id_or_title}` matches {} movies:", found.len());
    for movie in found.iter().take(MAX_LISTED_MOVIES) {
        message.push_str(&format!("\n  {}  {}", movie.id, movie.title));
        if let Some(year) = movie.year {
            message.push_str(&format!(" ({year})"));
        }
    }
    if found.len() > MAX_LISTED_MOVIES {
        message.push_str("\n  …");
    }
    Failure::new(ExitStatus::Conflict, message).hint("use the id of the movie instead")
}

/// Returns the number of characters after which all ids of a list differ.
///
/// It is at least 13: a UUIDv7 starts with its time in milliseconds, which has 12
/// hexadecimal digits and a hyphen (RFC 9562, section 5.7). Only movies that were
/// registered in the same millisecond need more.
pub fn short_id_length(movies: &[Movie]) -> usize {
    const TIMESTAMP_CHARS: usize = 13;
    let mut ids: Vec<String> = movies.iter().map(|movie| movie.id.to_string()).collect();
    ids.sort();
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let unique = ids.windows(2).map(|pair| common(&pair[0], &pair[1]) + 1).max();
    unique.unwrap_or(0).max(TIMESTAMP_CHARS)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn sample(id: &str, title: &str) -> Movie {
        serde_json::from_value(serde_json::json!({
            "id": id, "title": title, "description": "", "year": null, "genres": [],
            "directors": [], "cast": [], "media": "f.mp4", "stream_path": "/stream/f.mp4",
            "content_type": null, "size_bytes": null, "duration_seconds": null,
            "poster_path": null, "views": 0, "version": 1,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    const A: &str = "01890000-0000-7000-8000-00000000000a";
    const B: &str = "01890000-0000-7000-8000-00000000000b";
    const C: &str = "0189ffff-0000-7000-8000-00000000000c";

    fn three() -> Vec<Movie> {
        vec![sample(A, "Up"), sample(B, "up"), sample(C, "Down")]
    }

    #[test]
    fn an_exact_title_has_precedence() {
        assert_eq!(find_unique(&three(), "up").unwrap().id.to_string(), B);
        assert_eq!(find_unique(&three(), "DOWN").unwrap().id.to_string(), C);
    }

    #[test]
    fn the_start_of_an_id_must_be_unique() {
        assert_eq!(find_unique(&three(), "0189f").unwrap().id.to_string(), C);
        let failure = find_unique(&three(), "0189").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains(A) && failure.message.contains("Down"));
    }

    #[test]
    fn ambiguous_and_unknown_titles_fail() {
        assert_eq!(find_unique(&three(), "UP").unwrap_err().status, ExitStatus::Conflict);
        assert_eq!(find_unique(&three(), "nope").unwrap_err().status, ExitStatus::NotFound);
        assert_eq!(find_unique(&three(), "018").unwrap_err().status, ExitStatus::NotFound);
    }

    #[test]
    fn short_ids_stay_unique() {
        assert_eq!(short_id_length(&three()), 36);
        assert_eq!(short_id_length(&three()[1..]), 13);
        assert_eq!(short_id_length(&[]), 13);
    }
}
