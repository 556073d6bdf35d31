//! Tests of the places of imported movies.

use ginflix_api::movie::Episode;

use super::*;

fn series(year: Option<u16>, collection: u128) -> ImportedSeries {
    ImportedSeries { year, collection: Uuid::from_u128(collection) }
}

fn found(known: &[ImportedSeries], year: Option<u16>) -> Option<u128> {
    series_of(known, year).map(|id| id.as_u128())
}

#[test]
fn a_series_is_found_by_its_year() {
    let known = [series(Some(1978), 1), series(Some(2004), 2)];
    assert_eq!(found(&known, Some(2004)), Some(2));
    assert_eq!(found(&known, Some(2020)), None);
    assert_eq!(found(&known, None), None, "it may be either");
    assert_eq!(found(&known[..1], None), Some(1));
    assert_eq!(found(&[], None), None);
}

#[test]
fn a_series_without_a_year_is_that_of_the_first_one() {
    assert_eq!(found(&[series(None, 1)], Some(2004)), Some(1));
    let known = [series(None, 1), series(Some(2004), 1)];
    assert_eq!(found(&known, Some(1978)), None);
    assert_eq!(found(&known, None), Some(1));
}

#[test]
fn an_episode_comes_after_the_one_before_it() {
    let index = |numbers: &[u16], new| {
        index_of(&numbers.iter().copied().map(Some).collect::<Vec<_>>(), new)
    };
    assert_eq!(index(&[], 1), 0);
    assert_eq!(index(&[1, 2, 4], 3), 2);
    assert_eq!(index(&[1, 2, 4], 5), 3);
    assert_eq!(index(&[2, 3], 1), 0);
    // Others were moved: the last one to the beginning, the first one to the end.
    assert_eq!(index(&[5, 1, 2, 3], 4), 4);
    assert_eq!(index(&[2, 3, 4, 1], 5), 3);
    assert_eq!(index(&[3, 2], 1), 1);
    // Another version of an episode.
    assert_eq!(index(&[1, 2, 2, 3], 2), 3);
    assert_eq!(index_of(&[None, Some(2), None], 1), 1);
    assert_eq!(index_of(&[None, None], 1), 2);
}

#[test]
fn specials_come_after_all_seasons() {
    let place = |season| {
        let episode =
            Episode { series: Some("Ä b".into()), season: Some(season), number: Some(1) };
        let new = NewMovie {
            title: "x".into(),
            media: "x.mp4".parse().unwrap(),
            description: String::new(),
            year: None,
            genres: Vec::new(),
            directors: Vec::new(),
            cast: Vec::new(),
            episode: Some(episode),
        };
        place_of(&new, Some(2004)).unwrap()
    };
    let position = |season| {
        let made = new_season(&place(season), Uuid::nil(), Timestamp::UNIX_EPOCH);
        (made.title, made.position.unwrap())
    };
    assert_eq!(position(2), ("Season 2".to_owned(), 2));
    assert_eq!(position(0), ("Specials".to_owned(), MAX_COLLECTION_POSITION));
    assert!(position(u16::MAX).1 < MAX_COLLECTION_POSITION);
    assert_eq!((place(1).series_key.as_str(), place(1).series_year), ("a b", Some(2004)));
    let made = new_series(&place(1), Timestamp::UNIX_EPOCH);
    assert_eq!((made.title.as_str(), made.parent), ("Ä b", None));
}

#[test]
fn movies_are_merged_in_their_order_once() {
    let [a, b, c, d] = [1, 2, 3, 4].map(|n| MovieId(Uuid::from_u128(n)));
    let none = HashSet::new();
    assert_eq!(merged(&[], &[a, b, c], &none), [a, b, c]);
    assert_eq!(merged(&[a, c], &[a, b, c], &none), [a, b, c]);
    assert_eq!(merged(&[c, a], &[a, b, c], &none), [c, a, b], "as somebody ordered them");
    assert_eq!(merged(&[c], &[a, c], &none), [a, c]);
    assert_eq!(merged(&[d], &[a, b], &none), [d, a, b]);
    assert_eq!(merged(&[a], &[a, b, c], &HashSet::from([a, b])), [a, c], "taken out");
    assert_eq!(merged(&[], &[a, a], &none), [a]);
}
