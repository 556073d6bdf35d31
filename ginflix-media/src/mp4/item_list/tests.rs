use ginflix_api::inspection::{Inspection, Tags};
use ginflix_api::movie::MAX_DESCRIPTION_CHARS;

use crate::source::Budget;
use crate::tests::build::{boxed, item, meta, mp4, mp4_with_items};

fn inspect(content: &[u8]) -> Inspection {
    crate::inspect(&content, Budget::default()).unwrap()
}

fn text(kind: &[u8; 4], values: &[&str]) -> Vec<u8> {
    item(kind, 1, &values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>())
}

#[test]
fn the_items_of_itunes_are_read() {
    let found = inspect(&mp4_with_items(&[
        text(b"\xA9nam", &["Name"]),
        text(b"\xA9ART", &["Artist"]),
        text(b"\xA9cmt", &["Comment"]),
        text(b"\xA9day", &["1999-03-31T00:00:00Z"]),
        text(b"ldes", &["The long one."]),
        text(b"desc", &["Short."]),
        text(b"\xA9gen", &["Drama", "Crime"]),
        text(b"\xA9dir", &["A", "B"]),
        text(b"tvsh", &["Show"]),
        text(b"tven", &["S09E09"]),
        item(b"tvsn", 21, &[&[0, 0, 0, 2]]),
        item(b"tves", 21, &[&[3]]),
    ]));
    let tags = Tags {
        year: Some(1999),
        description: Some("The long one.".into()),
        genres: vec!["Drama".into(), "Crime".into()],
        directors: vec!["A".into(), "B".into()],
        cast: Vec::new(),
        series: Some("Show".into()),
        season: Some(2),
        episode: Some(3),
    };
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), tags));
}

#[test]
fn numbers_have_a_range() {
    let found = inspect(&mp4_with_items(&[
        item(b"tvsn", 21, &[&[0, 0, 0, 0]]),
        item(b"tves", 21, &[&[0, 0, 0, 0]]),
    ]));
    assert_eq!((found.tags.season, found.tags.episode), (Some(0), None));
    let found = inspect(&mp4_with_items(&[item(b"tves", 21, &[&[0xFF; 20]])]));
    assert_eq!(found.tags, Tags::default());
}

#[test]
fn the_number_of_a_genre_is_its_name() {
    let genres = |number| inspect(&mp4_with_items(&[item(b"gnre", 0, &[number])])).tags.genres;
    assert_eq!(genres(&[0, 58]), ["Comedy"]);
    assert_eq!(genres(&[0, 63]), ["Pop/Funk"]);
    for unknown in [&[0, 0][..], &[0, 81], &[0xFF, 0xFF], &[]] {
        assert_eq!(genres(unknown), Vec::<String>::new(), "{unknown:?}");
    }
}

#[test]
fn the_property_list_has_the_people() {
    let list = b"<dict><key>cast</key><array><dict><key>name</key><string>A</string></dict></array></dict>";
    let free_form = |name: &[u8]| {
        let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0][..], list].concat());
        let mean = boxed(b"mean", b"\0\0\0\0com.apple.iTunes");
        let name = boxed(b"name", &[&[0; 4], name].concat());
        boxed(b"----", &[mean, name, data].concat())
    };
    assert_eq!(inspect(&mp4_with_items(&[free_form(b"iTunMOVI")])).tags.cast, ["A"]);
    assert_eq!(inspect(&mp4_with_items(&[free_form(b"iTunEXTC")])).tags, Tags::default());
}

#[test]
fn numbered_items_have_the_names_of_their_keys() {
    let key = |name: &[u8]| boxed(b"mdta", name);
    let keys = [
        key(b"title"),
        key(b"com.apple.quicktime.director"),
        key(b"SHOW"),
        key(b"com.apple.quicktime.comment"),
    ]
    .concat();
    let keys = boxed(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 4][..], &keys].concat());
    let items = [
        text(&1_u32.to_be_bytes(), &["Name"]),
        text(&2_u32.to_be_bytes(), &["A"]),
        text(&3_u32.to_be_bytes(), &["Show"]),
        text(&4_u32.to_be_bytes(), &["Comment"]),
        text(&5_u32.to_be_bytes(), &["Beyond"]),
        text(&0_u32.to_be_bytes(), &["Before"]),
    ];
    let list = boxed(b"ilst", &items.concat());
    let content = [boxed(b"hdlr", b"\0\0\0\0\0\0\0\0mdta"), keys, list].concat();
    let expected =
        Tags { directors: vec!["A".into()], series: Some("Show".into()), ..Tags::default() };
    // With the version of MP4 and without it, as in QuickTime.
    for content in [[&[0; 4][..], &content].concat(), content] {
        let found = inspect(&mp4(&[boxed(b"meta", &content)]));
        assert_eq!((found.title.as_deref(), &found.tags), (Some("Name"), &expected));
    }
}

#[test]
fn texts_of_quicktime_are_read() {
    let text = |kind, text: &[u8]| {
        let header = [(text.len() as u16).to_be_bytes(), [0x55, 0xC4]].concat();
        boxed(kind, &[&header, text].concat())
    };
    let texts = [
        text(b"\xA9nam", b"Name"),
        text(b"\xA9day", b"1999"),
        text(b"\xA9gen", b"Drama"),
        text(b"\xA9ART", b"Artist"),
    ];
    let found = inspect(&mp4(&[boxed(b"udta", &texts.concat())]));
    assert_eq!(found.title.as_deref(), Some("Name"));
    let expected = Tags { year: Some(1999), genres: vec!["Drama".into()], ..Tags::default() };
    assert_eq!(found.tags, expected);
}

#[test]
fn the_title_in_the_metadata_counts_before_that_in_the_user_data() {
    let of_quicktime = boxed(b"\xA9nam", b"\0\x03\x55\xC4Two");
    let of_itunes = meta(&[text(b"\xA9nam", &["One"])]);
    for boxes in [[of_quicktime.clone(), of_itunes.clone()], [of_itunes, of_quicktime]] {
        let found = inspect(&mp4(&[boxed(b"udta", &boxes.concat())]));
        assert_eq!(found.title.as_deref(), Some("One"));
    }
}

#[test]
fn tags_of_a_track_are_not_those_of_the_file() {
    let user_data = boxed(b"udta", &meta(&[text(b"tvsh", &["Show"])]));
    let header = boxed(b"tkhd", &[&[0; 12][..], &1_u32.to_be_bytes(), &[0; 68]].concat());
    let track = boxed(b"trak", &[header, user_data].concat());
    assert_eq!(inspect(&mp4(&[track])).tags, Tags::default());
}

#[test]
fn a_description_is_cut_at_its_limit() {
    let long = "é".repeat(3 * MAX_DESCRIPTION_CHARS);
    let found = inspect(&mp4_with_items(&[text(b"ldes", &[&long])]));
    assert_eq!(found.tags.description, Some("é".repeat(MAX_DESCRIPTION_CHARS)));
}
