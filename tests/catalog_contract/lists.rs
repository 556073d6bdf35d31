//! Orders, filters and pages of movie lists.

use std::collections::BTreeSet;

use ginflix_api::media::Media;
use ginflix_api::movie::{Movie, MovieSort};
use ginflix_server::catalog::normalize;
use ginflix_server::catalog::store::{CatalogStore, MovieFilter, MovieRecord};

use crate::backend::Database;
use crate::samples::{in_order, media, movie, name, strings, titles, titles_of, view, write};

/// Reads a list in pages of `limit` movies.
async fn paged(store: &dyn CatalogStore, filter: &MovieFilter, limit: u32) -> Vec<String> {
    let mut page = MovieFilter { limit, ..filter.clone() };
    let mut all = Vec::new();
    loop {
        let listed = store.movies(&page).await.unwrap();
        assert!(listed.len() <= limit as usize);
        let Some(last) = listed.last() else { return all };
        page.after = Some(last.position.clone());
        all.extend(titles_of(listed));
    }
}

pub async fn pages_make_up_the_list_in_every_order(db: &Database) {
    // Titles with the same sort key, and equal numbers of views.
    let movies: Vec<_> = (0..12).map(|n| movie(&format!("film {}", "!".repeat(n)))).collect();
    write(&*db.store, &movies).await;
    for (n, movie) in movies.iter().enumerate().filter(|(n, _)| n % 3 > 0) {
        for _ in 0..n % 3 {
            view(&*db.store, movie.id, "2026-05-01T00:00:00Z").await;
        }
    }
    let sorts = [MovieSort::Title, MovieSort::Views, MovieSort::Week, MovieSort::Relevance];
    for sort in [MovieSort::Newest].into_iter().chain(sorts) {
        let filter = MovieFilter { words: normalize::words("fi"), ..in_order(sort) };
        for filter in [in_order(sort), filter] {
            let all = titles(&*db.store, &filter).await;
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 12);
            for limit in [1, 2, 5, 12, 13] {
                assert_eq!(paged(&*db.store, &filter, limit).await, all, "{sort:?} by {limit}");
            }
        }
    }
}

pub async fn newest_comes_first(db: &Database) {
    write(&*db.store, &[movie("1"), movie("2"), movie("3")]).await;
    assert_eq!(titles(&*db.store, &in_order(MovieSort::Newest)).await, ["3", "2", "1"]);
    assert_eq!(titles(&*db.store, &in_order(MovieSort::Relevance)).await, ["3", "2", "1"]);
}

pub async fn titles_are_sorted_in_natural_order(db: &Database) {
    let sorted = [
        "2 Tage",
        "10 Dinge",
        "2001",
        "Eclair",
        "ÉLAN",
        "élan 3",
        "Film 02",
        "film 10",
        "Film 100",
        "Søn",
        "Sonne",
        "Straße",
        "Strassen",
        "«Zorro»",
        "Zorro 2",
        "фильм 9",
        "Фильм 10",
    ];
    let mut shuffled = sorted.map(movie);
    shuffled.reverse();
    shuffled.swap(1, 5);
    write(&*db.store, &shuffled).await;
    let by_title = in_order(MovieSort::Title);
    assert_eq!(titles(&*db.store, &by_title).await, sorted);
    for limit in [1, 3, 4] {
        assert_eq!(paged(&*db.store, &by_title, limit).await, sorted, "by {limit}");
    }
}

pub async fn most_viewed_comes_first(db: &Database) {
    let movies = [movie("never"), movie("twice"), movie("once"), movie("never too")];
    write(&*db.store, &movies).await;
    for index in [1, 2, 1] {
        view(&*db.store, movies[index].id, "2026-05-01T00:00:00Z").await;
    }
    let expected = ["twice", "once", "never too", "never"];
    assert_eq!(titles(&*db.store, &in_order(MovieSort::Views)).await, expected);
    assert_eq!(db.store.movie(movies[1].id).await.unwrap().views, 2);
}

