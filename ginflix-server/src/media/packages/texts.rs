//! The texts that players can show with a media file: its text tracks, as they were stored when its index was made, and the
//! subtitles that were added to it.

use std::sync::Arc;

use ginflix_api::subtitles::{ListedText, TextList};
use ginflix_hls::playlist::{TextRendition, UriSuffix, unique_names};
use ginflix_hls::rendition::{RenditionKind, TextInfo};
use ginflix_hls::resource::{RenditionName, Resource, Revision};
use ginflix_hls::texts::{self, StoredText};
use ginflix_subtitles::Cue;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::record::{IndexReads, StoredTexts};
use super::{PackageError, REVISION_DIGITS};

/// The most cues of a text that stay in memory, in some 300 bytes each. Those of a movie are some 1,500.
const KEPT_CUES_LIMIT: usize = 20_000;

/// The subtitles that were added to a media file.
#[derive(Debug)]
pub struct AddedTexts {
    /// The texts.
    pub stored: StoredTexts,
    /// The SHA-256 of all of them, in hexadecimal digits.
    pub sha256: String,
}

/// Where a text is stored.
#[derive(Debug, Clone, Copy)]
enum TextSource {
    /// With the index, at this position.
    Own(usize),
    /// With the subtitles that were added, at this position.
    Added(usize),
}

/// The texts of an open media file. Only what playlists need is in memory, and the text that was requested last.
#[derive(Debug)]
pub struct PackageTexts {
    infos: Vec<(TextSource, TextInfo)>,
    own: Option<StoredTexts>,
    added: Option<AddedTexts>,
    revision: Revision,
    last: Mutex<Option<(usize, Arc<Vec<Cue>>)>>,
}

impl PackageTexts {
    /// Reads what playlists need of the texts that are stored with the index of the media file with this SHA-256, and of the subtitles
    /// that were added to it. Blocks on the disk.
    ///
    /// # Errors
    /// The texts are damaged or cannot be read.
    pub fn open(
        own: Option<StoredTexts>,
        added: Option<AddedTexts>,
        sha256: &str,
    ) -> Result<Self, PackageError> {
        let mut infos = Vec::new();
        for (position, text) in read(own.as_ref())?.into_iter().enumerate() {
            // Matroska marks text tracks as the default unless the file says otherwise, so none is.
            let info = TextInfo { is_default: false, ..text.info };
            infos.push((TextSource::Own(position), info));
        }
        let texts = read(added.as_ref().map(|added| &added.stored))?;
        infos.extend(texts.into_iter().enumerate().map(|(p, t)| (TextSource::Added(p), t.info)));
        let revision = revision(sha256, added.as_ref()).ok_or(PackageError::Damaged)?;
        Ok(Self { infos, own, added, revision, last: Mutex::default() })
    }

    /// Returns the revision of the texts, which changes with the subtitles that were added.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// Returns the texts as a master playlist names them.
    pub fn renditions(&self) -> Vec<TextRendition> {
        let infos = self.infos.iter().enumerate();
        infos.map(|(number, (_, info))| TextRendition::new(number, info)).collect()
    }

    /// Returns the list of the texts. Each URI gets `suffix`.
    pub fn list(&self, suffix: &UriSuffix) -> TextList {
        let renditions = self.renditions();
        let names = unique_names(&renditions);
        let texts = renditions.into_iter().zip(names).enumerate();
        let listed = texts.map(|(number, (text, name))| {
            let rendition = RenditionName { kind: RenditionKind::Text, number };
            let document = Resource::Document(rendition, self.revision.clone());
            ListedText {
                name,
                title: text.title,
                language: text.language,
                default: text.is_default,
                forced: text.is_forced,
                hearing_impaired: text.is_for_hearing_impaired,
                uri: format!("{document}{suffix}"),
            }
        });
        TextList { items: listed.collect() }
    }

    /// Returns an error if there is no text of this number.
    ///
    /// # Errors
    /// There is none.
    pub fn check(&self, number: usize) -> Result<(), PackageError> {
        self.infos.get(number).map(drop).ok_or(PackageError::NotFound)
    }

    /// Returns the whole of a text as WebVTT.
    ///
    /// # Errors
    /// As [`PackageTexts::cues`].
    pub fn document(&self, number: usize, reads: IndexReads) -> Result<String, PackageError> {
        Ok(texts::document(&self.cues(number, reads)?))
    }

    /// Returns the cues of a text, sorted by their start.
    ///
    /// # Errors
    /// There is no such text, or it is damaged; [`PackageError::NotInMemory`] if it must be read and parsed, which `reads` does
    /// not allow.
    pub fn cues(&self, number: usize, reads: IndexReads) -> Result<Arc<Vec<Cue>>, PackageError> {
        let (source, _) = self.infos.get(number).ok_or(PackageError::NotFound)?;
        let last = self.last.lock().clone();
        if let Some((_, cues)) = last.filter(|(own, _)| *own == number) {
            return Ok(cues);
        }
        if reads == IndexReads::FromMemory {
            return Err(PackageError::NotInMemory);
        }
        let (stored, position) = match source {
            TextSource::Own(position) => (self.own.as_ref(), *position),
            TextSource::Added(position) => (self.added.as_ref().map(|a| &a.stored), *position),
        };
        let texts = read(stored)?;
        let text = texts.get(position).ok_or(PackageError::Damaged)?;
        // What was stored without a cue has none after it was stored again either.
        let cues = Arc::new(text.cues().map_err(|_| PackageError::NotFound)?);
        if cues.len() <= KEPT_CUES_LIMIT {
            *self.last.lock() = Some((number, Arc::clone(&cues)));
        }
        Ok(cues)
    }
}

fn read(stored: Option<&StoredTexts>) -> Result<Vec<StoredText>, PackageError> {
    match stored {
        Some(stored) => Ok(texts::decode(&stored.read()?)?),
        None => Ok(Vec::new()),
    }
}

/// Returns the revision of texts: that of the media file, unless subtitles were added.
fn revision(sha256: &str, added: Option<&AddedTexts>) -> Option<Revision> {
    let hash = match added {
        None => sha256.to_owned(),
        Some(added) => hex::encode(Sha256::digest(format!("{sha256} {}", added.sha256))),
    };
    Revision::new(hash.get(..REVISION_DIGITS)?)
}
