//! Which theme a client gets the pages in: that of its choice, which a cookie keeps, else that of its system.

use serde::Deserialize;
use warp::http::HeaderMap;
use warp::reply::Response;

use super::appearance::{self, Chooser, THEME_COOKIE, Theme};
use super::auth;
use super::request::AuthorizedRequest;
use crate::catalog::store::Preferences;
use crate::error::AppError;

/// Returns the theme for a request with these header fields.
pub fn preferred(headers: &HeaderMap) -> Theme {
    auth::cookie(headers, THEME_COOKIE).and_then(Theme::from_name).unwrap_or_default()
}

/// The form of the switch on each page.
#[derive(Deserialize)]
struct ThemeForm {
    theme: String,
    #[serde(default)]
    next: String,
}

/// `POST /theme`: keeps a theme, and returns to the page.
pub async fn choose(req: AuthorizedRequest) -> Result<Response, AppError> {
    let chooser = Chooser::of(&req).await?;
    let form: ThemeForm = appearance::form(req).await?;
    let theme = Theme::from_name(&form.theme).ok_or_else(|| {
        let names = Theme::ALL.map(Theme::name).join(", ");
        AppError::invalid("theme", format!("must be one of {names}"))
    })?;
    let theme = Some(theme.name().to_owned());
    chooser.keep(&Preferences { language: None, theme }, &form.next).await
}

#[cfg(test)]
mod tests {
    use crate::app::App;
    use crate::http::routes::routes;
    use crate::http::test_request::request;

    #[tokio::test]
    async fn pages_have_the_theme_of_the_cookie() {
        let (_dir, app) = App::in_temp_dir().await;
        let site = routes(&app);
        for (cookie, root, scheme) in [
            ("a=b", "<html lang=\"en\">", "light dark"),
            ("ginflix_theme=system", "<html lang=\"en\">", "light dark"),
            ("ginflix_theme=light", "<html lang=\"en\" data-theme=\"light\">", "light"),
            ("a=b; ginflix_theme=dark", "<html lang=\"en\" data-theme=\"dark\">", "dark"),
            ("ginflix_theme=\"><script>", "<html lang=\"en\">", "light dark"),
        ] {
            for path in ["/", "/login", "/none"] {
                let page = request("GET", path).header("cookie", cookie).reply(&site).await;
                let text = String::from_utf8(page.into_body().to_vec()).unwrap();
                assert!(text.contains(root), "{path} {cookie}: {text}");
                let meta = format!("<meta name=\"color-scheme\" content=\"{scheme}\">");
                assert!(text.contains(&meta), "{path} {cookie}: {text}");
            }
        }
    }

    /// The style sheet has the dark colours twice: for systems that prefer them, and for viewers who choose them.
    #[test]
    fn both_dark_themes_have_the_same_colours() {
        let style = include_str!("../../assets/site.css");
        let colours = |selector: &str| -> Vec<&str> {
            let (_, rest) = style.split_once(selector).unwrap();
            let (block, _) = rest.split_once('}').unwrap();
            block.lines().map(str::trim).filter(|line| line.starts_with("--")).collect()
        };
        let of_system = colours(":root:not([data-theme=\"light\"]) {");
        assert!(of_system.len() > 10);
        assert_eq!(of_system, colours(":root[data-theme=\"dark\"] {"));
    }
}
