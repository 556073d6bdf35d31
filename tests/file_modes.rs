//! Nobody but the owner of the server can read its files, whatever the umask. Media files are
//! excepted: their owner may share them with other programs.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ginflix_tests::http::{header, noise};
use ginflix_tests::server::Server;
use rustix::fs::Mode;

/// Returns the mode of each file and directory, by its path in the folder.
fn modes(folder: &Path) -> BTreeMap<PathBuf, u32> {
    let mut modes = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            let mode = metadata.permissions().mode() & 0o7777;
            modes.insert(path.strip_prefix(folder).unwrap().to_owned(), mode);
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    modes
}

/// Media files, unfinished ones included, and their directory.
fn is_media(path: &Path) -> bool {
    path.starts_with("media") || path.extension() == Some("part".as_ref())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn files_are_private_under_any_umask_and_those_of_earlier_versions_become_private() {
    rustix::process::umask(Mode::empty());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let mut server = Server::start_on(&data, &[]);
    server.put_media("film.mp4", noise(1000, 1)).await;
    server.add_movie("Film", "film.mp4").await;
    let created = server.create_upload("other.mp4", 2000, "").send().await.unwrap();
    let location = header(&created, "location");
    let sent = server.patch_upload(&location, 0, noise(1000, 2)).send().await.unwrap();
    assert_eq!(sent.status(), 204);
    for created in [&data, &folder.path().join("new")] {
        assert_eq!(fs::metadata(created).unwrap().permissions().mode() & 0o7777, 0o700);
    }
    let found = modes(&data);
    for name in ["catalog.db", "catalog.db-wal", "catalog.db-shm", "catalog.db-counter"] {
        assert!(found.contains_key(Path::new(name)), "{name}: {found:?}");
    }
    for (path, mode) in &found {
        let allowed = if is_media(path) { 0o755 } else { 0o700 };
        assert_eq!(mode & !allowed, 0, "{} has the mode {mode:o}", path.display());
    }
    assert!(server.stop().success());

    let (private, media): (Vec<_>, Vec<_>) =
        modes(&data).into_keys().partition(|path| !is_media(path));
    let names =
        ["catalog.db", "catalog.db-counter", "views.journal", "link-keys", "lock", "uploads"];
    for name in names {
        assert!(private.contains(&name.into()), "{name}: {private:?}");
        let wide = if data.join(name).is_dir() { 0o755 } else { 0o644 };
        set_mode(&data.join(name), wide);
    }
    for path in &media {
        set_mode(&data.join(path), 0o777);
    }
    server.start_again();
    let found = modes(&data);
    for path in private.iter().chain(&media) {
        let mode = found[path];
        match is_media(path) {
            true => assert_eq!(mode, 0o777, "{}", path.display()),
            false => assert_eq!(mode & 0o077, 0, "{} has the mode {mode:o}", path.display()),
        }
    }
    let log = server.log_with("took the access of other users away");
    assert!(log.contains("catalog.db"), "{log}");
}
