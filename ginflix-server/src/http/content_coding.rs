//! Content codings of responses: which one a client prefers (RFC 9110, section 12.5.3), and the encoders of brotli
//! (RFC 7932) and gzip (RFC 1952).

use std::io::{self, Write};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use warp::http::HeaderMap;
use warp::http::header::{ACCEPT_ENCODING, HeaderValue};

use crate::delivery::weight::parse_element;

/// A content coding that compresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentCoding {
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
}

/// How often the same content is compressed, on which the time for it depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For each response: about 1 ms for 50 KiB.
    EachTime,
    /// Once in the life of the process.
    ///
    /// Brotli has 6 and not 9, which saves 1 % of our scripts but takes 32 MiB of memory and the tenfold time.
    Once,
}

impl ContentCoding {
    /// Returns the name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Returns the value of `Content-Encoding`.
    pub fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// Compresses content.
    ///
    /// # Errors
    /// The encoder fails, which none does when it writes to memory.
    pub fn compress(self, content: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
        let is_once = effort == Effort::Once;
        let mut compressed = Vec::with_capacity(content.len() / 2);
        match self {
            Self::Brotli => {
                let quality = if is_once { 6 } else { 4 };
                let size_hint = content.len();
                let params = BrotliEncoderParams { quality, size_hint, ..Default::default() };
                brotli::BrotliCompress(&mut &*content, &mut compressed, &params)?;
                Ok(compressed)
            }
            Self::Gzip => {
                let level = Compression::new(if is_once { 9 } else { 4 });
                let mut encoder = GzEncoder::new(compressed, level);
                encoder.write_all(content)?;
                encoder.finish()
            }
        }
    }
}

/// Returns the entity tag of content with this SHA-256, in this coding. Each coding has its own, because the tags are
/// strong (RFC 9110, section 8.8.3.3).
pub fn entity_tag(sha256: &[u8; 32], coding: Option<ContentCoding>) -> String {
    let hash = hex::encode(&sha256[..16]);
    match coding {
        Some(coding) => format!("\"{hash}-{}\"", coding.name()),
        None => format!("\"{hash}\""),
    }
}

/// Returns the coding that the client prefers; `None` for content as it is, also if the client accepts nothing that we
/// have. Of equal weights brotli comes first, and then gzip.
pub fn preferred(headers: &HeaderMap) -> Option<ContentCoding> {
    let weights = Weights::read(headers);
    let plain = weights.identity.or(weights.any).unwrap_or(0);
    let choices =
        [(ContentCoding::Gzip, weights.gzip), (ContentCoding::Brotli, weights.brotli)].into_iter();
    choices
        .map(|(coding, own)| (coding, own.or(weights.any).unwrap_or(0)))
        .filter(|(_, weight)| *weight > 0 && *weight >= plain)
        // `max_by_key` returns the last one of equal elements.
        .max_by_key(|(_, weight)| *weight)
        .map(|(coding, _)| coding)
}

/// The weights of the codings in `Accept-Encoding`, in thousandths; `None` for one that is not listed.
#[derive(Debug, Default)]
struct Weights {
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    /// The weight of `*`, which stands for all that are not listed.
    any: Option<u16>,
}

impl Weights {
    /// Reads all lines of the field. An element that is malformed, or of another coding, is left out.
    fn read(headers: &HeaderMap) -> Self {
        let mut weights = Self::default();
        let lines = headers.get_all(ACCEPT_ENCODING).iter();
        let elements = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        for (name, weight) in elements.filter_map(parse_element) {
            let slot = match name.to_ascii_lowercase().as_str() {
                "br" => &mut weights.brotli,
                // RFC 9110, section 8.4.1.3, makes the second name equal.
                "gzip" | "x-gzip" => &mut weights.gzip,
                "identity" => &mut weights.identity,
                "*" => &mut weights.any,
                _ => continue,
            };
            slot.get_or_insert(weight);
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::ContentCoding::{Brotli, Gzip};
    use super::*;

    fn preferred_of(lines: &[&str]) -> Option<ContentCoding> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
        }
        preferred(&headers)
    }

    #[test]
    fn the_client_chooses_the_coding() {
        for (field, expected) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip", Some(Gzip)),
            ("x-gzip", Some(Gzip)),
            ("GZIP;Q=1.0", Some(Gzip)),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip)),
            ("br ; q=0.8 , gzip ;q=0.5", Some(Brotli)),
            ("br;q=0, gzip", Some(Gzip)),
            ("br;q=0.000, gzip;q=0", None),
            ("*", Some(Brotli)),
            ("br;q=0, *", Some(Gzip)),
            ("*;q=0", None),
            ("gzip;q=0.1, *;q=0", Some(Gzip)),
            ("identity", None),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some(Gzip)),
            ("identity;q=0", None),
            ("deflate, zstd", None),
            ("", None),
            (",, br", Some(Brotli)),
        ] {
            assert_eq!(preferred_of(&[field]), expected, "{field}");
        }
        assert_eq!(preferred_of(&[]), None);
        assert_eq!(preferred_of(&["gzip;q=0.5", "br"]), Some(Brotli));
    }

    #[test]
    fn a_malformed_element_is_left_out() {
        for element in
            ["br;q=2", "br;q=1.001", "br;q=0.0001", "br;q=", "br;q=+1", "br;q=.5", "br;q"]
        {
            assert_eq!(preferred_of(&[element]), None, "{element}");
            assert_eq!(preferred_of(&[&format!("{element}, gzip")]), Some(Gzip), "{element}");
        }
        assert_eq!(preferred_of(&["br;level=1, gzip"]), Some(Gzip));
    }

    #[test]
    fn each_coding_has_its_own_tag() {
        let tag = |coding| entity_tag(&[0xab; 32], coding);
        assert_eq!(tag(None), format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(tag(Some(Brotli)), format!("\"{}-br\"", "ab".repeat(16)));
        assert_eq!(tag(Some(Gzip)), format!("\"{}-gzip\"", "ab".repeat(16)));
    }

    #[test]
    fn what_is_compressed_can_be_decoded() {
        let content = "a line of text, ".repeat(10_000).into_bytes();
        for effort in [Effort::EachTime, Effort::Once] {
            for content in [&content[..], b""] {
                let by_brotli = Brotli.compress(content, effort).unwrap();
                let mut decoded = Vec::new();
                brotli::Decompressor::new(&by_brotli[..], 4096).read_to_end(&mut decoded).unwrap();
                assert!(decoded == content);
                let by_gzip = Gzip.compress(content, effort).unwrap();
                let mut decoded = Vec::new();
                flate2::read::GzDecoder::new(&by_gzip[..]).read_to_end(&mut decoded).unwrap();
                assert!(decoded == content);
            }
        }
    }
}
