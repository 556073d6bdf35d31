mod access;

use super::*;

#[test]
fn patterns_become_paths() {
    let row = |pattern| Route {
        method: "GET",
        access: AccessRule::Public,
        handler: "movies::show",
        action: None,
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
fn changes_of_administrators_are_audited() {
    for row in ROUTES {
        let changes = !["GET", "HEAD", "OPTIONS"].contains(&row.method)
            // Playbacks are stored anyway, also those of links, and a forwarding peer writes the entry itself.
            && ![AccessRule::Watch, AccessRule::Peer].contains(&row.access)
            && !row.handler.starts_with("playbacks")
            // What somebody watches is nobody else's business.
            && !row.handler.starts_with("watching")
            // Neither is how somebody sees the pages.
            && !["language::choose", "theme::choose"].contains(&row.handler);
        assert_eq!(row.action.is_some(), changes, "{} {}", row.method, row.path());
    }
}

#[test]
fn no_two_rows_are_the_same() {
    let mut rows: Vec<_> = ROUTES.iter().map(|row| (row.method, row.path())).collect();
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), ROUTES.len());
}
