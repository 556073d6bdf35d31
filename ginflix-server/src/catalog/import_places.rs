//! Which collection an imported movie is put into, and where, as pure functions.
//!
//! An import finds the collections of a series and of its seasons by what it made them for, not by their titles, so people
//! may rename, move and describe them. It puts a movie into a collection once: who takes it out need not do so again.

use std::collections::HashSet;

use ginflix_api::collection::MAX_COLLECTION_POSITION;
use ginflix_api::movie::{MovieId, NewMovie};
use ginflix_import::season::SeasonPlace;
use jiff::Timestamp;
use uuid::Uuid;

use super::normalize;
use super::store::{CollectionRecord, EpisodePlace, ImportedSeries};

/// Returns the place of an imported movie; `None` if it is no episode whose series, season and number are known.
pub fn place_of(new: &NewMovie, series_year: Option<u16>) -> Option<EpisodePlace> {
    let season = SeasonPlace::of(new.episode.as_ref())?;
    Some(EpisodePlace { series_key: normalize::sort_key(&season.series), season, series_year })
}

/// Chooses the collection of a series of this year among those that imports made for series of its title; `None` if it is none of
/// them. Without a year it is that of the only one. A series that was imported without a year is taken to be that of the
/// first year that is known.
pub fn series_of(known: &[ImportedSeries], year: Option<u16>) -> Option<Uuid> {
    let exact = known.iter().find(|one| one.year == year);
    let has_year = |id: Uuid| known.iter().any(|one| one.collection == id && one.year.is_some());
    let similar = || match year {
        Some(_) => known.iter().find(|one| one.year.is_none() && !has_year(one.collection)),
        None => {
            let first = known.first()?;
            known.iter().all(|one| one.collection == first.collection).then_some(first)
        }
    };
    exact.or_else(similar).map(|one| one.collection)
}

/// Returns the collection of a series that an import makes.
pub fn new_series(place: &EpisodePlace, at: Timestamp) -> CollectionRecord {
    collection(place.season.series.clone(), None, None, at)
}

/// Returns the collection of a season that an import makes within that of its series. Seasons are in the order of their numbers, and
/// specials come last.
pub fn new_season(place: &EpisodePlace, series: Uuid, at: Timestamp) -> CollectionRecord {
    let position = match place.season.season {
        0 => MAX_COLLECTION_POSITION,
        season => u32::from(season).min(MAX_COLLECTION_POSITION - 1),
    };
    collection(place.season.season_title(), Some(series), Some(position), at)
}

fn collection(
    title: String,
    parent: Option<Uuid>,
    position: Option<u32>,
    at: Timestamp,
) -> CollectionRecord {
    CollectionRecord {
        id: Uuid::now_v7(),
        title,
        description: String::new(),
        parent,
        position,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

/// Returns the index at which an episode is put into a list. `numbers` are those of the movies in the list, as far as they are episodes
/// of the same season. It comes after the one with the nearest smaller number, wherever somebody moved that; else before the
/// one with the nearest greater number; else at the end.
pub fn index_of(numbers: &[Option<u16>], new: u16) -> usize {
    let numbered = || numbers.iter().enumerate().filter_map(|(at, number)| Some(((*number)?, at)));
    let before = numbered().filter(|(number, _)| *number <= new).max();
    let after = || {
        let nearest = numbered().map(|(number, _)| number).filter(|number| *number > new).min();
        numbered().find(|(number, _)| Some(*number) == nearest)
    };
    match before {
        Some((_, at)) => at + 1,
        None => after().map_or(numbers.len(), |(_, at)| at),
    }
}

/// Puts movies into a list, but for those that are in it or that an import has put there before. Each comes after the one
/// that is before it in `given` and in the list; else before the one after it; else at the end.
pub fn merged(list: &[MovieId], given: &[MovieId], placed: &HashSet<MovieId>) -> Vec<MovieId> {
    let mut merged = list.to_vec();
    for (n, movie) in given.iter().enumerate() {
        if merged.contains(movie) || placed.contains(movie) {
            continue;
        }
        let index = |of: &MovieId| merged.iter().position(|movie| movie == of);
        let before = given.iter().take(n).rev().find_map(index);
        let after = || given.iter().skip(n + 1).find_map(index);
        let at = before.map(|at| at + 1).or_else(after).unwrap_or(merged.len());
        merged.insert(at, *movie);
    }
    merged
}

#[cfg(test)]
mod tests;
