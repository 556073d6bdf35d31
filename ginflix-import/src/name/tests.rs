use super::*;
use proptest::prelude::*;

/// What is expected of a name: title, year, season, episodes and the title of the episode.
type Expected<'a> = (&'a str, Option<u16>, Option<u16>, Option<(u16, u16)>, Option<&'a str>);

fn check(path: &str, expected: Expected) {
    let mut names: Vec<&str> = path.rsplit('/').collect();
    let file = names.remove(0);
    let guess = guess(file, &names);
    let found = (
        guess.title.as_deref().unwrap_or_default(),
        guess.year,
        guess.season,
        guess.episodes.map(|episodes| (episodes.first, episodes.last)),
        guess.episode_title.as_deref(),
    );
    assert_eq!(found, expected, "{path}: {guess:?}");
}

fn movie(path: &str, title: &str, year: impl Into<Option<u16>>) {
    check(path, (title, year.into(), None, None, None));
}

#[test]
fn release_names_are_read() {
    movie("The.Matrix.1999.1080p.BluRay.x264-GROUP.mkv", "The Matrix", 1999);
    movie("2012.2009.1080p.BluRay.x264-GROUP.mkv", "2012", 2009);
    movie("Some.Movie.DVDRip.XviD-GROUP.avi", "Some Movie", None);
    movie("Dark.City.(1998).DC.BDRip.720p.DTS.X264-CHD.mkv", "Dark City", 1998);
    let episode = ("Show", None, Some(1), Some((1, 2)), Some("Title"));
    check("Show.S01E01E02.Title.720p.HDTV.x264-X.mkv", episode);
    check("[Group] Show - 05 [720p][ABCD1234].mkv", ("Show", None, None, Some((5, 5)), None));
    check("[Group] Show - 05.mkv", ("Show", None, None, Some((5, 5)), None));
}

#[test]
fn names_of_people_keep_their_words() {
    movie("Lecture 03 - Operating Systems.mp4", "Lecture 03 - Operating Systems", None);
    movie("VID_20210103_120000.mp4", "VID 20210103 120000", None);
    movie(
        "Ocean's Eleven, the first & best! (2001).mp4",
        "Ocean's Eleven, the first & best!",
        2001,
    );
    movie("Blade Runner 2049.mkv", "Blade Runner 2049", None);
    movie("Blade Runner 2049 (2017).mkv", "Blade Runner 2049", 2017);
    movie("Wonder Woman 1984.mkv", "Wonder Woman 1984", None);
    movie("Star Wars Episode 4 A New Hope.mkv", "Star Wars Episode 4 A New Hope", None);
    movie("Home video VHS.mp4", "Home video VHS", None);
    movie("Dr. Strange.mp4", "Dr. Strange", None);
    movie("映画 その1.mp4", "映画 その1", None);
    movie("Name (director's version).mp4", "Name (director's version)", None);
}

#[test]
fn years_are_read() {
    movie("2012 (2009).mkv", "2012", 2009);
    movie("1917.mkv", "1917", None);
    movie("1917 (2019)/1917.mkv", "1917", 2019);
    movie("The.Matrix.1999.mkv", "The Matrix", 1999);
    movie("the_matrix_1999.mkv", "the matrix", 1999);
    movie("Name (1700).mkv", "Name (1700)", None);
    movie("(500) Days of Summer (2009).mkv", "(500) Days of Summer", 2009);
    movie("(2009).mkv", "(2009)", None);
}

#[test]
fn dots_and_underscores_become_spaces_in_names_without_spaces() {
    movie("S.W.A.T.mkv", "S.W.A.T", None);
    movie("Kill.Bill.Vol.1.mkv", "Kill Bill Vol 1", None);
    movie("my_first-video.mp4", "my first-video", None);
    movie("Talk.5.1.mp4", "Talk 5.1", None);
}

#[test]
fn folders_of_movies_are_read() {
    movie("Movies/Name (2001) [imdbid-tt0123]/Name (2001) - 1080p.mkv", "Name", 2001);
    movie("Movies/Name (2001) {tmdb-603}/Name.mkv", "Name", 2001);
    movie("Movies/Name: the second (2001)/name.the.second.mkv", "Name: the second", 2001);
    movie("La Rêverie (2006)/La.Reverie.FRENCH.DVDRip.XviD-GRP.avi", "La Rêverie", 2006);
    movie("Movies/Name (2001)/movie.mkv", "Name", 2001);
    movie("Movies/Name (2001)/Other.mkv", "Other", None);
    movie("Name (2001) [tmdbid=603].mkv", "Name", 2001);
}

