use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ginflix_api::backup::FORMAT;
use sha2::{Digest, Sha256};

use super::*;

const ROWS: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";
const MEDIA: &[u8] = b"a media file of some bytes";

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
            Member::media(&name, MEDIA.len() as u64, sha256(MEDIA)),
        ],
    }
}

fn written(manifest: &Manifest) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar");
    let mut writer = ArchiveWriter::create(&path, manifest).unwrap();
    writer.add(&manifest.members[0], ROWS, |_| {}).unwrap();
    writer.add(&manifest.members[1], MEDIA, |_| {}).unwrap();
    writer.finish(false).unwrap();
    (folder, path)
}

#[test]
fn an_archive_survives_a_round_trip() {
    let manifest = manifest();
    let (folder, path) = written(&manifest);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let archive = Archive::open(&path, |_| {}).unwrap();
    assert_eq!(archive.manifest(), &manifest);
    assert_eq!(Archive::read_manifest(&path).unwrap(), manifest);
    assert_eq!(manifest.rows()["movies"], 2);
    assert_eq!(manifest.media(), (1, MEDIA.len() as u64));
    let mut rows = Vec::new();
    archive
        .for_each_row(|table, line| {
            rows.push(format!("{table} {line}"));
            true
        })
        .unwrap();
    assert_eq!(rows, ["movies {\"a\":1}", "movies {\"a\":2}"]);
    let media = archive.extract(1).unwrap();
    assert_eq!(std::fs::read(media.path()).unwrap(), MEDIA);
    drop(media);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn any_changed_byte_is_detected() {
    let (_folder, path) = written(&manifest());
    let original = std::fs::read(&path).unwrap();
    let end = original.len() - 1024; // a tar file ends with 1024 zero bytes
    for at in (0..end).step_by(7) {
        let mut bytes = original.clone();
        bytes[at] ^= 0x04;
        std::fs::write(&path, &bytes).unwrap();
        // The changed byte may belong to the padding, or to a tar header field that is
        // not used. Then the content must still be what was written.
        if let Ok(archive) = Archive::open(&path, |_| {}) {
            let media = archive.extract(1).unwrap();
            assert_eq!(std::fs::read(media.path()).unwrap(), MEDIA, "byte {at}");
        }
    }
    for length in [0, 100, 512, 1000, original.len() / 2, end - 600] {
        std::fs::write(&path, &original[..length]).unwrap();
        assert!(Archive::open(&path, |_| {}).is_err(), "{length} bytes");
    }
}

#[test]
fn an_invalid_archive_says_why() {
    let why = |path: &Path| Archive::open(path, |_| {}).err().unwrap().to_string();
    let (folder, path) = written(&manifest());
    let mut bytes = std::fs::read(&path).unwrap();
    let offset = bytes.windows(MEDIA.len()).position(|window| window == MEDIA).unwrap();
    bytes[offset] ^= 1;
    let damaged = folder.path().join("damaged.tar");
    std::fs::write(&damaged, bytes).unwrap();
    assert_eq!(
        why(&damaged),
        "the backup is damaged: media/été 1.mp4 does not have the SHA-256 of the manifest"
    );
    std::fs::write(&damaged, "this is a text").unwrap();
    assert_eq!(why(&damaged), "this is not a backup of GinFlix");
    let newer = Manifest { format: FORMAT + 1, made_by: "9.9.9".into(), ..manifest() };
    let (_folder, path) = written(&newer);
    assert_eq!(
        why(&path),
        "the backup has format 2, of GinFlix 9.9.9; this ginflix reads formats up to 1"
    );
}

#[test]
fn content_that_does_not_match_its_member_is_refused() {
    let (folder, manifest) = (tempfile::tempdir().unwrap(), manifest());
    let path = folder.path().join("b.tar");
    for content in [&ROWS[..5], b"{\"a\":1}\n{\"a\":3}\n", b"{\"a\":1}\n{\"a\":2}\nx"] {
        let mut writer = ArchiveWriter::create(&path, &manifest).unwrap();
        assert!(writer.add(&manifest.members[0], content, |_| {}).is_err());
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_existing_file_is_only_replaced_on_request() {
    let (_folder, path) = written(&manifest());
    let writer = ArchiveWriter::create(&path, &manifest()).unwrap();
    let error = writer.finish(false).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    let writer = ArchiveWriter::create(&path, &manifest()).unwrap();
    assert!(writer.finish(true).is_ok());
}
