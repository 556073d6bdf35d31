//! `ginflix upload --collection`: the collection that the movies of the command are put into.

use std::collections::HashSet;

use ginflix_api::client::Client;
use ginflix_api::collection::{Collection, CollectionMovies, NewCollection};
use ginflix_api::movie::{MAX_TITLE_CHARS, MovieId};

use super::super::resolve_collection::find_collection;
use super::report::UploadReport;
use crate::error::{ExitStatus, Failure, Result};

/// The collection that `--collection` names.
pub enum Target {
    /// It exists.
    Present(Collection),
    /// There is none, and it gets this title.
    Missing(String),
}

/// What became of the movies.
#[derive(Debug, PartialEq, Eq)]
pub struct Put {
    /// The title of the collection.
    pub title: String,
    /// Whether it was added.
    pub is_new: bool,
    /// The number of movies that were put into it.
    pub added: u64,
}

impl Put {
    /// Says what was put into the collection.
    pub fn sentence(&self) -> String {
        let movies = if self.added == 1 { "movie was" } else { "movies were" };
        format!("{} {movies} put into {:?}.", self.added, self.title)
    }
}

impl Target {
    /// Finds the collection.
    ///
    /// # Errors
    /// Fails if several collections match, or the name is no title and there is none.
    pub async fn find(client: &Client, id_or_title: &str) -> Result<Self> {
        match find_collection(client, id_or_title).await {
            Ok(found) => Ok(Self::Present(found)),
            Err(failure) if failure.status != ExitStatus::NotFound => Err(failure),
            Err(_) => title_of_new(id_or_title).map(Self::Missing),
        }
    }

    /// Returns the title of the collection.
    pub fn title(&self) -> &str {
        match self {
            Self::Present(found) => &found.title,
            Self::Missing(title) => title,
        }
    }

    /// Puts the movies of the reports into the collection, which is added if it is missing. Returns `None` if there is no movie.
    pub async fn put(self, client: &Client, reports: &[UploadReport]) -> Result<Option<Put>> {
        let mut seen = HashSet::new();
        let movies: Vec<MovieId> = reports
            .iter()
            .filter_map(|report| report.movie_id)
            .filter(|id| seen.insert(*id))
            .collect();
        if movies.is_empty() {
            return Ok(None);
        }
        let (is_new, found) = match self {
            Self::Present(found) => (false, found),
            Self::Missing(title) => {
                let new = NewCollection { title, ..NewCollection::default() };
                (true, client.add_collection(&new).await?)
            }
        };
        let imported = client.import_collection(found.id, &CollectionMovies { movies }).await?;
        Ok(Some(Put { title: found.title, is_new, added: imported.added }))
    }
}

/// Checks that a collection may have this title, before anything is uploaded.
fn title_of_new(title: &str) -> Result<String> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE_CHARS {
        let message = format!("the title of a collection has 1 to {MAX_TITLE_CHARS} characters");
        return Err(Failure::new(ExitStatus::Usage, message));
    }
    Ok(title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_collection_needs_a_title() {
        assert_eq!(title_of_new(" Course ").unwrap(), "Course");
        for wrong in [" ", &"x".repeat(MAX_TITLE_CHARS + 1)] {
            assert_eq!(title_of_new(wrong).unwrap_err().status, ExitStatus::Usage);
        }
    }
}
