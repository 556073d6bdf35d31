//! Item lists: the metadata of iTunes in `moov/udta/meta`, which FFmpeg and HandBrake write too, and the metadata of QuickTime in
//! `moov/meta`, in which the items have numbers and `keys` has their names (QuickTime File Format, "Metadata"). FFmpeg writes the latter
//! with the option `-movflags use_metadata_tags`.
//!
//! No standard defines the items of iTunes. Those read here are those of the muxer of FFmpeg (`libavformat/movenc.c`), `©dir`, which
//! QuickTime defines for user data and MusicBrainz Picard writes, and the property list `iTunMOVI`, in which iTunes and Subler keep the directors and
//! the cast. `©ART` is not read: in files of the iTunes Store it is a director, a singer or a series.

use super::boxes::{self, BoxHeader};
use super::{id3_genres, itunes_movie};
use crate::source::{Result, Source, Span, u16_at};
use crate::tags::{Collector, NAME_LIMIT_BYTES, VALUE_LIMIT_BYTES};

/// The most bytes of the names of items.
const KEYS_LIMIT_BYTES: usize = 64 * 1024;
/// The most values of an item.
const VALUES_LIMIT: usize = 64;
/// The most bytes of a property list.
const PROPERTY_LIST_LIMIT_BYTES: usize = 256 * 1024;
/// The bytes before a value: its type, and its country and language.
const DATA_HEADER_BYTES: u64 = 8;
/// What QuickTime has before the names of its keys.
const QUICKTIME_PREFIX: &str = "com.apple.quicktime.";

/// The items of a `meta` box.
struct ItemList {
    items: Vec<BoxHeader>,
    /// The names of numbered items.
    keys: Vec<String>,
}

/// Reads the items of a `meta` box that are known.
pub fn read(source: &mut Source<'_>, meta: Span, tags: &mut Collector) -> Result<()> {
    let Some(list) = ItemList::find(source, meta)? else { return Ok(()) };
    for item in &list.items {
        match &item.kind {
            b"gnre" => {
                // One more than the number of the genre in ID3v1.
                for value in item.values(source)? {
                    let value = source.vec(value, 2)?;
                    let number = usize::from(u16_at(&value, 0)).checked_sub(1);
                    if let Some(genre) = number.and_then(|at| id3_genres::GENRES.get(at)) {
                        tags.put_genre(genre);
                    }
                }
            }
            b"tvsn" => put_number(source, item, "season_number", tags)?,
            b"tves" => put_number(source, item, "episode_sort", tags)?,
            b"----" => read_free_form(source, item.content, tags)?,
            kind => {
                let Some(name) = name(kind).or_else(|| list.key(*kind)) else { continue };
                for value in item.values(source)? {
                    let value = source.vec(value, VALUE_LIMIT_BYTES)?;
                    tags.put(name, &String::from_utf8_lossy(&value));
                }
            }
        }
    }
    Ok(())
}

/// Returns where the pictures of a `meta` box are.
pub fn covers(source: &mut Source<'_>, meta: Span) -> Result<Vec<Span>> {
    let mut covers = Vec::new();
    if let Some(list) = ItemList::find(source, meta)? {
        for item in list.items.iter().filter(|item| item.kind == *b"covr") {
            covers.extend(item.values(source)?);
        }
    }
    Ok(covers)
}

/// Returns the name in [`crate::tags`] of an item of iTunes. User data of QuickTime has texts with the same types.
pub fn name(kind: &[u8; 4]) -> Option<&'static str> {
    Some(match kind {
        b"\xA9nam" => "title",
        b"\xA9day" => "date",
        b"desc" => "description",
        b"ldes" => "synopsis",
        b"\xA9gen" => "genre",
        b"\xA9dir" => "director",
        b"tvsh" => "show",
        b"tven" => "episode_id",
        _ => return None,
    })
}

impl ItemList {
    fn find(source: &mut Source<'_>, meta: Span) -> Result<Option<Self>> {
        if meta.len() < 8 {
            return Ok(None);
        }
        // `meta` has a version in MP4 (ISO/IEC 14496-12, section 8.11.1), but not in QuickTime.
        let has_version = source.array(meta.start + 4)? != *b"hdlr";
        let start = meta.start + if has_version { 4 } else { 0 };
        let children = boxes::children(source, Span { start, end: meta.end })?;
        let Some(list) = boxes::find(&children, b"ilst") else { return Ok(None) };
        let keys = match boxes::find(&children, b"keys") {
            Some(keys) => source.vec(keys, KEYS_LIMIT_BYTES)?,
            None => Vec::new(),
        };
        // The version and the number of the keys come first.
        let keys = boxes::in_bytes(keys.get(8..).unwrap_or_default());
        let key = |(_, name): ([u8; 4], &[u8])| String::from_utf8_lossy(name).into_owned();
        Ok(Some(Self { items: boxes::children(source, list)?, keys: keys.map(key).collect() }))
    }

    /// Returns the name of a numbered item. Numbers begin with 1.
    fn key(&self, kind: [u8; 4]) -> Option<&str> {
        let at = usize::try_from(u32::from_be_bytes(kind)).ok()?.checked_sub(1)?;
        let key = self.keys.get(at).filter(|key| key.len() <= NAME_LIMIT_BYTES)?;
        Some(key.strip_prefix(QUICKTIME_PREFIX).unwrap_or(key))
    }
}

impl BoxHeader {
    /// Returns where the values of an item are.
    fn values(&self, source: &mut Source<'_>) -> Result<Vec<Span>> {
        let children = boxes::children(source, self.content)?;
        let data = children.iter().filter(|child| child.kind == *b"data");
        let value = |data: &BoxHeader| Span {
            start: data.content.start + DATA_HEADER_BYTES,
            ..data.content
        };
        Ok(data.map(value).filter(|value| !value.is_empty()).take(VALUES_LIMIT).collect())
    }
}

/// Adds an integer of up to 8 bytes. Programs write 0 if they do not know it.
fn put_number(
    source: &mut Source<'_>,
    item: &BoxHeader,
    name: &str,
    tags: &mut Collector,
) -> Result<()> {
    for value in item.values(source)? {
        let bytes = source.vec(value, 8)?;
        let number = bytes.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        if number != 0 || name == "season_number" {
            tags.put(name, &number.to_string());
        }
    }
    Ok(())
}

/// Reads an item whose name is a text, if it is the property list of a movie.
fn read_free_form(source: &mut Source<'_>, item: Span, tags: &mut Collector) -> Result<()> {
    let children = boxes::children(source, item)?;
    let Some(name) = boxes::find(&children, b"name") else { return Ok(()) };
    let Some(data) = boxes::find(&children, b"data") else { return Ok(()) };
    // The version comes before the name.
    if source.vec(name, NAME_LIMIT_BYTES)?.get(4..) == Some(b"iTunMOVI") {
        let list = source.vec(data, PROPERTY_LIST_LIMIT_BYTES)?;
        let list = list.get(DATA_HEADER_BYTES as usize..).unwrap_or_default();
        itunes_movie::read(&String::from_utf8_lossy(list), tags);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
