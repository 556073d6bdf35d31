use super::*;
use proptest::prelude::*;

fn nfo(content: &str) -> Nfo {
    crate::nfo::read(content.as_bytes()).unwrap().unwrap()
}

fn sourced<T>(value: T, source: Source) -> Sourced<T> {
    Sourced { value, source }
}

#[test]
fn the_first_source_of_each_field_counts() {
    let guess = name::guess("Name (2001).mkv", &[]);
    let movie = nfo("<movie><title>The Name</title><genre>Drama</genre></movie>");
    let tags = Tags {
        description: Some("Text".into()),
        genres: vec!["Other".into()],
        directors: vec!["A".into(), "a".into()],
        ..Tags::default()
    };
    let inspection = Inspection { title: Some("Tag".into()), tags, ..Inspection::default() };
    let inputs = Inputs {
        nfo: Some(&movie),
        series_nfo: None,
        inspection: Some(&inspection),
        guess: &guess,
        version: None,
    };
    let details = merge(&inputs);
    assert_eq!(details.title, sourced("The Name".into(), Source::Nfo));
    assert_eq!(details.year, Some(sourced(2001, Source::Name)));
    assert_eq!(details.description, Some(sourced("Text".into(), Source::Tags)));
    assert_eq!(details.genres, Some(sourced(vec!["Drama".into()], Source::Nfo)));
    assert_eq!(details.directors, Some(sourced(vec!["A".into()], Source::Tags)));
    assert_eq!((details.cast, details.series, details.episodes), (None, None, None));
    let without_nfo = merge(&Inputs { nfo: None, ..inputs });
    assert_eq!(without_nfo.title, sourced("Tag".into(), Source::Tags));
}

#[test]
fn an_episode_takes_what_its_series_has() {
    let guess = name::guess("name.s01e02.mkv", &[]);
    let series = nfo(
        "<tvshow><title>Name!</title><plot>Of all.</plot><genre>Crime</genre><year>1990</year></tvshow>",
    );
    let episode =
        nfo("<episodedetails><title>Second</title><aired>1991-01-01</aired></episodedetails>");
    let details = merge(&Inputs {
        nfo: Some(&episode),
        series_nfo: Some(&series),
        inspection: None,
        guess: &guess,
        version: Some("4K"),
    });
    assert_eq!(details.title, sourced("Name! S01E02 Second - 4K".into(), Source::Nfo));
    assert_eq!(details.series, Some(sourced("Name!".into(), Source::SeriesNfo)));
    assert_eq!(details.genres, Some(sourced(vec!["Crime".into()], Source::SeriesNfo)));
    assert_eq!(details.season, Some(sourced(1, Source::Name)));
    assert_eq!(details.episodes, Some(sourced(Episodes::one(2), Source::Name)));
    assert_eq!(details.year, Some(sourced(1991, Source::Nfo)));
    assert_eq!(details.description, None);
}

#[test]
fn an_nfo_file_makes_an_episode_of_a_movie_and_the_other_way_round() {
    let guess = name::guess("Pilot.mkv", &[]);
    let inputs =
        Inputs { nfo: None, series_nfo: None, inspection: None, guess: &guess, version: None };
    let episode = nfo(
        "<episodedetails><title>Pilot</title><showtitle>S</showtitle><season>0</season><episode>1</episode></episodedetails>",
    );
    assert_eq!(merge(&Inputs { nfo: Some(&episode), ..inputs }).title.value, "S S00E01 Pilot");
    let guess = name::guess("Name S01E01.mkv", &[]);
    let movie = nfo("<movie><title>Name</title></movie>");
    let details = merge(&Inputs { nfo: Some(&movie), guess: &guess, ..inputs });
    assert_eq!((details.title.value.as_str(), details.season), ("Name", None));
}

#[test]
fn an_episode_takes_what_its_tags_have() {
    let guess = name::guess("name.mkv", &[]);
    let tags = Tags {
        year: Some(1700),
        series: Some("Show".into()),
        season: Some(2),
        episode: Some(3),
        ..Tags::default()
    };
    let inspection = Inspection { title: Some("Third".into()), tags, ..Inspection::default() };
    let inputs = Inputs {
        nfo: None,
        series_nfo: None,
        inspection: Some(&inspection),
        guess: &guess,
        version: None,
    };
    let details = merge(&inputs);
    assert_eq!(details.title, sourced("Show S02E03 Third".into(), Source::Tags));
    assert_eq!(details.series, Some(sourced("Show".into(), Source::Tags)));
    assert_eq!(details.episodes, Some(sourced(Episodes::one(3), Source::Tags)));
    assert_eq!(details.year, None);
}

#[test]
fn a_release_name_in_the_tags_is_no_title() {
    let guess = name::guess("Name.mkv", &[]);
    let title = Some("Name.2001.1080p.x264-GROUP".into());
    let inspection = Inspection { title, ..Inspection::default() };
    let inputs = Inputs {
        nfo: None,
        series_nfo: None,
        inspection: Some(&inspection),
        guess: &guess,
        version: None,
    };
    assert_eq!(merge(&inputs).title, sourced("Name".into(), Source::Name));
}

proptest! {
    #[test]
    fn titles_are_within_their_limit(title in "\\PC{0,300}", version in "\\PC{0,300}") {
        let guess = name::guess("a.mkv", &[]);
        let inspection = Inspection { title: Some(title), ..Inspection::default() };
        let version = Some(version.as_str());
        let inputs = Inputs { nfo: None, series_nfo: None, inspection: Some(&inspection), guess: &guess, version };
        let title = merge(&inputs).title.value;
        prop_assert!((1..=ginflix_api::movie::MAX_TITLE_CHARS).contains(&title.chars().count()));
    }
}
