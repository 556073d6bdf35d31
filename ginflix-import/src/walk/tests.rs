use super::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

fn make(root: &Path, path: impl AsRef<Path>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, b"x").unwrap();
}

fn paths(listing: &Listing) -> Vec<&Path> {
    listing.files.iter().map(|file| file.path.as_path()).collect()
}

fn skipped(listing: &Listing) -> Vec<(&str, &Reason)> {
    listing.skipped.iter().map(|s| (s.path.to_str().unwrap(), &s.reason)).collect()
}

#[test]
fn regular_files_are_listed_whatever_their_names() {
    let root = tempfile::tempdir().unwrap();
    let invalid = OsStr::from_bytes(b"c\xe9.mp4");
    for path in [OsStr::new("b/2.mp4"), OsStr::new("b/10.mp4"), OsStr::new("a\nb.mp4"), invalid] {
        make(root.path(), path);
    }
    let listing = list(root.path()).unwrap();
    let expected = [OsStr::new("a\nb.mp4"), OsStr::new("b/2.mp4"), OsStr::new("b/10.mp4"), invalid];
    assert_eq!(paths(&listing), expected.map(Path::new));
    assert_eq!(listing.files[0].size_bytes, 1);
    assert_eq!(listing.skipped, []);
}

#[test]
fn links_are_followed_to_files_below_the_root_only() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(outside.path(), "secret.mp4");
    for path in ["a.mp4", "folder/b.mp4", ".store/c.mp4"] {
        make(root.path(), path);
    }
    let link = |target: &Path, path: &str| symlink(target, root.path().join(path)).unwrap();
    link(&outside.path().join("secret.mp4"), "outside.mp4");
    link(outside.path(), "outside");
    link(Path::new("../../.."), "folder/up");
    link(Path::new("folder"), "again");
    link(Path::new("a.mp4"), "same.mp4");
    link(Path::new(".store/c.mp4"), "stored.mp4");
    link(Path::new(".store/c.mp4"), "stored too.mp4");
    link(Path::new("missing"), "broken.mp4");
    link(Path::new("loop.mp4"), "loop.mp4");
    let listing = list(root.path()).unwrap();
    let files = [".store/c.mp4", "a.mp4", "folder/b.mp4", "stored too.mp4"];
    assert_eq!(paths(&listing), files.map(Path::new));
    assert_eq!(
        skipped(&listing),
        [
            ("again", &Reason::LinkToFolder),
            ("broken.mp4", &Reason::LinkOutside),
            ("folder/up", &Reason::LinkOutside),
            ("loop.mp4", &Reason::LinkOutside),
            ("outside", &Reason::LinkOutside),
            ("outside.mp4", &Reason::LinkOutside),
            ("same.mp4", &Reason::LinkToListed("a.mp4".into())),
            ("stored.mp4", &Reason::LinkToListed(".store/c.mp4".into())),
        ]
    );
}

#[test]
fn special_files_are_skipped() {
    let root = tempfile::tempdir().unwrap();
    let mode = rustix::fs::Mode::RWXU;
    let fifo = root.path().join("fifo.mp4");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let _socket = UnixListener::bind(root.path().join("socket.mp4")).unwrap();
    symlink("fifo.mp4", root.path().join("link.mp4")).unwrap();
    let listing = list(root.path()).unwrap();
    assert_eq!(listing.files, []);
    let special = &Reason::SpecialFile;
    let names = ["fifo.mp4", "link.mp4", "socket.mp4"];
    assert_eq!(skipped(&listing), names.map(|name| (name, special)));
}

#[test]
fn depth_and_count_are_limited() {
    let root = tempfile::tempdir().unwrap();
    let deep = |depth| vec!["d"; depth].join("/");
    make(root.path(), format!("{}/in.mp4", deep(DEPTH_LIMIT)));
    make(root.path(), format!("{}/out.mp4", deep(DEPTH_LIMIT + 1)));
    let listing = list(root.path()).unwrap();
    assert_eq!(listing.files.len(), 1);
    assert_eq!(skipped(&listing), [(deep(DEPTH_LIMIT + 1).as_str(), &Reason::TooDeep)]);
    assert!(matches!(list_within(root.path(), DEPTH_LIMIT + 2, 10), Err(Error::TooMany)));
    assert!(matches!(list(&root.path().join("missing")), Err(Error::Root(_))));
}

#[test]
fn what_cannot_be_read_is_skipped() {
    if rustix::process::geteuid().is_root() {
        return; // may read everything
    }
    let root = tempfile::tempdir().unwrap();
    for path in ["a.mp4", "b/c.mp4", "d.mp4"] {
        make(root.path(), path);
    }
    let mode = |path: &str, mode| {
        fs::set_permissions(root.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("a.mp4", 0);
    mode("b", 0);
    let listing = list(root.path()).unwrap();
    mode("b", 0o700);
    assert_eq!(paths(&listing), [Path::new("d.mp4")]);
    let names: Vec<&str> = skipped(&listing).iter().map(|(path, _)| *path).collect();
    assert_eq!(names, ["a.mp4", "b"]);
}
