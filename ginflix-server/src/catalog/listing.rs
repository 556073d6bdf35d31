//! Lists of movies as SQL: filters, orders and pages, the same for both
//! databases. How they find words is their own: [`Dialect`].

use ginflix_api::movie::MovieSort;
use jiff::civil::Date;
use uuid::Uuid;

use super::columns::damaged;
use super::fold;
use super::store::{MovieFilter, Result, SortKey};

/// What a movie is read from.
pub const COLUMNS: &str = "m.id, m.title, m.description, m.year, m.genres, m.directors, m.actors, \
    m.media, m.version, m.created_at, m.updated_at, \
    f.content_type, f.size_bytes, f.duration_seconds, p.sha256, t.views";

/// Where [`COLUMNS`] come from.
pub const TABLES: &str = "movies m \
    JOIN view_totals t ON t.movie_id = m.id \
    LEFT JOIN media f ON f.name = m.media \
    LEFT JOIN posters p ON p.movie_id = m.id";

/// Years of movies, the latest first: a step in their index each, so that no
/// other movie is looked at.
pub const YEARS: &str = "WITH RECURSIVE years (year) AS (\
    SELECT max(year) FROM movies UNION ALL \
    SELECT (SELECT max(year) FROM movies WHERE year < years.year) FROM years \
    WHERE years.year IS NOT NULL) \
    SELECT year FROM years WHERE year IS NOT NULL";

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A movie's id.
    Id(Uuid),
    /// A day.
    Day(Date),
}

/// Parameters in the order of their marks.
pub struct Params {
    mark: char,
    all: Vec<Param>,
}

impl Params {
    /// Adds one and gives its mark.
    pub fn add(&mut self, param: Param) -> String {
        self.all.push(param);
        format!("{}{}", self.mark, self.all.len())
    }
}

/// How a list is narrowed to what has the words that are looked for.
#[derive(Default)]
pub struct Search {
    /// What is joined.
    pub joined: String,
    /// What must hold.
    pub condition: Option<String>,
    /// How far off a movie is, as a big integer; asked for where that is the order.
    pub rank: Option<String>,
}

/// What a database does in its own way.
pub trait Dialect {
    /// What stands before the number of a parameter.
    const MARK: char;
    /// Finds the words of the filter, of which there are some.
    fn search(params: &mut Params, filter: &MovieFilter, ranked: bool) -> Search;
}

/// A statement that gives [`COLUMNS`], and as text `place` what it sorts by.
pub fn list<D: Dialect>(filter: &MovieFilter) -> Result<(String, Vec<Param>)> {
    let mut params = Params { mark: D::MARK, all: Vec::new() };
    let sort = match filter.sort {
        MovieSort::Relevance if filter.words.is_empty() => MovieSort::Newest,
        sort => sort,
    };
    let found = match filter.words.is_empty() {
        true => Search::default(),
        false => D::search(&mut params, filter, sort == MovieSort::Relevance),
    };
    let mut list = List {
        joined: found.joined,
        conditions: found.condition.into_iter().collect(),
        is_search: !filter.words.is_empty(),
        after: filter.after.as_ref(),
        limit: String::new(),
    };
    list.conditions.extend(conditions(&mut params, filter));
    list.limit = params.add(Param::Number(filter.limit.into()));
    let sql = match sort {
        MovieSort::Newest => list.by(&Order::NEWEST, &mut params)?,
        MovieSort::Title => list.by(&Order::up("m.title_key", false), &mut params)?,
        MovieSort::Views => list.by(&Order::VIEWS, &mut params)?,
        MovieSort::Relevance => {
            let rank = found.rank.ok_or_else(|| damaged("a search without a rank"))?;
            list.by(&Order::up(&rank, true), &mut params)?
        }
        MovieSort::Week => {
            let first_day = params.add(Param::Day(filter.week));
            list.by_week(&first_day, &mut params)?
        }
    };
    Ok((sql, params.all))
}

fn conditions(params: &mut Params, filter: &MovieFilter) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(genre) = &filter.genre {
        let genre = params.add(Param::Text(fold::sort_key(genre)));
        let having = format!("SELECT movie_id FROM movie_genres WHERE genre_key = {genre}");
        conditions.push(format!("m.id IN ({having})"));
    }
    if let Some(year) = filter.year {
        conditions.push(format!("m.year = {}", params.add(Param::Number(year.into()))));
    }
    if let Some(media) = &filter.media {
        let media = params.add(Param::Text(media.as_str().to_owned()));
        conditions.push(format!("m.media = {media}"));
    }
    conditions
}

/// A list but for its order.
struct List<'a> {
    joined: String,
    conditions: Vec<String>,
    is_search: bool,
    after: Option<&'a SortKey>,
    limit: String,
}

