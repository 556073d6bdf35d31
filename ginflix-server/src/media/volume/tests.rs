//! Tests of the volume on a real directory.

use std::os::unix::fs::symlink;
use std::time::Duration;

use ginflix_api::inspection::Inspection;
use ginflix_api::media::MediaName;
use rustix::fs::Mode;

use super::*;
use crate::media::info::FileVersion;

fn volume() -> (tempfile::TempDir, Volume) {
    let dir = tempfile::tempdir().unwrap();
    let volume = Volume::mount(dir.path()).unwrap();
    (dir, volume)
}

fn name(text: &str) -> MediaName {
    text.parse().unwrap()
}

fn copy_in(volume: &Volume, file: &str, content: &[u8]) -> MediaName {
    std::fs::write(volume.media_dir().join(file), content).unwrap();
    name(file)
}

/// The SHA-256 of `content`, as `sha256sum` prints it.
const SHA256_OF_CONTENT: &str = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

/// The SHA-256 of `other content`.
const SHA256_OF_OTHER_CONTENT: &str =
    "923b805711041e23a99f07e146591c500261d1c289f62a9d39f8581ceb8a10ca";

#[test]
fn a_file_copied_into_the_volume_is_served_at_once() {
    let (_dir, volume) = volume();
    let media = copy_in(&volume, "film.webm", b"content");
    let open = volume.open(&media).unwrap();
    assert_eq!((open.size, open.content_type), (7, "video/webm"));
    assert!(open.etag.starts_with('"') && open.etag.ends_with('"') && open.etag.len() > 8);
    let mut text = [0; 7];
    open.file.read(0, &mut text).unwrap();
    assert_eq!(&text, b"content");
}

#[tokio::test]
async fn a_file_copied_into_the_volume_is_indexed_and_keeps_its_tag_until_a_restart() {
    let (dir, volume) = volume();
    let media = copy_in(&volume, "film.mp4", b"content");
    let tag = volume.open(&media).unwrap().etag.clone();
    tokio::time::timeout(Duration::from_secs(30), volume.wait_for_indexed()).await.unwrap();
    let info = volume.stat(&media).unwrap().info.unwrap();
    assert_eq!(info.sha256, SHA256_OF_CONTENT);
    assert_eq!(volume.open(&media).unwrap().etag, tag);
    drop(volume);
    let volume = Volume::mount(dir.path()).unwrap();
    assert_eq!(volume.open(&media).unwrap().etag, format!("\"{SHA256_OF_CONTENT}\""));
}

#[test]
fn a_published_file_has_the_tag_of_its_content_even_if_it_was_open_before() {
    let (_dir, volume) = volume();
    let media = copy_in(&volume, "film.mp4", b"content");
    let tag = format!("\"{SHA256_OF_CONTENT}\"");
    assert_ne!(volume.open(&media).unwrap().etag, tag);
    let version = FileVersion::of(&volume.open_file(&media).unwrap().metadata().unwrap());
    let sha256 = SHA256_OF_CONTENT.to_owned();
    let info = MediaInfo::new(version, sha256, Inspection::default(), crate::clock::now());
    volume.publish_info(&media, &info).unwrap();
    assert_eq!(volume.open(&media).unwrap().etag, tag);
}

#[tokio::test]
async fn metadata_is_void_when_the_file_has_changed() {
    let (_dir, volume) = volume();
    let media = copy_in(&volume, "film.mp4", b"content");
    let tag = volume.open(&media).unwrap().etag.clone();
    tokio::time::timeout(Duration::from_secs(30), volume.wait_for_indexed()).await.unwrap();
    copy_in(&volume, "film.mp4", b"other content");
    assert_ne!(volume.open(&media).unwrap().etag, tag);
    // The indexer may be reading the file, or may have read it already.
    let info = |volume: &Volume| volume.stat(&media).unwrap().info.map(|info| info.sha256);
    assert_ne!(info(&volume).as_deref(), Some(SHA256_OF_CONTENT));
    tokio::time::timeout(Duration::from_secs(30), volume.wait_for_indexed()).await.unwrap();
    assert_eq!(info(&volume).as_deref(), Some(SHA256_OF_OTHER_CONTENT));
}

#[tokio::test]
async fn damage_that_changes_no_date_is_found_by_hashing_again() {
    let (dir, volume) = volume();
    let media = copy_in(&volume, "film.mp4", b"content");
    assert!(volume.stat(&media).unwrap().info.is_none());
    tokio::time::timeout(Duration::from_secs(30), volume.wait_for_indexed()).await.unwrap();
    assert_eq!(volume.rehash(&media).unwrap().as_deref(), Some(SHA256_OF_CONTENT));

    let file = std::fs::File::options().write(true).open(volume.media_path(&media)).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"C", 0).unwrap();
    file.set_modified(changed).unwrap();
    let stored = |volume: &Volume| volume.stat(&media).unwrap().info.unwrap().sha256;
    assert_eq!(stored(&volume), SHA256_OF_CONTENT);
    let actual = volume.rehash(&media).unwrap().unwrap();
    assert_ne!(actual, SHA256_OF_CONTENT);
    assert_eq!(stored(&volume), actual);
    assert_eq!(volume.open(&media).unwrap().etag, format!("\"{actual}\""));
    drop(volume);
    assert_eq!(stored(&Volume::mount(dir.path()).unwrap()), actual);
}

