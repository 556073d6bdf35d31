//! Requests about sessions, movies, media files, views and the server itself.

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
use crate::replica::{ListedMedia, MediaPage, MediaProblem, NewRepair, Repair};
use crate::status::ServerStatus;
use crate::views::{ViewExplanation, ViewFormat, ViewQuery, ViewReport, ViewsBy};

/// Entries per page when a list is fetched: the most that the server sends.
const PAGE_SIZE: u32 = 200;

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Checks that the server responds to the liveness probe.
    pub async fn check_alive(&self) -> Result<(), ClientError> {
        self.send(self.request(Method::GET, paths::HEALTHZ)?).await.map(drop)
    }

    /// Tells whether the server is ready for traffic: `false` while it starts or shuts down.
    pub async fn is_ready(&self) -> Result<bool, ClientError> {
        match self.send(self.request(Method::GET, paths::READYZ)?).await {
            Ok(_) => Ok(true),
            Err(
                ClientError::Api { status: 503, .. }
                | ClientError::Protocol { status: Some(503), .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Fetches the status of the server, for administrators.
    pub async fn status(&self) -> Result<ServerStatus, ClientError> {
        self.json(self.request(Method::GET, paths::STATUS)?).await
    }

    /// Logs in, and returns the session with its secret.
    pub async fn log_in(&self, login: &Login) -> Result<LoggedIn, ClientError> {
        self.json(self.request(Method::POST, paths::SESSION)?.json(login)).await
    }

    /// Ends the session of this client's token.
    pub async fn log_out(&self) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, paths::SESSION)?).await.map(drop)
    }

    /// Fetches the session that this client's token authenticates.
    pub async fn session(&self) -> Result<Session, ClientError> {
        self.json(self.request(Method::GET, paths::SESSION)?).await
    }

    /// Fetches one page of movies.
    pub async fn movies(&self, query: &MovieQuery) -> Result<Page<Movie>, ClientError> {
        self.json(self.request(Method::GET, paths::MOVIES)?.query(query)).await
    }

    /// Fetches all movies that match, at most `limit`, page by page.
    pub async fn all_movies(
        &self,
        mut query: MovieQuery,
        limit: usize,
    ) -> Result<Vec<Movie>, ClientError> {
        let mut all = Vec::new();
        loop {
            let remaining = u32::try_from(limit - all.len()).unwrap_or(PAGE_SIZE);
            query.limit = Some(remaining.clamp(1, PAGE_SIZE));
            let page = self.movies(&query).await?;
            all.extend(page.items);
            all.truncate(limit);
            match page.next_cursor {
                Some(cursor) if all.len() < limit => query.cursor = Some(cursor),
                _ => return Ok(all),
            }
        }
    }

    /// Fetches one movie.
    pub async fn movie(&self, id: MovieId) -> Result<Movie, ClientError> {
        self.json(self.request(Method::GET, &paths::movie(id))?).await
    }

    /// Registers a movie.
    pub async fn add_movie(&self, movie: &NewMovie) -> Result<Movie, ClientError> {
        self.json(self.request(Method::POST, paths::MOVIES)?.json(movie)).await
    }

    /// Changes a movie, provided that it still has the version `version`.
    pub async fn edit_movie(
        &self,
        id: MovieId,
        version: u64,
        patch: &MoviePatch,
    ) -> Result<Movie, ClientError> {
        let request = self.request(Method::PATCH, &paths::movie(id))?;
        self.json(request.header(IF_MATCH, format!("\"{version}\"")).json(patch)).await
    }

    /// Removes a movie. Its media file and its views stay.
    pub async fn remove_movie(&self, id: MovieId) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &paths::movie(id))?).await.map(drop)
    }

    /// Sets a movie's poster to a picture of the given content type.
    pub async fn set_poster(
        &self,
        id: MovieId,
        content_type: &str,
        picture: Bytes,
    ) -> Result<(), ClientError> {
        let request = self.request(Method::PUT, &paths::poster(id))?;
        self.send(request.header(CONTENT_TYPE, content_type).body(picture)).await.map(drop)
    }

    /// Fetches the genres in use.
    pub async fn genres(&self) -> Result<Vec<Genre>, ClientError> {
        let page: Page<Genre> = self.json(self.request(Method::GET, paths::GENRES)?).await?;
        Ok(page.items)
    }

    /// Fetches all media files, page by page.
    pub async fn all_media(&self) -> Result<Vec<ListedMedia>, ClientError> {
        self.all_media_and_problems().await.map(|(all, _)| all)
    }

    /// Fetches all media files, page by page, and the files on the volumes that cannot be taken up.
    pub async fn all_media_and_problems(
        &self,
    ) -> Result<(Vec<ListedMedia>, Vec<MediaProblem>), ClientError> {
        let mut query = MediaQuery { limit: Some(PAGE_SIZE), cursor: None };
        let mut all = Vec::new();
        loop {
            let request = self.request(Method::GET, paths::MEDIA)?.query(&query);
            let page: MediaPage = self.json(request).await?;
            all.extend(page.items);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return Ok((all, page.problems)),
            }
        }
    }

    /// Fetches one media file; `None` if it does not exist.
    pub async fn media(&self, name: &MediaName) -> Result<Option<ListedMedia>, ClientError> {
        match self.json(self.request(Method::GET, &paths::media(name))?).await {
            Err(error) if error.code() == Some(ErrorCode::NotFound) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Removes a media file. With `force`, even if a movie uses it.
    pub async fn remove_media(&self, name: &MediaName, force: bool) -> Result<(), ClientError> {
        let mut request = self.request(Method::DELETE, &paths::media(name))?;
        if force {
            request = request.query(&[("force", "true")]);
        }
        self.send(request).await.map(drop)
    }

    /// Makes the streamers verify media files and replace damaged replicas.
    pub async fn repair(&self, repair: &NewRepair) -> Result<Repair, ClientError> {
        self.json(self.request(Method::POST, paths::REPAIRS)?.json(repair)).await
    }

    /// Creates a signed link.
    pub async fn create_link(&self, link: &NewLink) -> Result<Link, ClientError> {
        self.json(self.request(Method::POST, paths::LINKS)?.json(link)).await
    }

    /// Fetches the views per movie and per day.
    pub async fn views(&self, query: &ViewQuery) -> Result<ViewReport, ClientError> {
        self.json(self.request(Method::GET, paths::VIEWS)?.query(query)).await
    }

    /// Fetches the views as CSV, with one row for each movie or day.
    pub async fn views_csv(&self, query: &ViewQuery, by: ViewsBy) -> Result<String, ClientError> {
        let query = ViewQuery { format: Some(ViewFormat::Csv), by: Some(by), ..query.clone() };
        let response = self.send(self.request(Method::GET, paths::VIEWS)?.query(&query)).await?;
        response.text().await.map_err(|e| ClientError::transport(self.base(), &e))
    }

    /// Fetches the reasons why playbacks of a movie did or did not count.
    pub async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation, ClientError> {
        self.json(self.request(Method::GET, &paths::explain_views(id))?).await
    }
}
