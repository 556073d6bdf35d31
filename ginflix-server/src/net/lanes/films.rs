//! Films that are asked for on this thread right now, by how they are asked for.
//!
//! What is found here was found for all threads a moment ago, and nothing has
//! changed since: so nobody else is asked.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use ::http::Uri;
use ginflix_api::media::MediaName;

use super::super::serving::Serving;
use crate::delivery::film;
use crate::media::OpenMedia;

/// The most ways to ask that are remembered: anything may be behind a `?`.
const MOST: usize = 256;

/// A film, as somebody asked for it.
#[derive(Debug)]
pub struct Film {
    /// The path, as sent.
    pub path: Arc<str>,
    /// The file.
    pub media: Arc<OpenMedia>,
    name: MediaName,
    /// What the volume had seen of changes before it gave the file.
    changes: u64,
}

/// Those that are remembered.
#[derive(Debug, Default)]
pub struct Films(HashMap<Box<str>, Rc<Film>>);

impl Films {
    /// The film that a request's target names, if it is at hand.
    pub fn find(&mut self, serving: &Serving, target: &str) -> Option<Rc<Film>> {
        let changes = serving.volume.as_ref()?.changes();
        if let Some(film) = self.0.get(target)
            && film.changes == changes
            && film.media.source.is_fresh()
        {
            return Some(Rc::clone(film));
        }
        let (target, path, name) = match self.0.remove_entry(target) {
            Some((target, film)) => (target, Arc::clone(&film.path), film.name.clone()),
            None => {
                let uri: Uri = target.parse().ok()?;
                (target.into(), uri.path().into(), film::name(uri.path())?)
            }
        };
        let media = film::at_hand(&serving.config, serving.volume.as_ref(), &name)?;
        let film = Rc::new(Film { path, media, name, changes });
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(target, Rc::clone(&film));
        Some(film)
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets them, so that files which nobody asks for can be closed.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn what_is_remembered_is_what_the_volume_has() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        let path = volume.media_path(&"film.mp4".parse().unwrap());
        let put = |content: &str| {
            let other = path.with_file_name("other");
            std::fs::write(&other, content).unwrap();
            std::fs::rename(other, &path).unwrap();
        };
        let (mut films, serving) = (Films::default(), app.serving());
        let mut size = |target: &str| films.find(&serving, target).map(|film| film.media.size);
        assert_eq!(size("/stream/film.mp4"), None);
        put("film");
        for target in ["/stream/film.mp4", "/stream/film.mp4", "/stream/fi%6Cm.mp4?t=1"] {
            assert_eq!(size(target), Some(4));
        }
        // Replaced by this process, it is another at once; by somebody else, soon.
        put("longer film");
        app.storage().unwrap().volume.set_outdated(Default::default());
        while size("/stream/film.mp4") != Some(11) {
            std::hint::spin_loop();
        }
        let start = std::time::Instant::now();
        put("a film");
        while size("/stream/film.mp4") != Some(6) {
            assert!(start.elapsed().as_secs() < 5);
        }
        volume.remove(&"film.mp4".parse().unwrap()).unwrap();
        for target in ["/stream/film.mp4", "/stream/fi%6Cm.mp4?t=1", "/film.mp4", "*"] {
            assert_eq!(size(target), None, "{target}");
        }
    }

    #[tokio::test]
    async fn only_so_many_are_remembered() {
        let (_dir, app) = App::in_temp_dir().await;
        let volume = &app.storage().unwrap().volume;
        std::fs::write(volume.media_path(&"film.mp4".parse().unwrap()), "film").unwrap();
        let (mut films, serving) = (Films::default(), app.serving());
        for number in 0..3 * MOST {
            let film = films.find(&serving, &format!("/stream/film.mp4?{number}")).unwrap();
            assert_eq!(&*film.path, "/stream/film.mp4");
            assert!(films.0.len() <= MOST);
        }
    }
}
