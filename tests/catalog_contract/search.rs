//! Full-text search.

use ginflix_api::movie::MovieSort;
use ginflix_server::catalog::fold;
use ginflix_server::catalog::store::{CatalogStore, MovieFilter, MovieRecord};

use crate::backend::Database;
use crate::samples::{in_order, movie, strings, titles, write};

fn searching(text: &str) -> MovieFilter {
    MovieFilter { words: fold::words(text), ..in_order(MovieSort::Relevance) }
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

pub async fn titles_go_before_people_before_genres_before_text(db: &Database) {
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

pub async fn search_goes_with_filters_and_orders(db: &Database) {
    let of = |title, year| MovieRecord { year: Some(year), ..movie(title) };
    write(&*db.store, &[of("Film B", 1999), of("Film A", 1999), of("Film", 2001), movie("X")])
        .await;
    let words = fold::words("film");
    let by_title = MovieFilter { words, ..in_order(MovieSort::Title) };
    assert_eq!(titles(&*db.store, &by_title).await, ["Film", "Film A", "Film B"]);
    let of_1999 = MovieFilter { year: Some(1999), ..by_title.clone() };
    assert_eq!(titles(&*db.store, &of_1999).await, ["Film A", "Film B"]);
    let best = MovieFilter { sort: MovieSort::Relevance, ..of_1999 };
    assert_eq!(titles(&*db.store, &best).await, ["Film B", "Film A"]);
    let newest = MovieFilter { sort: MovieSort::Newest, ..by_title };
    assert_eq!(titles(&*db.store, &newest).await, ["Film", "Film A", "Film B"]);
}
