use super::*;
use crate::media::info::MediaInfoStore;
use crate::media::library_files::LibraryFiles;

struct Rig {
    dir: tempfile::TempDir,
    cache: OpenFileCache,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let media_dir = MediaDir {
            path: dir.path().to_owned(),
            fd: File::open(dir.path()).unwrap().into(),
            info_store: MediaInfoStore::new(dir.path().to_owned()),
            library_files: LibraryFiles::default(),
        };
        let cache = OpenFileCache::new(Arc::new(media_dir));
        Self { dir, cache }
    }

    fn insert(&self, name: &MediaName) -> Arc<OpenMedia> {
        let path = self.dir.path().join(name.as_str());
        std::fs::write(&path, "film").unwrap();
        let file = File::open(path).unwrap();
        let identity = FileIdentity::of(&file).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        let media = Arc::new(OpenMedia {
            file: Arc::new(SharedFile::new(name.as_str(), file, 4, modified)),
            size: 4,
            modified,
            etag: String::new(),
            content_type: "video/mp4",
            package: PackageCell::default(),
        });
        self.cache.insert(name, identity, Arc::clone(&media));
        media
    }
}

fn name(text: &str) -> MediaName {
    text.parse().unwrap()
}

fn wait_for_next_tick() {
    let now = coarse_clock::now();
    while coarse_clock::now() == now {
        std::hint::spin_loop();
    }
}

#[test]
fn a_file_that_changed_is_not_returned() {
    let (rig, media) = (Rig::new(), name("film.mp4"));
    let path = rig.dir.path().join(media.as_str());
    let changes: [(&str, &dyn Fn()); 4] = [
        ("removed", &|| std::fs::remove_file(&path).unwrap()),
        ("extended", &|| std::fs::write(&path, "a longer film").unwrap()),
        ("replaced", &|| {
            let other = rig.dir.path().join("other");
            std::fs::write(&other, "mlif").unwrap();
            std::fs::rename(other, &path).unwrap();
        }),
        ("a link", &|| {
            std::fs::rename(&path, rig.dir.path().join("elsewhere")).unwrap();
            std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        }),
    ];
    for (change_name, change) in changes {
        let _ = std::fs::remove_file(&path);
        let open = rig.insert(&media);
        assert!(Arc::ptr_eq(&rig.cache.get(&media).unwrap(), &open), "{change_name}");
        change();
        open.file.mark_stale();
        assert!(rig.cache.get(&media).is_none(), "{change_name}");
    }
}

#[test]
fn the_least_recently_used_file_is_evicted() {
    let rig = Rig::new();
    let names: Vec<_> = (0..=OPEN_FILES_CAPACITY).map(|i| name(&format!("film{i}.mp4"))).collect();
    rig.insert(&names[1]);
    wait_for_next_tick();
    rig.insert(&names[0]);
    for name in &names[2..OPEN_FILES_CAPACITY] {
        rig.insert(name);
    }
    assert!(rig.cache.get(&names[0]).is_some());
    rig.insert(&names[OPEN_FILES_CAPACITY]);
    assert!(rig.cache.get(&names[1]).is_none());
    assert!(rig.cache.get(&names[0]).is_some());
    assert_eq!(rig.cache.files.lock().len(), OPEN_FILES_CAPACITY);
}

#[test]
fn idle_files_are_closed() {
    let rig = Rig::new();
    let media = rig.insert(&name("film.mp4"));
    rig.cache.close_idle();
    assert_eq!(Arc::strong_count(&media), 2);
    rig.cache.close_older_than(Duration::ZERO);
    assert_eq!(Arc::strong_count(&media), 1);
}
