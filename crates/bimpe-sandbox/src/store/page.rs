//! Lists: pagination, search, sorting and filters.

use rusqlite::types::Value as Sql;
use rusqlite::{ToSql, params_from_iter};
use serde_json::{Map, Value, json};

use super::{COLUMNS, Db, Row, Table, read_row};

/// The options of a list operation.
pub(crate) struct Listing {
    pub table: Table,
    /// Fields that `search` reads.
    pub search: &'static [&'static str],
    /// Fields that `sort` accepts.
    pub sort: &'static [&'static str],
}

/// A condition on a top-level field.
pub(crate) struct Filter {
    pub field: &'static str,
    pub value: Value,
}

impl Listing {
    /// Returns the SQL order for a `sort` value. Defaults to the newest first.
    fn order(&self, sort: Option<&str>) -> Result<String, Vec<String>> {
        let Some(sort) = sort else { return Ok("seq DESC".to_owned()) };
        let (field, direction) = sort.strip_prefix('-').map_or((sort, "ASC"), |field| (field, "DESC"));
        if self.sort.contains(&field) {
            return Ok(format!("json_extract(data, '$.{field}') {direction}, seq {direction}"));
        }
        Err(vec![format!("sort: must be one of {}, with a leading - for descending", self.sort.join(", "))])
    }

    /// Returns a page of the rows of `parents`, and its `meta` object.
    pub(crate) fn page<E: From<rusqlite::Error> + From<Vec<String>>>(
        &self,
        db: &Db<'_>,
        parents: &[&str],
        query: &Map<String, Value>,
        filters: &[Filter],
    ) -> Result<(Vec<Row>, Value), E> {
        let order = self.order(query.get("sort").and_then(Value::as_str))?;
        let mut values: Vec<Sql> = parents.iter().map(|parent| Sql::from((*parent).to_owned())).collect();
        let mut conditions = vec![format!("parent IN ({})", vec!["?"; parents.len()].join(", "))];
        for filter in filters {
            conditions.push(format!("json_extract(data, '$.{}') = ?", filter.field));
            values.push(sql_value(&filter.value));
        }
        if let Some(search) = query.get("search").and_then(Value::as_str).filter(|search| !search.is_empty())
        {
            let fields = self.search.iter().map(|field| {
                values.push(Sql::from(search.to_lowercase()));
                format!("instr(lower(coalesce(json_extract(data, '$.{field}'), '')), ?) > 0")
            });
            conditions.push(format!("({})", fields.collect::<Vec<_>>().join(" OR ")));
        }
        let from = format!("FROM {} WHERE {}", self.table.name(), conditions.join(" AND "));
        let total: i64 =
            db.0.prepare_cached(&format!("SELECT count(*) {from}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
        let number = |name: &str, default| query.get(name).and_then(Value::as_i64).unwrap_or(default);
        let (page, limit) = (number("page", 1), number("limit", 20));
        let sql = format!("SELECT {COLUMNS} {from} ORDER BY {order} LIMIT ? OFFSET ?");
        let bounds = [Sql::from(limit), Sql::from(page.saturating_sub(1).saturating_mul(limit))];
        let bound = values.iter().chain(&bounds).map(|value| value as &dyn ToSql);
        let rows =
            db.0.prepare_cached(&sql)?
                .query_map(params_from_iter(bound), read_row)?
                .collect::<Result<_, _>>()?;
        Ok((rows, meta(total, page, limit)))
    }
}

fn meta(total: i64, page: i64, limit: i64) -> Value {
    let pages = total.div_euclid(limit) + i64::from(total.rem_euclid(limit) > 0);
    json!({
        "total_count": total,
        "page_count": pages,
        "current_page": page,
        "limit": limit,
        "has_next_page": page < pages,
        "has_previous_page": page > 1,
    })
}

fn sql_value(value: &Value) -> Sql {
    match value {
        Value::Bool(flag) => Sql::from(i64::from(*flag)),
        Value::String(text) => Sql::from(text.clone()),
        other => Sql::from(other.to_string()),
    }
}
