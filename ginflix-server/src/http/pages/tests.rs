use ginflix_api::Page;
use ginflix_api::collection::{Collection, CollectionContents, CollectionOfMovie};
use ginflix_api::movie::{Episode, Movie, MovieId};
use jiff::Timestamp;
use uuid::Uuid;

use super::catalog::{CatalogQuery, CatalogSummary};
use super::collection::{CollectionPage, CollectionsPage};
use super::home::HomePage;
use super::movie::MoviePage;
use super::open_graph::OpenGraph;
use super::player_view::{PlayerView, UpNext};
use super::playing::Playing;
use super::watching::ContinueRow;
use super::*;
use crate::catalog::Featured;
use crate::catalog::home::HomeRows;
use crate::http::pages::card::{Card, Removal};

/// Text with all characters that HTML treats specially.
const HOSTILE: &str = "<script>alert('1')</script> & \"quoted\"";

fn hostile_movie() -> Movie {
    let text = || HOSTILE.to_owned();
    Movie {
        id: MovieId::new(),
        title: text(),
        description: text(),
        year: Some(1999),
        genres: vec![text()],
        directors: vec![text()],
        cast: vec![text()],
        episode: Some(Episode { series: Some(text()), season: Some(1), number: Some(2) }),
        media: "movie.mp4".parse().unwrap(),
        stream_path: "/stream/movie.mp4".to_owned(),
        content_type: Some("video/mp4".to_owned()),
        size_bytes: Some(1),
        duration_seconds: Some(5520.0),
        poster_path: None,
        views: 1,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn hostile_place() -> CollectionOfMovie {
    CollectionOfMovie {
        id: Uuid::nil(),
        title: HOSTILE.to_owned(),
        parent_title: Some(HOSTILE.to_owned()),
        position: 2,
        movie_count: 3,
        previous: Some(MovieId::new()),
        next: Some(MovieId::new()),
    }
}

fn hostile_next() -> UpNext {
    UpNext {
        title: HOSTILE.to_owned(),
        href: "/movies/2?play=1".to_owned(),
        picture: "/movies/2/placeholder.svg".to_owned(),
        collection: HOSTILE.to_owned(),
    }
}

fn hostile_player() -> PlayerView {
    PlayerView {
        key: MovieId::new().to_string(),
        title: HOSTILE.to_owned(),
        duration_seconds: Some(5520.0),
        backdrop: Some("/movies/1/backdrop.svg".to_owned()),
        poster: Some(HOSTILE.to_owned()),
        stream: "/stream/movie.mp4".to_owned(),
        playing: Playing::default(),
        download: Some(HOSTILE.to_owned()),
        playbacks: Some(HOSTILE.to_owned()),
        up_next: Some(hostile_next()),
        previous: Some("/movies/1".to_owned()),
    }
}

fn hostile_contents(movies: Vec<Movie>) -> CollectionContents {
    let collection = Collection {
        id: Uuid::nil(),
        title: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        parent: Some(Uuid::nil()),
        parent_title: Some(HOSTILE.to_owned()),
        position: 0,
        movie_count: 1,
        poster_path: Some(HOSTILE.to_owned()),
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    };
    CollectionContents { collections: vec![collection.clone()], collection, movies }
}

fn assert_escaped(page: &str) {
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains("\"quoted\""), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
}

#[test]
fn text_of_users_is_escaped_on_the_page_of_a_movie() {
    let movie = hostile_movie();
    let card = Card::new(&movie, Locale::English);
    let graph = OpenGraph {
        url: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        image: Some(HOSTILE.to_owned()),
        oembed: Some(HOSTILE.to_owned()),
    };
    let page = MoviePage {
        layout: Layout::anonymous(),
        card,
        movie: movie.clone(),
        player: hostile_player(),
        collections: vec![hostile_place()],
        download: None,
        actions: None,
        related: vec![Card::new(&movie, Locale::English)],
        open_graph: Some(graph),
    };
    assert_escaped(&page.render().unwrap());
}

#[test]
fn text_of_users_is_escaped_in_lists() {
    let movie = hostile_movie();
    let contents = hostile_contents(vec![movie.clone()]);
    let page = CollectionPage::new(Layout::anonymous(), contents);
    assert_escaped(&page.render().unwrap());

    let contents = hostile_contents(vec![movie.clone()]);
    let collections =
        vec![Collection { parent: None, movie_count: 1, ..contents.collection.clone() }];
    let page = CollectionsPage::new(Layout::anonymous(), &collections, HOSTILE);
    assert_escaped(&page.render().unwrap());
    for count in [1, 13] {
        let movies = vec![movie.clone(); count];
        let rows = HomeRows {
            newest: movies.clone(),
            week: movies.clone(),
            genres: vec![(HOSTILE.to_owned(), movies)],
            genre_counts: vec![(HOSTILE.to_owned(), 1)],
            collections: collections.clone(),
        };
        let featured = Featured { movie: movie.clone(), is_popular: true };
        let mut page = HomePage::new(Layout::anonymous(), &rows, Some(featured));
        let card = Card { removal: Some(Removal::Row), ..Card::new(&movie, Locale::English) };
        page.continue_row = Some(ContinueRow { cards: vec![card], is_visitor: false });
        assert_escaped(&page.render().unwrap());
    }

    let query =
        CatalogQuery { q: HOSTILE.into(), genre: HOSTILE.into(), ..CatalogQuery::default() };
    let found = Page { items: vec![movie], next_cursor: Some(HOSTILE.to_owned()) };
    let page = query.page(
        Layout::anonymous(),
        found,
        CatalogSummary { genres: vec![(HOSTILE.to_owned(), 1)], years: vec![1999], movies: 1 },
    );
    assert_escaped(&page.render().unwrap());

    let nothing = Page { items: Vec::new(), next_cursor: None };
    let summary = CatalogSummary { movies: 1, ..CatalogSummary::default() };
    let page = query.page(Layout::anonymous(), nothing, summary);
    assert_escaped(&page.render().unwrap());
}

#[test]
fn pages_have_no_inline_script_or_style() {
    let movie = hostile_movie();
    let card = Card::new(&movie, Locale::English);
    let page = MoviePage {
        layout: Layout::anonymous(),
        card,
        movie,
        player: hostile_player(),
        collections: vec![hostile_place()],
        download: None,
        actions: None,
        related: Vec::new(),
        open_graph: None,
    };
    let page = page.render().unwrap();
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="));
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script type=\"module\" src=").count()
    );
}

