//! The text tracks of a media file, as they were stored when its index was made.

use std::sync::Arc;

use ginflix_hls::playlist::TextRendition;
use ginflix_hls::rendition::TextInfo;
use ginflix_hls::texts;
use ginflix_subtitles::Cue;
use parking_lot::Mutex;

use super::PackageError;
use super::record::{IndexReads, StoredTexts};

/// The most cues of a text that stay in memory, in some 300 bytes each. Those of a movie are some 1,500.
const KEPT_CUES_LIMIT: usize = 20_000;

/// The texts of an open media file. Only what playlists need is in memory, and the text that was requested last.
#[derive(Debug)]
pub struct PackageTexts {
    infos: Vec<TextInfo>,
    stored: StoredTexts,
    last: Mutex<Option<(usize, Arc<Vec<Cue>>)>>,
}

impl PackageTexts {
    /// Reads what playlists need of the stored texts. Blocks on the disk.
    ///
    /// # Errors
    /// The texts are damaged or cannot be read.
    pub fn open(stored: StoredTexts) -> Result<Self, PackageError> {
        let texts = texts::decode(&stored.read()?)?;
        let infos = texts.into_iter().map(|text| text.info).collect();
        Ok(Self { infos, stored, last: Mutex::default() })
    }

    /// Returns the texts as a master playlist names them. None is the default, because Matroska marks text tracks as the
    /// default unless the file says otherwise: subtitles are shown when a viewer asks for them.
    pub fn renditions(&self) -> Vec<TextRendition> {
        let renditions = self.infos.iter().enumerate().map(|(number, info)| {
            TextRendition::new(number, &TextInfo { is_default: false, ..info.clone() })
        });
        renditions.collect()
    }

    /// Returns an error if there is no text of this number.
    ///
    /// # Errors
    /// There is none.
    pub fn check(&self, number: usize) -> Result<(), PackageError> {
        self.infos.get(number).map(drop).ok_or(PackageError::NotFound)
    }

    /// Returns the cues of a text, sorted by their start.
    ///
    /// # Errors
    /// There is no such text, or it is damaged; [`PackageError::NotInMemory`] if it must be read and parsed, which `reads` does
    /// not allow.
    pub fn cues(&self, number: usize, reads: IndexReads) -> Result<Arc<Vec<Cue>>, PackageError> {
        self.check(number)?;
        let last = self.last.lock().clone();
        if let Some((_, cues)) = last.filter(|(own, _)| *own == number) {
            return Ok(cues);
        }
        if reads == IndexReads::FromMemory {
            return Err(PackageError::NotInMemory);
        }
        let texts = texts::decode(&self.stored.read()?)?;
        let cues = texts.get(number).and_then(|text| text.cues().ok());
        let cues = Arc::new(cues.ok_or(PackageError::Damaged)?);
        if cues.len() <= KEPT_CUES_LIMIT {
            *self.last.lock() = Some((number, Arc::clone(&cues)));
        }
        Ok(cues)
    }
}
