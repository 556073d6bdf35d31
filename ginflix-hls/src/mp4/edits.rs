//! Edit lists (ISO/IEC 14496-12, section 8.6.6).

use ginflix_media::source::{u32_at, u64_at};

use crate::error::{Error, Result};
use crate::moment::rescale;
use crate::track::Edit;

/// An edit list: a delay, and the part of the media that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EditList {
    /// The time before the media in ticks of the track.
    pub delay: i64,
    /// The part that is shown, in ticks of the track.
    pub edit: Option<Edit>,
}

/// Reads the content of an `elst` box. A delay, and one part of the media at its own rate, are supported; parts that
/// continue each other are one.
///
/// # Errors
/// The edit list shows several parts, or a part at another rate.
pub fn read(content: &[u8], movie_timescale: u32, timescale: u32) -> Result<EditList> {
    let (is_long, count) = (content.first() == Some(&1), u32_at(content, 4) as usize);
    let entry_bytes = if is_long { 20 } else { 12 };
    let entries = content.get(8..).unwrap_or_default().chunks_exact(entry_bytes).take(count);
    let mut list = EditList::default();
    for entry in entries {
        let (duration, media_time, rate) = if is_long {
            (u64_at(entry, 0), u64_at(entry, 8).cast_signed(), u32_at(entry, 16))
        } else {
            let media_time = i64::from(u32_at(entry, 4).cast_signed());
            (u64::from(u32_at(entry, 0)), media_time, u32_at(entry, 8))
        };
        let duration = i64::try_from(duration).unwrap_or(i64::MAX);
        let length = rescale(duration, movie_timescale, timescale);
        // The end is rounded to a tick of the movie.
        let rounding = rescale(1, movie_timescale, timescale);
        match &mut list.edit {
            None if media_time < 0 => list.delay = list.delay.saturating_add(length),
            _ if media_time < 0 => {} // an empty edit at the end
            _ if rate != 0x1_0000 && rate != 0 => {
                return Err(Error::Unsupported("An edit list at another rate is not packaged."));
            }
            None => {
                let end = (duration > 0).then(|| media_time.saturating_add(length));
                list.edit = Some(Edit { start: media_time, end });
            }
            Some(Edit { end: Some(end), .. }) if (*end - media_time).abs() <= rounding => {
                *end = media_time.saturating_add(length);
            }
            Some(_) => {
                return Err(Error::Unsupported("An edit list of several parts is not packaged."));
            }
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elst(entries: &[(u32, i32)]) -> Vec<u8> {
        let mut content = [&[0; 4][..], &(entries.len() as u32).to_be_bytes()].concat();
        for (duration, media_time) in entries {
            content.extend(duration.to_be_bytes());
            content.extend(media_time.to_be_bytes());
            content.extend([0, 1, 0, 0]);
        }
        content
    }

    #[test]
    fn a_delay_and_a_part_are_read() {
        let list = read(&elst(&[(500, -1), (2000, 1024)]), 1000, 48_000).unwrap();
        let edit = Edit { start: 1024, end: Some(1024 + 96_000) };
        assert_eq!(list, EditList { delay: 24_000, edit: Some(edit) });
        // Without a duration, the whole media is shown.
        let list = read(&elst(&[(0, 1024)]), 1000, 48_000).unwrap();
        assert_eq!(list.edit, Some(Edit { start: 1024, end: None }));
        assert_eq!(read(&[], 1000, 48_000).unwrap(), EditList::default());
    }

    #[test]
    fn only_parts_that_continue_each_other_are_accepted() {
        let list = read(&elst(&[(1000, 0), (1000, 48_001)]), 1000, 48_000).unwrap();
        assert_eq!(list.edit, Some(Edit { start: 0, end: Some(96_001) }));
        assert!(read(&elst(&[(1000, 0), (1000, 96_000)]), 1000, 48_000).is_err());
    }
}