pub async fn filters_can_be_combined(db: &Database) {
    let movie_of = |title, year, genre: &str| MovieRecord {
        year: Some(year),
        genres: strings(&[genre]),
        ..movie(title)
    };
    write(
        &*db.store,
        &[movie_of("1", 1999, "Drama"), movie_of("2", 1999, "War"), movie_of("3", 2001, "Drama")],
    )
    .await;
    db.store.put_media(&media("other.mp4")).await.unwrap();
    let other = MovieRecord { media: name("other.mp4"), ..movie_of("4", 1999, "Drama") };
    db.store.insert_movie(&other).await.unwrap();
    let all = in_order(MovieSort::Title);
    let drama = MovieFilter { genre: Some("drama".to_owned()), ..all.clone() };
    assert_eq!(titles(&*db.store, &drama).await, ["1", "3", "4"]);
    let drama_of_1999 = MovieFilter { year: Some(1999), ..drama };
    assert_eq!(titles(&*db.store, &drama_of_1999).await, ["1", "4"]);
    let file = MovieFilter { media: Some(name("other.mp4")), ..drama_of_1999 };
    assert_eq!(titles(&*db.store, &file).await, ["4"]);
    let none = MovieFilter { genre: Some("Dram".to_owned()), ..all };
    assert!(titles(&*db.store, &none).await.is_empty());
}

pub async fn pages_are_stable_while_the_list_changes(db: &Database) {
    let movies: Vec<_> = (0..6).map(|n| movie(&n.to_string())).collect();
    write(&*db.store, &movies).await;
    for (sort, rest) in [(MovieSort::Newest, ["2", "1", "0"]), (MovieSort::Title, ["3", "4", "5"])]
    {
        let first = MovieFilter { limit: 3, ..in_order(sort) };
        let listed = db.store.movies(&first).await.unwrap();
        let (last, position) = (listed[2].movie.clone(), listed[2].position.clone());
        // A page does not depend on the movies before its position, nor on the one at it.
        let before = movie("!");
        db.store.insert_movie(&before).await.unwrap();
        db.store.delete_movie(last.id, None).await.unwrap();
        let next = MovieFilter { after: Some(position), ..first };
        let found: Vec<_> = titles(&*db.store, &next).await;
        assert_eq!(found, rest, "{sort:?}");
        db.store.delete_movie(before.id, None).await.unwrap();
        let deleted = movies.iter().find(|movie| movie.id == last.id).unwrap();
        db.store.insert_movie(deleted).await.unwrap();
    }
}

pub async fn years_are_distinct_and_sorted(db: &Database) {
    assert_eq!(db.catalog.years().await.unwrap(), [] as [u16; 0]);
    let movie_of = |title, year| MovieRecord { year, ..movie(title) };
    let records = [
        movie_of("a", None),
        movie_of("b", Some(1950)),
        movie_of("c", Some(2001)),
        movie_of("d", Some(1950)),
    ];
    write(&*db.store, &records).await;
    assert_eq!(db.catalog.years().await.unwrap(), [2001, 1950]);
}

pub async fn most_viewed_of_the_week_comes_first(db: &Database) {
    let records = ["Old hit", "New hit", "Nothing"].map(movie);
    write(db.store.as_ref(), &records).await;
    for _ in 0..3 {
        view(db.store.as_ref(), records[0].id, "2026-05-01T12:00:00Z").await;
    }
    view(db.store.as_ref(), records[0].id, "2026-05-07T23:59:59Z").await;
    view(db.store.as_ref(), records[1].id, "2026-05-02T00:00:00Z").await;
    view(db.store.as_ref(), records[1].id, "2026-05-08T00:00:00Z").await;
    let week =
        MovieFilter { week_start: jiff::civil::date(2026, 5, 2), ..in_order(MovieSort::Week) };
    assert_eq!(titles(db.store.as_ref(), &week).await, ["New hit", "Old hit", "Nothing"]);
    let month = MovieFilter { week_start: jiff::civil::date(2026, 4, 8), ..week };
    assert_eq!(titles(db.store.as_ref(), &month).await, ["Old hit", "New hit", "Nothing"]);
    let found = MovieFilter { words: normalize::words("hit"), ..month.clone() };
    assert_eq!(titles(db.store.as_ref(), &found).await, ["Old hit", "New hit"]);
    // A removed movie is in no list, although its views stay.
    db.store.delete_movie(records[0].id, None).await.unwrap();
    assert_eq!(titles(db.store.as_ref(), &month).await, ["New hit", "Nothing"]);
    let none = MovieFilter { week_start: jiff::civil::date(2027, 1, 1), ..month };
    assert_eq!(titles(db.store.as_ref(), &none).await, ["Nothing", "New hit"]);
}

