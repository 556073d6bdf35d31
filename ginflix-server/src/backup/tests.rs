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

fn error(lines: &[Value]) -> String {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    read_rows(&file(&text), |_| true).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_complete_backup_is_read() {
    let text: String =
        [begin(), account("admin"), end(1)].iter().map(|line| format!("{line}\n")).collect();
    let mut rows = Vec::new();
    let summary = read_rows(&file(&text), |row| {
        rows.push(row);
        true
    });
    assert_eq!(summary.unwrap().rows["accounts"], 1);
    assert_eq!(rows[0].values["name"], "ann");
}

#[test]
fn an_invalid_backup_is_refused_with_the_reason() {
    let newer = json!({"begin": {"format": FORMAT + 1, "made_by": "9.0.0", "made_at": "2026-01-01T00:00:00Z"}});
    let day = json!({"row": {"table": "view_days", "values": {"day": "2026-01-01", "views": 1}}});
    let unknown = json!({"row": {"table": "users", "values": {}}});
    let cases = [
        (vec![], "it does not begin like a backup"),
        (vec![account("admin")], "it does not begin like a backup"),
        (
            vec![newer],
            "it has format 3, made by GinFlix 9.0.0; this server reads formats up to 2: upgrade the server first",
        ),
        (vec![begin()], "it is incomplete: its end is missing"),
        (vec![begin(), account("admin")], "it is incomplete: its end is missing"),
        (vec![begin(), begin()], "there is a second beginning"),
        (
            vec![begin(), account("admin"), end(2)],
            "it does not have the number of rows that its last line states",
        ),
        (
            vec![begin(), account("viewer"), end(1)],
            "there is no administrator, so nobody could log in",
        ),
        (vec![begin(), account("root"), end(1)], "a row of accounts has no valid value for role"),
        (vec![begin(), account("admin"), day, end(1)], "its tables are in the wrong order"),
        (vec![begin(), unknown], "\"users\" is not a table"),
        (vec![begin(), account("admin"), end(1), end(1)], "there is something after its end"),
    ];
    for (lines, expected) in cases {
        assert_eq!(error(&lines), format!("backup: {expected}"));
    }
    let truncated = read_rows(&file(&format!("{}\n{{\"row\"", begin())), |_| true).unwrap_err();
    assert_eq!(truncated.to_string(), "backup: it is incomplete: its end is missing");
    let not_json = read_rows(&file("hello\n"), |_| true).unwrap_err();
    assert!(not_json.to_string().starts_with("backup: a line is invalid"), "{not_json}");
}

#[test]
fn nothing_may_follow_the_end_or_be_missing_before_it() {
    let text: String =
        [begin(), account("admin"), end(1)].iter().map(|line| format!("{line}\n")).collect();
    for more in ["x", "x\n", "\n", " ", "\0"] {
        let refused = read_rows(&file(&format!("{text}{more}")), |_| true).unwrap_err();
        assert_eq!(refused.to_string(), "backup: there is something after its end", "{more:?}");
    }
    for length in 0..text.len() {
        assert!(read_rows(&file(&text[..length]), |_| true).is_err(), "{length} bytes");
    }
}

#[test]
fn a_line_has_a_size_limit() {
    let long = "x".repeat(MAX_LINE_BYTES + 10);
    let error = read_rows(&file(&long), |_| true).unwrap_err();
    assert_eq!(error.to_string(), "backup: a line has more than 8 MiB");
}
