use ginflix_api::inspection::{Inspection, Tags};

use crate::source::Budget;
use crate::tests::build::{element, level, matroska, tag, tags};

fn inspect(elements: &[Vec<u8>]) -> Inspection {
    let content = matroska(elements);
    crate::inspect(&content.as_slice(), Budget::default()).unwrap()
}

#[test]
fn the_levels_of_an_episode_are_read() {
    let found = inspect(&[tags(&[
        tag(
            &[level(70)],
            &[("TITLE", "Show"), ("GENRE", "Crime"), ("DIRECTOR", "X"), ("SUMMARY", "All.")],
        ),
        tag(
            &[level(60)],
            &[("TITLE", "Season"), ("PART_NUMBER", "2"), ("ACTOR", "A"), ("DATE_RELEASED", "1998")],
        ),
        tag(
            &[level(50)],
            &[
                ("TITLE", "Pilot"),
                ("PART_NUMBER", "3"),
                ("DIRECTOR", "D"),
                ("DIRECTOR", "E"),
                ("DATE_RELEASED", "1999-01-02"),
                ("SYNOPSIS", "One."),
            ],
        ),
        tag(&[level(30)], &[("GENRE", "Of a chapter"), ("PART_NUMBER", "9")]),
    ])]);
    let expected = Tags {
        year: Some(1999),
        description: Some("One.".into()),
        genres: vec!["Crime".into()],
        directors: vec!["D".into(), "E".into()],
        cast: vec!["A".into()],
        series: Some("Show".into()),
        season: Some(2),
        episode: Some(3),
    };
    assert_eq!((found.title.as_deref(), found.tags), (Some("Pilot"), expected));
}

#[test]
fn a_movie_of_a_collection_is_no_episode() {
    let found = inspect(&[tags(&[
        tag(&[level(70)], &[("TITLE", "The Trilogy"), ("TOTAL_PARTS", "3")]),
        tag(&[level(50)], &[("TITLE", "First"), ("PART_NUMBER", "1"), ("ACTOR", "A")]),
    ])]);
    assert_eq!(found.tags, Tags { cast: vec!["A".into()], ..Tags::default() });
}

#[test]
fn the_tags_of_ffmpeg_have_no_target() {
    let simple = [
        ("DATE", "1999"),
        ("DESCRIPTION", "Short."),
        ("SYNOPSIS", "The long one."),
        ("SHOW", "Show"),
        ("SEASON_NUMBER", "2"),
        ("EPISODE_ID", "3"),
        ("ARTIST", "Artist"),
        ("COMMENT", "A comment that is much longer."),
    ];
    let expected = Tags {
        year: Some(1999),
        description: Some("The long one.".into()),
        series: Some("Show".into()),
        season: Some(2),
        episode: Some(3),
        ..Tags::default()
    };
    assert_eq!(inspect(&[tags(&[tag(&[], &simple)])]).tags, expected);
}

#[test]
fn tags_of_a_part_are_not_those_of_the_file() {
    let of_part = |uid_id, uid| tag(&[element(uid_id, &[uid])], &[("GENRE", "Drama")]);
    for uid_id in [0x63C5, 0x63C9, 0x63C4, 0x63C6] {
        assert_eq!(inspect(&[tags(&[of_part(uid_id, 1)])]).tags, Tags::default(), "{uid_id:X}");
        assert_eq!(inspect(&[tags(&[of_part(uid_id, 0)])]).tags.genres, ["Drama"], "{uid_id:X}");
    }
}

#[test]
fn the_title_of_the_segment_counts_first() {
    let title = tags(&[tag(&[], &[("TITLE", "Tag")])]);
    let info = element(0x1549_A966, &element(0x7BA9, b"Info"));
    assert_eq!(inspect(&[title.clone(), info]).title.as_deref(), Some("Info"));
    assert_eq!(inspect(&[title]).title.as_deref(), Some("Tag"));
}

#[test]
fn what_is_within_a_simple_tag_is_about_it() {
    let name = |name: &[u8], value: &[u8]| [element(0x45A3, name), element(0x4487, value)].concat();
    let character = element(0x67C8, &name(b"DIRECTOR", b"A character"));
    let actor = element(0x67C8, &[name(b"ACTOR", b"A"), character].concat());
    let found = inspect(&[tags(&[element(0x7373, &actor)])]);
    assert_eq!((found.tags.cast, found.tags.directors), (vec!["A".to_owned()], Vec::new()));
}
