//! The rules of subtitles: from the file that somebody adds to what is stored.

use ginflix_api::media::MediaName;
use ginflix_api::subtitles::{
    AddSubtitles, AddedSubtitles, MAX_FILE_NAME_BYTES, MAX_SUBTITLE_DOCUMENT_BYTES,
    MAX_SUBTITLE_FILE_BYTES, Subtitles, SubtitlesPatch,
};
use ginflix_subtitles::file_name::{self, Description};
use ginflix_subtitles::{Error as SubtitlesError, webvtt};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::StoreError;
use super::{Catalog, Result, validation};
use crate::clock::now;
use crate::error::AppError;

impl Catalog {
    /// Adds a subtitle file to a media file. Converts it to WebVTT; what `query` does not say comes from the name of the file.
    ///
    /// # Errors
    /// `Invalid` for a wrong language or title, `TooLarge` or `Unprocessable` if the file cannot be read, `NotFound` for an unknown
    /// media file, `Conflict` if it has too many subtitles.
    pub async fn add_subtitles(
        &self,
        media: &MediaName,
        query: AddSubtitles,
        file: Vec<u8>,
    ) -> Result<AddedSubtitles> {
        let (described, file_name) = describe(media, query)?;
        let language = described.language.clone();
        let convert = move || convert(&file, language.as_deref());
        let converted =
            tokio::task::spawn_blocking(convert).await.map_err(AppError::internal)??;
        let subtitles = Subtitles {
            id: Uuid::now_v7(),
            media: media.clone(),
            language: described.language,
            title: described.title,
            default: described.is_default,
            forced: described.is_forced,
            hearing_impaired: described.is_hearing_impaired,
            file_name,
            cues: converted.cues,
            sha256: hex::encode(Sha256::digest(converted.document.as_bytes())),
            created_at: now(),
        };
        let stored = self.store.put_subtitles(&subtitles, &converted.document).await;
        let stored = stored.map_err(|error| subtitles_error(error, media))?;
        let replaced = stored.id != subtitles.id;
        Ok(AddedSubtitles { subtitles: stored, replaced, problems: converted.problems })
    }

    /// Returns the subtitles that adding a file would replace.
    ///
    /// # Errors
    /// `Invalid` for a wrong language or title.
    pub(super) async fn subtitles_to_replace(
        &self,
        media: &MediaName,
        query: &AddSubtitles,
    ) -> Result<Option<Subtitles>> {
        let (new, _) = describe(media, query.clone())?;
        let all = self.store.subtitles(media).await?;
        Ok(all.into_iter().find(|present| {
            present.language == new.language
                && present.title == new.title
                && present.forced == new.is_forced
                && present.hearing_impaired == new.is_hearing_impaired
        }))
    }

    /// Returns the subtitles that were added to a media file.
    ///
    /// # Errors
    /// `NotFound` for an unknown media file.
    pub async fn subtitles(&self, media: &MediaName) -> Result<Vec<Subtitles>> {
        let found = self.store.subtitles(media).await?;
        if found.is_empty() {
            self.media(media).await?;
        }
        Ok(found)
    }

    /// Returns subtitles as WebVTT.
    ///
    /// # Errors
    /// `NotFound` if the media file has no such subtitles.
    pub async fn subtitles_document(&self, media: &MediaName, id: Uuid) -> Result<String> {
        let found = self.store.subtitles_document(media, id).await;
        found.map_err(|error| subtitles_error(error, media))
    }

    /// Changes what is known of subtitles.
    ///
    /// # Errors
    /// As [`Catalog::add_subtitles`], and `Conflict` if other subtitles of the media file have this language, title and purpose.
    pub async fn change_subtitles(
        &self,
        media: &MediaName,
        id: Uuid,
        patch: SubtitlesPatch,
    ) -> Result<Subtitles> {
        let all = self.store.subtitles(media).await?;
        let found = all.into_iter().find(|subtitles| subtitles.id == id);
        let mut changed = found.ok_or_else(|| subtitles_error(StoreError::NotFound, media))?;
        if let Some(language) = patch.language {
            changed.language = language.as_deref().map(parse_language).transpose()?;
        }
        if let Some(title) = patch.title {
            changed.title = title.as_deref().map(validation::subtitles_title).transpose()?;
        }
        for (value, field) in [
            (patch.default, &mut changed.default),
            (patch.forced, &mut changed.forced),
            (patch.hearing_impaired, &mut changed.hearing_impaired),
        ] {
            *field = value.unwrap_or(*field);
        }
        let updated = self.store.update_subtitles(&changed).await;
        updated.map_err(|error| match error {
            StoreError::Conflict(_) => AppError::Conflict(format!(
                "media {media} has other subtitles of this language, title and purpose; remove them first"
            )),
            other => subtitles_error(other, media),
        })?;
        Ok(changed)
    }

    /// Removes subtitles.
    ///
    /// # Errors
    /// `NotFound` if the media file has no such subtitles.
    pub async fn remove_subtitles(&self, media: &MediaName, id: Uuid) -> Result<()> {
        let deleted = self.store.delete_subtitles(media, id).await;
        deleted.map_err(|error| subtitles_error(error, media))
    }
}

