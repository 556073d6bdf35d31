//! The HLS of media files: a sample index of each file, and what players get of it.
//!
//! An index is made once ([`packager`]) and stored beside the metadata of its file ([`record`]). Its header stays in
//! memory while the file is open; a playlist or segment reads the part of the index that it needs.
//!
//! # Layout
//! - this file: an open index, and the content of playlists and segments
//! - [`record`]: what is stored for a media file: its index, or why it has none
//! - [`packager`]: the threads that make indexes
//! - [`content`]: what a response has of them
//! - `texts`: the subtitles in a media file
//! - `gather`: copies the short ranges of a segment into memory
//! - [`segment_cache`]: the segments that were requested last

pub mod content;
mod gather;
pub mod packager;
pub mod record;
pub mod segment_cache;
mod texts;

use std::io::ErrorKind;
use std::sync::Arc;

use ginflix_api::inspection::Codec;
use ginflix_hls::content::Content;
use ginflix_hls::index::Index;
use ginflix_hls::playlist::{self, MasterOptions, UriSuffix};
use ginflix_hls::rendition::RenditionKind;
use ginflix_hls::resource::{RenditionName, Resource, Revision};
use ginflix_hls::{init, segment, texts as hls_texts};
use sha2::{Digest, Sha256};
use smallvec::smallvec;
use tokio::sync::OnceCell;

pub use self::content::PackagedContent;
pub use self::gather::COPIED_RANGE_BYTES;
use self::gather::{Gathered, gather};
use self::record::{IndexReads, StoredIndex};
use self::segment_cache::SegmentCache;
pub use self::texts::{AddedTexts, PackageTexts};
use super::shared_file::SharedFile;
use crate::delivery::hls;
use crate::delivery::response::CachePolicy;
use crate::delivery::segments::{Segment, Segments};

/// The digits of a SHA-256 that make a revision: enough that two files never have the same.
const REVISION_DIGITS: usize = 16;
/// The bytes of a SHA-256 that make the entity tag of a playlist.
const ETAG_BYTES: usize = 16;

/// The reason why there is no such playlist or segment.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PackageError {
    /// The file cannot be packaged.
    #[error("{0}")]
    Unsupported(Arc<str>),
    /// The index of the file is being made.
    #[error("the file is being indexed for playback by HLS; repeat the request in a moment")]
    NotReady,
    /// The file has no such rendition or segment.
    #[error("there is no such rendition or segment")]
    NotFound,
    /// The path names the content of another file that had this name.
    #[error("the media file was replaced; load its playlist again")]
    OtherRevision,
    /// The index must be read from the disk first.
    #[error("the index is not in memory")]
    NotInMemory,
    /// The stored index is damaged and must be made again.
    #[error("the stored index is damaged")]
    Damaged,
    /// The volume failed.
    #[error("the index cannot be read: {0}")]
    Io(Arc<std::io::Error>),
}

impl From<std::io::Error> for PackageError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock => Self::NotInMemory,
            _ => Self::Io(Arc::new(error)),
        }
    }
}

impl From<ginflix_hls::Error> for PackageError {
    fn from(error: ginflix_hls::Error) -> Self {
        match error {
            ginflix_hls::Error::Io(error) => error.into(),
            ginflix_hls::Error::NotFound => Self::NotFound,
            _ => Self::Damaged,
        }
    }
}

/// What a client adds to the playlists that it requests.
#[derive(Debug, Clone, Default)]
pub struct PlaylistOptions {
    /// The query of a signed link, with its question mark, which each URI of a playlist gets.
    pub suffix: UriSuffix,
    /// The audio codecs that the client decodes; `None` for all.
    pub audio_codecs: Option<Vec<Codec>>,
}

impl PlaylistOptions {
    /// Reads the options of a request from its query. `suffix` is what each URI gets.
    pub fn new(query: &str, suffix: &str) -> Self {
        // What a URI cannot contain is not a signed link.
        let suffix = UriSuffix::new(suffix).unwrap_or_default();
        Self { suffix, audio_codecs: hls::audio_codecs(query) }
    }
}

/// The open index of a media file.
#[derive(Debug)]
pub struct Package {
    index: Index,
    stored: StoredIndex,
    texts: PackageTexts,
    revision: Revision,
    cache: SegmentCache,
}