impl List<'_> {
    /// No index has the order of what a search finds.
    fn by(&self, order: &Order<'_>, params: &mut Params) -> Result<String> {
        if self.is_search {
            return self.sorted(order, params);
        }
        let columns = format!("{COLUMNS}, CAST({} AS TEXT) AS place", order.key());
        self.select(&columns, TABLES, None, order, params)
    }

    /// Sorts ids, and reads the movies of one page only as a whole.
    fn sorted(&self, order: &Order<'_>, params: &mut Params) -> Result<String> {
        let columns = format!("m.id AS movie_id, {} AS place", order.key());
        let page = self.select(&columns, order.tables, None, order, params)?;
        let sorted = Order { key: order.key.map(|_| "page.place"), id: "m.id", ..*order };
        Ok(format!(
            "SELECT {COLUMNS}, CAST(page.place AS TEXT) AS place \
             FROM {TABLES} JOIN ({page}) page ON page.movie_id = m.id ORDER BY {}",
            sorted.by()
        ))
    }

    /// First what was viewed this week, then the rest, of which the ids have the
    /// order. So it needs the days of one week.
    fn by_week(&self, first_day: &str, params: &mut Params) -> Result<String> {
        let seen = self.sorted(&Order::WEEK, params)?;
        let (none, unseen) = ("CAST(0 AS BIGINT)", "m.id NOT IN (SELECT movie_id FROM week)");
        let columns = format!("{COLUMNS}, CAST({none} AS TEXT) AS place");
        let order = Order { key: Some(none), ..Order::WEEK };
        let rest = self.select(&columns, TABLES, Some(unseen), &order, params)?;
        Ok(format!(
            "WITH week AS MATERIALIZED (\
             SELECT movie_id, CAST(sum(views) AS BIGINT) AS views FROM view_movie_days \
             WHERE day >= {first_day} GROUP BY movie_id) \
             SELECT * FROM (SELECT * FROM ({seen}) seen UNION ALL SELECT * FROM ({rest}) rest) listed \
             ORDER BY CAST(place AS BIGINT) DESC, id DESC LIMIT {}",
            self.limit
        ))
    }

    fn select(
        &self,
        columns: &str,
        tables: &str,
        condition: Option<&str>,
        order: &Order<'_>,
        params: &mut Params,
    ) -> Result<String> {
        let mut conditions = self.conditions.clone();
        conditions.extend(condition.map(str::to_owned));
        if let Some(place) = self.after {
            conditions.push(order.after(place, params)?);
        }
        let conditions = match conditions.as_slice() {
            [] => String::new(),
            all => format!("WHERE {}", all.join(" AND ")),
        };
        Ok(format!(
            "SELECT {columns} FROM {tables} {} {conditions} ORDER BY {} LIMIT {}",
            self.joined,
            order.by(),
            self.limit
        ))
    }
}

/// What a list is sorted by before the id; one direction for both.
#[derive(Clone, Copy)]
struct Order<'a> {
    /// What has both, and is enough for the conditions.
    tables: &'a str,
    key: Option<&'a str>,
    id: &'a str,
    descending: bool,
    numeric: bool,
}

impl<'a> Order<'a> {
    const NEWEST: Self =
        Self { tables: "movies m", key: None, id: "m.id", descending: true, numeric: false };
    /// Key and id are of the same table, so that its index gives the order.
    const VIEWS: Self = Self {
        tables: "movies m JOIN view_totals t ON t.movie_id = m.id",
        key: Some("t.views"),
        id: "t.movie_id",
        descending: true,
        numeric: true,
    };
    const WEEK: Self = Self {
        tables: "movies m JOIN week w ON w.movie_id = m.id",
        key: Some("w.views"),
        id: "m.id",
        descending: true,
        numeric: true,
    };

    /// The least first.
    fn up(key: &'a str, numeric: bool) -> Self {
        Self { tables: "movies m", key: Some(key), id: "m.id", descending: false, numeric }
    }

    fn key(&self) -> &'a str {
        self.key.unwrap_or("NULL")
    }

    fn by(&self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.key {
            None => format!("{} {direction}", self.id),
            Some(key) => format!("{key} {direction}, {} {direction}", self.id),
        }
    }

    fn after(&self, place: &SortKey, params: &mut Params) -> Result<String> {
        let id = params.add(Param::Id(place.id.0));
        let than = if self.descending { '<' } else { '>' };
        let Some(key) = self.key else { return Ok(format!("{} {than} {id}", self.id)) };
        let value = params.add(match self.numeric {
            true => Param::Number(place.key.parse().map_err(damaged)?),
            false => Param::Text(place.key.clone()),
        });
        Ok(format!("({key}, {}) {than} ({value}, {id})", self.id))
    }
}
