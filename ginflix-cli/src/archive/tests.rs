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

/// Every archive that differs from a valid one in one byte: a changed, a missing or an added one.
fn one_byte_away(original: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let change = |at: usize, to: u8| {
        let mut bytes = original.to_vec();
        bytes[at] = to;
        (format!("byte {at} changed to {to}"), bytes)
    };
    let remove = |at: usize| {
        let mut bytes = original.to_vec();
        bytes.remove(at);
        (format!("byte {at} missing"), bytes)
    };
    let add = |at: usize, value: u8| {
        let mut bytes = original.to_vec();
        bytes.insert(at, value);
        (format!("byte {value} added at {at}"), bytes)
    };
    let changed = (0..original.len())
        .flat_map(move |at| [0x01, 0x20].map(|bit| change(at, original[at] ^ bit)));
    let added = (0..=original.len()).flat_map(move |at| {
        let neighbour = original[at.min(original.len() - 1)];
        [0, neighbour].map(|value| add(at, value))
    });
    changed.chain((0..original.len()).map(remove)).chain(added)
}

#[test]
fn every_byte_counts() {
    let (_folder, path) = written(&manifest());
    let original = std::fs::read(&path).unwrap();
    let is_accepted = |bytes: &[u8]| reader::verify(bytes, |_| {}).is_ok();
    assert!(is_accepted(&original));
    let accepted: Vec<_> = one_byte_away(&original)
        .filter(|(_, bytes)| is_accepted(bytes))
        .map(|(what, _)| what)
        .collect();
    assert_eq!(accepted, [""; 0]);
}

#[test]
fn an_archive_has_nothing_but_its_members() {
    let (_folder, path) = written(&manifest());
    let original = std::fs::read(&path).unwrap();
    let why = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Archive::open(&path, |_| {}).err().map(|error| error.to_string())
    };
    let end = original.len() - layout::END.len();
    let last_member = end - 2 * layout::BLOCK_BYTES..end;
    let twice = [&original[..end], &original[last_member], &layout::END].concat();
    let more = Some("the backup is damaged: it contains more than its manifest lists".to_owned());
    assert_eq!(why(&twice), more);
    assert_eq!(why(&[&original[..], &[0; 512]].concat()), more);
    for length in [end, end + 1, end + 512, original.len() - 1] {
        let incomplete = Some("the backup is damaged: its end is missing".to_owned());
        assert_eq!(why(&original[..length]), incomplete, "{length} bytes");
    }
    for length in [0, 100, 512, 1000, end / 2, end - 600] {
        assert!(why(&original[..length]).is_some(), "{length} bytes");
    }
}

#[test]
fn a_manifest_lists_each_member_once_and_only_known_ones() {
    let why = |members: Vec<Member>| {
        let (folder, manifest) = (tempfile::tempdir().unwrap(), Manifest { members, ..manifest() });
        let path = folder.path().join("b.tar");
        let mut writer = ArchiveWriter::create(&path, &manifest).unwrap();
        for member in &manifest.members {
            writer.add(member, ROWS, |_| {}).unwrap();
        }
        writer.finish(false).unwrap();
        Archive::open(&path, |_| {}).err().map(|error| error.to_string())
    };
    let table = |name: &str, rows| Member::table(name, rows, ROWS.len() as u64, sha256(ROWS));
    let damaged = |why: &str| Some(format!("the backup is damaged: {why}"));
    assert_eq!(why(vec![table("movies", 2)]), None);
    let twice = vec![table("movies", 2), table("movies", 2)];
    assert_eq!(why(twice), damaged("its manifest lists catalogue/movies.ndjson twice"));
    let other = Member { path: "other".into(), ..table("movies", 2) };
    assert_eq!(why(vec![other]), damaged("its manifest lists other, which is no part of a backup"));
    let rows = damaged("catalogue/movies.ndjson does not have the rows of the manifest");
    assert_eq!(why(vec![table("movies", 3)]), rows);
}

/// Archives must stay readable, so the form of everything around the content is fixed.
#[test]
fn the_form_of_an_archive_never_changes() {
    // The version of the content is another matter.
    let (_folder, path) = written(&Manifest { format: 1, ..manifest() });
    let hash = sha256(&std::fs::read(path).unwrap());
    assert_eq!(hash, "d52c2e38257a2de999658579bc4b1c733692bcaf347bc0b26f428dec2ec80d1d");
}

/// Early versions wrote the manifest without a hash of itself.
#[test]
fn a_manifest_without_its_hash_is_read() {
    let json = serde_json::to_vec_pretty(&manifest()).unwrap();
    assert_eq!(layout::decode_manifest(&json), Some(manifest()));
    let changed = String::from_utf8(json).unwrap().replace("  \"format\"", " \"format\"");
    assert_eq!(layout::decode_manifest(changed.as_bytes()), None);
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
        "the backup has format 3, of GinFlix 9.9.9; this ginflix reads formats up to 2"
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
