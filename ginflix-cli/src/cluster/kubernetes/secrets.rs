//! The Secret `ginflix`: made once at random, never overwritten, never printed.

use std::collections::BTreeMap;
use std::io;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use serde_json::json;

use super::access::{failure, is_absent};
use super::apply::MANAGER;
use super::manifests::MANAGED_BY;
use crate::cluster::secret;
use crate::error::{Failure, Result};

/// Its name.
pub const NAME: &str = "ginflix";
/// The administrators' programs' token.
pub const ADMIN_TOKEN: &str = "admin-token";
/// The first password of the account `admin`.
pub const ADMIN_PASSWORD: &str = "admin-password";
/// Where the catalogue is.
pub const DATABASE_URL: &str = "database-url";

/// The secrets of a cluster.
pub struct Secrets {
    values: BTreeMap<String, String>,
    /// They were made just now.
    pub are_new: bool,
}

impl Secrets {
    /// One of them.
    ///
    /// # Errors
    /// Where the Secret lacks it.
    pub fn get(&self, key: &str) -> Result<&str> {
        self.values.get(key).map(String::as_str).ok_or_else(|| {
            Failure::failed(format!("the Secret `{NAME}` has no `{key}`"))
                .hint("it was changed by hand: put the key back, or start anew with cluster down --delete-data")
        })
    }
}

/// All secrets of a new cluster.
fn make(database_url: Option<&str>) -> io::Result<BTreeMap<String, String>> {
    let database_password = secret::token()?;
    let url = match database_url {
        Some(url) => url.to_owned(),
        None => format!("postgres://ginflix:{database_password}@database:5432/ginflix"),
    };
    Ok([
        ("database-password", database_password),
        (DATABASE_URL, url),
        (ADMIN_PASSWORD, secret::password()?),
        (ADMIN_TOKEN, secret::token()?),
        ("link-keys", secret::token()?),
        ("peer-key", secret::token()?),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into())
}

/// The cluster's secrets, made if there are none.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn ensure(client: &Client, cluster: &str, database_url: Option<&str>) -> Result<Secrets> {
    let api: Api<Secret> = Api::namespaced(client.clone(), cluster);
    if let Some(known) = read(client, cluster).await? {
        return Ok(known);
    }
    let values =
        make(database_url).map_err(|e| Failure::failed(format!("cannot make secrets: {e}")))?;
    let made = Secret {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            labels: Some([(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned())].into()),
            ..ObjectMeta::default()
        },
        type_: Some("Opaque".to_owned()),
        data: Some(
            values.iter().map(|(k, v)| (k.clone(), ByteString(v.clone().into_bytes()))).collect(),
        ),
        ..Secret::default()
    };
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    match api.create(&params, &made).await {
        Ok(_) => Ok(Secrets { values, are_new: true }),
        // Another `up` was faster.
        Err(kube::Error::Api(status)) if status.code == 409 => read(client, cluster)
            .await?
            .ok_or_else(|| Failure::failed("the Secret comes and goes").hint("repeat the command")),
        Err(error) => Err(failure("make the Secret of the cluster", &error)),
    }
}

/// The cluster's secrets, if there are any.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn read(client: &Client, cluster: &str) -> Result<Option<Secrets>> {
    match Api::<Secret>::namespaced(client.clone(), cluster).get(NAME).await {
        Ok(known) => Ok(Some(Secrets { values: texts(known), are_new: false })),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failure("read the Secret of the cluster", &error)),
    }
}

/// Names another database; nothing else of the Secret changes.
///
/// # Errors
/// Where the API does not answer, or says no.
pub async fn change_database(client: &Client, cluster: &str, url: &str) -> Result<()> {
    let patch = json!({ "stringData": { DATABASE_URL: url } });
    Api::<Secret>::namespaced(client.clone(), cluster)
        .patch(NAME, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .map(drop)
        .map_err(|e| failure("name the other database", &e))
}

/// The address of the cluster's own database.
///
/// # Errors
/// Where the Secret lacks its password.
pub fn own_database(secrets: &Secrets) -> Result<String> {
    let password = secrets.get("database-password")?;
    Ok(format!("postgres://ginflix:{password}@database:5432/ginflix"))
}

fn texts(secret: Secret) -> BTreeMap<String, String> {
    secret
        .data
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?.trim().to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::mock::{absent, api, asked, status};
    use super::*;

    #[test]
    fn all_that_the_pods_mount_is_made_and_at_random() {
        let (one, two) = (make(None).unwrap(), make(None).unwrap());
        let keys: Vec<&str> = one.keys().map(String::as_str).collect();
        let expected = [
            "admin-password",
            "admin-token",
            "database-password",
            "database-url",
            "link-keys",
            "peer-key",
        ];
        assert_eq!(keys, expected);
        assert!(one.iter().all(|(key, value)| value != &two[key] && value.len() >= 20));
        assert!(one["database-url"].contains(&one["database-password"]));
    }

    #[test]
    fn a_database_elsewhere_is_taken_as_it_is() {
        let made = make(Some("postgres://u:p@h/d")).unwrap();
        assert_eq!(made["database-url"], "postgres://u:p@h/d");
    }

    #[tokio::test]
    async fn secrets_that_are_there_are_never_written() {
        let known = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": NAME },
            // "kept"
            "data": { ADMIN_TOKEN: "a2VwdA==" },
        });
        let (client, calls) = api(move |_| (200, known.clone()));
        let secrets = ensure(&client, "films", None).await.unwrap();
        assert_eq!(secrets.get(ADMIN_TOKEN).unwrap(), "kept");
        assert!(!secrets.are_new);
        assert!(secrets.get(ADMIN_PASSWORD).is_err());
        assert!(asked(&calls).iter().all(|what| what.starts_with("GET ")), "{:?}", asked(&calls));
    }

    #[tokio::test]
    async fn secrets_are_made_where_there_are_none() {
        let (client, calls) = api(|call| match call.what.starts_with("POST") {
            true => (201, call.body.clone()),
            false => absent(),
        });
        let secrets = ensure(&client, "films", None).await.unwrap();
        assert!(secrets.are_new && secrets.get(ADMIN_PASSWORD).is_ok());
        let made = calls.lock().unwrap().last().unwrap().clone();
        assert!(made.what.starts_with("POST /api/v1/namespaces/films/secrets?"));
        assert_eq!(made.body["data"].as_object().unwrap().len(), 6);
    }

    #[tokio::test]
    async fn who_loses_the_race_takes_the_winners() {
        let tries = std::sync::atomic::AtomicU32::new(0);
        let (client, _) = api(move |call| {
            if call.what.starts_with("POST") {
                return status(409, "AlreadyExists", "it exists");
            }
            match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => absent(),
                _ => (
                    200,
                    json!({
                        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": NAME },
                        "data": { ADMIN_TOKEN: "dGhlaXJz" },
                    }),
                ),
            }
        });
        let secrets = ensure(&client, "films", None).await.unwrap();
        assert_eq!(secrets.get(ADMIN_TOKEN).unwrap(), "theirs");
        assert!(!secrets.are_new);
    }
}