#[test]
fn links_and_directories_are_not_served() {
    let (dir, volume) = volume();
    std::fs::write(dir.path().join("secret.mp4"), "secret").unwrap();
    symlink(dir.path().join("secret.mp4"), volume.media_dir().join("link.mp4")).unwrap();
    std::fs::create_dir(volume.media_dir().join("folder.mp4")).unwrap();
    for file in ["link.mp4", "folder.mp4", "absent.mp4"] {
        assert!(matches!(volume.open(&name(file)), Err(VolumeError::NotFound(_))), "{file}");
        assert!(matches!(volume.remove(&name(file)), Err(VolumeError::NotFound(_))), "{file}");
    }
    assert_eq!(volume.list().unwrap().files, []);
}

fn make_pipe(path: &Path) {
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn entries_that_cannot_be_taken_up_stop_no_others_and_are_named() {
    let (dir, volume) = volume();
    let path = |file: &str| volume.media_dir().join(file);
    copy_in(&volume, "film.mp4", b"content");
    make_pipe(&path("pipe.mp4"));
    let _socket = std::os::unix::net::UnixListener::bind(path("socket.mp4")).unwrap();
    std::fs::create_dir(path("folder.mp4")).unwrap();
    symlink(dir.path().join("elsewhere.mp4"), path("link.mp4")).unwrap();
    std::fs::write(path("no extension"), "").unwrap();
    std::fs::write(path(".film.mp4.part"), "").unwrap();
    let listing = volume.list().unwrap();
    let names: Vec<_> = listing.files.into_iter().map(|file| file.name).collect();
    assert_eq!(names, [name("film.mp4")]);
    let unreadable = ["folder.mp4", "link.mp4", "pipe.mp4", "socket.mp4"].map(name);
    assert_eq!(listing.unreadable, unreadable.into());
    let problems = volume.problems();
    let named: Vec<_> = problems.iter().map(|p| (p.name.as_str(), p.problem.as_str())).collect();
    assert_eq!(
        named,
        [
            ("folder.mp4", "it is a folder"),
            ("link.mp4", "it is a symbolic link, and the server follows none"),
            ("no extension", "its name has no extension, such as .mp4"),
            ("pipe.mp4", "it is a named pipe"),
            ("socket.mp4", "it is a socket"),
        ]
    );
    for file in ["folder.mp4", "pipe.mp4", "socket.mp4"] {
        assert!(volume.has_entry(&name(file)), "{file}");
    }
    std::fs::remove_file(path("pipe.mp4")).unwrap();
    copy_in(&volume, "pipe.mp4", b"content");
    assert!(volume.list().unwrap().files.iter().any(|file| file.name == name("pipe.mp4")));
    assert!(!volume.problems().iter().any(|problem| problem.name == "pipe.mp4"));
}

#[test]
fn a_named_pipe_does_not_block_the_server() {
    let (_dir, volume) = volume();
    let pipe = volume.media_path(&name("pipe.mp4"));
    make_pipe(&pipe);
    assert!(matches!(volume.open(&name("pipe.mp4")), Err(VolumeError::NotFound(_))));
}

#[test]
fn files_are_listed_counted_and_removed() {
    let (_dir, volume) = volume();
    for (file, content) in [("b.mp4", "12"), ("a.mp4", "1"), ("no legal name", "")] {
        std::fs::write(volume.media_dir().join(file), content).unwrap();
    }
    std::fs::write(volume.uploads_dir().join("x.part"), "123").unwrap();
    let listed: Vec<_> =
        volume.list().unwrap().files.into_iter().map(|f| (f.name, f.size)).collect();
    assert_eq!(listed, [(name("a.mp4"), 1), (name("b.mp4"), 2)]);
    let problems = volume.problems();
    assert_eq!(problems.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["no legal name"]);
    let usage = volume.usage().unwrap();
    assert_eq!((usage.media, usage.media_bytes), (2, 3));
    assert_eq!((usage.uploads, usage.upload_bytes), (1, 3));
    assert!(usage.free_bytes > 0);
    volume.remove(&name("a.mp4")).unwrap();
    assert!(matches!(volume.open(&name("a.mp4")), Err(VolumeError::NotFound(_))));
    assert_eq!(volume.usage().unwrap().media, 1);
}

#[test]
fn a_second_server_is_refused_with_the_pid_of_the_first() {
    let (dir, _volume) = volume();
    let refused = Volume::mount(dir.path()).unwrap_err().to_string();
    assert!(refused.contains(&dir.path().display().to_string()), "{refused}");
    assert!(refused.contains("another ginflix-server (pid"), "{refused}");
}
