use std::path::PathBuf;
use std::time::SystemTime;

use super::*;
use crate::skipped::Reason;
use proptest::prelude::*;

fn plan_of(paths: &[&str]) -> Plan {
    let file = |path: &&str| ListedFile {
        path: PathBuf::from(path),
        size_bytes: 1,
        modified: SystemTime::UNIX_EPOCH,
    };
    plan(paths.iter().map(file).collect(), &[])
}

fn item<'a>(plan: &'a Plan, path: &str) -> &'a Item {
    plan.items.iter().find(|item| item.media.path.as_os_str() == path).expect(path)
}

fn paths(plan: &Plan) -> Vec<&str> {
    plan.items.iter().filter_map(|item| item.media.path.to_str()).collect()
}

fn skipped(plan: &Plan) -> Vec<(&str, Reason, usize)> {
    plan.skipped.iter().map(|s| (s.path.to_str().unwrap(), s.reason.clone(), s.files)).collect()
}

fn text(file: &Option<ListedFile>) -> &str {
    file.as_ref().and_then(|file| file.path.to_str()).unwrap_or_default()
}

#[test]
fn a_movie_has_its_companions() {
    let plan = plan_of(&[
        "M/Name (2001)/Name (2001).mkv",
        "M/Name (2001)/Name (2001).de.forced.srt",
        "M/Name (2001)/Subs/2_English.srt",
        "M/Name (2001)/Subs/Name (2001)/3_French.srt",
        "M/Name (2001)/movie.nfo",
        "M/Name (2001)/folder.jpg",
        "M/Name (2001)/fanart.jpg",
        "M/Name (2001)/other.srt",
    ]);
    let item = item(&plan, "M/Name (2001)/Name (2001).mkv");
    let languages: Vec<_> =
        item.subtitles.iter().map(|s| s.description.language.as_deref()).collect();
    assert_eq!(languages, [Some("de"), Some("en"), Some("fr")]);
    assert_eq!(text(&item.nfo), "M/Name (2001)/movie.nfo");
    assert_eq!(text(&item.picture), "M/Name (2001)/folder.jpg");
    assert_eq!((plan.unused_pictures, plan.unused_nfos), (1, 0));
    assert_eq!(skipped(&plan), [("M/Name (2001)/other.srt", Reason::SubtitleWithoutMedia, 1)]);
}

#[test]
fn the_pictures_of_a_folder_of_many_movies_are_not_theirs() {
    let plan = plan_of(&[
        "M/A.mkv",
        "M/B.mkv",
        "M/folder.jpg",
        "M/movie.nfo",
        "M/a.PNG",
        "M/B-poster.webp",
    ]);
    assert_eq!(text(&item(&plan, "M/A.mkv").picture), "M/a.PNG");
    assert_eq!(text(&item(&plan, "M/B.mkv").picture), "M/B-poster.webp");
    assert_eq!(item(&plan, "M/B.mkv").nfo, None);
    assert_eq!((plan.unused_pictures, plan.unused_nfos), (1, 1));
}

#[test]
fn an_episode_has_the_companions_of_its_series() {
    let plan = plan_of(&[
        "S (2010)/tvshow.nfo",
        "S (2010)/poster.jpg",
        "S (2010)/season02-poster.jpg",
        "S (2010)/Season 1/S S01E01.mkv",
        "S (2010)/Season 1/S S01E01.nfo",
        "S (2010)/Season 1/S S01E01-thumb.jpg",
        "S (2010)/Season 1/S S01E02.mkv",
        "S (2010)/Season 2/01 - Title.mkv",
    ]);
    let first = item(&plan, "S (2010)/Season 1/S S01E01.mkv");
    assert_eq!(text(&first.series_nfo), "S (2010)/tvshow.nfo");
    assert_eq!(text(&first.nfo), "S (2010)/Season 1/S S01E01.nfo");
    assert_eq!(text(&first.picture), "S (2010)/Season 1/S S01E01-thumb.jpg");
    assert_eq!(text(&item(&plan, "S (2010)/Season 1/S S01E02.mkv").picture), "S (2010)/poster.jpg");
    let bare = item(&plan, "S (2010)/Season 2/01 - Title.mkv");
    assert_eq!(text(&bare.picture), "S (2010)/season02-poster.jpg");
    assert_eq!(bare.guess.display_title(), "S S02E01 Title");
}

