use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ginflix_api::backup::FORMAT;
use sha2::{Digest, Sha256};

use super::*;

const ROWS: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";
const FILM: &[u8] = b"a film of some bytes";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn manifest() -> Manifest {
    let name: MediaName = "été 1.mp4".parse().unwrap();
    Manifest {
        format: FORMAT,
        made_by: "0.1.0".to_owned(),
        made_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        members: vec![
            Member::table("movies", 2, ROWS.len() as u64, sha256(ROWS)),
            Member::media(&name, FILM.len() as u64, sha256(FILM)),
        ],
    }
}

fn written(manifest: &Manifest) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar");
    let mut writer = Writer::create(&path, manifest).unwrap();
    writer.add(&manifest.members[0], ROWS, |_| {}).unwrap();
    writer.add(&manifest.members[1], FILM, |_| {}).unwrap();
    writer.finish(false).unwrap();
    (folder, path)
}

#[test]
fn an_archive_comes_back_as_it_was_written() {
    let manifest = manifest();
    let (folder, path) = written(&manifest);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let archive = Archive::check(&path, |_| {}).unwrap();
    assert_eq!(archive.manifest(), &manifest);
    assert_eq!(Archive::manifest_of(&path).unwrap(), manifest);
    assert_eq!(manifest.rows()["movies"], 2);
    assert_eq!(manifest.media(), (1, FILM.len() as u64));
    let mut rows = Vec::new();
    archive
        .each_row(|table, line| {
            rows.push(format!("{table} {line}"));
            true
        })
        .unwrap();
    assert_eq!(rows, ["movies {\"a\":1}", "movies {\"a\":2}"]);
    let film = archive.extract(1).unwrap();
    assert_eq!(std::fs::read(film.path()).unwrap(), FILM);
    drop(film);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn any_changed_byte_is_found() {
    let (_folder, path) = written(&manifest());
    let whole = std::fs::read(&path).unwrap();
    let end = whole.len() - 1024; // what follows is padding
    for at in (0..end).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x04;
        std::fs::write(&path, &bytes).unwrap();
        // A byte of padding, or of a header's field that means nothing to
        // us, may change: then what is read must be what was written.
        if let Ok(archive) = Archive::check(&path, |_| {}) {
            let film = archive.extract(1).unwrap();
            assert_eq!(std::fs::read(film.path()).unwrap(), FILM, "byte {at}");
        }
    }
    for length in [0, 100, 512, 1000, whole.len() / 2, end - 600] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Archive::check(&path, |_| {}).is_err(), "{length} bytes");
    }
}

#[test]
fn what_is_unfit_says_why() {
    let why = |path: &Path| Archive::check(path, |_| {}).err().unwrap().to_string();
    let (folder, path) = written(&manifest());
    let mut bytes = std::fs::read(&path).unwrap();
    let film = bytes.windows(FILM.len()).position(|window| window == FILM).unwrap();
    bytes[film] ^= 1;
    let damaged = folder.path().join("damaged.tar");
    std::fs::write(&damaged, bytes).unwrap();
    assert_eq!(
        why(&damaged),
        "it is damaged: media/été 1.mp4 does not have the SHA-256 that its manifest names"
    );
    std::fs::write(&damaged, "this is a text").unwrap();
    assert_eq!(why(&damaged), "it is no backup of GinFlix");
    let newer = Manifest { format: FORMAT + 1, made_by: "9.9.9".into(), ..manifest() };
    let (_folder, path) = written(&newer);
    assert_eq!(
        why(&path),
        "it is of format 2, made by GinFlix 9.9.9; this ginflix reads formats up to 1"
    );
}

#[test]
fn content_that_is_another_is_not_taken() {
    let (folder, manifest) = (tempfile::tempdir().unwrap(), manifest());
    let path = folder.path().join("b.tar");
    for content in [&ROWS[..5], b"{\"a\":1}\n{\"a\":3}\n", b"{\"a\":1}\n{\"a\":2}\nx"] {
        let mut writer = Writer::create(&path, &manifest).unwrap();
        assert!(writer.add(&manifest.members[0], content, |_| {}).is_err());
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_file_that_is_there_stays() {
    let (_folder, path) = written(&manifest());
    let writer = Writer::create(&path, &manifest()).unwrap();
    let error = writer.finish(false).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    let writer = Writer::create(&path, &manifest()).unwrap();
    assert!(writer.finish(true).is_ok());
}
