//! The media files that clients of this thread ask for at the moment, by the path of the request.
//!
//! An entry is used as long as the volume says that no name has changed. It saves parsing the
//! path, the volume's locks, and writing most of the response's head.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use ::http::Uri;
use ::http::header::HeaderName;
use ginflix_api::media::MediaName;

use super::super::response_head::write_field;
use crate::config::Config;
use crate::delivery::response::{each_origin_field, media_name};
use crate::media::{OpenMedia, Volume};

/// The most paths that are remembered: many may name one file.
const MAX_PATHS: usize = 256;

/// A media file, as the path of a request names it.
#[derive(Debug)]
pub struct File {
    /// The path, as sent.
    pub path: Arc<str>,
    /// The file.
    pub media: Arc<OpenMedia>,
    /// The fields of all its responses as they are sent; `None` while its last change is in
    /// the future, because `Last-Modified` changes until then (RFC 9110, section 8.8.2.1).
    pub fields: Option<Box<[u8]>>,
    name: MediaName,
    /// The volume's count of changes from before the file was opened.
    changes: u64,
}

/// The files that are remembered.
#[derive(Debug, Default)]
pub struct Files(HashMap<Arc<str>, Rc<File>>);

impl Files {
    /// The file that this path of a request names, if it is on the volume, in its current state.
    pub fn find(
        &mut self,
        volume: &Volume,
        config: &Config,
        path: &str,
        now: SystemTime,
    ) -> Option<Rc<File>> {
        let changes = volume.changes();
        if let Some(file) = self.0.get(path)
            && file.changes == changes
            && file.media.source.is_fresh()
        {
            return Some(Rc::clone(file));
        }
        let (path, name) = match self.0.remove(path) {
            Some(file) => (Arc::clone(&file.path), file.name.clone()),
            None => {
                let uri: Uri = path.parse().ok()?;
                (path.into(), media_name(uri.path()).filter(|_| uri.path() == path)?)
            }
        };
        let media = volume.open(&name).ok().filter(|_| !volume.is_outdated(&name))?;
        let fields = (media.modified <= now).then(|| all_fields(config, &media, now).into());
        let file = Rc::new(File { path: Arc::clone(&path), media, fields, name, changes });
        if self.0.len() >= MAX_PATHS {
            self.0.clear();
        }
        self.0.insert(path, Rc::clone(&file));
        Some(file)
    }

    /// Whether no file is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all files, so that those which nobody asks for can be closed.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// The fields of all responses about a file, as they are sent.
pub fn all_fields(config: &Config, media: &OpenMedia, now: SystemTime) -> Vec<u8> {
    let mut text = Vec::new();
    let mut put = |name: &HeaderName, value: &[u8]| write_field(&mut text, name, value);
    media.representation().each_field(config.is_private(), now, &mut put);
    each_origin_field(config.stream_origin.as_ref(), &mut put);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::test_wait;

    #[tokio::test]
    async fn a_remembered_file_is_the_one_on_the_volume() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        let path = volume.media_path(&"film.mp4".parse().unwrap());
        let put = |content: &str| {
            let other = path.with_file_name("other");
            std::fs::write(&other, content).unwrap();
            std::fs::rename(other, &path).unwrap();
        };
        let mut files = Files::default();
        let mut size = |path: &str| {
            let file = files.find(volume, &app.config, path, SystemTime::now());
            file.map(|file| file.media.size)
        };
        assert_eq!(size("/stream/film.mp4"), None);
        put("film");
        for path in ["/stream/film.mp4", "/stream/film.mp4", "/stream/fi%6Cm.mp4"] {
            assert_eq!(size(path), Some(4));
        }
        // Replaced by this process, it is another file at once; by somebody else, soon.
        put("longer film");
        volume.set_outdated(Default::default());
        test_wait::until("the longer film", || size("/stream/film.mp4") == Some(11));
        put("a film");
        test_wait::until("the last film", || size("/stream/film.mp4") == Some(6));
        volume.remove(&"film.mp4".parse().unwrap()).unwrap();
        for path in ["/stream/film.mp4", "/stream/fi%6Cm.mp4", "/film.mp4", "*"] {
            assert_eq!(size(path), None, "{path}");
        }
    }

    #[tokio::test]
    async fn other_spellings_of_the_path_are_left_to_the_library() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        std::fs::write(volume.media_path(&"a film.mp4".parse().unwrap()), "film").unwrap();
        let mut files = Files::default();
        let mut is_found =
            |path: &str| files.find(volume, &app.config, path, SystemTime::now()).is_some();
        assert!(is_found("/stream/a%20film.mp4"));
        for other in
            ["/stream/a%20film.mp4/", "/stream//a%20film.mp4", "/stream/a%20film.mp4#a", ""]
        {
            assert!(!is_found(other), "{other}");
        }
        volume.set_outdated(["a film.mp4".parse().unwrap()].into());
        assert!(!is_found("/stream/a%20film.mp4"));
    }

    #[tokio::test]
    async fn the_number_of_remembered_paths_is_limited() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        std::fs::write(volume.media_path(&"filmfilm.mp4".parse().unwrap()), "film").unwrap();
        let mut files = Files::default();
        for number in 0..3 * MAX_PATHS {
            // Each number as one spelling of the name: an escaped letter for each bit.
            let letters =
                "filmfilm.mp4".char_indices().map(|(at, letter)| match number >> at & 1 {
                    0 => letter.to_string(),
                    _ => format!("%{:02X}", u32::from(letter)),
                });
            let path = format!("/stream/{}", letters.collect::<String>());
            let file = files.find(volume, &app.config, &path, SystemTime::now()).unwrap();
            assert_eq!(&*file.path, path);
            assert!(files.0.len() <= MAX_PATHS);
        }
    }
}
