//! Recognizes a container by its first bytes.

use ginflix_api::inspection::Container;

use crate::source::{Result, Source};

/// What reads the file.
pub enum Format {
    /// `mp4`: MP4 and QuickTime.
    Mp4,
    /// `matroska`: Matroska and WebM.
    Matroska,
    /// Nothing: only the kind of the container is known.
    Other(Container),
}

/// The size of a packet of a transport stream, and of one with a time stamp before it.
const TS_PACKET_BYTES: [usize; 2] = [188, 192];

/// The types of boxes with which an MP4 or QuickTime file may begin.
const FIRST_BOXES: [&[u8]; 8] =
    [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide"];

/// Recognizes the container. A file of less than 12 bytes is unknown.
pub fn recognize(source: &mut Source<'_>) -> Result<Format> {
    let length = source.size().min(1024) as usize;
    let start = source.bytes(0, length)?.to_vec();
    if start.len() < 12 {
        return Ok(Format::Other(Container::Unknown));
    }
    if FIRST_BOXES.contains(&&start[4..8]) {
        return Ok(Format::Mp4);
    }
    if start.starts_with(&[0x1A, 0x45, 0xDF, 0xA3]) {
        return Ok(Format::Matroska);
    }
    Ok(Format::Other(other(&start)))
}

fn other(start: &[u8]) -> Container {
    match start {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Container::Avi,
        [b'R', b'I' | b'F', b'F' | b'6', _, _, _, _, _, b'W', b'A', b'V', b'E', ..] => {
            Container::Wav
        }
        [b'O', b'g', b'g', b'S', ..] => Container::Ogg,
        [b'F', b'L', b'V', 1, ..] => Container::Flv,
        [b'f', b'L', b'a', b'C', ..] => Container::Flac,
        [0x30, 0x26, 0xB2, 0x75, ..] => Container::Asf,
        [0, 0, 1, 0xBA, ..] => Container::MpegPs,
        [b'I', b'D', b'3', ..] => Container::MpegAudio,
        // Twelve bits of synchronization, and the layer, which is 0 for ADTS only.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Container::Adts,
        [0xFF, second, ..] if second & 0xE0 == 0xE0 && second & 0x06 != 0 => Container::MpegAudio,
        _ if is_transport_stream(start) => Container::MpegTs,
        _ => Container::Unknown,
    }
}

/// Returns whether each packet begins with the synchronization byte.
fn is_transport_stream(start: &[u8]) -> bool {
    TS_PACKET_BYTES.iter().any(|size| {
        let first = size - 188; // the time stamp
        let mut packets = start.iter().skip(first).step_by(*size);
        packets.len() >= 3 && packets.all(|byte| *byte == 0x47)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_recognized_by_their_first_bytes() {
        let riff = |kind: &[u8]| [b"RIFF\x10\0\0\0", kind, &[0; 16]].concat();
        let mut ts = vec![0; 188 * 4];
        ts.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        for (start, container) in [
            (riff(b"AVI LIST"), Container::Avi),
            (riff(b"WAVEfmt "), Container::Wav),
            (b"OggS\0\x02\0\0\0\0\0\0".to_vec(), Container::Ogg),
            (b"FLV\x01\x05\0\0\0\x09\0\0\0".to_vec(), Container::Flv),
            (b"ID3\x04\0\0\0\0\0\0\0\0".to_vec(), Container::MpegAudio),
            (vec![0xFF, 0xFB, 0x90, 0x64, 0, 0, 0, 0, 0, 0, 0, 0], Container::MpegAudio),
            (vec![0xFF, 0xF1, 0x50, 0x80, 0, 0, 0, 0, 0, 0, 0, 0], Container::Adts),
            (ts, Container::MpegTs),
            (b"hello, world".to_vec(), Container::Unknown),
        ] {
            assert_eq!(other(&start), container, "{:?}", &start[..8]);
        }
    }
}
