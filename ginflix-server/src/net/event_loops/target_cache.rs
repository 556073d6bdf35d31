//! The media files that the clients of an event loop request at the moment, by request target.
//!
//! An entry is valid while the generation of the volume is the same, so that this process knows of
//! no name with other content, and while the file was recently found unchanged. It saves parsing
//! the path, the locks of the volume, and writing most of the response's head.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use ::http::Uri;
use ::http::header::HeaderName;
use ginflix_api::media::MediaName;

use super::super::response_head::write_field;
use crate::config::Config;
use crate::delivery::response::{Representation, for_each_cors_field, media_name};
use crate::media::{OpenMedia, Volume};

/// The most paths that are cached. Many spellings of a path may name the same file.
const TARGETS_CAPACITY: usize = 256;

/// A media file that a request target names.
#[derive(Debug)]
pub struct MediaTarget {
    /// The path of the request target, as sent.
    pub path: Arc<str>,
    /// The file.
    pub media: Arc<OpenMedia>,
    /// The header fields that all responses about the file share, written as text. `None` while
    /// the file was modified in the future: until then `Last-Modified` is the time of the response
    /// (RFC 9110, section 8.8.2.1), and so changes.
    pub fields: Option<Box<[u8]>>,
    /// The name of the file.
    pub name: MediaName,
    /// The generation of the volume before the file was opened.
    generation: u64,
}

/// The cached targets, by path.
#[derive(Debug, Default)]
pub struct TargetCache(HashMap<Arc<str>, Rc<MediaTarget>>);

impl TargetCache {
    /// Returns the current file that a path names, or `None` if there is none on the volume that
    /// may be sent.
    pub fn find(
        &mut self,
        volume: &Volume,
        config: &Config,
        path: &str,
        now: SystemTime,
    ) -> Option<Rc<MediaTarget>> {
        let generation = volume.generation();
        if let Some(target) = self.0.get(path)
            && target.generation == generation
            && target.media.file.is_fresh()
        {
            return Some(Rc::clone(target));
        }
        let (path, name) = match self.0.remove(path) {
            Some(target) => (Arc::clone(&target.path), target.name.clone()),
            None => {
                let uri: Uri = path.parse().ok()?;
                (path.into(), media_name(uri.path()).filter(|_| uri.path() == path)?)
            }
        };
        let media = volume.open(&name).ok().filter(|_| !volume.is_outdated(&name))?;
        let fields = (media.modified <= now)
            .then(|| shared_fields(config, &media.representation(), now).into());
        let target = MediaTarget { path: Arc::clone(&path), media, fields, name, generation };
        let target = Rc::new(target);
        // Entries are cheap to make again, so there is no order in which they are evicted.
        if self.0.len() >= TARGETS_CAPACITY {
            self.0.clear();
        }
        self.0.insert(path, Rc::clone(&target));
        Some(target)
    }

    /// Returns whether no target is cached.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops all targets, so that files without a client can be closed.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Returns the header fields that all responses about a representation share, written as text.
pub fn shared_fields(
    config: &Config,
    representation: &Representation<'_>,
    now: SystemTime,
) -> Vec<u8> {
    let mut text = Vec::new();
    let mut put = |name: &HeaderName, value: &[u8]| write_field(&mut text, name, value);
    representation.for_each_field(config.is_private(), now, &mut put);
    for_each_cors_field(config.stream_origin.as_ref(), &mut put);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::test_wait;

    #[tokio::test]
    async fn a_cached_target_is_the_current_file_of_the_volume() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        let path = volume.media_path(&"film.mp4".parse().unwrap());
        let put = |content: &str| {
            let other = path.with_file_name("other");
            std::fs::write(&other, content).unwrap();
            std::fs::rename(other, &path).unwrap();
        };
        let mut targets = TargetCache::default();
        let mut size = |path: &str| {
            let target = targets.find(volume, &app.config, path, SystemTime::now());
            target.map(|target| target.media.size)
        };
        assert_eq!(size("/stream/film.mp4"), None);
        put("film");
        for path in ["/stream/film.mp4", "/stream/film.mp4", "/stream/fi%6Cm.mp4"] {
            assert_eq!(size(path), Some(4));
        }
        // A replacement by this process counts at once, one by another process soon.
        put("longer film");
        volume.set_outdated(Default::default());
        test_wait::until("the longer file", || size("/stream/film.mp4") == Some(11));
        put("a film");
        test_wait::until("the last file", || size("/stream/film.mp4") == Some(6));
        volume.remove(&"film.mp4".parse().unwrap()).unwrap();
        for path in ["/stream/film.mp4", "/stream/fi%6Cm.mp4", "/film.mp4", "*"] {
            assert_eq!(size(path), None, "{path}");
        }
    }

    #[tokio::test]
    async fn ambiguous_spellings_of_a_path_are_left_to_hyper() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        std::fs::write(volume.media_path(&"a film.mp4".parse().unwrap()), "film").unwrap();
        let mut targets = TargetCache::default();
        let mut is_found =
            |path: &str| targets.find(volume, &app.config, path, SystemTime::now()).is_some();
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
    async fn the_number_of_cached_paths_is_limited() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        std::fs::write(volume.media_path(&"filmfilm.mp4".parse().unwrap()), "film").unwrap();
        let mut targets = TargetCache::default();
        for number in 0..3 * TARGETS_CAPACITY {
            // Spells the name differently for each number: one letter for each bit, escaped or not.
            let letters =
                "filmfilm.mp4".char_indices().map(|(at, letter)| match number >> at & 1 {
                    0 => letter.to_string(),
                    _ => format!("%{:02X}", u32::from(letter)),
                });
            let path = format!("/stream/{}", letters.collect::<String>());
            let target = targets.find(volume, &app.config, &path, SystemTime::now()).unwrap();
            assert_eq!(&*target.path, path);
            assert!(targets.0.len() <= TARGETS_CAPACITY);
        }
    }
}
