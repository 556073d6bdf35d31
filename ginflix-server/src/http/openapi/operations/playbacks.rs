//! Playbacks and views.

use ginflix_api::playback::{Playback, PlaybackReport, StartPlayback};
use ginflix_api::views::{ViewExplanation, ViewFormat, ViewQuery, ViewReport, ViewsBy};

use super::{Described, LINK_PARAMS};
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    vec![
        (
            "playbacks::start",
            Operation::api("Starts a playback")
                .json_body::<StartPlayback>()
                .json_response::<Playback>(201)
                .error_responses(&[404, 429]),
        ),
        (
            "playbacks::report",
            Operation::api("Reports what was played so far; may be repeated")
                .json_body::<PlaybackReport>()
                .json_response::<Playback>(200),
        ),
        (
            "playbacks::start_by_link",
            Operation::api("Starts a playback of the movie that a signed link plays")
                .text_params(&LINK_PARAMS)
                .json_response::<Playback>(201)
                .error_responses(&[401, 403, 404, 410, 429]),
        ),
        (
            "playbacks::report_by_link",
            Operation::api("Reports what was played by a signed link; may be repeated")
                .text_params(&LINK_PARAMS)
                .json_body::<PlaybackReport>()
                .json_response::<Playback>(200)
                .error_responses(&[401, 403, 410]),
        ),
        (
            "views::summary",
            Operation::api("Returns views per movie or per day")
                .query_params::<ViewQuery>()
                .schema_of::<ViewFormat>()
                .schema_of::<ViewsBy>()
                .json_response::<ViewReport>(200)
                .response_of_type(200, "text/csv", "A table"),
        ),
        (
            "views::explain",
            Operation::api("Explains why playbacks of a movie did or did not count")
                .json_response::<ViewExplanation>(200),
        ),
    ]
}
