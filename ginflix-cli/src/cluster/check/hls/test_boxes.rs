//! Writes boxes for tests.

/// Returns a box with this content.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// Returns a box with a version and flags.
pub fn full(kind: &[u8; 4], version: u8, flags: u32, content: &[u8]) -> Vec<u8> {
    let head = u32::from(version) << 24 | flags;
    boxed(kind, &[&head.to_be_bytes()[..], content].concat())
}

/// Returns an initialization segment of the track 1 with 1000 ticks a second.
pub fn initialization(handler: &[u8; 4]) -> Vec<u8> {
    let media = [
        full(b"mdhd", 0, 0, &[&[0; 8][..], &1000_u32.to_be_bytes(), &[0; 8]].concat()),
        full(b"hdlr", 0, 0, &[&[0; 4][..], handler].concat()),
    ];
    let track = [
        full(b"tkhd", 0, 7, &[&[0; 8][..], &[0, 0, 0, 1], &[0; 68]].concat()),
        boxed(b"mdia", &media.concat()),
    ];
    let defaults = full(b"trex", 0, 0, &[1_u32, 1, 0, 0, 0].map(u32::to_be_bytes).concat());
    let movie = [boxed(b"trak", &track.concat()), boxed(b"mvex", &defaults)];
    [boxed(b"ftyp", b"iso6"), boxed(b"moov", &movie.concat())].concat()
}

/// Returns a segment of the track 1 with one sample.
pub fn segment(decode_time: u64, duration: u32, size: u32) -> Vec<u8> {
    let fragment = |offset: u32| {
        let fields = [1, offset, duration, size].map(u32::to_be_bytes).concat();
        let track = [
            full(b"tfhd", 0, 0x2_0000, &1_u32.to_be_bytes()),
            full(b"tfdt", 1, 0, &decode_time.to_be_bytes()),
            full(b"trun", 1, 0x301, &fields),
        ];
        boxed(b"moof", &boxed(b"traf", &track.concat()))
    };
    let data = boxed(b"mdat", &vec![0; size as usize]);
    [fragment(fragment(0).len() as u32 + 8), data].concat()
}