/// What is loaded for an open media file, after somebody requested it.
pub type PackageCell = OnceCell<LoadedPackage>;

/// The open index of a media file, or what there is of a file that has none.
pub type LoadedPackage = Result<Arc<Package>, Arc<Unpackaged>>;

/// A media file that cannot be packaged. Players show its texts all the same.
#[derive(Debug)]
pub struct Unpackaged {
    /// The reason, as a sentence.
    pub reason: Arc<str>,
    /// The subtitles that were added to the file.
    pub texts: PackageTexts,
}

impl Unpackaged {
    /// Returns what a path names: the list of texts, or a text.
    ///
    /// # Errors
    /// The path names something else, or the text cannot be read.
    pub fn content(
        &self,
        resource: &Resource,
        options: &PlaylistOptions,
        reads: IndexReads,
    ) -> Result<Arc<PackagedContent>, PackageError> {
        match resource {
            Resource::TextList => Ok(text_list(&self.texts, options)),
            Resource::Document(_, revision) if revision != self.texts.revision() => {
                Err(PackageError::OtherRevision)
            }
            Resource::Document(name, _) => {
                let text = self.texts.document(name.number, reads)?;
                Ok(Arc::new(immutable(smallvec![Segment::Bytes(text.into())], resource)))
            }
            _ => Err(PackageError::Unsupported(Arc::clone(&self.reason))),
        }
    }
}

impl Package {
    /// Opens the index of a media file that has this SHA-256, in 64 hexadecimal digits. Blocks while it reads the header. Segments
    /// are kept in `cache`.
    ///
    /// # Errors
    /// The index is damaged, has another version, or cannot be read.
    pub fn open(
        stored: StoredIndex,
        texts: PackageTexts,
        sha256: &str,
        cache: &SegmentCache,
    ) -> Result<Self, PackageError> {
        let index = Index::open(&stored.reader(IndexReads::Blocking))?;
        let digits = sha256.get(..REVISION_DIGITS).and_then(Revision::new);
        let revision = digits.ok_or(PackageError::Damaged)?;
        Ok(Self { index, stored, texts, revision, cache: cache.clone() })
    }

    /// Returns what a path names. `file` is the media file.
    ///
    /// # Errors
    /// There is no such rendition or segment, the path has another revision, or the index cannot be read;
    /// [`PackageError::NotInMemory`] only if `reads` does not allow to wait for the disk.
    pub fn content(
        &self,
        resource: &Resource,
        options: &PlaylistOptions,
        file: &SharedFile,
        reads: IndexReads,
    ) -> Result<Arc<PackagedContent>, PackageError> {
        match resource {
            Resource::Init(name, revision)
            | Resource::Segment(name, revision, _)
            | Resource::Document(name, revision) => {
                if revision != self.revision_of(name.kind) {
                    return Err(PackageError::OtherRevision);
                }
                self.segment(resource, file, reads)
            }
            Resource::TextList => Ok(text_list(&self.texts, options)),
            Resource::Master | Resource::Playlist(_) => {
                let text = self.playlist(resource, options, reads)?;
                Ok(Arc::new(revalidated(text, resource)))
            }
        }
    }

    fn revision_of(&self, kind: RenditionKind) -> &Revision {
        if kind == RenditionKind::Text { self.texts.revision() } else { &self.revision }
    }

    /// Returns a segment, an initialization segment or a document of the present revision.
    fn segment(
        &self,
        resource: &Resource,
        file: &SharedFile,
        reads: IndexReads,
    ) -> Result<Arc<PackagedContent>, PackageError> {
        if let Some(cached) = self.cache.get(resource) {
            return Ok(cached);
        }
        let Gathered { segments, is_complete } = gather(self.bytes_of(resource, reads)?, file);
        let content = Arc::new(immutable(segments, resource));
        if is_complete {
            self.cache.insert(resource.clone(), Arc::clone(&content));
        }
        Ok(content)
    }

