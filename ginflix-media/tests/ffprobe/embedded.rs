//! Tags and covers that ffmpeg and mkvpropedit write.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ginflix_api::inspection::{Inspection, Tags};
use ginflix_media::source::Budget;
use ginflix_media::{cover, inspect};

use crate::make::{cache, cached, ffmpeg, run, write};

const VIDEO: &str = "-f lavfi -i testsrc2=size=64x64:rate=25:duration=1";
const TAGS: &str = "-metadata title=Name -metadata date=1999-03-31 -metadata description=Short \
    -metadata synopsis=The_long_one -metadata genre=Drama -metadata show=Show -metadata season_number=2 \
    -metadata episode_sort=3 -metadata episode_id=x -metadata artist=Artist -metadata comment=A_comment_that_is_long";
/// The tags of the levels of a series, as mkvpropedit takes them.
const LEVELS: &str = "<Tags>
    <Tag><Targets><TargetTypeValue>70</TargetTypeValue></Targets>
        <Simple><Name>TITLE</Name><String>Show</String></Simple></Tag>
    <Tag><Targets><TargetTypeValue>60</TargetTypeValue></Targets>
        <Simple><Name>PART_NUMBER</Name><String>2</String></Simple></Tag>
    <Tag><Targets><TargetTypeValue>50</TargetTypeValue></Targets>
        <Simple><Name>TITLE</Name><String>Name</String></Simple>
        <Simple><Name>PART_NUMBER</Name><String>3</String></Simple>
        <Simple><Name>DATE_RELEASED</Name><String>1999</String></Simple>
        <Simple><Name>SUMMARY</Name><String>The_long_one</String></Simple>
        <Simple><Name>GENRE</Name><String>Drama</String></Simple>
        <Simple><Name>ACTOR</Name><String>Someone</String>
            <Simple><Name>CHARACTER</Name><String>Somebody</String></Simple></Simple></Tag>
</Tags>";

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn picture(colour: &str) -> PathBuf {
    cached(&format!("{colour}.jpg"), |path| {
        ffmpeg(&words(&format!("-f lavfi -i color={colour}:size=64x96 -frames:v 1")), path);
    })
}

/// Returns what is read of a file: the inspection, and the cover.
fn read(path: &Path) -> (Inspection, Option<Vec<u8>>) {
    let file = File::open(path).unwrap();
    let found = inspect(&file, Budget::default()).unwrap();
    let cover = cover::read(&file, Budget::default()).unwrap();
    (found, cover.map(|cover| cover.bytes))
}

fn expected() -> Tags {
    Tags {
        year: Some(1999),
        description: Some("The_long_one".into()),
        genres: vec!["Drama".into()],
        series: Some("Show".into()),
        season: Some(2),
        episode: Some(3),
        ..Tags::default()
    }
}

#[test]
fn ffmpeg_writes_the_tags_and_the_cover_of_itunes() {
    let (red, name) = (picture("red"), "embedded.mp4");
    let path = cached(name, |path| {
        let options = format!(
            "{VIDEO} -i {} -map 0 -map 1 -c:v:0 libx264 -c:v:1 copy -disposition:v:1 attached_pic {TAGS}",
            red.display()
        );
        ffmpeg(&words(&options), path);
    });
    let (found, cover) = read(&path);
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected()));
    assert_eq!(cover, Some(std::fs::read(red).unwrap()));
}

#[test]
fn ffmpeg_writes_tags_with_keys() {
    let path = cached("embedded-keys.mp4", |path| {
        let options =
            format!("{VIDEO} -c:v libx264 {TAGS} -metadata director=D -movflags use_metadata_tags");
        ffmpeg(&words(&options), path);
    });
    let (found, cover) = read(&path);
    let expected = Tags { directors: vec!["D".into()], ..expected() };
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected));
    assert_eq!(cover, None);
}

#[test]
fn ffmpeg_writes_texts_of_quicktime() {
    let path = cached("embedded.mov", |path| {
        ffmpeg(&words(&format!("{VIDEO} -c:v libx264 {TAGS}")), path);
    });
    let expected = Tags { year: Some(1999), genres: vec!["Drama".into()], ..Tags::default() };
    let (found, _) = read(&path);
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected));
}

#[test]
fn ffmpeg_writes_tags_and_attachments_of_matroska() {
    let (red, blue) = (picture("red"), picture("blue"));
    let path = cached("embedded.mkv", |path| {
        let options = format!(
            "{VIDEO} -c:v libx264 {TAGS} -metadata actor=Someone -metadata:s:v GENRE=Other -attach {} -attach {} \
             -metadata:s:t mimetype=image/jpeg -metadata:s:t:0 filename=other.jpg -metadata:s:t:1 filename=cover.jpg",
            blue.display(),
            red.display()
        );
        ffmpeg(&words(&options), path);
    });
    let (found, cover) = read(&path);
    let expected = Tags { cast: vec!["Someone".into()], ..expected() };
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected));
    assert_eq!(cover, Some(std::fs::read(red).unwrap()));
}

#[test]
fn mkvpropedit_writes_levels_and_attachments_after_the_clusters() {
    let red = picture("red");
    let path = cached("embedded-levels.mkv", |path| {
        ffmpeg(&words(&format!("{VIDEO} -c:v libx264")), path);
        let tags = write(&cache(), "levels.xml", LEVELS);
        run(Command::new("mkvpropedit")
            .args(["--quiet", "--tags"])
            .arg(format!("global:{}", tags.display()))
            .args(["--attachment-name", "cover.jpg", "--add-attachment"])
            .args([red.as_path(), path]));
    });
    let (found, cover) = read(&path);
    let expected = Tags { cast: vec!["Someone".into()], ..expected() };
    assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected));
    assert_eq!(cover, Some(std::fs::read(red).unwrap()));
}
