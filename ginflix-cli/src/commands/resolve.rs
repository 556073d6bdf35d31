//! Which movie is meant by an id, the start of an id, or a title.

use ginflix_api::client::Client;
use ginflix_api::movie::{Movie, MovieId, MovieQuery};

use crate::error::{ExitStatus, Failure, Result};

/// The start of an id has at least this many characters, so that a short title
/// such as `7` is not taken for one.
const SHORTEST_PREFIX: usize = 4;
/// Candidates that an ambiguity names.
const NAMED: usize = 10;

/// The one movie that is meant.
///
/// # Errors
/// Not found, or a conflict that lists the candidates.
pub async fn movie(client: &Client, meant: &str) -> Result<Movie> {
    if let Ok(id) = meant.parse::<MovieId>() {
        return Ok(client.movie(id).await?);
    }
    let all = client.all_movies(MovieQuery::default(), usize::MAX).await?;
    choose(all, meant)
}

fn choose(all: Vec<Movie>, meant: &str) -> Result<Movie> {
    let lower = meant.to_lowercase();
    let is_prefix = meant.chars().count() >= SHORTEST_PREFIX;
    let rules: [&dyn Fn(&Movie) -> bool; 3] =
        [&|movie| movie.title == meant, &|movie| movie.title.to_lowercase() == lower, &|movie| {
            is_prefix && movie.id.to_string().starts_with(&lower)
        }];
    for rule in rules {
        let mut found: Vec<&Movie> = all.iter().filter(|movie| rule(movie)).collect();
        match found.len() {
            0 => {}
            1 => return Ok(found.remove(0).clone()),
            _ => return Err(ambiguous(meant, &found)),
        }
    }
    Err(Failure::new(ExitStatus::NotFound, format!("there is no movie `{meant}`"))
        .hint("find its id or title: ginflix movie list --search WORDS"))
}

fn ambiguous(meant: &str, found: &[&Movie]) -> Failure {
    let mut message = format!("`{meant}` may be any of {} movies:", found.len());
    for movie in found.iter().take(NAMED) {
        message.push_str(&format!("\n  {}  {}", movie.id, movie.title));
        if let Some(year) = movie.year {
            message.push_str(&format!(" ({year})"));
        }
    }
    if found.len() > NAMED {
        message.push_str("\n  …");
    }
    Failure::new(ExitStatus::Conflict, message).hint("name it by its id")
}

/// Characters of an id that tell it from all others of a list: the time in an
/// id has 13, and only what was registered within one millisecond needs more.
pub fn short_id_length(movies: &[Movie]) -> usize {
    const TIME: usize = 13;
    let mut ids: Vec<String> = movies.iter().map(|movie| movie.id.to_string()).collect();
    ids.sort();
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    ids.windows(2).map(|pair| common(&pair[0], &pair[1]) + 1).max().unwrap_or(0).max(TIME)
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
    fn an_exact_title_goes_before_all() {
        assert_eq!(choose(three(), "up").unwrap().id.to_string(), B);
        assert_eq!(choose(three(), "DOWN").unwrap().id.to_string(), C);
    }

    #[test]
    fn the_start_of_an_id_must_be_unique() {
        assert_eq!(choose(three(), "0189f").unwrap().id.to_string(), C);
        let failure = choose(three(), "0189").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains(A) && failure.message.contains("Down"));
    }

    #[test]
    fn ambiguous_titles_and_unknown_ones() {
        assert_eq!(choose(three(), "UP").unwrap_err().status, ExitStatus::Conflict);
        assert_eq!(choose(three(), "nope").unwrap_err().status, ExitStatus::NotFound);
        assert_eq!(choose(three(), "018").unwrap_err().status, ExitStatus::NotFound);
    }

    #[test]
    fn short_ids_stay_unique() {
        assert_eq!(short_id_length(&three()), 36);
        assert_eq!(short_id_length(&three()[1..]), 13);
        assert_eq!(short_id_length(&[]), 13);
    }
}
