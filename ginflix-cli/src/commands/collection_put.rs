//! `ginflix collection put`: sets the movies of a collection.

use ginflix_api::collection::CollectionMovies;
use ginflix_api::movie::MovieId;

use super::collection_show;
use super::resolve::find_movie_ids;
use super::resolve_collection::find_collection;
use crate::args::CollectionPutArgs;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

pub async fn run(
    args: &CollectionPutArgs,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let id = find_collection(&client, &args.collection).await?.id;
    let given = find_movie_ids(&client, &args.movies).await?;
    let contents = client.collection(id).await?;
    let movies = match args.append {
        true => appended(contents.movies.iter().map(|movie| movie.id).collect(), &given),
        false => given,
    };
    let version = contents.collection.version;
    client.set_collection_movies(id, version, &CollectionMovies { movies }).await?;
    collection_show::print(&client, id, printer).await?;
    Ok(ExitStatus::Done)
}

/// Adds movies at the end of a list. Those that it has stay where they are, so that the command can be repeated.
fn appended(mut list: Vec<MovieId>, given: &[MovieId]) -> Vec<MovieId> {
    for movie in given {
        if !list.contains(movie) {
            list.push(*movie);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movies_are_appended_once() {
        let [a, b, c] = [MovieId::new(), MovieId::new(), MovieId::new()];
        assert_eq!(appended(vec![b, a], &[c, a, c]), [b, a, c]);
        assert_eq!(appended(Vec::new(), &[]), []);
    }
}
