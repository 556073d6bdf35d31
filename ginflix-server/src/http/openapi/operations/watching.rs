//! The own account, and what it has watched.

use ginflix_api::account::User;
use ginflix_api::watching::{
    MovieOnList, OwnSession, PasswordChange, WatchPosition, WatchQuery, WatchState, WatchedMovie,
};

use super::Described;
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    [account(), history(), list()].concat()
}

/// Describes a change of what is stored about the account.
fn change(summary: &'static str) -> Operation {
    Operation::api(summary).empty_response(204).error_responses(&[429, 507])
}

fn account() -> Vec<Described> {
    vec![
        ("account::show", Operation::api("Returns the own account").json_response::<User>(200)),
        (
            "account::change_password",
            Operation::api("Sets another password of the own account, and ends its other sessions")
                .json_body::<PasswordChange>()
                .empty_response(204)
                .error_responses(&[429]),
        ),
        (
            "account::sessions",
            Operation::api("Lists the sessions of the own account, the latest log-in first")
                .list_response::<OwnSession>(),
        ),
        (
            "account::end_session",
            Operation::api("Ends a session of the own account").empty_response(204),
        ),
        (
            "account::end_other_sessions",
            Operation::api("Ends all sessions of the own account but that of the request")
                .empty_response(204),
        ),
    ]
}

fn history() -> Vec<Described> {
    vec![
        (
            "watching::list",
            Operation::api("Lists the movies to continue, the latest first")
                .query_params::<WatchQuery>()
                .list_response::<WatchedMovie>(),
        ),
        (
            "watching::set_position",
            change("Stores where the own account stopped in a movie; the last report wins")
                .json_body::<WatchPosition>(),
        ),
        (
            "watching::reset_position",
            change("Forgets where the own account stopped in a movie; its mark stays"),
        ),
        (
            "watching::history",
            Operation::api("Lists what the own account has watched, the latest first")
                .query_params::<WatchQuery>()
                .list_response::<WatchedMovie>(),
        ),
        (
            "watching::clear_history",
            change("Clears the history of the own account; its list stays"),
        ),
        ("watching::mark_watched", change("Marks a movie as watched")),
        (
            "watching::forget",
            change("Removes a movie from the history, with its position and its mark"),
        ),
        (
            "watching::state",
            Operation::api("Returns what the own account has to do with a movie")
                .json_response::<WatchState>(200),
        ),
    ]
}

fn list() -> Vec<Described> {
    vec![
        (
            "watching::watch_list",
            Operation::api("Lists the movies on the own list, the latest first")
                .query_params::<WatchQuery>()
                .list_response::<MovieOnList>(),
        ),
        ("watching::add_to_list", change("Adds a movie to the own list").error_responses(&[409])),
        ("watching::remove_from_list", change("Removes a movie from the own list")),
    ]
}
