//! The rules of initialization segments (RFC 8216, section 3.3, and CMAF, ISO/IEC 23000-19).

use super::boxes::{BOX_RULE, Fields, ReadBox, children, only};

/// The rule of what an initialization segment contains.
const INIT: &str = "RFC 8216, section 3.3";
/// The rule that a segment has one track.
pub const ONE_TRACK: &str = "ISO/IEC 23000-19, section 7.3";

/// A broken rule and what was found.
pub type Broken = (&'static str, String);

/// What an initialization segment says of its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrackFacts {
    /// The identifier.
    pub id: u32,
    /// The ticks a second; never 0.
    pub timescale: u32,
    /// Whether it is video.
    pub is_video: bool,
    /// The media time in ticks at which the presentation starts (ISO/IEC 14496-12, section 8.6.6).
    pub media_time: i64,
    /// The duration of samples in ticks, unless a segment states it.
    pub default_duration: u32,
    /// The size of samples in bytes, unless a segment states it.
    pub default_size: u32,
    /// The flags of samples, unless a segment states them.
    pub default_flags: u32,
}

/// Reads an initialization segment.
///
/// # Errors
/// The first rule that it breaks.
pub fn read(bytes: &[u8]) -> Result<TrackFacts, Broken> {
    let boxes = children(bytes).map_err(|found| (BOX_RULE, found))?;
    let first = boxes.first().map(|first| first.kind);
    if first != Some(*b"ftyp") {
        return Err((INIT, "the first box is not `ftyp`".to_owned()));
    }
    let movie = only(&boxes, b"moov").map_err(|found| (INIT, found))?;
    let movie = children(movie.content).map_err(|found| (BOX_RULE, found))?;
    let extends = only(&movie, b"mvex").map_err(|found| (INIT, found))?;
    let track = only(&movie, b"trak").map_err(|found| (ONE_TRACK, found))?;
    let mut facts = TrackFacts::default();
    read_track(&track, &mut facts)?;
    let extends = children(extends.content).map_err(|found| (BOX_RULE, found))?;
    let defaults = only(&extends, b"trex").map_err(|found| (INIT, found))?;
    read_defaults(defaults.content, &mut facts).ok_or_else(|| short("trex"))?;
    Ok(facts)
}

fn short(name: &str) -> Broken {
    (BOX_RULE, format!("the box `{name}` is too short"))
}

fn read_track(track: &ReadBox<'_>, facts: &mut TrackFacts) -> Result<(), Broken> {
    let find = |parent: &[u8], kind: &[u8; 4]| -> Result<Vec<u8>, Broken> {
        let boxes = children(parent).map_err(|found| (BOX_RULE, found))?;
        Ok(only(&boxes, kind).map_err(|found| (INIT, found))?.content.to_vec())
    };
    let header = find(track.content, b"tkhd")?;
    facts.id = track_id(&header).ok_or_else(|| short("tkhd"))?;
    let media = find(track.content, b"mdia")?;
    facts.timescale = timescale(&find(&media, b"mdhd")?).ok_or_else(|| short("mdhd"))?;
    if facts.timescale == 0 {
        let rule = "ISO/IEC 14496-12, section 8.4.2";
        return Err((rule, "the time scale is 0".to_owned()));
    }
    let handler = find(&media, b"hdlr")?;
    facts.is_video = handler.get(8..12) == Some(b"vide");
    // There is an edit list only if the presentation does not start with the first sample.
    if let Ok(edits) = find(track.content, b"edts") {
        facts.media_time = media_time(&find(&edits, b"elst")?).ok_or_else(|| short("elst"))?;
    }
    Ok(())
}

fn track_id(header: &[u8]) -> Option<u32> {
    let mut fields = Fields::new(header);
    let is_long = fields.version_and_flags()?.0 == 1;
    fields.integer(is_long)?;
    fields.integer(is_long)?;
    fields.u32()
}

fn timescale(header: &[u8]) -> Option<u32> {
    track_id(header) // both follow the times of creation and modification
}

