//! Subtitles that were added to media files. Those inside of a media file are tracks of its inspection.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::media::MediaName;

/// The most bytes a subtitle file may have: 4 MiB, which messages show as 4.2 MB.
pub const MAX_SUBTITLE_FILE_BYTES: u64 = 4 << 20;
/// The most bytes subtitles may have as WebVTT, so that they fit into a line of a backup.
pub const MAX_SUBTITLE_DOCUMENT_BYTES: usize = 3 << 20;
/// The most subtitles a media file may have.
pub const MAX_SUBTITLES: usize = 64;
/// The most characters the title of subtitles may have.
pub const MAX_SUBTITLE_TITLE_CHARS: usize = 100;
/// The most bytes the name of a subtitle file may have.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// Subtitles that were added to a media file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Subtitles {
    /// The id.
    pub id: Uuid,
    /// The media file.
    pub media: MediaName,
    /// The language (BCP 47), such as `pt-BR`; `null` if it is not known.
    pub language: Option<String>,
    /// The title, such as `Commentary`.
    pub title: Option<String>,
    /// Whether players show them unless the viewer chose other ones.
    pub default: bool,
    /// Whether they have only what viewers need who understand the language of the sound.
    pub forced: bool,
    /// Whether they also describe sounds, for people with hearing impairments.
    pub hearing_impaired: bool,
    /// The name of the file that was added.
    pub file_name: String,
    /// The number of cues.
    pub cues: u64,
    /// The SHA-256 of the subtitles as WebVTT, 64 hexadecimal digits.
    pub sha256: String,
    /// The time when they were added.
    pub created_at: Timestamp,
}

/// The query of a request to add subtitles, whose body is the subtitle file. What it does not say is read from the name of
/// the file, by the conventions of Jellyfin and Kodi: `film.pt-BR.forced.srt`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields, default)]
pub struct AddSubtitles {
    /// The name of the file.
    #[cfg_attr(feature = "schema", param(min_length = 1, max_length = 255, required))]
    pub file_name: String,
    /// The language: a tag (BCP 47), a code of ISO 639 or an English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(max_length = 40))]
    pub language: Option<String>,
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", param(max_length = 100))]
    pub title: Option<String>,
    /// Whether players show them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// Whether they have only what viewers need who understand the language of the sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<bool>,
    /// Whether they also describe sounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hearing_impaired: Option<bool>,
}

/// Subtitles that were just added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AddedSubtitles {
    /// The subtitles.
    #[serde(flatten)]
    pub subtitles: Subtitles,
    /// Whether they replace earlier ones of the same language, title and purpose.
    pub replaced: bool,
    /// What was wrong with the file, in sentences.
    pub problems: Vec<String>,
}

/// The request to change what is known of subtitles. Fields that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SubtitlesPatch {
    /// The new language; `null` removes it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 40))]
    pub language: Option<Option<String>>,
    /// The new title; `null` removes it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::present")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 100))]
    pub title: Option<Option<String>>,
    /// Whether players show them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// Whether they have only what viewers need who understand the language of the sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<bool>,
    /// Whether they also describe sounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hearing_impaired: Option<bool>,
}

/// A text that a player can show with a media file, whether it is a track of the file or was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListedText {
    /// The name for people: the title, else the English name of the language and the purpose.
    pub name: String,
    /// The title that the text itself has.
    pub title: Option<String>,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// Whether players show it by default.
    pub default: bool,
    /// Whether it has only what viewers need who understand the language of the sound.
    pub forced: bool,
    /// Whether it also describes sounds.
    pub hearing_impaired: bool,
    /// The URI of the text as WebVTT, relative to that of the list.
    pub uri: String,
}

/// The texts that a player can show with a media file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TextList {
    /// The texts, in the order of the renditions of HLS.
    pub items: Vec<ListedText>,
}
