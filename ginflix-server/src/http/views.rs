//! Reports of views.

use ginflix_api::movie::MovieId;
use ginflix_api::views::{ViewFormat, ViewQuery, ViewReport, ViewsBy};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, VARY};
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::error::AppError;

/// `GET /api/v1/views`: returns views per movie or day; as CSV with `format=csv`, or if `Accept`
/// begins with `text/csv`.
pub async fn summary(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: ViewQuery = req.query()?;
    let by = query.by.unwrap_or_default();
    let accepts_csv = req.header("accept").is_some_and(|types| types.starts_with("text/csv"));
    let as_csv = query.format.map_or(accepts_csv, |format| format == ViewFormat::Csv);
    let report = req.app.views.summary(query).await?;
    let mut response = match as_csv {
        true => csv_response(table(&report, by).map_err(AppError::internal)?),
        false => reply::json(StatusCode::OK, &report)?,
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// `GET /api/v1/views/explain/{movie}`: returns why playbacks did or did not count.
pub async fn explain(req: AuthorizedRequest, movie: MovieId) -> Result<Response, AppError> {
    reply::json(StatusCode::OK, &req.app.views.explain(movie).await?)
}

fn csv_response(csv: Vec<u8>) -> Response {
    let mut response = Response::new(csv.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let file = HeaderValue::from_static("attachment; filename=\"views.csv\"");
    headers.insert(CONTENT_DISPOSITION, file);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Writes the report as CSV (RFC 4180).
fn table(report: &ViewReport, by: ViewsBy) -> Result<Vec<u8>, csv::Error> {
    let mut csv =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    match by {
        ViewsBy::Movie => {
            csv.write_record(["movie_id", "title", "views", "last_viewed_at"])?;
            for movie in &report.movies {
                let last = movie.last_viewed_at.map(|time| time.to_string()).unwrap_or_default();
                let (id, views) = (movie.movie_id.to_string(), movie.views.to_string());
                csv.write_record([id, as_text(&movie.title), views, last])?;
            }
        }
        ViewsBy::Day => {
            csv.write_record(["day", "views"])?;
            for day in &report.days {
                csv.write_record([day.day.to_string(), day.views.to_string()])?;
            }
        }
    }
    csv.into_inner().map_err(|error| error.into_error().into())
}

/// Makes a title safe for spreadsheets, which interpret text that begins with one of these
/// characters as a formula. An apostrophe before the text prevents that.
fn as_text(title: &str) -> String {
    let is_formula = title.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{title}") } else { title.to_owned() }
}

#[cfg(test)]
mod tests {
    use ginflix_api::views::{DayViews, MovieViews};

    use super::*;

    #[test]
    fn a_csv_report_has_no_formulas() {
        let id = MovieId(uuid::Uuid::nil());
        let last = "2026-01-02T03:04:05Z".parse().ok();
        let movie = |title: &str, last_viewed_at| MovieViews {
            movie_id: id,
            title: title.to_owned(),
            views: 2,
            last_viewed_at,
        };
        let report = ViewReport {
            total: 4,
            movies: vec![
                movie("=HYPERLINK(\"x\")", last),
                movie("a, \"b\"", None),
                movie("Ünïcode -1", None),
            ],
            days: vec![DayViews { day: "2026-01-02".parse().unwrap(), views: 4 }],
        };
        let text = |by| String::from_utf8(table(&report, by).unwrap()).unwrap();
        assert_eq!(
            text(ViewsBy::Movie),
            format!(
                "movie_id,title,views,last_viewed_at\r\n\
                 {id},\"'=HYPERLINK(\"\"x\"\")\",2,2026-01-02T03:04:05Z\r\n\
                 {id},\"a, \"\"b\"\"\",2,\r\n\
                 {id},Ünïcode -1,2,\r\n"
            )
        );
        assert_eq!(text(ViewsBy::Day), "day,views\r\n2026-01-02,4\r\n");
    }
}
