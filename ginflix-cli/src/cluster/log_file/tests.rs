use std::io::Write;

use super::*;

#[test]
fn the_tail_is_the_last_lines() {
    assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
    assert_eq!(tail("a\nb\nc", 3), "a\nb\nc");
    assert_eq!(tail("a\nb\nc", 9), "a\nb\nc");
    assert_eq!(tail("a\nb", 0), "");
    assert_eq!(tail("", 5), "");
}

#[test]
fn only_complete_lines_are_returned() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "one").unwrap();
    let mut log = LogFile::open(file.path()).unwrap();
    assert_eq!(log.last_lines(10).unwrap(), "one");
    write!(file, "two\nthr").unwrap();
    assert_eq!(log.read_new_lines().unwrap(), "two\n");
    assert_eq!(log.read_new_lines().unwrap(), "");
    writeln!(file, "ee").unwrap();
    assert_eq!(log.read_new_lines().unwrap(), "three\n");
    file.as_file().set_len(0).unwrap();
    file.rewind().unwrap();
    writeln!(file, "anew").unwrap();
    assert_eq!(log.read_new_lines().unwrap(), "anew\n");
}

/// Creates a log and its rotated files, from the latest to the oldest.
fn files(contents: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.log");
    for (number, content) in (0..).zip(contents) {
        fs::write(rotated_path(&path, number), content).unwrap();
    }
    (folder, path)
}

fn rotate(path: &Path) {
    for number in (0..ROTATED_FILES).rev() {
        let _ = fs::rename(rotated_path(path, number), rotated_path(path, number + 1));
    }
}

fn append(path: &Path, text: &str) {
    open_to_append(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn lines_of_old_files_come_first() {
    let (_folder, path) = files(&["six\nseven\n", "four\nfive\n", "two\nthree\n", "one\n"]);
    let last = |lines| LogFile::open(&path).unwrap().last_lines(lines).unwrap();
    assert_eq!(last(2), "six\nseven");
    assert_eq!(last(3), "five\nsix\nseven");
    assert_eq!(last(100), "one\ntwo\nthree\nfour\nfive\nsix\nseven");
    fs::write(&path, "").unwrap();
    assert_eq!(last(1), "five");
}

#[test]
fn an_incomplete_line_is_not_joined_with_the_next_file() {
    let (_folder, path) = files(&["three\n", "one\ntw"]);
    assert_eq!(LogFile::open(&path).unwrap().last_lines(9).unwrap(), "one\ntw\nthree");
}

#[test]
fn following_continues_in_the_next_file() {
    let (_folder, path) = files(&["one\n"]);
    let mut log = LogFile::open(&path).unwrap();
    log.seek_to_end().unwrap();
    append(&path, "two\n");
    rotate(&path);
    assert_eq!(log.read_new_lines().unwrap(), "two\n", "while no file has the name of the log");
    append(&path, "three\n");
    assert_eq!(log.read_new_lines().unwrap(), "three\n");
    for line in ["four\n", "five\n", "six\n"] {
        append(&path, line);
        rotate(&path);
    }
    append(&path, "seven\n");
    let added: String = std::iter::repeat_with(|| log.read_new_lines().unwrap()).take(5).collect();
    assert_eq!(added, "four\nfive\nsix\nseven\n");
}

#[test]
fn following_survives_a_deleted_file() {
    let (_folder, path) = files(&["two\n", "one\n"]);
    let mut log = LogFile::open(&path).unwrap();
    log.seek_to_end().unwrap();
    let earlier = std::time::SystemTime::UNIX_EPOCH;
    File::open(rotated_path(&path, 1)).unwrap().set_modified(earlier).unwrap();
    fs::remove_file(&path).unwrap();
    append(&path, "three\n");
    assert_eq!(log.read_new_lines().unwrap(), "three\n");
}

#[test]
fn a_file_above_the_limit_keeps_its_last_lines() {
    let line = |number: usize| format!("line {number:09}\n");
    let all: String = (0..20_000).map(line).collect();
    let (_folder, path) = files(&[&all]);
    let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    keep_end(&file, all.len() as u64).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), all);
    keep_end(&file, 200_001).unwrap();
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(kept.len(), 200_001 / 15 * 15);
    assert!(all.ends_with(&kept));
}
