//! Media files that are made of boxes or elements, of any length.

/// Builds a box of ISO/IEC 14496-12.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// Builds a table with a count before its entries.
pub fn table(kind: &[u8; 4], count: usize, entries: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4][..], &(count as u32).to_be_bytes(), entries].concat())
}

fn numbers(values: impl IntoIterator<Item = u32>) -> Vec<u8> {
    values.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// A track of MP4.
pub struct Track {
    /// The identifier.
    pub id: u32,
    /// Whether it is a video: else it is audio.
    pub is_video: bool,
    /// The ticks a second.
    pub timescale: u32,
    /// The ticks of a sample.
    pub duration: u32,
    /// The number of samples.
    pub samples: u32,
    /// The samples from one sync sample to the next.
    pub sync: u32,
}

impl Track {
    /// Builds the track box. Each sample is a chunk of its own at `offset` and each `stride` bytes after, and has a size of
    /// its own.
    pub fn build(&self, offset: u64, stride: u64) -> Vec<u8> {
        let count = self.samples as usize;
        let header = [&[0; 12][..], &self.id.to_be_bytes(), &[0; 68]].concat();
        let media_header =
            [&[0; 12][..], &self.timescale.to_be_bytes(), &[0; 4], &[0x55, 0xC4, 0, 0]].concat();
        let kind = if self.is_video { b"vide" } else { b"soun" };
        let handler = [&[0; 8][..], kind, &[0; 13]].concat();
        let sizes = numbers((0..self.samples).map(|number| 300 + number % 97));
        let offsets: Vec<u8> = (0..u64::from(self.samples))
            .flat_map(|n| (offset + n * stride).to_be_bytes())
            .collect();
        let mut tables = vec![
            table(b"stsd", 1, &self.entry()),
            table(b"stts", 1, &numbers([self.samples, self.duration])),
            table(b"stsc", 1, &numbers([1, 1, 1])),
            boxed(b"stsz", &[&[0; 8][..], &self.samples.to_be_bytes(), &sizes].concat()),
            table(b"co64", count, &offsets),
        ];
        if self.is_video {
            let sync = numbers((1..=self.samples).step_by(self.sync as usize));
            tables.push(table(b"stss", sync.len() / 4, &sync));
            // Frames of which each second one is presented later.
            let compositions = numbers((0..self.samples).flat_map(|n| [1, n % 2 * self.duration]));
            tables.push(table(b"ctts", count, &compositions));
        }
        let information = boxed(b"minf", &boxed(b"stbl", &tables.concat()));
        let media = [boxed(b"mdhd", &media_header), boxed(b"hdlr", &handler), information].concat();
        boxed(b"trak", &[boxed(b"tkhd", &header), boxed(b"mdia", &media)].concat())
    }

    fn entry(&self) -> Vec<u8> {
        if self.is_video {
            let record = boxed(b"avcC", &[1, 100, 0, 40, 0xFF, 0xE1, 0, 4, 0x67, 100, 0, 40, 0]);
            let picture =
                [&[0; 24][..], &1920_u16.to_be_bytes(), &1080_u16.to_be_bytes(), &[0; 50], &record];
            return boxed(b"avc1", &picture.concat());
        }
        let esds: &[u8] = &[
            0, 0, 0, 0, 3, 25, 0, 0, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2,
            0x11, 0x90, 6, 1, 2,
        ];
        let sound = [
            &[0; 16][..],
            &[0, 2, 0, 16, 0, 0, 0, 0],
            &(48_000_u32 << 16).to_be_bytes(),
            &boxed(b"esds", esds),
        ];
        boxed(b"mp4a", &sound.concat())
    }
}

/// Builds a movie box.
pub fn movie(tracks: &[u8]) -> Vec<u8> {
    let header = [&[0; 12][..], &1000_u32.to_be_bytes(), &[0; 84]].concat();
    boxed(b"moov", &[&boxed(b"mvhd", &header)[..], tracks].concat())
}
