//! Validation and normalization of the fields of a movie: for example, the spaces around a title
//! are removed.

use ginflix_api::movie::{
    Episode, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_NAMES, MAX_TITLE_CHARS, MoviePatch,
    NewMovie, YEARS,
};
use ginflix_api::subtitles::MAX_SUBTITLE_TITLE_CHARS;
use unicode_normalization::UnicodeNormalization;

use super::normalize;
use crate::error::AppError;

type Result<T> = std::result::Result<T, AppError>;

/// Validates a new movie, and normalizes its fields.
///
/// # Errors
/// `Invalid` with the first field that breaks its rule.
pub fn check_new(new: NewMovie) -> Result<NewMovie> {
    Ok(NewMovie {
        title: title(&new.title)?,
        media: new.media,
        description: description(&new.description)?,
        year: new.year.map(year).transpose()?,
        genres: names("genres", &new.genres)?,
        directors: names("directors", &new.directors)?,
        cast: names("cast", &new.cast)?,
        episode: new.episode.map(episode).transpose()?.flatten(),
    })
}

/// Validates a change of a movie, and normalizes its fields.
///
/// # Errors
/// `Invalid` with the first field that breaks its rule.
pub fn check_patch(patch: MoviePatch) -> Result<MoviePatch> {
    let list =
        |field, value: Option<Vec<String>>| value.map(|list| names(field, &list)).transpose();
    Ok(MoviePatch {
        title: patch.title.as_deref().map(title).transpose()?,
        media: patch.media,
        description: patch.description.as_deref().map(description).transpose()?,
        year: match patch.year {
            Some(Some(value)) => Some(Some(year(value)?)),
            other => other,
        },
        genres: list("genres", patch.genres)?,
        directors: list("directors", patch.directors)?,
        cast: list("cast", patch.cast)?,
        episode: match patch.episode {
            Some(Some(value)) => Some(episode(value)?),
            other => other,
        },
    })
}

/// Validates the title of subtitles.
///
/// # Errors
/// `Invalid` if it is empty or too long, or has a control character.
pub fn subtitles_title(text: &str) -> Result<String> {
    line("title", text, MAX_SUBTITLE_TITLE_CHARS)
}

/// Validates the title of a movie or a collection.
///
/// # Errors
/// `Invalid` if it is empty or too long, or has a control character.
pub fn title(text: &str) -> Result<String> {
    line("title", text, MAX_TITLE_CHARS)
}

/// Validates the description of a movie or a collection.
///
/// # Errors
/// `Invalid` if it is too long, or has a control character other than line breaks and tabs.
pub fn description(text: &str) -> Result<String> {
    let text: String = text.replace("\r\n", "\n").trim().nfc().collect();
    if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(control_character_error("description", c));
    }
    check_length("description", &text, MAX_DESCRIPTION_CHARS)?;
    Ok(text)
}

/// Validates the year of the series of an imported episode.
///
/// # Errors
/// `Invalid` if it is not within [`YEARS`].
pub fn series_year(series_year: Option<u16>) -> Result<Option<u16>> {
    series_year.map(|value| in_years("series_year", value)).transpose()
}

fn year(year: u16) -> Result<u16> {
    in_years("year", year)
}

fn in_years(field: &'static str, year: u16) -> Result<u16> {
    if YEARS.contains(&year) {
        return Ok(year);
    }
    let (first, last) = (YEARS.start(), YEARS.end());
    Err(AppError::invalid(field, format!("must be {first} to {last}, not {year}")))
}

/// Validates a place in a series; `None` if it says nothing.
fn episode(episode: Episode) -> Result<Option<Episode>> {
    let series = episode.series.as_deref().map(|series| line("series", series, MAX_TITLE_CHARS));
    let episode = Episode { series: series.transpose()?, ..episode };
    Ok(Some(episode).filter(|episode| !episode.is_empty()))
}

/// Validates a list of names, and removes duplicates, even those in another spelling.
fn names(field: &'static str, list: &[String]) -> Result<Vec<String>> {
    if list.len() > MAX_NAMES {
        let given = list.len();
        return Err(AppError::invalid(
            field,
            format!("may have at most {MAX_NAMES} entries, not {given}"),
        ));
    }
    let mut unique: Vec<String> = Vec::with_capacity(list.len());
    for (index, name) in list.iter().enumerate() {
        let name = line(field, name, MAX_NAME_CHARS).map_err(|e| entry_error(e, index + 1))?;
        let key = normalize::sort_key(&name);
        if !unique.iter().any(|other| normalize::sort_key(other) == key) {
            unique.push(name);
        }
    }
    Ok(unique)
}

/// Adds to an error the number of the list entry that it is about.
fn entry_error(error: AppError, number: usize) -> AppError {
    match error {
        AppError::Invalid { field, message } => {
            AppError::invalid(field, format!("entry {number} {message}"))
        }
        other => other,
    }
}

