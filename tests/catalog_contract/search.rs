//! Full-text search.

use ginflix_api::movie::{MoviePatch, MovieQuery, MovieSort};
use ginflix_server::catalog::normalize;
use ginflix_server::catalog::store::{CatalogStore, MovieFilter, MovieRecord};

use crate::backend::Database;
use crate::samples::{in_order, movie, strings, titles, write};

fn searching(text: &str) -> MovieFilter {
    MovieFilter { words: normalize::words(text), ..in_order(MovieSort::Relevance) }
}

async fn found(store: &dyn CatalogStore, text: &str) -> Vec<String> {
    titles(store, &searching(text)).await
}

pub async fn every_word_must_match(db: &Database) {
    let cast = MovieRecord { cast: strings(&["Sigourney Weaver"]), ..movie("Alien") };
    write(&*db.store, &[cast, movie("Alien Resurrection"), movie("Blue sky")]).await;
    assert_eq!(found(&*db.store, "alien").await, ["Alien", "Alien Resurrection"]);
    assert_eq!(found(&*db.store, "resurrection alien").await, ["Alien Resurrection"]);
    assert_eq!(found(&*db.store, "weaver alien").await, ["Alien"]);
    assert!(found(&*db.store, "alien sky").await.is_empty());
    assert!(found(&*db.store, "alien alien3").await.is_empty());
}

pub async fn accents_and_case_do_not_count(db: &Database) {
    let movies = ["Amélie", "STRASSE", "Schindler’s List", "映画の話", "Фильм", "हिन्दी", "Nº 9"];
    write(&*db.store, &movies.map(movie)).await;
    for (text, title) in [
        ("amelie", "Amélie"),
        ("AMÉLIE", "Amélie"),
        ("straße", "STRASSE"),
        ("schindlers", "Schindler’s List"),
        ("schindler's", "Schindler’s List"),
        ("画", "映画の話"),
        ("映画", "映画の話"),
        ("фИЛ", "Фильм"),
        ("हिन्दी", "हिन्दी"),
        ("9", "Nº 9"),
    ] {
        assert_eq!(found(&*db.store, text).await, [title], "{text}");
    }
}

pub async fn the_last_word_may_be_unfinished(db: &Database) {
    write(&*db.store, &[movie("Blue sky"), movie("Bluebeard")]).await;
    assert_eq!(found(&*db.store, "b").await.len(), 2);
    assert_eq!(found(&*db.store, "blu").await, ["Blue sky", "Bluebeard"]);
    assert_eq!(found(&*db.store, "blue").await.len(), 2);
    assert_eq!(found(&*db.store, "blue s").await, ["Blue sky"]);
    assert!(found(&*db.store, "blu sky").await.is_empty(), "only the last word is a prefix");
    assert!(found(&*db.store, "lue").await.is_empty());
}

pub async fn titles_rank_before_people_before_genres_before_descriptions(db: &Database) {
    let movies = [
        MovieRecord { description: "About love.".to_owned(), ..movie("A") },
        MovieRecord { genres: strings(&["Love"]), ..movie("B") },
        MovieRecord { cast: strings(&["Courtney Love"]), ..movie("C") },
        movie("Love, long title"),
        MovieRecord { directors: strings(&["B. Love"]), ..movie("D") },
        movie("Love"),
    ];
    write(&*db.store, &movies).await;
    let expected = ["Love", "Love, long title", "C", "D", "B", "A"];
    assert_eq!(found(&*db.store, "love").await, expected);
    assert_eq!(found(&*db.store, "courtney love").await, ["C"]);
}

pub async fn changes_are_found_at_once(db: &Database) {
    let first = movie("Before");
    write(&*db.store, &[first.clone(), movie("Other")]).await;
    let second = MovieRecord { title: "After".to_owned(), version: 2, ..first.clone() };
    db.store.update_movie(&second).await.unwrap();
    assert!(found(&*db.store, "before").await.is_empty());
    assert_eq!(found(&*db.store, "after").await, ["After"]);
    db.store.delete_movie(first.id, None).await.unwrap();
    assert!(found(&*db.store, "after").await.is_empty());
    db.store.insert_movie(&movie("New")).await.unwrap();
    assert_eq!(found(&*db.store, "new").await, ["New"]);
    assert_eq!(found(&*db.store, "other").await, ["Other"]);
}

