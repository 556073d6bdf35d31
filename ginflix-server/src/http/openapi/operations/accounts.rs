//! Sessions, accounts, API tokens and signed links.

use ginflix_api::account::{
    CreatedToken, LoggedIn, Login, NewToken, NewUser, Session, Token, User, UserPatch,
};
use ginflix_api::link::{Link, NewLink};

use super::Described;
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    [sessions(), users(), tokens()].concat()
}

fn sessions() -> Vec<Described> {
    vec![
        (
            "session::log_in",
            Operation::api("Logs in; returns the session as a token and as a cookie")
                .json_body::<Login>()
                .json_response::<LoggedIn>(201)
                .response_headers(201, &["Set-Cookie"])
                .error_responses(&[401, 403, 429]),
        ),
        (
            "session::show",
            Operation::api("Returns the account or token of the client")
                .json_response::<Session>(200),
        ),
        (
            "session::log_out",
            Operation::api("Ends the session").empty_response(204).error_responses(&[409]),
        ),
    ]
}

fn users() -> Vec<Described> {
    vec![
        ("users::list", Operation::api("Lists all accounts").list_response::<User>()),
        (
            "users::create",
            Operation::api("Creates an account")
                .json_body::<NewUser>()
                .json_response::<User>(201)
                .response_headers(201, &["Location"])
                .error_responses(&[409]),
        ),
        (
            "users::change",
            Operation::api(
                "Sets another password or role, and ends the account's sessions, not its tokens",
            )
            .json_body::<UserPatch>()
            .json_response::<User>(200)
            .error_responses(&[409]),
        ),
        (
            "users::remove",
            Operation::api("Removes an account with its sessions and tokens")
                .empty_response(204)
                .error_responses(&[409]),
        ),
    ]
}

fn tokens() -> Vec<Described> {
    vec![
        (
            "tokens::list",
            Operation::api("Lists all API tokens, without their secrets").list_response::<Token>(),
        ),
        (
            "tokens::create",
            Operation::api(
                "Creates an API token of an account; returns its secret, which is not stored",
            )
            .json_body::<NewToken>()
            .json_response::<CreatedToken>(201)
            .response_headers(201, &["Location"])
            .error_responses(&[409, 422]),
        ),
        (
            "tokens::revoke",
            Operation::api("Revokes an API token").empty_response(204).error_responses(&[409]),
        ),
        (
            "links::create",
            Operation::api("Creates a link that plays one media file without a log-in")
                .json_body::<NewLink>()
                .json_response::<Link>(201)
                .error_responses(&[404]),
        ),
    ]
}