/// A subtitle file as WebVTT.
struct Converted {
    document: String,
    cues: u64,
    problems: Vec<String>,
}

/// Converts a subtitle file. `language` is a hint for its encoding.
fn convert(file: &[u8], language: Option<&str>) -> Result<Converted> {
    if file.len() as u64 > MAX_SUBTITLE_FILE_BYTES {
        return Err(AppError::too_large("a subtitle file", MAX_SUBTITLE_FILE_BYTES));
    }
    let read = ginflix_subtitles::read(file, language).map_err(|error| match error {
        SubtitlesError::Unsupported(_) | SubtitlesError::UnknownFormat => {
            AppError::UnsupportedType(error.to_string())
        }
        _ => AppError::unprocessable("body", error.to_string()),
    })?;
    let document = webvtt::document(&read.cues, 0);
    if document.len() > MAX_SUBTITLE_DOCUMENT_BYTES {
        let limit = MAX_SUBTITLE_DOCUMENT_BYTES as u64;
        return Err(AppError::too_large("a subtitle file, as WebVTT,", limit));
    }
    let problems = read.problems.iter().map(ToString::to_string).collect();
    Ok(Converted { document, cues: read.cues.len() as u64, problems })
}

/// Returns what is known of a subtitle file, and its name.
fn describe(media: &MediaName, query: AddSubtitles) -> Result<(Description, String)> {
    let name = query.file_name.trim();
    let is_named = !name.is_empty() && name.len() <= MAX_FILE_NAME_BYTES;
    if !is_named || name.chars().any(|c| c.is_control() || c == '/') {
        let rule = format!("must have 1 to {MAX_FILE_NAME_BYTES} bytes, and no slash");
        return Err(AppError::invalid("file_name", rule));
    }
    let by_name = file_name::describe(name, media.as_str()).unwrap_or_default();
    let language = query.language.as_deref().map(parse_language).transpose()?;
    let title = query.title.as_deref().map(validation::subtitles_title).transpose()?;
    let stated = by_name.title.as_deref().and_then(|title| validation::subtitles_title(title).ok());
    let described = Description {
        language: language.or(by_name.language),
        title: title.or(stated),
        is_default: query.default.unwrap_or(by_name.is_default),
        is_forced: query.forced.unwrap_or(by_name.is_forced),
        is_hearing_impaired: query.hearing_impaired.unwrap_or(by_name.is_hearing_impaired),
    };
    Ok((described, name.to_owned()))
}

fn parse_language(text: &str) -> Result<String> {
    file_name::parse_language(text).ok_or_else(|| {
        let rule = "must be a language tag such as en or pt-BR, or a name such as French";
        AppError::invalid("language", format!("{rule}, not {text:?}"))
    })
}

fn subtitles_error(error: StoreError, media: &MediaName) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound(format!("such subtitles of media {media}")),
        StoreError::NoMedia => AppError::NotFound(format!("media {media}")),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n";

    fn media() -> MediaName {
        "film.mkv".parse().unwrap()
    }

    fn named(file_name: &str) -> AddSubtitles {
        AddSubtitles { file_name: file_name.to_owned(), ..AddSubtitles::default() }
    }

    #[test]
    fn a_file_name_says_what_the_query_does_not() {
        let (described, _) = describe(&media(), named("film.pt-BR.forced.srt")).unwrap();
        assert_eq!(described.language.as_deref(), Some("pt-BR"));
        assert!(described.is_forced && !described.is_default);
        let query = AddSubtitles {
            language: Some("German".into()),
            forced: Some(false),
            ..named("film.pt-BR.forced.srt")
        };
        let (described, _) = describe(&media(), query).unwrap();
        assert_eq!(described.language.as_deref(), Some("de"));
        assert!(!described.is_forced);
        // A file of another name says nothing.
        let (described, name) = describe(&media(), named("other.de.srt")).unwrap();
        assert_eq!((described, name.as_str()), (Description::default(), "other.de.srt"));
    }

    #[test]
    fn an_error_names_the_invalid_part() {
        let field = |query| match describe(&media(), query) {
            Err(AppError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        for name in ["", " ", "a\nb.srt", "../film.srt", &"x".repeat(256)] {
            assert_eq!(field(named(name)), "file_name", "{name:?}");
        }
        let language = Some("gibberish".to_owned());
        assert_eq!(field(AddSubtitles { language, ..named("film.srt") }), "language");
        let title = Some(" ".to_owned());
        assert_eq!(field(AddSubtitles { title, ..named("film.srt") }), "title");
    }

    #[test]
    fn a_file_becomes_webvtt() {
        let converted = convert(FILE, None).unwrap();
        assert_eq!(converted.document, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n\n");
        assert_eq!((converted.cues, converted.problems.len()), (1, 0));
    }

    #[test]
    fn what_is_no_subtitle_file_is_refused() {
        let error = |file: &[u8]| convert(file, None).err().unwrap();
        assert!(matches!(error(b"no subtitles"), AppError::UnsupportedType(_)));
        assert!(matches!(error(b""), AppError::Unprocessable { .. }));
        let large = vec![b' '; MAX_SUBTITLE_FILE_BYTES as usize + 1];
        assert!(matches!(error(&large), AppError::TooLarge(_)));
    }
}
