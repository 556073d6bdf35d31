//! View reports.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::views::{ViewExplanation, ViewQuery, ViewReport};

use super::Result;

/// The number of movies in a view report if the query gives no limit.
pub const DEFAULT_TOP_LIMIT: u32 = 100;

/// Reports views, and why playbacks did not count as views.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// Returns the views of each movie and each day.
    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport>;
    /// Returns how many playbacks of a movie counted, and how many did not for each reason.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation>;
}