pub async fn a_search_can_be_filtered_and_sorted(db: &Database) {
    let movie_of = |title, year| MovieRecord { year: Some(year), ..movie(title) };
    write(
        &*db.store,
        &[movie_of("Film B", 1999), movie_of("Film A", 1999), movie_of("Film", 2001), movie("X")],
    )
    .await;
    let words = normalize::words("film");
    let by_title = MovieFilter { words, ..in_order(MovieSort::Title) };
    assert_eq!(titles(&*db.store, &by_title).await, ["Film", "Film A", "Film B"]);
    let of_1999 = MovieFilter { year: Some(1999), ..by_title.clone() };
    assert_eq!(titles(&*db.store, &of_1999).await, ["Film A", "Film B"]);
    let best = MovieFilter { sort: MovieSort::Relevance, ..of_1999 };
    assert_eq!(titles(&*db.store, &best).await, ["Film B", "Film A"]);
    let newest = MovieFilter { sort: MovieSort::Newest, ..by_title };
    assert_eq!(titles(&*db.store, &newest).await, ["Film", "Film A", "Film B"]);
}

/// Searches with the rules of the catalogue in pages of `limit`, and returns the titles.
async fn search(db: &Database, q: &str, sort: Option<MovieSort>, limit: u32) -> Vec<String> {
    let mut titles = Vec::new();
    let mut query =
        MovieQuery { q: Some(q.to_owned()), sort, limit: Some(limit), ..MovieQuery::default() };
    loop {
        let page = db.catalog.movies(&query).await.unwrap();
        titles.extend(page.items.into_iter().map(|movie| movie.title));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return titles,
        }
    }
}

async fn add_famous_movies(db: &Database) {
    let new = |title: &str, cast: &[&str], genres: &[&str]| MovieRecord {
        cast: strings(cast),
        genres: strings(genres),
        ..movie(title)
    };
    let records = [
        new("The Matrix", &["Keanu Reeves"], &["Science Fiction"]),
        new("Terminator", &["Arnold Schwarzenegger"], &["Science Fiction"]),
        new("Amélie", &["Audrey Tautou"], &["Comedy"]),
        new("Matrimony", &["Somebody Else"], &["Drama"]),
    ];
    write(db.store.as_ref(), &records).await;
}

pub async fn misspelt_words_are_corrected_and_rank_last(db: &Database) {
    add_famous_movies(db).await;
    for (typed, expected) in [
        ("matirx", "The Matrix"),
        ("the matrx", "The Matrix"),
        ("shwarzeneger", "Terminator"),
        ("schwra", "Terminator"),
        ("kaenu reevs", "The Matrix"),
        ("amelia", "Amélie"),
        ("AMÉLEI", "Amélie"),
        ("comdey", "Amélie"),
        ("sceince fiction terminatro", "Terminator"),
    ] {
        for sort in [None, Some(MovieSort::Title)] {
            assert_eq!(search(db, typed, sort, 50).await, [expected], "{typed}");
        }
    }
    for nothing in ["xylophone", "teh", "me", "mtr", "matrix amelie", "qqqq", "mtarxi", "1099"] {
        assert_eq!(search(db, nothing, None, 50).await, [] as [&str; 0], "{nothing}");
    }
    // An exact match comes before a similar word, even if its title is longer.
    let typo = MovieRecord { description: "Not the matriz.".to_owned(), ..movie("A longer title") };
    db.store.insert_movie(&typo).await.unwrap();
    let all = ["A longer title", "Matrimony", "The Matrix"];
    assert_eq!(search(db, "matriz", None, 50).await, all);
    // A changed title is found by its new words, and not by the old ones.
    let mut all = db.catalog.movies(&MovieQuery::default()).await.unwrap().items;
    let amelie = all.remove(all.iter().position(|movie| movie.title == "Amélie").unwrap());
    let patch = MoviePatch { title: Some("Zeppelin".into()), ..MoviePatch::default() };
    db.catalog.update_movie(amelie.id, patch, None).await.unwrap();
    assert_eq!(search(db, "zepelin", None, 50).await, ["Zeppelin"]);
    assert_eq!(search(db, "ameile", None, 50).await, [] as [&str; 0]);
}

