use std::io::Write;

use serde_json::{Value, json};

use super::*;

fn begin() -> Value {
    json!({"begin": {"format": FORMAT, "made_by": "0.1.0", "made_at": "2026-01-01T00:00:00Z"}})
}

fn account(role: &str) -> Value {
    json!({"row": {"table": "accounts", "values": {
        "id": "019a0000-0000-7000-8000-000000000000", "name": "ann", "role": role,
        "password_hash": "$argon2id$", "created_at": "2026-01-01T00:00:00Z",
    }}})
}

fn end(accounts: u64) -> Value {
    json!({"end": {"rows": {"accounts": accounts}}})
}

fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn why(lines: &[Value]) -> String {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    read(&file(&text), |_| true).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_is_whole_is_read() {
    let text: String =
        [begin(), account("admin"), end(1)].iter().map(|line| format!("{line}\n")).collect();
    let mut rows = Vec::new();
    let carried = read(&file(&text), |row| {
        rows.push(row);
        true
    });
    assert_eq!(carried.unwrap().rows["accounts"], 1);
    assert_eq!(rows[0].values["name"], "ann");
}

#[test]
fn what_is_not_whole_says_why() {
    let newer = json!({"begin": {"format": FORMAT + 1, "made_by": "9.0.0", "made_at": "2026-01-01T00:00:00Z"}});
    let day = json!({"row": {"table": "view_days", "values": {"day": "2026-01-01", "views": 1}}});
    let unknown = json!({"row": {"table": "users", "values": {}}});
    let cases = [
        (vec![], "it does not begin as a backup does"),
        (vec![account("admin")], "it does not begin as a backup does"),
        (
            vec![newer],
            "it is of format 2, made by GinFlix 9.0.0; this server reads formats up to 1: upgrade it first",
        ),
        (vec![begin()], "it was broken off"),
        (vec![begin(), account("admin")], "it was broken off"),
        (vec![begin(), begin()], "it begins twice"),
        (vec![begin(), account("admin"), end(2)], "it has not as many rows as it says"),
        (
            vec![begin(), account("viewer"), end(1)],
            "it has no administrator, so nobody could log in",
        ),
        (vec![begin(), account("root"), end(1)], "the role of a row of accounts is none"),
        (vec![begin(), account("admin"), day, end(1)], "its tables are in another order"),
        (vec![begin(), unknown], "\"users\" is no table"),
        (vec![begin(), account("admin"), end(1), end(1)], "it goes on after its end"),
    ];
    for (lines, expected) in cases {
        assert_eq!(why(&lines), format!("backup: {expected}"));
    }
    let cut = read(&file(&format!("{}\n{{\"row\"", begin())), |_| true).unwrap_err();
    assert_eq!(cut.to_string(), "backup: it was broken off");
    let odd = read(&file("hello\n"), |_| true).unwrap_err();
    assert!(odd.to_string().starts_with("backup: a line of it cannot be read"), "{odd}");
}

#[test]
fn a_line_has_its_limit() {
    let long = "x".repeat(MAX_LINE_BYTES + 10);
    let error = read(&file(&long), |_| true).unwrap_err();
    assert_eq!(error.to_string(), "backup: a line of it is too long");
}