pub async fn several_lists_are_read_in_one_call(db: &Database) {
    let movie_of = |n: usize| MovieRecord {
        genres: strings(if n.is_multiple_of(2) { &["Drama", "War"] } else { &["Drama"] }),
        year: Some(if n < 4 { 1999 } else { 2000 }),
        ..movie(&n.to_string())
    };
    let records: Vec<_> = (0..8).map(movie_of).collect();
    write(&*db.store, &records).await;
    let newest = MovieFilter { limit: 3, ..in_order(MovieSort::Newest) };
    let war = MovieFilter { genre: Some("war".to_owned()), ..newest.clone() };
    let old_war = MovieFilter { year: Some(1999), ..war.clone() };
    let none = MovieFilter { genre: Some("Western".to_owned()), ..newest.clone() };
    let lists = db.store.movie_lists(&[newest, war.clone(), old_war, none]).await.unwrap();
    let lists: Vec<_> = lists.into_iter().map(titles_of).collect();
    assert_eq!(lists, [vec!["7", "6", "5"], vec!["6", "4", "2"], vec!["2", "0"], vec![]]);
    assert_eq!(db.store.movie_lists(&[]).await.unwrap().len(), 0);
    for limit in [1, 2, 4] {
        assert_eq!(paged(&*db.store, &war, limit).await, ["6", "4", "2", "0"], "by {limit}");
    }
}

pub async fn the_home_page_has_rows(db: &Database) {
    let genres = |n: usize| match n {
        0 | 1 => strings(&["Drama", "War"]),
        2..=4 => strings(&["Drama", "Music"]),
        _ => strings(&["Drama"]),
    };
    let movie_of = |n: usize| MovieRecord { genres: genres(n), ..movie(&n.to_string()) };
    let records: Vec<_> = (0..14).map(movie_of).collect();
    write(&*db.store, &records).await;
    let now = jiff::Timestamp::now().to_string();
    for n in [7, 7, 7, 9, 2, 2] {
        view(&*db.store, records[n].id, &now).await;
    }
    let titles = |movies: &[Movie]| -> Vec<String> {
        movies.iter().map(|movie| movie.title.clone()).collect()
    };
    let home = db.catalog.home().await.unwrap();
    let newest: Vec<String> = (1..14).rev().map(|n| n.to_string()).collect();
    assert_eq!(titles(&home.newest), newest);
    assert_eq!(titles(&home.week), ["7", "2", "9"]);
    let rows: Vec<_> = home.genres.iter().map(|(name, all)| (name.as_str(), titles(all))).collect();
    let music = ["4", "3", "2"].map(str::to_owned).to_vec();
    assert_eq!(rows, [("Drama", newest[..12].to_vec()), ("Music", music)]);
    // The file of all these movies is damaged, so none is shown large.
    assert_eq!(db.catalog.featured(&home).await, None);
    let whole = Media { inspection: None, ..media("whole.mp4") };
    db.store.put_media(&whole).await.unwrap();
    let added = MovieRecord { media: whole.name, ..movie("Whole") };
    db.store.insert_movie(&added).await.unwrap();
    let home = db.catalog.home().await.unwrap();
    assert_eq!(home.newest[0].title, "Whole");
    assert_eq!(db.catalog.featured(&home).await.unwrap().movie.id, added.id);
}