pub async fn a_search_with_enough_results_is_not_corrected(db: &Database) {
    let records: Vec<MovieRecord> =
        ["Boat 1", "Boat 2", "Boat 3", "Boar", "Coat", "1999"].map(movie).into();
    write(db.store.as_ref(), &records).await;
    assert_eq!(search(db, "boat", None, 50).await, ["Boat 1", "Boat 2", "Boat 3"]);
    // A known word is not corrected, even if only one movie has it.
    assert_eq!(search(db, "coat", None, 50).await, ["Coat"]);
    assert_eq!(search(db, "boar", Some(MovieSort::Title), 50).await, ["Boar"]);
    assert_eq!(search(db, "coa", None, 50).await, ["Coat"]);
    // It is corrected if the search finds nothing otherwise.
    assert_eq!(search(db, "boar 2", None, 50).await, ["Boat 2"]);
    assert_eq!(search(db, "1998", None, 50).await, [] as [&str; 0]);
}

pub async fn pages_of_a_corrected_search_make_up_the_list(db: &Database) {
    let typo = MovieRecord { description: "A zepelin.".to_owned(), ..movie("Hindenburg") };
    let records: Vec<MovieRecord> =
        (0..7).map(|n| movie(&format!("Zeppelin {n}"))).chain([typo]).collect();
    write(db.store.as_ref(), &records).await;
    for sort in [None, Some(MovieSort::Title), Some(MovieSort::Newest), Some(MovieSort::Week)] {
        let all = search(db, "zepelin", sort, 50).await;
        assert_eq!(all.len(), 8, "{sort:?}");
        for limit in [1, 2, 3, 5] {
            assert_eq!(search(db, "zepelin", sort, limit).await, all, "{sort:?} {limit}");
        }
    }
    assert_eq!(search(db, "zepelin", None, 50).await[0], "Hindenburg");
}

pub async fn a_word_may_be_the_year(db: &Database) {
    let keanu = || strings(&["Keanu Reeves"]);
    let movie_of = |title: &str, year| MovieRecord { year: Some(year), ..movie(title) };
    let records = [
        MovieRecord { cast: keanu(), ..movie_of("The Matrix", 1999) },
        MovieRecord { cast: keanu(), ..movie_of("The Matrix Reloaded", 2003) },
        movie_of("The Matrix 1999: Looking Back", 2004),
        movie_of("2001: A Space Odyssey", 1968),
        movie_of("Spirited Away", 2001),
        MovieRecord { description: "It is 1999.".to_owned(), ..movie_of("Strange Days", 1995) },
        movie_of("Fight Club", 1999),
    ];
    write(db.store.as_ref(), &records).await;
    let looking_back = "The Matrix 1999: Looking Back";
    for (typed, expected) in [
        ("the matrix 1999", vec!["The Matrix", looking_back]),
        ("1999 matr", vec!["The Matrix", looking_back]),
        ("keanu 1999", vec!["The Matrix"]),
        ("keanu reevs 1999", vec!["The Matrix"]),
        ("matirx 2003", vec!["The Matrix Reloaded"]),
        ("keanu 1998", vec![]),
        ("matr 1999", vec![]),
        // A title comes first, then the movies of the year, then other texts.
        ("1999", vec![looking_back, "The Matrix", "Fight Club", "Strange Days"]),
        ("2001", vec!["2001: A Space Odyssey", "Spirited Away"]),
        ("2001 space", vec!["2001: A Space Odyssey"]),
        ("1999 1999", vec![looking_back, "The Matrix", "Fight Club", "Strange Days"]),
        ("1999 2004", vec![looking_back]),
        ("1999 2003", vec![]),
    ] {
        assert_eq!(search(db, typed, None, 50).await, expected, "{typed}");
        for sort in [MovieSort::Title, MovieSort::Newest, MovieSort::Week] {
            let mut found = search(db, typed, Some(sort), 50).await;
            found.sort();
            let mut all = expected.clone();
            all.sort();
            assert_eq!(found, all, "{typed} by {sort:?}");
        }
        assert_eq!(search(db, typed, None, 1).await, expected, "{typed} in pages of one");
    }
}
