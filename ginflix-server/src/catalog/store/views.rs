//! Reports of views.

use async_trait::async_trait;
use ginflix_api::movie::MovieId;
use ginflix_api::views::{ViewExplanation, ViewQuery, ViewReport};

use super::Result;

/// The number of movies in a view report whose query names none.
pub const DEFAULT_TOP_LIMIT: u32 = 100;

/// Reports views, and why playbacks made none.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// Views per movie and day.
    async fn view_report(&self, query: &ViewQuery) -> Result<ViewReport>;
    /// How many playbacks of a movie counted, and how many did not, by reason.
    async fn explain_views(&self, id: MovieId) -> Result<ViewExplanation>;
}
