//! The volume on a real directory.

use std::os::unix::fs::symlink;
use std::time::Duration;

use ginflix_api::media::MediaName;
use rustix::fs::Mode;

use super::*;
use crate::media::facts::Stamp;

fn volume() -> (tempfile::TempDir, Volume) {
    let dir = tempfile::tempdir().unwrap();
    let volume = Volume::mount(dir.path()).unwrap();
    (dir, volume)
}

fn name(text: &str) -> MediaName {
    text.parse().unwrap()
}

fn drop_in(volume: &Volume, file: &str, content: &[u8]) -> MediaName {
    std::fs::write(volume.media_folder().join(file), content).unwrap();
    name(file)
}

/// SHA-256 of `content`, as `sha256sum` prints it.
const SHA256_OF_CONTENT: &str = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

/// Likewise of `other content`.
const SHA256_OF_OTHER_CONTENT: &str =
    "923b805711041e23a99f07e146591c500261d1c289f62a9d39f8581ceb8a10ca";

#[test]
fn a_file_dropped_in_is_served_at_once() {
    let (_dir, volume) = volume();
    let film = drop_in(&volume, "film.webm", b"content");
    let open = volume.open(&film).unwrap();
    assert_eq!((open.size, open.content_type), (7, "video/webm"));
    assert!(open.etag.starts_with('"') && open.etag.ends_with('"') && open.etag.len() > 8);
    let mut text = [0; 7];
    open.source.read(0, &mut text).unwrap();
    assert_eq!(&text, b"content");
}

#[tokio::test]
async fn a_file_dropped_in_is_read_and_keeps_its_tag_until_a_restart() {
    let (dir, volume) = volume();
    let film = drop_in(&volume, "film.mp4", b"content");
    let tag = volume.open(&film).unwrap().etag.clone();
    tokio::time::timeout(Duration::from_secs(30), volume.learned()).await.unwrap();
    let facts = volume.stat(&film).unwrap().facts.unwrap();
    assert_eq!(facts.sha256, SHA256_OF_CONTENT);
    assert_eq!(volume.open(&film).unwrap().etag, tag);
    drop(volume);
    let volume = Volume::mount(dir.path()).unwrap();
    assert_eq!(volume.open(&film).unwrap().etag, format!("\"{SHA256_OF_CONTENT}\""));
}

#[test]
fn a_published_file_has_the_tag_of_its_content_whoever_looked_before() {
    let (_dir, volume) = volume();
    let film = drop_in(&volume, "film.mp4", b"content");
    let tag = format!("\"{SHA256_OF_CONTENT}\"");
    assert_ne!(volume.open(&film).unwrap().etag, tag);
    let facts = Facts {
        stamp: Stamp::of(&volume.file(&film).unwrap().metadata().unwrap()),
        sha256: SHA256_OF_CONTENT.to_owned(),
        duration_seconds: None,
        created_at: crate::clock::now(),
    };
    volume.put_facts(&film, &facts).unwrap();
    assert_eq!(volume.open(&film).unwrap().etag, tag);
}

#[tokio::test]
async fn facts_are_void_when_the_file_is_another() {
    let (_dir, volume) = volume();
    let film = drop_in(&volume, "film.mp4", b"content");
    let tag = volume.open(&film).unwrap().etag.clone();
    tokio::time::timeout(Duration::from_secs(30), volume.learned()).await.unwrap();
    drop_in(&volume, "film.mp4", b"other content");
    assert_ne!(volume.open(&film).unwrap().etag, tag);
    // It is being read, and may be read already.
    let facts = |volume: &Volume| volume.stat(&film).unwrap().facts.map(|facts| facts.sha256);
    assert_ne!(facts(&volume).as_deref(), Some(SHA256_OF_CONTENT));
    tokio::time::timeout(Duration::from_secs(30), volume.learned()).await.unwrap();
    assert_eq!(facts(&volume).as_deref(), Some(SHA256_OF_OTHER_CONTENT));
}

#[tokio::test]
async fn what_was_damaged_unseen_is_known_when_it_was_read_anew() {
    let (dir, volume) = volume();
    let film = drop_in(&volume, "film.mp4", b"content");
    assert!(volume.stat(&film).unwrap().facts.is_none());
    tokio::time::timeout(Duration::from_secs(30), volume.learned()).await.unwrap();
    assert_eq!(volume.read_anew(&film).unwrap().as_deref(), Some(SHA256_OF_CONTENT));

    let file = std::fs::File::options().write(true).open(volume.media_path(&film)).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"C", 0).unwrap();
    file.set_modified(changed).unwrap();
    let kept = |volume: &Volume| volume.stat(&film).unwrap().facts.unwrap().sha256;
    assert_eq!(kept(&volume), SHA256_OF_CONTENT);
    let really = volume.read_anew(&film).unwrap().unwrap();
    assert_ne!(really, SHA256_OF_CONTENT);
    assert_eq!(kept(&volume), really);
    assert_eq!(volume.open(&film).unwrap().etag, format!("\"{really}\""));
    drop(volume);
    assert_eq!(kept(&Volume::mount(dir.path()).unwrap()), really);
}

#[test]
fn nothing_outside_of_the_volume_is_served() {
    let (dir, volume) = volume();
    std::fs::write(dir.path().join("secret.mp4"), "secret").unwrap();
    symlink(dir.path().join("secret.mp4"), volume.media_folder().join("link.mp4")).unwrap();
    std::fs::create_dir(volume.media_folder().join("folder.mp4")).unwrap();
    for file in ["link.mp4", "folder.mp4", "absent.mp4"] {
        assert!(matches!(volume.open(&name(file)), Err(VolumeError::NotFound(_))), "{file}");
        assert!(matches!(volume.remove(&name(file)), Err(VolumeError::NotFound(_))), "{file}");
    }
    assert_eq!(volume.list().unwrap(), []);
}

#[test]
fn a_named_pipe_does_not_hold_the_server() {
    let (_dir, volume) = volume();
    let pipe = volume.media_path(&name("pipe.mp4"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .unwrap();
    assert!(matches!(volume.open(&name("pipe.mp4")), Err(VolumeError::NotFound(_))));
}

#[test]
fn lists_counts_and_removes() {
    let (_dir, volume) = volume();
    for (file, content) in [("b.mp4", "12"), ("a.mp4", "1"), ("no legal name", "")] {
        std::fs::write(volume.media_folder().join(file), content).unwrap();
    }
    std::fs::write(volume.uploads_folder().join("x.part"), "123").unwrap();
    let listed: Vec<_> = volume.list().unwrap().into_iter().map(|f| (f.name, f.size)).collect();
    assert_eq!(listed, [(name("a.mp4"), 1), (name("b.mp4"), 2)]);
    assert_eq!(volume.nameless().unwrap(), [volume.media_folder().join("no legal name")]);
    let usage = volume.usage().unwrap();
    assert_eq!((usage.media, usage.media_bytes), (2, 3));
    assert_eq!((usage.uploads, usage.upload_bytes), (1, 3));
    assert!(usage.free_bytes > 0);
    volume.remove(&name("a.mp4")).unwrap();
    assert!(matches!(volume.open(&name("a.mp4")), Err(VolumeError::NotFound(_))));
    assert_eq!(volume.usage().unwrap().media, 1);
}

#[test]
fn a_second_server_is_told_who_has_the_volume() {
    let (dir, _volume) = volume();
    let refused = Volume::mount(dir.path()).unwrap_err().to_string();
    assert!(refused.contains(&dir.path().display().to_string()), "{refused}");
    assert!(refused.contains("another ginflix-server (pid"), "{refused}");
}
