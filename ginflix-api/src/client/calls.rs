//! One method for each call of the API but uploads.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};

use super::{Client, ClientError};
use crate::Page;
use crate::account::{LoggedIn, Login, Session};
use crate::error::ErrorCode;
use crate::link::{Link, NewLink};
use crate::media::{MediaName, MediaQuery};
use crate::movie::{Genre, Movie, MovieId, MoviePatch, MovieQuery, NewMovie};
use crate::paths;
use crate::replica::{ListedMedia, NewRepair, Repair};
use crate::status::ServerStatus;
use crate::views::{ViewExplanation, ViewFormat, ViewQuery, ViewReport, ViewsBy};

/// Entries a page when a whole list is fetched.
const PAGE: u32 = 200;

/// The typed calls. Each fails with a [`ClientError`].
#[allow(clippy::missing_errors_doc)] // said once, above
impl Client {
    /// Whether the process lives.
    pub async fn check_alive(&self) -> Result<(), ClientError> {
        self.send(self.call(Method::GET, paths::HEALTHZ)?).await.map(drop)
    }

    /// Whether the server may take traffic; `false` while it starts or drains.
    pub async fn is_ready(&self) -> Result<bool, ClientError> {
        match self.send(self.call(Method::GET, paths::READYZ)?).await {
            Ok(_) => Ok(true),
            Err(
                ClientError::Api { status: 503, .. }
                | ClientError::Protocol { status: Some(503), .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Facts for administrators.
    pub async fn status(&self) -> Result<ServerStatus, ClientError> {
        self.json(self.call(Method::GET, paths::STATUS)?).await
    }

    /// Logs in: the token stands for the session.
    pub async fn log_in(&self, login: &Login) -> Result<LoggedIn, ClientError> {
        self.json(self.call(Method::POST, paths::SESSION)?.json(login)).await
    }

    /// Ends the session of this client's token.
    pub async fn log_out(&self) -> Result<(), ClientError> {
        self.send(self.call(Method::DELETE, paths::SESSION)?).await.map(drop)
    }

    /// Whom this client's token stands for.
    pub async fn session(&self) -> Result<Session, ClientError> {
        self.json(self.call(Method::GET, paths::SESSION)?).await
    }

    /// One page of movies.
    pub async fn movies(&self, query: &MovieQuery) -> Result<Page<Movie>, ClientError> {
        self.json(self.call(Method::GET, paths::MOVIES)?.query(query)).await
    }

    /// All movies that match, at most `most` of them, over as many pages as it takes.
    pub async fn all_movies(
        &self,
        mut query: MovieQuery,
        most: usize,
    ) -> Result<Vec<Movie>, ClientError> {
        let mut all = Vec::new();
        loop {
            let left = u32::try_from(most - all.len()).unwrap_or(PAGE);
            query.limit = Some(left.clamp(1, PAGE));
            let page = self.movies(&query).await?;
            all.extend(page.items);
            all.truncate(most);
            match page.next_cursor {
                Some(cursor) if all.len() < most => query.cursor = Some(cursor),
                _ => return Ok(all),
            }
        }
    }

    /// One movie.
    pub async fn movie(&self, id: MovieId) -> Result<Movie, ClientError> {
        self.json(self.call(Method::GET, &paths::movie(id))?).await
    }

    /// Registers a movie.
    pub async fn add_movie(&self, movie: &NewMovie) -> Result<Movie, ClientError> {
        self.json(self.call(Method::POST, paths::MOVIES)?.json(movie)).await
    }

    /// Changes a movie, if it still is of this version.
    pub async fn edit_movie(
        &self,
        id: MovieId,
        version: u64,
        patch: &MoviePatch,
    ) -> Result<Movie, ClientError> {
        let request = self.call(Method::PATCH, &paths::movie(id))?;
        self.json(request.header(IF_MATCH, format!("\"{version}\"")).json(patch)).await
    }

    /// Removes a movie; its media and its views stay.
    pub async fn remove_movie(&self, id: MovieId) -> Result<(), ClientError> {
        self.send(self.call(Method::DELETE, &paths::movie(id))?).await.map(drop)
    }

    /// Sets a movie's poster, a picture of the given type.
    pub async fn set_poster(
        &self,
        id: MovieId,
        content_type: &str,
        picture: Bytes,
    ) -> Result<(), ClientError> {
        let request = self.call(Method::PUT, &paths::poster(id))?;
        self.send(request.header(CONTENT_TYPE, content_type).body(picture)).await.map(drop)
    }

    /// Genres in use.
    pub async fn genres(&self) -> Result<Vec<Genre>, ClientError> {
        let page: Page<Genre> = self.json(self.call(Method::GET, paths::GENRES)?).await?;
        Ok(page.items)
    }

    /// All files on the volumes, over as many pages as it takes.
    pub async fn all_media(&self) -> Result<Vec<ListedMedia>, ClientError> {
        let mut query = MediaQuery { limit: Some(PAGE), cursor: None };
        let mut all = Vec::new();
        loop {
            let request = self.call(Method::GET, paths::MEDIA)?.query(&query);
            let page: Page<ListedMedia> = self.json(request).await?;
            all.extend(page.items);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return Ok(all),
            }
        }
    }

    /// Facts of one file; `None` if there is no such file.
    pub async fn media(&self, name: &MediaName) -> Result<Option<ListedMedia>, ClientError> {
        match self.json(self.call(Method::GET, &paths::media(name))?).await {
            Err(error) if error.code() == Some(ErrorCode::NotFound) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Removes a file; `force` also while a movie uses it.
    pub async fn remove_media(&self, name: &MediaName, force: bool) -> Result<(), ClientError> {
        let mut request = self.call(Method::DELETE, &paths::media(name))?;
        if force {
            request = request.query(&[("force", "true")]);
        }
        self.send(request).await.map(drop)
    }

    /// Has streamers read files and mend what is wrong.
    pub async fn repair(&self, repair: &NewRepair) -> Result<Repair, ClientError> {
        self.json(self.call(Method::POST, paths::REPAIRS)?.json(repair)).await
    }

    /// Makes a signed link.
    pub async fn create_link(&self, link: &NewLink) -> Result<Link, ClientError> {
        self.json(self.call(Method::POST, paths::LINKS)?.json(link)).await
    }

    /// Views per movie and per day.
    pub async fn views(&self, query: &ViewQuery) -> Result<ViewReport, ClientError> {
        self.json(self.call(Method::GET, paths::VIEWS)?.query(query)).await
    }

    /// The same as CSV, with one line for each movie or day.
    pub async fn views_csv(&self, query: &ViewQuery, by: ViewsBy) -> Result<String, ClientError> {
        let query = ViewQuery { format: Some(ViewFormat::Csv), by: Some(by), ..query.clone() };
        let response = self.send(self.call(Method::GET, paths::VIEWS)?.query(&query)).await?;
        response.text().await.map_err(|e| ClientError::transport(self.base(), &e))
    }

    /// Why playbacks of a movie did or did not count.
    pub async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation, ClientError> {
        self.json(self.call(Method::GET, &paths::explain_views(id))?).await
    }
}
