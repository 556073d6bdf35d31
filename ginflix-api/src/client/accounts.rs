//! Requests about accounts, API tokens and the audit log.

use reqwest::Method;

use super::{Client, ClientError};
use crate::Page;
use crate::account::{CreatedToken, NewToken, NewUser, Token, User, UserPatch};
use crate::audit::{AuditEntry, AuditQuery};
use crate::paths;

/// Entries per page when a list is fetched: the most that the server sends.
const PAGE_SIZE: u32 = 200;

/// Each method fails if the request fails or the server refuses it.
#[allow(clippy::missing_errors_doc)] // documented once, above
impl Client {
    /// Fetches all accounts, ordered by name.
    pub async fn users(&self) -> Result<Vec<User>, ClientError> {
        let page: Page<User> = self.json(self.request(Method::GET, paths::USERS)?).await?;
        Ok(page.items)
    }

    /// Creates an account.
    pub async fn create_user(&self, user: &NewUser) -> Result<User, ClientError> {
        self.json(self.request(Method::POST, paths::USERS)?.json(user)).await
    }

    /// Changes an account and ends its sessions.
    pub async fn edit_user(&self, name: &str, patch: &UserPatch) -> Result<User, ClientError> {
        self.json(self.request(Method::PATCH, &paths::user(name))?.json(patch)).await
    }

    /// Removes an account and ends its sessions.
    pub async fn remove_user(&self, name: &str) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &paths::user(name))?).await.map(drop)
    }

    /// Fetches all API tokens, ordered by name, without their secrets.
    pub async fn tokens(&self) -> Result<Vec<Token>, ClientError> {
        let page: Page<Token> = self.json(self.request(Method::GET, paths::TOKENS)?).await?;
        Ok(page.items)
    }

    /// Creates an API token. Only this response contains its secret.
    pub async fn create_token(&self, token: &NewToken) -> Result<CreatedToken, ClientError> {
        self.json(self.request(Method::POST, paths::TOKENS)?.json(token)).await
    }

    /// Revokes an API token.
    pub async fn revoke_token(&self, name: &str) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &paths::token(name))?).await.map(drop)
    }

    /// Fetches the latest entries of the audit log, at most `limit`, page by page.
    pub async fn audit(
        &self,
        mut query: AuditQuery,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, ClientError> {
        let mut all = Vec::new();
        loop {
            let remaining = u32::try_from(limit - all.len()).unwrap_or(PAGE_SIZE);
            query.limit = Some(remaining.clamp(1, PAGE_SIZE));
            let request = self.request(Method::GET, paths::AUDIT)?.query(&query);
            let page: Page<AuditEntry> = self.json(request).await?;
            all.extend(page.items);
            all.truncate(limit);
            match page.next_cursor {
                Some(cursor) if all.len() < limit => query.cursor = Some(cursor),
                _ => return Ok(all),
            }
        }
    }
}