#[test]
fn seasons_and_episodes_are_read() {
    let first = ("Series", Some(2010), Some(1), Some((2, 2)), Some("Title, with a \"quote\"!"));
    check("Shows/Series (2010)/Season 01/Series S01E02 - Title, with a \"quote\"!.mkv", first);
    let bare = ("Series", Some(2010), Some(1), Some((1, 1)), Some("Title"));
    for season in ["Season 1", "Season 01", "S01", "s1", "Staffel 1", "Series (2010) - Season 1"] {
        check(&format!("Series (2010)/{season}/01 - Title.mkv"), bare);
    }
    let special = ("Series", Some(2010), Some(0), Some((3, 3)), None);
    check("Shows/Series (2010)/Specials/Episode 3.mkv", special);
    check("Series (2010)/Season 0/Series - 03.mkv", special);
    let pair = ("Series", None, Some(1), Some((1, 2)), Some("Title"));
    for name in ["S01E01-E02", "S01E01E02", "S01E01-02", "s01e01-s01e02", "1x01-x02"] {
        check(&format!("Series/Series - {name} - Title.mkv"), pair);
    }
    check("Series.Season.2.Episode.5.mkv", ("Series", None, Some(2), Some((5, 5)), None));
    check("S02E05.mkv", ("", None, Some(2), Some((5, 5)), None));
    check("Series/2x05.mkv", ("Series", None, Some(2), Some((5, 5)), None));
    movie("1920x1080.mp4", "1920x1080", None);
}

#[test]
fn the_folder_of_a_release_names_files_without_a_title() {
    let folder = "Some.Movie.2010.DVDRip.XviD-GRP";
    movie(&format!("{folder}/i-smvie.avi"), "Some Movie", 2010);
    movie(&format!("{folder}/Another one.avi"), "Another one", None);
    let episode = ("24", None, Some(1), Some((2, 2)), None);
    check("24.S01E02.1080p.BluRay.x264-GRP/eb518eaf33f641a1a8c6.mkv", episode);
    movie("The.Collector.2009.1080p.mkv", "The Collector", 2009);
    movie("F1.2024.1080p.mkv", "F1", 2024);
}

#[test]
fn a_file_without_a_number_in_the_folder_of_a_season_has_the_season() {
    let special = ("Series", Some(2010), Some(0), None, Some("Making of"));
    check("Series (2010)/Specials/Making of.mkv", special);
    check("Series (2010)/Specials/Series - Making of.mkv", special);
    check("Bones.S03.720p.HDTV.x264-GRP.mkv", ("Bones", None, Some(3), None, None));
    check("Show Staffel 2 Folge 5.mkv", ("Show", None, Some(2), Some((5, 5)), None));
    check("La casa 2×7.mkv", ("La casa", None, Some(2), Some((7, 7)), None));
}

#[test]
fn parts_editions_and_versions_are_read() {
    let version = |name: &str| guess(name, &[]).version;
    assert_eq!(version("Name (2001) - 4K.mkv").as_deref(), Some("4K"));
    assert_eq!(version("Name (2001) - 1080p.mkv").as_deref(), Some("1080p"));
    assert_eq!(version("Name (2001) [Director's Cut].mkv").as_deref(), Some("Director's Cut"));
    assert_eq!(
        guess("Name (2001) {edition-Final Cut}.mkv", &[]).edition.as_deref(),
        Some("Final Cut")
    );
    let part = guess("Name CD2.avi", &[]);
    assert_eq!((part.title.as_deref(), part.part), (Some("Name"), Some(2)));
    assert_eq!(part.display_title(), "Name - Part 2");
}

#[test]
fn the_display_title_has_all_parts() {
    let title = |path: &str, parents: &[&str]| guess(path, parents).display_title();
    assert_eq!(title("Series S01E02 - Title.mkv", &[]), "Series S01E02 Title");
    assert_eq!(title("Series S01E01-E03.mkv", &[]), "Series S01E01-E03");
    assert_eq!(title("S01E01.mkv", &[]), "S01E01");
    assert_eq!(title("Series S100E1000.mkv", &[]), "Series S100E1000");
    assert_eq!(title("a\nb\u{7}c.mp4", &[]), "a b c");
    assert_eq!(title(".mp4", &[]), "mp4");
    assert_eq!(title("", &[]), "Untitled");
    assert_eq!(title(&"x".repeat(900), &[]).len(), MAX_TITLE_CHARS);
}

#[test]
fn release_names_are_no_titles() {
    assert!(is_release_name("The.Matrix.1999.1080p.BluRay.x264-GROUP"));
    assert!(is_release_name("Series S01E02"));
    assert!(!is_release_name("The Matrix"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_name_has_a_title(
        name in "(\\PC|[sSeExX0-9 ._()-]|\\[|\\]|season|1080p){0,40}",
        parents in proptest::collection::vec("(\\PC|season|[0-9 .()]){0,20}", 0..6),
    ) {
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        let guess = guess(&name, &parents);
        let title = guess.display_title();
        prop_assert!((1..=MAX_TITLE_CHARS).contains(&title.chars().count()));
        prop_assert!(!title.contains(char::is_control));
        prop_assert!(guess.episodes.is_none_or(|episodes| episodes.first <= episodes.last));
        prop_assert!(guess.title.is_some() || guess.episodes.is_some() || guess.season.is_some());
    }
}
