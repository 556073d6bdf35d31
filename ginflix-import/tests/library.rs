//! A library of 2,000 files in the layout of Jellyfin is listed and planned.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use ginflix_import::details::{self, Inputs, Source};
use ginflix_import::layout::{Item, Plan, plan};
use ginflix_import::listing::ListedFile;
use ginflix_import::skipped::Reason;
use ginflix_import::{nfo, shown, walk};

const MOVIES: usize = 200;
const SERIES: usize = 20;
const SEASONS: usize = 4;
const EPISODES: usize = 10;

/// Movies have a folder each with six files; series have a file for each episode and one for every second.
fn make_library(root: &Path) {
    let make = |path: String, content: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for number in 0..MOVIES {
        let name = format!("Movie {number}: the first & best! ({})", 1900 + number % 100);
        let folder = format!("Movies/{name} [imdbid-tt{number:07}]");
        make(format!("{folder}/{name}.mkv"), "x");
        make(format!("{folder}/{name}.de.srt"), "x");
        make(format!("{folder}/poster.jpg"), "x");
        make(format!("{folder}/fanart.jpg"), "x");
        make(format!("{folder}/movie.nfo"), "<movie><title>N</title></movie>");
        make(format!("{folder}/trailers/trailer.mp4"), "x");
    }
    for number in 0..SERIES {
        let folder = format!("Shows/Series {number} ({})", 2000 + number);
        make(format!("{folder}/tvshow.nfo"), "<tvshow><genre>Crime</genre></tvshow>");
        make(format!("{folder}/poster.png"), "x");
        for (season, episode) in (0..SEASONS * EPISODES).map(|n| (n / EPISODES, n % EPISODES + 1)) {
            let folder = match season {
                0 => format!("{folder}/Specials"),
                _ => format!("{folder}/Season {season:02}"),
            };
            make(format!("{folder}/Series {number} S{season:02}E{episode:02} - Title.mkv"), "x");
        }
    }
}

fn find<'a>(plan: &'a Plan, path: &str) -> &'a Item {
    plan.items.iter().find(|item| item.media.path == Path::new(path)).expect(path)
}

#[test]
fn a_library_of_jellyfin_is_planned() {
    let root = tempfile::tempdir().unwrap();
    make_library(root.path());
    let listing = walk::list(root.path()).unwrap();
    let count = MOVIES * 6 + SERIES * (2 + SEASONS * EPISODES);
    assert_eq!((listing.files.len(), listing.skipped.len()), (count, 0));
    let plan = plan(listing.files, &[]);
    assert_eq!(plan.items.len(), MOVIES + SERIES * SEASONS * EPISODES);
    assert_eq!((plan.unused_pictures, plan.unused_nfos), (MOVIES, 0));
    assert!(plan.skipped.iter().all(|skipped| skipped.reason == Reason::Extra));
    assert_eq!(plan.skipped.len(), MOVIES);
    assert!(plan.items.iter().all(|item| item.picture.is_some() && item.version.is_none()));

    let name = "Movie 7: the first & best! (1907)";
    let movie = find(&plan, &format!("Movies/{name} [imdbid-tt0000007]/{name}.mkv"));
    assert_eq!(movie.guess.title.as_deref(), Some("Movie 7: the first & best!"));
    assert_eq!(movie.guess.year, Some(1907));
    assert_eq!(movie.subtitles.len(), 1);
    assert!(movie.nfo.is_some());

    let special = find(&plan, "Shows/Series 3 (2003)/Specials/Series 3 S00E10 - Title.mkv");
    let series =
        nfo::read(&fs::read(root.path().join(&special.series_nfo.as_ref().unwrap().path)).unwrap());
    let series = series.unwrap();
    let details =
        details::merge(&Inputs { series_nfo: series.as_ref(), ..Inputs::of_item(special) });
    assert_eq!(details.title.value, "Series 3 S00E10 Title");
    assert_eq!(details.year.map(|year| year.value), Some(2003));
    assert_eq!(details.genres.map(|genres| genres.source), Some(Source::SeriesNfo));
}

#[test]
fn names_and_links_that_are_not_safe_do_no_harm() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("secret.mp4"), "x").unwrap();
    symlink(outside.path(), root.path().join("folder")).unwrap();
    symlink(outside.path().join("secret.mp4"), root.path().join("link.mp4")).unwrap();
    let names = [&b"two\nlines (2001).mp4"[..], b"c\xe9 (2002).mp4", b"right\xe2\x80\xae4pm.mp4"];
    for name in names {
        fs::write(root.path().join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let listing = walk::list(root.path()).unwrap();
    let reasons: Vec<_> = listing.skipped.iter().map(|skipped| &skipped.reason).collect();
    assert_eq!(reasons, [&Reason::LinkOutside, &Reason::LinkOutside]);
    let plan = plan(listing.files, &[]);
    let titles: Vec<_> = plan.items.iter().map(|item| item.guess.display_title()).collect();
    assert_eq!(titles, ["c\u{fffd}", "right4pm", "two lines"]);
    let paths: Vec<_> = plan.items.iter().map(|item| shown::shown(&item.media.path)).collect();
    assert_eq!(paths, ["c\\xE9 (2002).mp4", "right\\u{202e}4pm.mp4", "two\\nlines (2001).mp4"]);
    for item in &plan.items {
        assert!(root.path().join(&item.media.path).is_file());
    }
}

#[test]
fn the_work_grows_with_the_number_of_files() {
    // All in one folder, where each subtitle file could be compared with each media file.
    let files = |count: usize| -> Vec<ListedFile> {
        let names =
            (0..count).flat_map(|n| [format!("Video {n}.mp4"), format!("Video {n}.en.srt")]);
        let modified = SystemTime::UNIX_EPOCH;
        names
            .map(|name| ListedFile { path: PathBuf::from(name), size_bytes: 1, modified })
            .collect()
    };
    let time = |count| -> Duration {
        let files = files(count);
        let start = Instant::now();
        let plan = plan(files, &[]);
        assert!(plan.items.iter().all(|item| item.subtitles.len() == 1));
        start.elapsed()
    };
    time(100); // compiles what guesses use
    let (few, many) = (time(1_000), time(8_000));
    // Work that grows with the square would take 64 times as long.
    assert!(many < few * 30, "{few:?} for 1,000, {many:?} for 8,000");
}
