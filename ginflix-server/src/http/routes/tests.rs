mod access;

use super::*;

#[test]
fn patterns_become_paths() {
    let row = |pattern| Route {
        method: "GET",
        access: Access::Open,
        handler: "movies::show",
        params: &["id"],
        pattern,
    };
    let movie = row(r#""api" / "v1" / "movies" / MovieId"#);
    assert_eq!(movie.path(), "/api/v1/movies/{MovieId}");
    assert_eq!(movie.named_path(), "/api/v1/movies/{id}");
    assert_eq!(row("").path(), "/");
    assert!(row(r#""a" / Uuid"#).matches("/a/1"));
    assert!(!row(r#""a" / Uuid"#).matches("/a/"));
    assert!(!row(r#""a" / Uuid"#).matches("/a"));
    assert!(row("").matches("/"));
}

#[test]
fn no_two_rows_are_the_same() {
    let mut rows: Vec<_> = ROUTES.iter().map(|row| (row.method, row.path())).collect();
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), ROUTES.len());
}
