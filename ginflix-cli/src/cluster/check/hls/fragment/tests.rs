use super::super::test_boxes::{boxed, full};
use super::*;

const TRACK: TrackFacts = TrackFacts {
    id: 3,
    timescale: 1000,
    is_video: true,
    media_time: 20,
    default_duration: 0,
    default_size: 0,
    default_flags: IS_NON_SYNC,
};

/// The fields of a segment that a test changes.
#[derive(Clone)]
struct Segment {
    track: u32,
    base: u32,
    time: Vec<u8>,
    first_flags: u32,
    samples: Vec<[u32; 3]>,
    offset_error: u32,
    data: usize,
    runs: usize,
    tracks: usize,
}

fn good() -> Segment {
    Segment {
        track: 3,
        base: 0x2_0000,
        time: full(b"tfdt", 1, 0, &7_000_u64.to_be_bytes()),
        first_flags: 0x200_0000,
        samples: vec![[40, 5, 60], [40, 7, 20]],
        offset_error: 0,
        data: 12,
        runs: 1,
        tracks: 1,
    }
}

impl Segment {
    fn fragment(&self, offset: u32) -> Vec<u8> {
        let fields: Vec<u8> =
            [vec![self.samples.len() as u32, offset, self.first_flags], self.samples.concat()]
                .concat()
                .into_iter()
                .flat_map(u32::to_be_bytes)
                .collect();
        let run = full(b"trun", 1, 0xB05, &fields);
        let header = full(b"tfhd", 0, self.base, &self.track.to_be_bytes());
        let track = boxed(b"traf", &[header, self.time.clone(), run.repeat(self.runs)].concat());
        boxed(b"moof", &track.repeat(self.tracks))
    }

    fn bytes(&self) -> Vec<u8> {
        let offset = self.fragment(0).len() as u32 + 8 + self.offset_error;
        let data = boxed(b"mdat", &vec![0; self.data]);
        [boxed(b"styp", b"msdh"), self.fragment(offset), data].concat()
    }

    fn read(&self) -> Result<FragmentFacts, Broken> {
        let bytes = self.bytes();
        read(&bytes, bytes.len() as u64, &TRACK, false)
    }
}

#[test]
fn a_good_segment_is_described() {
    let facts = FragmentFacts { decode_time: 7_000, presentation_time: 7_040, duration: 80 };
    assert_eq!(good().read(), Ok(facts));
    // The samples need not have been received.
    let bytes = good().bytes();
    assert_eq!(read(&bytes[..bytes.len() - 12], bytes.len() as u64, &TRACK, false), Ok(facts));
    let short = Segment { time: full(b"tfdt", 0, 0, &7_000_u32.to_be_bytes()), ..good() };
    assert_eq!(short.read(), Ok(facts));
    let one = Segment { samples: vec![[40, 12, 60]], ..good() }.bytes();
    assert!(read(&one, one.len() as u64, &TRACK, true).is_ok());
}

#[test]
fn defaults_hold_for_all_samples() {
    let track = TrackFacts { default_duration: 1024, default_size: 6, is_video: false, ..TRACK };
    let fields = [1_000_u32, 0].map(u32::to_be_bytes).concat();
    let make = |offset: u32| {
        let fields = [&fields[..4], &offset.to_be_bytes()].concat();
        let header = full(b"tfhd", 0, 0x2_0000, &3_u32.to_be_bytes());
        let time = full(b"tfdt", 0, 0, &[0; 4]);
        boxed(b"moof", &boxed(b"traf", &[header, time, full(b"trun", 0, 1, &fields)].concat()))
    };
    let fragment = make(make(0).len() as u32 + 8);
    let bytes = [fragment, boxed(b"mdat", &[0; 6000])].concat();
    let facts = read(&bytes, bytes.len() as u64, &track, false).unwrap();
    assert_eq!((facts.duration, facts.presentation_time), (1_024_000, -20));
}

#[test]
fn each_broken_rule_is_found() {
    let broken = |edit: fn(&mut Segment)| {
        let mut segment = good();
        edit(&mut segment);
        segment.read().unwrap_err()
    };
    for ((own_rule, own), rule, found) in [
        (broken(|s| s.track = 4), TFHD, "the track is 4, and that of"),
        (broken(|s| s.base = 0), ONE_TRACK, "default-base-is-moof"),
        (broken(|s| s.time = Vec::new()), DECODE_TIME, "0 boxes `tfdt`"),
        (broken(|s| s.time = s.time.repeat(2)), DECODE_TIME, "2 boxes `tfdt`"),
        (broken(|s| s.time[8] = 2), TFDT, "no version 2"),
        (broken(|s| s.time = full(b"tfdt", 1, 0, &[0; 4])), BOX_RULE, "`tfdt` is too short"),
        (broken(|s| s.first_flags = IS_NON_SYNC), SYNC, "not a sync sample"),
        (broken(|s| s.offset_error = 1), TRUN, "the data offset is 109, and"),
        (broken(|s| s.data = 11), TRUN, "the samples have 12 bytes, and `mdat` has 11"),
        (broken(|s| s.samples.clear()), TRUN, "there is no sample"),
        (broken(|s| s.runs = 2), TRUN, "2 boxes `trun`"),
        (broken(|s| s.tracks = 2), ONE_TRACK, "2 boxes `traf`"),
        (broken(|s| s.tracks = 0), ONE_TRACK, "0 boxes `traf`"),
    ] {
        assert!(own_rule == rule && own.contains(found), "{own_rule}: {own}, not {found}");
    }
    let bytes = good().bytes();
    let (rule, found) = read(&bytes, bytes.len() as u64, &TRACK, true).unwrap_err();
    assert!(rule == ONE_I_FRAME && found.contains("2 samples"), "{found}");
    let (rule, found) = read(&bytes, bytes.len() as u64 - 1, &TRACK, false).unwrap_err();
    assert!(rule == BOX_RULE && found.contains("`mdat`"), "{found}");
    let (rule, found) = read(b"", 0, &TRACK, false).unwrap_err();
    assert!(rule == MOOF && found.contains("0 boxes `moof`"), "{found}");
}
