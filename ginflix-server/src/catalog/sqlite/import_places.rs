//! The collections that imports put movies into, in SQLite.

use std::collections::HashSet;

use ginflix_api::collection::MAX_COLLECTION_MOVIES;
use ginflix_api::movie::MovieId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::collections::{insert, require_version, set_movies};
use super::query::{execute, fetch_all, fetch_optional};
use crate::catalog::import_places::{index_of, merged, new_season, new_series, series_of};
use crate::catalog::import_records::{
    ADD_MEMBER, ADD_SEASON, ADD_SERIES, COLLECTION_OF_SEASON, MEMBERS_OF_COLLECTION,
    MOVIES_OF_COLLECTION, NUMBERED_MOVIES, SERIES_WITH_TITLE,
};
use crate::catalog::store::{
    COLLECTION_IS_FULL, CollectionRecord, EpisodePlace, ImportedSeries, Placed, Result, StoreError,
};

/// Puts an imported episode into the collection of its season.
pub fn place(
    db: &Connection,
    movie: MovieId,
    place: &EpisodePlace,
    at: Timestamp,
) -> Result<Placed> {
    let mut placed = Placed::default();
    let put = season(db, place, at, &mut placed)
        .and_then(|season| season.map_or(Ok(()), |season| put(db, season, movie, place, at)));
    match put {
        Err(StoreError::Conflict(why)) => placed.problem = Some(why),
        other => other?,
    }
    Ok(placed)
}

/// Returns the collection of a season, which is made if it is missing; `None` if somebody removed it, or that of its series.
fn season(
    db: &Connection,
    place: &EpisodePlace,
    at: Timestamp,
    placed: &mut Placed,
) -> Result<Option<Uuid>> {
    let mut make = |new: CollectionRecord| -> Result<Uuid> {
        insert(db, &new)?;
        placed.new_collections += 1;
        Ok(new.id)
    };
    let known: Vec<ImportedSeries> = fetch_all(db, SERIES_WITH_TITLE, [&place.series_key])?;
    let series = match series_of(&known, place.series_year) {
        Some(series) => series,
        None => make(new_series(place, at))?,
    };
    if !known.iter().any(|one| one.year == place.series_year) {
        let year = place.series_year.unwrap_or(0);
        execute(db, ADD_SERIES, params![place.series_key, year, series])?;
    }
    let number = place.season.season;
    if let Some(season) = fetch_optional(db, COLLECTION_OF_SEASON, params![series, number])? {
        return Ok(exists(db, season)?.then_some(season));
    }
    if !exists(db, series)? {
        return Ok(None);
    }
    let season = make(new_season(place, series, at))?;
    execute(db, ADD_SEASON, params![series, number, season])?;
    Ok(Some(season))
}

/// Puts an episode into a collection, unless an import has done so before.
fn put(
    db: &Connection,
    collection: Uuid,
    movie: MovieId,
    place: &EpisodePlace,
    at: Timestamp,
) -> Result<()> {
    if execute(db, ADD_MEMBER, params![collection, movie.0])? == 0 {
        return Ok(());
    }
    let list: Vec<(MovieId, Option<u16>)> =
        fetch_all(db, NUMBERED_MOVIES, params![place.season.season, collection])?;
    let (mut movies, numbers): (Vec<MovieId>, Vec<Option<u16>>) = list.into_iter().unzip();
    if movies.contains(&movie) {
        return Ok(());
    }
    movies.insert(index_of(&numbers, place.season.number), movie);
    if movies.len() > MAX_COLLECTION_MOVIES {
        let forget = "DELETE FROM imported_members WHERE collection = ?1 AND movie_id = ?2";
        execute(db, forget, params![collection, movie.0])?;
        return Err(StoreError::Conflict(COLLECTION_IS_FULL));
    }
    set_movies(db, collection, &movies, None, at)
}

/// Puts movies into a collection, but for those that an import has put there before. Returns their number.
pub fn put_all(db: &Connection, id: Uuid, given: &[MovieId], at: Timestamp) -> Result<u64> {
    require_version(db, id, None)?;
    let list: Vec<MovieId> = fetch_all(db, MOVIES_OF_COLLECTION, [id])?;
    let members: Vec<MovieId> = fetch_all(db, MEMBERS_OF_COLLECTION, [id])?;
    let members: HashSet<MovieId> = members.into_iter().collect();
    let merged = merged(&list, given, &members);
    if merged.len() > MAX_COLLECTION_MOVIES {
        return Err(StoreError::Conflict(COLLECTION_IS_FULL));
    }
    if merged != list {
        set_movies(db, id, &merged, None, at)?;
    }
    for movie in merged.iter().filter(|movie| given.contains(movie)) {
        execute(db, ADD_MEMBER, params![id, movie.0])?;
    }
    Ok((merged.len() - list.len()) as u64)
}

fn exists(db: &Connection, collection: Uuid) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM collections WHERE id = ?1")?.exists([collection])?)
}
