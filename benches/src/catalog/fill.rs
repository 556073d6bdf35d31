//! Fills a catalogue with many movies, the same ones each time, through the library of the server.

use anyhow::{Result, anyhow};
use futures_util::{StreamExt, TryStreamExt, stream};
use ginflix_api::collection::{CollectionMovies, NewCollection};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{MovieQuery, NewMovie};
use ginflix_api::paths;
use ginflix_server::catalog::{Catalog, open};
use ginflix_server::config::Database;
use jiff::Timestamp;
use serde_json::json;

/// The words that titles are made of.
pub const WORDS: [&str; 40] = [
    "amber",
    "battle",
    "canyon",
    "dragon",
    "empire",
    "falcon",
    "garden",
    "harbour",
    "island",
    "journey",
    "kingdom",
    "lantern",
    "midnight",
    "northern",
    "orchard",
    "paradise",
    "quarter",
    "return",
    "silence",
    "tempest",
    "umbrella",
    "valley",
    "winter",
    "yesterday",
    "zephyr",
    "mountain",
    "river",
    "stranger",
    "daughter",
    "soldier",
    "teacher",
    "painter",
    "captain",
    "secret",
    "broken",
    "golden",
    "hidden",
    "distant",
    "burning",
    "endless",
];
const GENRES: [&str; 8] =
    ["Drama", "Comedy", "Thriller", "Documentary", "Western", "Animation", "Horror", "Romance"];
/// The number of media files that the movies share.
const FILE_COUNT: usize = 100;
/// The number of movies of a collection.
const COLLECTION_LENGTH: u32 = 20;
/// The number of movies that are written concurrently.
const CONCURRENCY: usize = 64;

/// Adds movies and collections until the catalogue has this many, and a short movie for [`crate::load::short_movie`].
///
/// # Errors
/// If the database cannot be opened, or a movie or a collection cannot be added.
pub fn fill(database: &str, movies: usize, collections: usize) -> Result<()> {
    let database = match database.strip_prefix("sqlite:") {
        Some(path) => Database::Sqlite(path.into()),
        None => Database::Postgres(database.to_owned()),
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let catalog = open::open(&database).await?;
        for n in 0..FILE_COUNT {
            catalog.put_media(&media(n)?).await?;
        }
        let missing = movies.saturating_sub(catalog.count_movies().await? as usize);
        let all: Vec<NewMovie> = (0..missing).map(movie).collect::<Result<_, _>>()?;
        stream::iter(all)
            .map(Ok)
            .try_for_each_concurrent(CONCURRENCY, |new| add(&catalog, new))
            .await?;
        let query = MovieQuery { q: Some("short film".to_owned()), ..MovieQuery::default() };
        if catalog.movies(&query).await?.items.is_empty() {
            let short = json!({ "title": "Short film", "media": "film-0.mp4" });
            add(&catalog, serde_json::from_value(short)?).await?;
        }
        fill_collections(&catalog, collections).await
    })
}

/// Adds collections until there are this many. Each has the next movies of the list.
async fn fill_collections(catalog: &Catalog, count: usize) -> Result<()> {
    let failed = |e| anyhow!("cannot add a collection: {e}");
    let mut query = MovieQuery { limit: Some(COLLECTION_LENGTH), ..MovieQuery::default() };
    for n in catalog.collections().await.map_err(failed)?.len()..count {
        let page = catalog.movies(&query).await.map_err(failed)?;
        query.cursor = page.next_cursor;
        let new = NewCollection { title: format!("Collection {n}"), ..NewCollection::default() };
        let added = catalog.add_collection(new).await.map_err(failed)?;
        let list = CollectionMovies { movies: page.items.iter().map(|movie| movie.id).collect() };
        catalog.set_collection_movies(added.id, &list, None).await.map_err(failed)?;
    }
    Ok(())
}

async fn add(catalog: &Catalog, new: NewMovie) -> Result<()> {
    catalog.add_movie(new).await.map(drop).map_err(|e| anyhow!("cannot add a movie: {e}"))
}

/// Returns the metadata of media file `n`.
fn media(n: usize) -> Result<Media> {
    let name: MediaName = format!("film-{n}.mp4").parse()?;
    Ok(Media {
        library: None,
        missing_since: None,
        stream_path: paths::stream(&name),
        name,
        file_name: None,
        size_bytes: 1_000_000_000,
        sha256: Some(format!("{n:064x}")),
        content_type: "video/mp4".to_owned(),
        // The first file is so short that two seconds of it make a view.
        duration_seconds: Some(if n == 0 { 4.0 } else { 5400.0 }),
        inspection: None,
        created_at: Timestamp::UNIX_EPOCH,
    })
}

/// Returns movie `n`.
fn movie(n: usize) -> serde_json::Result<NewMovie> {
    let word = |step: usize| WORDS[n / step % WORDS.len()];
    let description = format!(
        "A {} {} and the {} of a {} {}: a story of the {}, told in {} parts. {}",
        word(7),
        word(3),
        word(11),
        word(13),
        word(5),
        word(17),
        n % 9 + 2,
        "Whoever saw it once does not forget the light, the faces and the long way home. "
    );
    serde_json::from_value(json!({
        "title": format!("The {} {} of {} {n}", word(1), word(40), word(1600)),
        "description": description,
        "year": 1920 + n % 105,
        "genres": [GENRES[n % 8], GENRES[n / 8 % 7]],
        "directors": [format!("{} {}", word(19), word(23))],
        "cast": [format!("{} {}", word(29), word(31)), format!("{} {}", word(37), word(41))],
        "media": format!("film-{}.mp4", n % FILE_COUNT),
    }))
}