#[test]
fn an_empty_collection_says_what_to_do() {
    let contents = CollectionContents { collections: Vec::new(), ..hostile_contents(Vec::new()) };
    let admin = Layout { is_admin: true, ..Layout::anonymous() };
    let page = CollectionPage::new(admin, contents).render().unwrap();
    assert!(page.contains("ginflix collection put"), "{page}");
}

#[test]
fn an_empty_catalogue_says_what_to_do() {
    let admin = || Layout { is_admin: true, ..Layout::anonymous() };
    let home = |layout| HomePage::new(layout, &HomeRows::default(), None).render().unwrap();
    let list = |layout| {
        let nothing = Page { items: Vec::new(), next_cursor: None };
        let summary = CatalogSummary::default();
        CatalogQuery::default().page(layout, nothing, summary).render().unwrap()
    };
    for page in [home(admin()), list(admin())] {
        assert!(
            page.contains("ginflix upload") && page.contains("href=\"/admin/media\""),
            "{page}"
        );
    }
    for page in [home(Layout::anonymous()), list(Layout::anonymous())] {
        assert!(page.contains("There are no movies here yet"), "{page}");
        assert!(!page.contains("ginflix upload") && !page.contains("administrator"), "{page}");
    }
}

#[test]
fn a_heading_of_the_first_level_comes_before_the_others() {
    let rows = HomeRows { newest: vec![hostile_movie(); 13], ..HomeRows::default() };
    let featured = Featured { movie: hostile_movie(), is_popular: false };
    let page = HomePage::new(Layout::anonymous(), &rows, Some(featured)).render().unwrap();
    assert_eq!(page.matches("<h1").count(), 1);
    assert!(page.find("<h1") < page.find("<h2"), "{page}");
}

#[test]
fn an_error_page_has_the_headers_of_pages() {
    let id = RequestId(Uuid::nil());
    let error = AppError::internal("secret");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let response = error_page(status, &error, &id, (Locale::English, Theme::System), "/x");
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"));
    assert_eq!(response.headers()[X_FRAME_OPTIONS], "DENY");
}

#[test]
fn error_pages_name_no_fields() {
    let said = |error: AppError| message(&error, Locale::English).to_string();
    assert!(said(AppError::NotFound("page /x".to_owned())).starts_with("There is nothing at this"));
    let invalid = AppError::invalid("cursor", "is not of this list");
    assert_eq!(said(invalid), "The address of this page is not valid.");
    assert_eq!(said(AppError::internal("secret")), "The server could not make this page.");
    let busy = AppError::too_many_attempts(std::time::Duration::from_secs(2));
    assert_eq!(message(&busy, Locale::French).to_string(), "Réessayez dans 2 secondes.");
}
