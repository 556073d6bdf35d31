//! The SQL of movie lists: filters, orders and pages, the same for both databases. Only the
//! full-text search depends on the database: see [`SqlDialect`].

use ginflix_api::movie::MovieSort;
use jiff::civil::Date;
use uuid::Uuid;

use super::columns::corrupt;
use super::normalize;
use super::store::{MovieFilter, Result, SortKey};

/// The columns of a movie, in the order that `super::records` reads them in.
pub const MOVIE_COLUMNS: &str = "m.id, m.title, m.description, m.year, m.genres, m.directors, m.actors, \
    m.media, m.version, m.created_at, m.updated_at, \
    f.content_type, f.size_bytes, f.duration_seconds, p.sha256, t.views, \
    m.series, m.season, m.episode";

/// The tables of [`MOVIE_COLUMNS`].
pub const MOVIE_TABLES: &str = "movies m \
    JOIN view_totals t ON t.movie_id = m.id \
    LEFT JOIN media f ON f.name = m.media AND f.missing_since IS NULL \
    LEFT JOIN posters p ON p.movie_id = m.id";

/// Selects the distinct years of all movies, the latest first. It takes one index lookup per
/// year (a loose index scan): neither database does that for `SELECT DISTINCT`.
pub const YEARS: &str = "WITH RECURSIVE years (year) AS (\
    SELECT max(year) FROM movies UNION ALL \
    SELECT (SELECT max(year) FROM movies WHERE year < years.year) FROM years \
    WHERE years.year IS NOT NULL) \
    SELECT year FROM years WHERE year IS NOT NULL";

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlParam {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// The id of a movie.
    Id(Uuid),
    /// A day.
    Day(Date),
}

/// The parameters of a statement, in the order of their placeholders.
pub struct SqlParams {
    prefix: char,
    values: Vec<SqlParam>,
}

impl SqlParams {
    /// Adds a parameter and returns its placeholder.
    pub fn add(&mut self, param: SqlParam) -> String {
        self.values.push(param);
        format!("{}{}", self.prefix, self.values.len())
    }
}

/// The parts of a statement that restrict a list to movies with the words of a search.
#[derive(Default)]
pub struct SearchSql {
    /// A `JOIN` clause; empty if the search needs none.
    pub join: String,
    /// A condition for the `WHERE` clause.
    pub condition: Option<String>,
    /// An expression of type bigint that is smaller for a better match. Only a list that is
    /// sorted by relevance needs it.
    pub rank: Option<String>,
}

/// The part of the SQL in which the databases differ.
pub trait SqlDialect {
    /// The character before the number of a parameter.
    const PLACEHOLDER_PREFIX: char;
    /// Returns the SQL of a search for the words of the filter, of which there is at least one.
    /// It includes a rank if `ranked` is set.
    fn search(params: &mut SqlParams, filter: &MovieFilter, ranked: bool) -> SearchSql;
}

/// Returns a statement that selects [`MOVIE_COLUMNS`] and as a text `sort_value` the value that
/// the list is sorted by, with its parameters.
pub fn list<D: SqlDialect>(filter: &MovieFilter) -> Result<(String, Vec<SqlParam>)> {
    let mut params = SqlParams { prefix: D::PLACEHOLDER_PREFIX, values: Vec::new() };
    let sort = match filter.sort {
        MovieSort::Relevance if filter.words.is_empty() => MovieSort::Newest,
        sort => sort,
    };
    let search = match filter.words.is_empty() {
        true => SearchSql::default(),
        false => D::search(&mut params, filter, sort == MovieSort::Relevance),
    };
    let mut query = ListQuery {
        join: search.join,
        conditions: search.condition.into_iter().collect(),
        is_search: !filter.words.is_empty(),
        after: filter.after.as_ref(),
        limit: String::new(),
    };
    let is_genre = sort == MovieSort::Newest && !query.is_search && filter.genre.is_some();
    let of_genre = if is_genre { OF_GENRE_BY_JOIN } else { OF_GENRE };
    query.conditions.extend(conditions(&mut params, filter, of_genre));
    query.limit = params.add(SqlParam::Number(filter.limit.into()));
    let sql = match sort {
        MovieSort::Newest if is_genre => {
            query.sort_ids_first(&SortOrder::NEWEST_OF_GENRE, &mut params)?
        }
        MovieSort::Newest => query.sorted_by(&SortOrder::NEWEST, &mut params)?,
        MovieSort::Title => {
            query.sorted_by(&SortOrder::ascending("m.title_key", false), &mut params)?
        }
        MovieSort::Views => query.sorted_by(&SortOrder::VIEWS, &mut params)?,
        MovieSort::Relevance => {
            let rank = search.rank.ok_or_else(|| corrupt("a search without a rank"))?;
            query.sorted_by(&SortOrder::ascending(&rank, true), &mut params)?
        }
        MovieSort::Week => {
            let first_day = params.add(SqlParam::Day(filter.week_start));
            query.sorted_by_week(&first_day, &mut params)?
        }
    };
    Ok((sql, params.values))
}

