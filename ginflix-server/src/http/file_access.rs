//! Checks for the event loops whether a client may have a media file: the rule
//! [`AccessRule::Link`] of the table of routes, as far as it can be decided without a response.
//!
//! [`AccessRule::Link`]: super::auth::AccessRule::Link

use super::auth;
use crate::app::App;
use crate::clock::now;
use crate::fair_share::resolve_client;
use crate::links::LinkStatus;
use crate::net::{AccessDecision, AccessRequest, FileAccess};

impl FileAccess for App {
    fn check(&self, request: &AccessRequest<'_>) -> AccessDecision {
        if self.is_starting() {
            return AccessDecision::Undecided;
        }
        if !self.config.is_private()
            || self.links.verify(request.path, request.query, now()) == LinkStatus::Valid
        {
            return AccessDecision::Granted;
        }
        let Ok(Some(credential)) = auth::presented_credential(request.fields, request.is_secure)
        else {
            return AccessDecision::Undecided;
        };
        if self.accounts.is_cached(credential.secret()) {
            return AccessDecision::Granted;
        }
        // A look-up occupies the client's share of concurrent requests.
        let client = resolve_client(request.client, &self.config.trusted_proxies);
        let Some(share) = self.limits.requests.try_acquire(client, 1) else {
            return AccessDecision::Undecided;
        };
        let accounts = self.accounts.clone();
        AccessDecision::Pending(Box::pin(async move {
            let found = accounts.credential(credential.secret()).await;
            drop(share);
            matches!(found, Ok(Some(_)))
        }))
    }

    fn uri_suffix(&self, path: &str, query: &str) -> String {
        match self.config.is_private() {
            true => self.links.suffix(path, query, now()),
            false => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ginflix_api::account::{NewToken, NewUser, Role};
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::accounts::secret::Secret;

    fn check(app: &App, target: &str, authorization: Option<&str>) -> AccessDecision {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let value = authorization.unwrap_or_default().as_bytes();
        let field = [httparse::Header { name: "Authorization", value }];
        let fields = if authorization.is_some() { &field[..] } else { &[] };
        let client = [192, 0, 2, 1].into();
        app.check(&AccessRequest { client, is_secure: false, path, query, fields })
    }

    fn is_granted(access: &AccessDecision) -> bool {
        matches!(access, AccessDecision::Granted)
    }

    #[tokio::test]
    async fn everyone_may_have_the_files_of_a_public_cluster() {
        let (_dir, app) = App::in_temp_dir().await;
        assert!(is_granted(&check(&app, "/stream/a.mp4", None)));
        assert!(is_granted(&check(&app, "/stream/a.mp4", Some("Bearer nonsense"))));
    }

    #[tokio::test]
    async fn a_private_cluster_accepts_valid_links_for_their_path() {
        let (_dir, app) = App::in_temp_dir_with(&["--access=private"]).await;
        let link = |seconds| {
            let end = Timestamp::now() + SignedDuration::from_secs(seconds);
            app.links.sign_for("/stream/a.mp4", "ann", end)
        };
        assert!(is_granted(&check(&app, &link(60), None)));
        for other in [link(-60), link(60).replace("a.mp4", "b.mp4"), "/stream/a.mp4".to_owned()] {
            assert!(matches!(check(&app, &other, None), AccessDecision::Undecided), "{other}");
        }
    }

    #[tokio::test]
    async fn a_credential_is_looked_up_once_and_then_cached() {
        let (_dir, app) = App::in_temp_dir_with(&["--access=private"]).await;
        let password = "seven-violet-lanterns".to_owned();
        let ann = NewUser { name: "ann".to_owned(), role: Role::Admin, password };
        app.accounts.create_user(ann).await.unwrap();
        let new = NewToken { name: "tv".to_owned(), ..NewToken::default() };
        let (secret, _) = app.accounts.create_token(new, None).await.unwrap();
        let bearer = |secret: &Secret| format!("Bearer {}", secret.reveal());
        let pending = |token: &str| match check(&app, "/stream/a.mp4", Some(token)) {
            AccessDecision::Pending(is_granted) => is_granted,
            _ => panic!("decided without the catalogue"),
        };
        assert!(pending(&bearer(&secret)).await);
        assert!(is_granted(&check(&app, "/stream/a.mp4", Some(&bearer(&secret)))));
        assert!(!pending(&bearer(&Secret::random().unwrap())).await);
        app.accounts.revoke_token("tv").await.unwrap();
        assert!(!pending(&bearer(&secret)).await);
        assert!(matches!(check(&app, "/stream/a.mp4", Some("Basic x")), AccessDecision::Undecided));
    }
}
