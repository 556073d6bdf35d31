//! What an import changes, as pure functions.

use ginflix_api::movie::{Movie, MoviePatch, NewMovie};

use super::store::ImportRecord;

/// What an import does with the movies of its media file.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'a> {
    /// Adds a movie.
    Add,
    /// Changes this movie. The patch may be empty.
    Change(&'a Movie, MoviePatch),
    /// Nothing: somebody removed the movie that the last import made.
    Removed,
}

/// Decides about an import. `import` is the last one of the media file, `movies` are those that play it, the oldest first.
pub fn decide<'a>(
    import: Option<&ImportRecord>,
    movies: &'a [Movie],
    new: &NewMovie,
) -> Decision<'a> {
    let imported = import.and_then(|import| Some((import.movie?, import.details.as_ref()?)));
    let of_import = imported.and_then(|(id, details)| {
        let movie = movies.iter().find(|movie| movie.id == id)?;
        Some((movie, details))
    });
    match (of_import, movies.first()) {
        (Some((movie, details)), _) => Decision::Change(movie, changes(movie, details, new)),
        // A person made this one.
        (None, Some(movie)) => Decision::Change(movie, additions(movie, new)),
        (None, None) if imported.is_some() => Decision::Removed,
        (None, None) => Decision::Add,
    }
}

/// Returns what is new in the fields that are as the last import made them.
fn changes(current: &Movie, last: &NewMovie, new: &NewMovie) -> MoviePatch {
    /// The new value of a field, unless somebody changed it since the last import.
    fn field<T: PartialEq + Clone>(current: &T, last: &T, new: &T) -> Option<T> {
        (current == last && current != new).then(|| new.clone())
    }
    MoviePatch {
        title: field(&current.title, &last.title, &new.title),
        media: None,
        description: field(&current.description, &last.description, &new.description),
        year: field(&current.year, &last.year, &new.year),
        genres: field(&current.genres, &last.genres, &new.genres),
        directors: field(&current.directors, &last.directors, &new.directors),
        cast: field(&current.cast, &last.cast, &new.cast),
        episode: field(&current.episode, &last.episode, &new.episode),
    }
}

/// Returns what is new in the fields that are empty.
fn additions(current: &Movie, new: &NewMovie) -> MoviePatch {
    let names = |current: &Vec<String>, new: &Vec<String>| {
        (current.is_empty() && !new.is_empty()).then(|| new.clone())
    };
    let description = current.description.is_empty() && !new.description.is_empty();
    MoviePatch {
        title: None,
        media: None,
        description: description.then(|| new.description.clone()),
        year: new.year.filter(|_| current.year.is_none()).map(Some),
        genres: names(&current.genres, &new.genres),
        directors: names(&current.directors, &new.directors),
        cast: names(&current.cast, &new.cast),
        episode: new.episode.clone().filter(|_| current.episode.is_none()).map(Some),
    }
}

#[cfg(test)]
mod tests;