/// The condition for the movies of a genre, before its key and after it.
const OF_GENRE: [&str; 2] = ["m.id IN (SELECT movie_id FROM movie_genres WHERE genre_key = ", ")"];
/// The same for [`SortOrder::NEWEST_OF_GENRE`], whose tables are joined with the genres.
const OF_GENRE_BY_JOIN: [&str; 2] = ["g.genre_key = ", ""];

fn conditions(params: &mut SqlParams, filter: &MovieFilter, of_genre: [&str; 2]) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(genre) = &filter.genre {
        let genre = params.add(SqlParam::Text(normalize::sort_key(genre)));
        conditions.push(of_genre.join(&genre));
    }
    if let Some(year) = filter.year {
        conditions.push(format!("m.year = {}", params.add(SqlParam::Number(year.into()))));
    }
    if let Some(media) = &filter.media {
        let media = params.add(SqlParam::Text(media.as_str().to_owned()));
        conditions.push(format!("m.media = {media}"));
    }
    conditions
}

/// A list without its order.
struct ListQuery<'a> {
    join: String,
    conditions: Vec<String>,
    is_search: bool,
    after: Option<&'a SortKey>,
    limit: String,
}

impl ListQuery<'_> {
    fn sorted_by(&self, order: &SortOrder<'_>, params: &mut SqlParams) -> Result<String> {
        if self.is_search {
            // No index yields the results of a search in this order.
            return self.sort_ids_first(order, params);
        }
        let columns = format!("{MOVIE_COLUMNS}, CAST({} AS TEXT) AS sort_value", order.key());
        self.select(&columns, MOVIE_TABLES, None, order, params)
    }

    /// Sorts the ids of all movies found, and reads the other columns of one page only.
    fn sort_ids_first(&self, order: &SortOrder<'_>, params: &mut SqlParams) -> Result<String> {
        let columns = format!("m.id AS movie_id, {} AS sort_value", order.key());
        let page = self.select(&columns, order.tables, None, order, params)?;
        let page_order =
            SortOrder { key: order.key.map(|_| "page.sort_value"), id: "m.id", ..*order };
        Ok(format!(
            "SELECT {MOVIE_COLUMNS}, CAST(page.sort_value AS TEXT) AS sort_value \
             FROM {MOVIE_TABLES} JOIN ({page}) page ON page.movie_id = m.id ORDER BY {}",
            page_order.order_by()
        ))
    }

    /// Lists the movies that were viewed this week, then the others by id, so that only the views
    /// of one week are added up and sorted.
    fn sorted_by_week(&self, first_day: &str, params: &mut SqlParams) -> Result<String> {
        let viewed = self.sort_ids_first(&SortOrder::WEEK, params)?;
        let (zero, not_viewed) = ("CAST(0 AS BIGINT)", "m.id NOT IN (SELECT movie_id FROM week)");
        let columns = format!("{MOVIE_COLUMNS}, CAST({zero} AS TEXT) AS sort_value");
        let order = SortOrder { key: Some(zero), ..SortOrder::WEEK };
        let others = self.select(&columns, MOVIE_TABLES, Some(not_viewed), &order, params)?;
        Ok(format!(
            "WITH week AS MATERIALIZED (\
             SELECT movie_id, CAST(sum(views) AS BIGINT) AS views FROM view_movie_days \
             WHERE day >= {first_day} GROUP BY movie_id) \
             SELECT * FROM (SELECT * FROM ({viewed}) viewed \
             UNION ALL SELECT * FROM ({others}) others) listed \
             ORDER BY CAST(sort_value AS BIGINT) DESC, id DESC LIMIT {}",
            self.limit
        ))
    }

    fn select(
        &self,
        columns: &str,
        tables: &str,
        condition: Option<&str>,
        order: &SortOrder<'_>,
        params: &mut SqlParams,
    ) -> Result<String> {
        let mut conditions = self.conditions.clone();
        conditions.extend(condition.map(str::to_owned));
        if let Some(position) = self.after {
            conditions.push(order.after(position, params)?);
        }
        let conditions = match conditions.as_slice() {
            [] => String::new(),
            all => format!("WHERE {}", all.join(" AND ")),
        };
        Ok(format!(
            "SELECT {columns} FROM {tables} {} {conditions} ORDER BY {} LIMIT {}",
            self.join,
            order.order_by(),
            self.limit
        ))
    }
}