/// Returns the media time of the first edit that shows something.
fn media_time(list: &[u8]) -> Option<i64> {
    let mut fields = Fields::new(list);
    let is_long = fields.version_and_flags()?.0 == 1;
    for _ in 0..fields.u32()? {
        fields.integer(is_long)?;
        let time = fields.integer(is_long)?;
        let time =
            if is_long { time.cast_signed() } else { i64::from((time as u32).cast_signed()) };
        fields.u32()?;
        if time >= 0 {
            return Some(time);
        }
    }
    Some(0)
}

fn read_defaults(content: &[u8], facts: &mut TrackFacts) -> Option<()> {
    let mut fields = Fields::new(content);
    fields.version_and_flags()?;
    let (_track, _description) = (fields.u32()?, fields.u32()?);
    facts.default_duration = fields.u32()?;
    facts.default_size = fields.u32()?;
    facts.default_flags = fields.u32()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::test_boxes::{boxed, full};
    use super::*;

    fn track() -> Vec<u8> {
        let list = [&[0, 0, 0, 1][..], &[0; 4], &512_u32.to_be_bytes(), &[0, 1, 0, 0]].concat();
        let media = [
            full(b"mdhd", 0, 0, &[&[0; 8][..], &48_000_u32.to_be_bytes(), &[0; 8]].concat()),
            full(b"hdlr", 0, 0, b"\0\0\0\0vide\0\0\0\0"),
        ];
        let children = [
            full(b"tkhd", 0, 7, &[&[0; 8][..], &[0, 0, 0, 3], &[0; 68]].concat()),
            boxed(b"edts", &full(b"elst", 0, 0, &list)),
            boxed(b"mdia", &media.concat()),
        ];
        boxed(b"trak", &children.concat())
    }

    fn extends() -> Vec<u8> {
        let fields = [3_u32, 1, 10, 20, 0x1_0000].map(u32::to_be_bytes).concat();
        boxed(b"mvex", &full(b"trex", 0, 0, &fields))
    }

    fn init(movie: &[Vec<u8>]) -> Vec<u8> {
        [boxed(b"ftyp", b"iso6"), boxed(b"moov", &movie.concat())].concat()
    }

    #[test]
    fn a_track_is_described() {
        let facts = TrackFacts {
            id: 3,
            timescale: 48_000,
            is_video: true,
            media_time: 512,
            default_duration: 10,
            default_size: 20,
            default_flags: 0x1_0000,
        };
        assert_eq!(read(&init(&[track(), extends()])), Ok(facts));
    }

    #[test]
    fn each_broken_rule_is_found() {
        let good = init(&[track(), extends()]);
        let mut without_scale = good.clone();
        let scale = good.windows(4).position(|window| window == 48_000_u32.to_be_bytes()).unwrap();
        without_scale[scale..scale + 4].fill(0);
        for (bytes, rule, found) in [
            (init(&[track()]), INIT, "0 boxes `mvex`"),
            (init(&[extends()]), ONE_TRACK, "0 boxes `trak`"),
            (init(&[track(), track(), extends()]), ONE_TRACK, "2 boxes `trak`"),
            (init(&[track(), boxed(b"mvex", b"")]), INIT, "0 boxes `trex`"),
            (init(&[boxed(b"trak", b""), extends()]), INIT, "0 boxes `tkhd`"),
            (boxed(b"moov", b""), INIT, "not `ftyp`"),
            (boxed(b"ftyp", b""), INIT, "0 boxes `moov`"),
            (Vec::new(), INIT, "not `ftyp`"),
            (good[..good.len() - 1].to_vec(), BOX_RULE, "`moov`"),
            (without_scale, "ISO/IEC 14496-12, section 8.4.2", "time scale is 0"),
        ] {
            let (own_rule, own) = read(&bytes).unwrap_err();
            assert!(own_rule == rule && own.contains(found), "{own_rule}: {own}, not {found}");
        }
    }
}