#[test]
fn versions_are_told_apart() {
    let names = [
        "N (2001)/N (2001) - 1080p.mkv",
        "N (2001)/N (2001) - 4K.mkv",
        "N (2001)/N (2001) - 4K.mp4",
        "N (2001)/N (2001).mkv",
        "N (2001)/N (2001)-trailer.mkv",
        "N (2001)/poster.jpg",
    ];
    let plan = plan_of(&names);
    let versions: Vec<_> = plan.items.iter().map(|item| item.version.as_deref()).collect();
    assert_eq!(versions, [Some("4K MKV"), Some("4K MP4"), Some("1080p"), None]);
    assert!(plan.items.iter().all(|item| text(&item.picture) == "N (2001)/poster.jpg"));
    assert_eq!(skipped(&plan), [("N (2001)/N (2001)-trailer.mkv", Reason::Extra, 1)]);
}

#[test]
fn what_is_left_out_has_its_reason() {
    let plan = plan_of(&[
        "A/A.mkv",
        "A/Extras/making of.mkv",
        "A/Extras/more/x.mkv",
        "B/BDMV/STREAM/00001.m2ts",
        "B/BDMV/index.bdmv",
        "C/.nomedia",
        "C/c.mp4",
        "@eaDir/x.jpg",
        ".trash/d.mp4",
        "d.mp4.part",
        "e.iso",
        "f.idx",
        "g.txt",
        "../h.mp4",
    ]);
    assert_eq!(paths(&plan), ["A/A.mkv"]);
    assert_eq!(
        skipped(&plan),
        [
            ("../h.mp4", Reason::NotRelative, 1),
            (".trash", Reason::Hidden, 1),
            ("@eaDir", Reason::Hidden, 1),
            ("A/Extras", Reason::Extra, 2),
            ("B/BDMV", Reason::Disc, 2),
            ("C", Reason::Excluded(".nomedia"), 2),
            ("d.mp4.part", Reason::Unfinished, 1),
            ("e.iso", Reason::DiscImage, 1),
            ("f.idx", Reason::SubtitleFormat, 1),
            ("g.txt", Reason::NotMedia, 1),
        ]
    );
    assert_eq!(skipped(&plan_of(&[".ignore", "a/b.mp4"])), [(".", Reason::Excluded(".ignore"), 2)]);
}

#[test]
fn the_name_of_the_root_is_that_of_a_series() {
    let files = vec![ListedFile {
        path: "1x02.mkv".into(),
        size_bytes: 1,
        modified: SystemTime::UNIX_EPOCH,
    }];
    let plan = plan(files, &["Series (2010)"]);
    assert_eq!(plan.items[0].guess.display_title(), "Series S01E02");
    assert_eq!(plan.items[0].guess.year, Some(2010));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_file_is_taken_once(paths in proptest::collection::vec(
        "((Subs|Season 1|Extras|\\.x|a|A \\(2001\\))/){0,3}(a|A|tvshow|movie|poster|S01E01|\\PC)(-poster|-trailer|\\.en)?\\.(mkv|MP4|srt|nfo|jpg|txt)",
        0..30,
    )) {
        let mut unique: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        unique.retain(|path| path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
        unique.sort();
        unique.dedup();
        let files: Vec<ListedFile> =
            unique.iter().map(|path| ListedFile { path: path.clone(), size_bytes: 1, modified: SystemTime::UNIX_EPOCH }).collect();
        let plan = plan(files.clone(), &[]);
        let skipped: usize = plan.skipped.iter().map(|skipped| skipped.files).sum();
        let mut used: Vec<_> = plan.items.iter().flat_map(|item| {
            let subtitles = item.subtitles.iter().map(|subtitle| subtitle.file.path.clone());
            let beside = [&item.nfo, &item.series_nfo, &item.picture].into_iter().flatten();
            beside.map(|file| file.path.clone()).chain(subtitles)
        }).collect();
        used.sort();
        used.dedup();
        let unused = plan.unused_nfos + plan.unused_pictures;
        prop_assert_eq!(plan.items.len() + skipped + used.len() + unused, unique.len());
        let mut reversed = files;
        reversed.reverse();
        prop_assert_eq!(super::plan(reversed, &[]), plan);
    }
}