    fn playlist(
        &self,
        resource: &Resource,
        options: &PlaylistOptions,
        reads: IndexReads,
    ) -> Result<String, PackageError> {
        let suffix = options.suffix.clone();
        let Resource::Playlist(name) = resource else {
            let audio_codecs = options.audio_codecs.clone();
            let options = MasterOptions { suffix, audio_codecs, texts: self.texts.renditions() };
            return Ok(playlist::master(&self.index, &options));
        };
        let stored = self.stored.reader(reads);
        let text = if name.kind == RenditionKind::Text {
            self.texts.check(name.number)?;
            let entries = self.index.entries(&stored, self.guide()?)?;
            hls_texts::playlist(&self.index, name.number, &entries, self.texts.revision(), &suffix)
        } else {
            let entries = self.index.entries(&stored, self.position(*name)?)?;
            playlist::media(&self.index, *name, &entries, &self.revision, &suffix)
        };
        text.ok_or(PackageError::NotFound)
    }

    /// Returns the bytes of a segment, an initialization segment or a whole text.
    fn bytes_of(&self, resource: &Resource, reads: IndexReads) -> Result<Content, PackageError> {
        let stored = self.stored.reader(reads);
        match resource {
            Resource::Document(name, _) => {
                Ok(self.texts.document(name.number, reads)?.into_bytes().into())
            }
            Resource::Segment(name, _, segment) if name.kind == RenditionKind::Text => {
                let entry = self.index.entry(&stored, self.guide()?, *segment)?;
                let cues = self.texts.cues(name.number, reads)?;
                let text = hls_texts::segment(&self.index, *segment, &entry, &cues);
                text.map(|text| text.into_bytes().into()).ok_or(PackageError::NotFound)
            }
            Resource::Segment(name, _, number) => {
                Ok(segment::segment(&self.index, &stored, self.position(*name)?, *number)?)
            }
            Resource::Init(name, _) => {
                let bytes = init::segment(&self.index, self.position(*name)?);
                bytes.map(Content::from).ok_or(PackageError::NotFound)
            }
            Resource::Master | Resource::TextList | Resource::Playlist(_) => {
                Err(PackageError::NotFound)
            }
        }
    }

    /// Returns the position of the rendition whose segments the texts have.
    fn guide(&self) -> Result<usize, PackageError> {
        hls_texts::guide(&self.index).ok_or(PackageError::NotFound)
    }

    fn position(&self, name: RenditionName) -> Result<usize, PackageError> {
        self.index.find(name.kind, name.number).ok_or(PackageError::NotFound)
    }
}

/// Returns the list of the texts of a media file.
fn text_list(texts: &PackageTexts, options: &PlaylistOptions) -> Arc<PackagedContent> {
    // A list of texts and names is always JSON.
    let json = serde_json::to_string(&texts.list(&options.suffix)).unwrap_or_default();
    Arc::new(revalidated(json, &Resource::TextList))
}

/// Returns a content that caches must revalidate, because its path stays the same when it changes.
fn revalidated(text: String, resource: &Resource) -> PackagedContent {
    let hash = Sha256::digest(text.as_bytes());
    PackagedContent {
        segments: smallvec![Segment::Bytes(text.into())],
        etag: format!("\"{}\"", hex::encode(&hash[..ETAG_BYTES])),
        content_type: resource.media_type(),
        cache: CachePolicy::Revalidate,
    }
}

/// Returns a content that never changes, because its path has a revision.
fn immutable(segments: Segments, resource: &Resource) -> PackagedContent {
    PackagedContent {
        segments,
        etag: format!("\"{resource}\""),
        content_type: resource.media_type(),
        cache: CachePolicy::Immutable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_damage_has_an_index_made_again() {
        let kind = |kind: ErrorKind| PackageError::from(std::io::Error::from(kind));
        assert!(matches!(kind(ErrorKind::WouldBlock), PackageError::NotInMemory));
        assert!(matches!(kind(ErrorKind::Other), PackageError::Io(_)));
        let hls = PackageError::from;
        assert!(matches!(hls(ginflix_hls::Error::NotFound), PackageError::NotFound));
        assert!(matches!(hls(ginflix_hls::Error::Index("")), PackageError::Damaged));
        let would_block = ginflix_hls::Error::Io(ErrorKind::WouldBlock.into());
        assert!(matches!(hls(would_block), PackageError::NotInMemory));
    }

    #[test]
    fn a_suffix_that_no_uri_can_contain_is_left_out() {
        let options = |suffix| PlaylistOptions::new("audio_codecs=aac", suffix);
        assert_eq!(options("?a=1").suffix.to_string(), "?a=1");
        assert_eq!(options("?a=\"").suffix.to_string(), "");
        assert_eq!(options("").audio_codecs, Some(vec![Codec::Aac]));
    }
}
