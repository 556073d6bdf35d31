use super::*;

fn query(q: &str, genre: &str, sort: &str) -> CatalogQuery {
    let (q, genre, sort) = (q.into(), genre.into(), sort.into());
    CatalogQuery { q, genre, sort, year: "1999".into(), cursor: "c".into() }
}

#[test]
fn links_lead_to_the_first_page_and_keep_the_other_choices() {
    let query = query("blue sky", "Drama", "title");
    let sorts = query.sorts(Locale::English);
    assert_eq!(sorts[0].href, "/search?q=blue%20sky&genre=Drama&year=1999");
    assert!(sorts.iter().filter(|s| s.active).all(|s| s.text == "Title"));
    let genres = query.genres(vec![("Drama".into(), 1), ("War".into(), 2)], Locale::English);
    assert_eq!(genres[0].href, "/search?q=blue%20sky&year=1999&sort=title");
    assert_eq!(genres[1].href, "/search?q=blue%20sky&genre=War&year=1999&sort=title");
    assert_eq!(genres[2].href, "/search?q=blue%20sky&genre=Drama&year=1999&sort=title");
    let active: Vec<bool> = genres.iter().map(|genre| genre.active).collect();
    assert_eq!(active, [false, false, true]);
    let all = CatalogQuery { genre: String::new(), ..query };
    let all = all.genres(vec![("War".into(), 2)], Locale::English);
    assert!(all[0].active && !all[1].active);
}

#[test]
fn the_current_genre_is_always_a_choice() {
    let many: Vec<(String, u64)> = (0..99).map(|n| (format!("G{n:02}"), 99 - n)).collect();
    for genre in ["G00", "G39", "G40", "G98", "Other"] {
        let genres = query("", genre, "").genres(many.clone(), Locale::English);
        assert_eq!(genres.len(), MAX_GENRES + 1);
        let active: Vec<&str> =
            genres.iter().filter(|one| one.active).map(|one| one.text.as_str()).collect();
        assert_eq!(active, [genre]);
    }
    assert!(query("", "", "").genres(Vec::new(), Locale::English).is_empty());
}

#[test]
fn lists_and_searches_have_paths_of_their_own() {
    let link = |q: &str, sort: &str| {
        CatalogQuery { q: q.into(), sort: sort.into(), ..CatalogQuery::default() }.link()
    };
    assert_eq!(link(" ", ""), "/movies");
    assert_eq!(link("", "title"), "/movies?sort=title");
    assert_eq!(link("x", ""), "/search?q=x");
    assert!(!CatalogQuery::default().has_filters());
}

#[test]
fn one_order_is_always_the_current_one() {
    for q in ["", "x"] {
        for sort in ["", "newest", "title", "views", "week", "nonsense"] {
            let active =
                query(q, "", sort).sorts(Locale::English).iter().filter(|s| s.active).count();
            assert_eq!(active, 1, "{q:?} {sort:?}");
        }
    }
}

#[test]
fn the_current_year_is_always_an_option() {
    let query = query(" x ", "Drama", "");
    assert_eq!(query.years(vec![2001, 1950]), [2001, 1999, 1950]);
    assert_eq!(query.years(vec![1999]), [1999]);
    assert_eq!(query.hidden_fields(), [("q", "x".to_owned()), ("genre", "Drama".to_owned())]);
    assert_eq!(CatalogQuery { year: "soon".into(), ..query }.year(), None);
}

#[test]
fn unknown_keys_and_values_are_accepted() {
    let query: CatalogQuery = serde_urlencoded::from_str("q=&sort=up&utm_source=mail").unwrap();
    assert_eq!(query.movie_query(), MovieQuery { limit: Some(PAGE_SIZE), ..MovieQuery::default() });
}