/// Validates a text of one line that is not blank. It is returned without spaces at its ends, in
/// Unicode normalization form C, so that equal texts have equal bytes.
fn line(field: &'static str, text: &str, max_chars: usize) -> Result<String> {
    let text: String = text.trim().nfc().collect();
    if text.chars().all(is_invisible) {
        return Err(AppError::invalid(field, "cannot be empty"));
    }
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return Err(control_character_error(field, c));
    }
    check_length(field, &text, max_chars)?;
    Ok(text)
}

/// Returns whether the character shows nothing, such as a zero-width space.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

fn check_length(field: &'static str, text: &str, max_chars: usize) -> Result<()> {
    match text.chars().count() {
        given if given > max_chars => Err(AppError::invalid(
            field,
            format!("may have at most {max_chars} characters, not {given}"),
        )),
        _ => Ok(()),
    }
}

fn control_character_error(field: &'static str, c: char) -> AppError {
    AppError::invalid(field, format!("may not have the control character {c:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn new(title: &str) -> NewMovie {
        NewMovie {
            title: title.to_owned(),
            media: "film.mp4".parse().unwrap(),
            description: String::new(),
            year: None,
            genres: Vec::new(),
            directors: Vec::new(),
            cast: Vec::new(),
            episode: None,
        }
    }

    fn field(result: Result<NewMovie>) -> &'static str {
        match result {
            Err(AppError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_are_normalized() {
        let genres = ["Drama", " drama ", "Sci-Fi", "sci fi"].map(String::from).to_vec();
        let description = " one\r\ntwo ".to_owned();
        let movie = check_new(NewMovie { genres, description, ..new("  E\u{301}clair ") }).unwrap();
        assert_eq!(movie.title, "Éclair");
        assert_eq!(movie.description, "one\ntwo");
        assert_eq!(movie.genres, ["Drama", "Sci-Fi"]);
    }

    #[test]
    fn an_error_names_the_invalid_field() {
        let names = |n| (0..n).map(|i| format!("name {i}")).collect::<Vec<_>>();
        assert_eq!(field(check_new(new(" \t"))), "title");
        assert_eq!(field(check_new(new("a\0b"))), "title");
        assert_eq!(field(check_new(new(&"x".repeat(201)))), "title");
        assert!(check_new(new(&"é".repeat(200))).is_ok());
        assert_eq!(field(check_new(NewMovie { year: Some(1887), ..new("x") })), "year");
        let description = "x".repeat(10_001);
        assert_eq!(field(check_new(NewMovie { description, ..new("x") })), "description");
        let description = "bell\u{7}".to_owned();
        assert_eq!(field(check_new(NewMovie { description, ..new("x") })), "description");
        assert_eq!(field(check_new(NewMovie { genres: names(51), ..new("x") })), "genres");
        assert!(check_new(NewMovie { cast: names(50), ..new("x") }).is_ok());
        let cast = vec![String::new()];
        assert_eq!(field(check_new(NewMovie { cast, ..new("x") })), "cast");
        let genres = vec!["Drama".to_owned(), " ".to_owned()];
        let blank = check_new(NewMovie { genres, ..new("x") }).unwrap_err();
        assert_eq!(blank.to_string(), "genres: entry 2 cannot be empty");
    }

    #[test]
    fn a_patch_keeps_the_fields_it_does_not_name() {
        assert_eq!(check_patch(MoviePatch::default()).unwrap(), MoviePatch::default());
        let removed = MoviePatch { year: Some(None), ..MoviePatch::default() };
        assert_eq!(check_patch(removed.clone()).unwrap(), removed);
        let invalid = MoviePatch { year: Some(Some(3000)), ..MoviePatch::default() };
        assert!(check_patch(invalid).is_err());
    }

    #[test]
    fn an_episode_says_something() {
        let with = |episode| check_new(NewMovie { episode: Some(episode), ..new("x") });
        assert_eq!(with(Episode::default()).unwrap().episode, None);
        let series = Some("  E\u{301}clair ".to_owned());
        let checked = with(Episode { series, ..Episode::default() }).unwrap().episode.unwrap();
        assert_eq!(checked.series.as_deref(), Some("Éclair"));
        let special = Episode { season: Some(0), ..Episode::default() };
        assert_eq!(with(special.clone()).unwrap().episode, Some(special));
        let blank = Episode { series: Some(" ".to_owned()), ..Episode::default() };
        assert_eq!(field(with(blank)), "series");
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(title in "\\PC{0,220}", genre in "\\PC{0,110}") {
            if let Ok(once) = check_new(NewMovie { genres: vec![genre], ..new(&title) }) {
                prop_assert_eq!(check_new(once.clone()).unwrap(), once);
            }
        }
    }
}
