//! Requests about libraries.

use reqwest::Method;
use uuid::Uuid;

use super::{Client, ClientError};
use crate::Page;
use crate::library::{Library, NewLibrary, RemovedLibrary};
use crate::paths;

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Fetches all libraries.
    pub async fn libraries(&self) -> Result<Vec<Library>, ClientError> {
        let page: Page<Library> = self.json(self.request(Method::GET, paths::LIBRARIES)?).await?;
        Ok(page.items)
    }

    /// Adds a library, whose scan begins.
    pub async fn add_library(&self, library: &NewLibrary) -> Result<Library, ClientError> {
        self.json(self.request(Method::POST, paths::LIBRARIES)?.json(library)).await
    }

    /// Begins a scan of a library.
    pub async fn scan_library(&self, id: Uuid) -> Result<Library, ClientError> {
        self.json(self.request(Method::POST, &paths::library_scan(id))?).await
    }

    /// Removes a library and its movies from the catalogue. Its files stay.
    pub async fn remove_library(&self, id: Uuid) -> Result<RemovedLibrary, ClientError> {
        self.json(self.request(Method::DELETE, &paths::library(id))?).await
    }
}
