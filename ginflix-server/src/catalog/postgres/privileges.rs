//! Messages about privileges that the role of this server lacks, with the statement that grants
//! them.

use tokio_postgres::Config;

use crate::catalog::store::StoreError;

/// The role and the database of the URL.
#[derive(Debug, Clone)]
pub struct Login {
    role: String,
    database: String,
}

impl Login {
    /// Returns the role and the database of a configuration.
    pub fn new(config: &Config) -> Self {
        let role = config.get_user().unwrap_or_default().to_owned();
        let database = config.get_dbname().unwrap_or(&role).to_owned();
        Self { role, database }
    }

    /// Completes the message of [`StoreError::Denied`]: who lacks the privilege, and what grants it.
    pub fn complete(&self, error: StoreError) -> StoreError {
        let StoreError::Denied(message) = error else { return error };
        let Self { role, database } = self;
        StoreError::Denied(format!(
            "{message}. The server uses the database {database} as the role {role}. As the owner of \
             the database or a superuser, execute in it: {}",
            self.statement(&message)
        ))
    }

    /// Returns the SQL that grants what a message of PostgreSQL misses. In another language than
    /// English the message does not tell, and everything is granted.
    fn statement(&self, message: &str) -> String {
        let role = quoted(&self.role);
        let connect = format!("GRANT CONNECT ON DATABASE {} TO {role};", quoted(&self.database));
        let schema = |name: &str| format!("GRANT USAGE, CREATE ON SCHEMA {name} TO {role};");
        let tables = format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};"
        );
        match (object(message, "permission denied for "), object(message, "must be owner of ")) {
            (Some(("database", _)), _) => connect,
            (Some(("schema", name)), _) => schema(&quoted(name)),
            (Some(("table" | "relation" | "view", _)), _) => tables,
            (_, Some(("table" | "relation", name))) => {
                format!("ALTER TABLE {} OWNER TO {role};", quoted(name))
            }
            _ => format!("{connect} {} {tables}", schema("public")),
        }
    }
}

/// Returns kind and name of the object that a message names after `prefix`.
fn object<'a>(message: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    let (_, object) = message.split_once(prefix)?;
    let (kind, name) = object.split_once(' ')?;
    let name = name.split([';', '\n']).next()?;
    Some((kind, name.trim_matches('"')))
}

/// Quotes an identifier: section 4.1.1 of PostgreSQL's documentation.
fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_statement_that_mends_it() {
        let url = "postgres://film%22s:hunter2@h/films";
        let login = Login::new(&url.parse().unwrap());
        let statement = |message: &str| login.statement(message);
        assert_eq!(
            statement("ERROR: permission denied for schema public"),
            r#"GRANT USAGE, CREATE ON SCHEMA "public" TO "film""s";"#
        );
        assert_eq!(
            statement("ERROR: permission denied for table movies"),
            r#"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "film""s";"#
        );
        assert_eq!(
            statement(
                "FATAL: permission denied for database \"films\"; User does not have CONNECT privilege."
            ),
            r#"GRANT CONNECT ON DATABASE "films" TO "film""s";"#
        );
        assert_eq!(
            statement("ERROR: must be owner of table movies"),
            r#"ALTER TABLE "movies" OWNER TO "film""s";"#
        );
        let all = statement("FEHLER: keine Berechtigung für Schema public");
        assert!(all.contains("CONNECT") && all.contains("CREATE") && all.contains("DELETE"));
        let completed = login.complete(StoreError::Denied("ERROR: no".to_owned())).to_string();
        assert!(completed.contains("films") && completed.contains("film\"s"), "{completed}");
        assert!(!completed.contains("hunter2"));
    }
}