/// The order of a list: by a key, if there is one, then by the id in the same direction.
#[derive(Clone, Copy)]
struct SortOrder<'a> {
    /// Tables with the key, the id and the columns of all conditions.
    tables: &'a str,
    key: Option<&'a str>,
    id: &'a str,
    descending: bool,
    is_numeric: bool,
}

impl<'a> SortOrder<'a> {
    /// Ids are UUIDv7, so their order is the order in which movies were added.
    const NEWEST: Self =
        Self { tables: "movies m", key: None, id: "m.id", descending: true, is_numeric: false };
    /// The primary key of the genres has the movies of each in this order, so that only those of the page are read.
    const NEWEST_OF_GENRE: Self = Self {
        tables: "movie_genres g JOIN movies m ON m.id = g.movie_id",
        id: "g.movie_id",
        ..Self::NEWEST
    };
    /// The key and the id are columns of one table, so that its index has the order.
    const VIEWS: Self = Self {
        tables: "movies m JOIN view_totals t ON t.movie_id = m.id",
        key: Some("t.views"),
        id: "t.movie_id",
        descending: true,
        is_numeric: true,
    };
    const WEEK: Self = Self {
        tables: "movies m JOIN week w ON w.movie_id = m.id",
        key: Some("w.views"),
        id: "m.id",
        descending: true,
        is_numeric: true,
    };

    fn ascending(key: &'a str, is_numeric: bool) -> Self {
        Self { tables: "movies m", key: Some(key), id: "m.id", descending: false, is_numeric }
    }

    fn key(&self) -> &'a str {
        self.key.unwrap_or("NULL")
    }

    /// Returns the expressions after `ORDER BY`.
    fn order_by(&self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.key {
            None => format!("{} {direction}", self.id),
            Some(key) => format!("{key} {direction}, {} {direction}", self.id),
        }
    }

    /// Returns the condition for the movies after this position. It compares row values, so that
    /// an index on the key and the id finds the start of the page.
    fn after(&self, position: &SortKey, params: &mut SqlParams) -> Result<String> {
        let id = params.add(SqlParam::Id(position.id.0));
        let operator = if self.descending { '<' } else { '>' };
        let Some(key) = self.key else { return Ok(format!("{} {operator} {id}", self.id)) };
        let value = params.add(match self.is_numeric {
            true => SqlParam::Number(position.key.parse().map_err(corrupt)?),
            false => SqlParam::Text(position.key.clone()),
        });
        Ok(format!("({key}, {}) {operator} ({value}, {id})", self.id))
    }
}
