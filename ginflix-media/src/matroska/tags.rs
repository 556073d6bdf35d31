//! Tags (RFC 9559, section 5.1.8): statistics of tracks, and what is said of the whole file.
//!
//! The names are those of the registry at <https://www.matroska.org/technical/tagging.html>. A target of 50 is the movie or episode, 60 the
//! season, 70 the series or a collection of movies. FFmpeg writes its own names (`SHOW`, `SEASON_NUMBER`, `EPISODE_SORT`) without a target,
//! which means 50.

use ginflix_api::inspection;

use super::ebml::{self, Element};
use super::statistics::Statistics;
use crate::source::{Result, Source, Span};
use crate::tags::{Collector, NAME_LIMIT_BYTES, VALUE_LIMIT_BYTES};
use crate::text;

const TARGETS: u32 = 0x63C0;
const TARGET_TYPE_VALUE: u32 = 0x68CA;
const TAG_TRACK_UID: u32 = 0x63C5;
/// The IDs of an edition, a chapter, and an attachment.
const OTHER_UIDS: [u32; 3] = [0x63C9, 0x63C4, 0x63C6];
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_STRING: u32 = 0x4487;

/// The most elements of one level.
const ELEMENTS_LIMIT: usize = 1_024;
/// The level of a tag without one.
const DEFAULT_TARGET_TYPE_VALUE: u64 = 50;

/// The tags of a file.
#[derive(Debug, Default)]
pub struct FileTags {
    /// The statistics of tracks.
    pub statistics: Vec<Statistics>,
    /// What is said of the movie or episode.
    movie: Collector,
    /// What is said of the season.
    season: Collector,
    /// What is said of the series.
    series: Collector,
}

/// What a tag is about.
struct Target {
    level: u64,
    track_uid: u64,
    /// Whether it is an edition, a chapter or an attachment.
    is_part: bool,
}

impl FileTags {
    /// Reads a Tags element.
    pub fn read(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for tag in ebml::children(source, content, ELEMENTS_LIMIT)? {
            let elements = ebml::children(source, tag.content, ELEMENTS_LIMIT)?;
            let target = Target::read(source, &elements)?;
            let simple_tags = elements.iter().filter(|element| element.id == SIMPLE_TAG);
            if target.track_uid != 0 {
                let mut statistics = Statistics::new(target.track_uid);
                for simple in simple_tags {
                    if let Some((name, value)) =
                        read_simple(source, simple.content, text::TEXT_LIMIT_BYTES)?
                    {
                        statistics.put(&name, &value);
                    }
                }
                self.statistics.push(statistics.complete());
            } else if let Some(collector) = self.collector(&target) {
                for simple in simple_tags {
                    if let Some((name, value)) =
                        read_simple(source, simple.content, VALUE_LIMIT_BYTES)?
                    {
                        collector.put(&name, &value);
                    }
                }
            }
        }
        Ok(())
    }

    fn collector(&mut self, target: &Target) -> Option<&mut Collector> {
        match target.level {
            50 if !target.is_part => Some(&mut self.movie),
            60 if !target.is_part => Some(&mut self.season),
            70 if !target.is_part => Some(&mut self.series),
            _ => None,
        }
    }

    /// Returns what is said of the movie or episode, and its title. Genres and people are those of the season or series if it has none of its
    /// own. Without the number of a season, the larger unit is a collection of movies, and the movie no episode.
    pub fn finish(self) -> (inspection::Tags, Option<String>) {
        let season_number = self.season.part_number;
        let (title, part_number) = (self.movie.title.clone(), self.movie.part_number);
        let series_title = self.series.title.clone();
        let mut tags = self.movie.finish();
        for larger in [self.season.finish(), self.series.finish()] {
            let lists = [
                (&mut tags.genres, larger.genres),
                (&mut tags.directors, larger.directors),
                (&mut tags.cast, larger.cast),
            ];
            for (list, names) in lists {
                if list.is_empty() {
                    *list = names;
                }
            }
        }
        tags.season = tags.season.or(season_number);
        if tags.season.is_some() {
            tags.episode = tags.episode.or(part_number);
            tags.series = tags.series.or(series_title);
        }
        (tags, title)
    }
}

impl Target {
    fn read(source: &mut Source<'_>, elements: &[Element]) -> Result<Self> {
        let mut target = Self { level: DEFAULT_TARGET_TYPE_VALUE, track_uid: 0, is_part: false };
        let Some(targets) = elements.iter().find(|element| element.id == TARGETS) else {
            return Ok(target);
        };
        for element in ebml::children(source, targets.content, 64)? {
            match element.id {
                TARGET_TYPE_VALUE => target.level = ebml::unsigned(source, &element)?,
                TAG_TRACK_UID => target.track_uid = ebml::unsigned(source, &element)?,
                // A UID of 0 means all of the file.
                id if OTHER_UIDS.contains(&id) => {
                    target.is_part |= ebml::unsigned(source, &element)? != 0;
                }
                _ => {}
            }
        }
        Ok(target)
    }
}

/// Reads the name and the text of a SimpleTag. Those within it say more about it.
fn read_simple(
    source: &mut Source<'_>,
    simple: Span,
    limit: usize,
) -> Result<Option<(String, String)>> {
    let (mut name, mut value) = (None, None);
    for element in ebml::children(source, simple, 16)? {
        let limit = match element.id {
            TAG_NAME => NAME_LIMIT_BYTES,
            TAG_STRING => limit,
            _ => continue,
        };
        let text = source.vec(element.content, limit)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        *(if element.id == TAG_NAME { &mut name } else { &mut value }) = Some(text);
    }
    Ok(name.zip(value))
}

#[cfg(test)]
mod tests;
