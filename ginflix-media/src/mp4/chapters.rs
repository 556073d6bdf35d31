//! Chapters: the list in the user data, or a text track to which another track refers.

use ginflix_api::inspection::Chapter;

use super::movie::Movie;
use super::user_data::CHAPTERS_LIMIT;
use crate::source::{Source, u16_at};
use crate::text;

/// Returns the chapters of a movie. A damaged list has those that can be read.
pub fn read(source: &mut Source<'_>, movie: &Movie) -> Vec<Chapter> {
    if !movie.chapter_list.is_empty() {
        let chapter = |(start, title): &(u64, String)| Chapter {
            start_seconds: *start as f64 / 1e7,
            title: title.clone(),
        };
        return movie.chapter_list.iter().map(chapter).collect();
    }
    let Some(id) = movie.chapter_tracks().next() else { return Vec::new() };
    let Some(track) = movie.tracks.iter().find(|track| track.id == id) else { return Vec::new() };
    let timescale = f64::from(track.timescale.max(1));
    let samples = track.tables.samples(source, CHAPTERS_LIMIT).unwrap_or_default();
    let chapter = |sample: super::tables::Sample| {
        let length = (sample.size as usize).min(text::TEXT_LIMIT_BYTES);
        let content = source.bytes(sample.offset, length).ok()?;
        let end = 2 + usize::from(u16_at(content, 0));
        let title = content.get(2..end.min(content.len())).and_then(text::decode);
        let start_seconds = sample.time as f64 / timescale;
        Some(Chapter { start_seconds, title: title.unwrap_or_default() })
    };
    samples.into_iter().filter_map(chapter).collect()
}
