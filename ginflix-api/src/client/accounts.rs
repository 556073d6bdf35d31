//! One method for each call about accounts, API tokens and who changed what.

use reqwest::Method;

use super::{Client, ClientError};
use crate::Page;
use crate::account::{CreatedToken, NewToken, NewUser, Token, User, UserPatch};
use crate::audit::{AuditEntry, AuditQuery};
use crate::paths;

/// Entries a page when a list is fetched.
const PAGE: u32 = 200;

/// The typed calls. Each fails with a [`ClientError`].
#[allow(clippy::missing_errors_doc)] // said once, above
impl Client {
    /// All accounts, by name.
    pub async fn users(&self) -> Result<Vec<User>, ClientError> {
        let page: Page<User> = self.json(self.call(Method::GET, paths::USERS)?).await?;
        Ok(page.items)
    }

    /// Makes an account.
    pub async fn create_user(&self, user: &NewUser) -> Result<User, ClientError> {
        self.json(self.call(Method::POST, paths::USERS)?.json(user)).await
    }

    /// Changes an account and ends its sessions.
    pub async fn edit_user(&self, name: &str, patch: &UserPatch) -> Result<User, ClientError> {
        self.json(self.call(Method::PATCH, &paths::user(name))?.json(patch)).await
    }

    /// Removes an account and ends its sessions.
    pub async fn remove_user(&self, name: &str) -> Result<(), ClientError> {
        self.send(self.call(Method::DELETE, &paths::user(name))?).await.map(drop)
    }

    /// All API tokens, by name, without their secrets.
    pub async fn tokens(&self) -> Result<Vec<Token>, ClientError> {
        let page: Page<Token> = self.json(self.call(Method::GET, paths::TOKENS)?).await?;
        Ok(page.items)
    }

    /// Makes an API token; its secret is told this once.
    pub async fn create_token(&self, token: &NewToken) -> Result<CreatedToken, ClientError> {
        self.json(self.call(Method::POST, paths::TOKENS)?.json(token)).await
    }

    /// Ends an API token.
    pub async fn revoke_token(&self, name: &str) -> Result<(), ClientError> {
        self.send(self.call(Method::DELETE, &paths::token(name))?).await.map(drop)
    }

    /// The latest changes, at most `most` of them, over as many pages as it takes.
    pub async fn audit(
        &self,
        mut query: AuditQuery,
        most: usize,
    ) -> Result<Vec<AuditEntry>, ClientError> {
        let mut all = Vec::new();
        loop {
            let left = u32::try_from(most - all.len()).unwrap_or(PAGE);
            query.limit = Some(left.clamp(1, PAGE));
            let request = self.call(Method::GET, paths::AUDIT)?.query(&query);
            let page: Page<AuditEntry> = self.json(request).await?;
            all.extend(page.items);
            all.truncate(most);
            match page.next_cursor {
                Some(cursor) if all.len() < most => query.cursor = Some(cursor),
                _ => return Ok(all),
            }
        }
    }
}
