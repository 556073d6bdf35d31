//! The collections that imports put movies into, in PostgreSQL.

use std::collections::HashSet;

use deadpool_postgres::Transaction;
use ginflix_api::collection::MAX_COLLECTION_MOVIES;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use uuid::Uuid;

use super::collections::{LOCK, insert, require_version, set_movies};
use super::query::{execute, fetch_all, fetch_one, fetch_optional};
use crate::catalog::import_places::{index_of, merged, new_season, new_series, series_of};
use crate::catalog::import_records::{
    ADD_MEMBER, ADD_SEASON, ADD_SERIES, COLLECTION_OF_SEASON, MEMBERS_OF_COLLECTION,
    MOVIES_OF_COLLECTION, NUMBERED_MOVIES, SERIES_WITH_TITLE,
};
use crate::catalog::store::{
    COLLECTION_IS_FULL, CollectionRecord, EpisodePlace, ImportedSeries, Placed, Result, StoreError,
};

/// Puts an imported episode into the collection of its season.
pub async fn place(
    db: &Transaction<'_>,
    movie: MovieId,
    place: &EpisodePlace,
    at: Timestamp,
) -> Result<Placed> {
    // So that two imports do not make the same collection.
    db.batch_execute(LOCK).await?;
    let mut placed = Placed::default();
    let put = async {
        match season(db, place, at, &mut placed).await? {
            Some(season) => put(db, season, movie, place, at).await,
            None => Ok(()),
        }
    };
    match put.await {
        Err(StoreError::Conflict(why)) => placed.problem = Some(why),
        other => other?,
    }
    Ok(placed)
}

/// Returns the collection of a season, which is made if it is missing; `None` if somebody removed it, or that of its series.
async fn season(
    db: &Transaction<'_>,
    place: &EpisodePlace,
    at: Timestamp,
    placed: &mut Placed,
) -> Result<Option<Uuid>> {
    let known: Vec<ImportedSeries> = fetch_all(db, SERIES_WITH_TITLE, &[&place.series_key]).await?;
    let series = match series_of(&known, place.series_year) {
        Some(series) => series,
        None => make(db, new_series(place, at), placed).await?,
    };
    if !known.iter().any(|one| one.year == place.series_year) {
        let year = i32::from(place.series_year.unwrap_or(0));
        execute(db, ADD_SERIES, &[&place.series_key, &year, &series]).await?;
    }
    let number = i32::from(place.season.season);
    if let Some(season) = fetch_optional(db, COLLECTION_OF_SEASON, &[&series, &number]).await? {
        return Ok(exists(db, season).await?.then_some(season));
    }
    if !exists(db, series).await? {
        return Ok(None);
    }
    let season = make(db, new_season(place, series, at), placed).await?;
    execute(db, ADD_SEASON, &[&series, &number, &season]).await?;
    Ok(Some(season))
}

async fn make(db: &Transaction<'_>, new: CollectionRecord, placed: &mut Placed) -> Result<Uuid> {
    insert(db, &new).await?;
    placed.new_collections += 1;
    Ok(new.id)
}

/// Puts an episode into a collection, unless an import has done so before.
async fn put(
    db: &Transaction<'_>,
    collection: Uuid,
    movie: MovieId,
    place: &EpisodePlace,
    at: Timestamp,
) -> Result<()> {
    // Whoever sets the movies of the collection has this lock too.
    require_version(db, collection, None).await?;
    if execute(db, ADD_MEMBER, &[&collection, &movie.0]).await? == 0 {
        return Ok(());
    }
    let season = i32::from(place.season.season);
    let list: Vec<(MovieId, Option<u16>)> =
        fetch_all(db, NUMBERED_MOVIES, &[&season, &collection]).await?;
    let (mut movies, numbers): (Vec<MovieId>, Vec<Option<u16>>) = list.into_iter().unzip();
    if movies.contains(&movie) {
        return Ok(());
    }
    movies.insert(index_of(&numbers, place.season.number), movie);
    if movies.len() > MAX_COLLECTION_MOVIES {
        let forget = "DELETE FROM imported_members WHERE collection = $1 AND movie_id = $2";
        execute(db, forget, &[&collection, &movie.0]).await?;
        return Err(StoreError::Conflict(COLLECTION_IS_FULL));
    }
    set_movies(db, collection, &movies, None, at).await
}

/// Puts movies into a collection, but for those that an import has put there before. Returns their number.
pub async fn put_all(
    db: &Transaction<'_>,
    id: Uuid,
    given: &[MovieId],
    at: Timestamp,
) -> Result<u64> {
    db.batch_execute(LOCK).await?;
    require_version(db, id, None).await?;
    let list: Vec<MovieId> = fetch_all(db, MOVIES_OF_COLLECTION, &[&id]).await?;
    let members: Vec<MovieId> = fetch_all(db, MEMBERS_OF_COLLECTION, &[&id]).await?;
    let members: HashSet<MovieId> = members.into_iter().collect();
    let merged = merged(&list, given, &members);
    if merged.len() > MAX_COLLECTION_MOVIES {
        return Err(StoreError::Conflict(COLLECTION_IS_FULL));
    }
    if merged != list {
        set_movies(db, id, &merged, None, at).await?;
    }
    for movie in merged.iter().filter(|movie| given.contains(movie)) {
        execute(db, ADD_MEMBER, &[&id, &movie.0]).await?;
    }
    Ok((merged.len() - list.len()) as u64)
}

async fn exists(db: &Transaction<'_>, collection: Uuid) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM collections WHERE id = $1)";
    fetch_one(db, sql, &[&collection]).await
}
