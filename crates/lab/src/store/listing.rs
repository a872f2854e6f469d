//! Listing: what a list of runs shows of each, kept by the database itself, so that a list opens neither plans nor
//! outcomes, however many there are.

/// The table, and the triggers that keep it, whichever version of envy writes. A cell's first attempt has the number 0,
/// and a graded cell is never played again: so first attempts count the sealed cells, and graded rows the graded ones.
pub(super) const TABLE: &str = "
CREATE TABLE listing (
  id TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  environment TEXT NOT NULL,
  models TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  planned INTEGER,
  sealed INTEGER NOT NULL DEFAULT 0,
  graded INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE VIEW planned (id, created, environment, models, tasks, planned) AS
SELECT id, created, environment,
  coalesce(plan ->> '$.models', '[]'),
  coalesce(json_array_length(plan, '$.tasks'), 0),
  iif(plan ->> '$.rollouts' > 0 AND plan ->> '$.until_placed' IS NULL,
    json_array_length(plan, '$.tasks') * json_array_length(plan, '$.models') * (plan ->> '$.rollouts'), NULL)
FROM (SELECT id, created, environment, iif(json_valid(plan), plan, '{}') AS plan FROM runs);

CREATE TRIGGER run_listed AFTER INSERT ON runs BEGIN
  INSERT INTO listing (id, created, environment, models, tasks, planned)
  SELECT id, created, environment, models, tasks, planned FROM planned WHERE id = NEW.id;
END;

CREATE TRIGGER episode_counted AFTER INSERT ON episodes BEGIN
  UPDATE listing SET
    sealed = sealed + (NEW.attempt = 0),
    graded = graded + (iif(json_valid(NEW.outcome), NEW.outcome ->> '$.reward', NULL) IS NOT NULL)
  WHERE id = NEW.run;
END;

INSERT INTO listing (id, created, environment, models, tasks, planned, sealed, graded)
SELECT id, created, environment, models, tasks, planned, coalesce(sealed, 0), coalesce(graded, 0)
FROM planned LEFT JOIN (
  SELECT run, sum(attempt = 0) AS sealed,
    sum(iif(json_valid(outcome), outcome ->> '$.reward', NULL) IS NOT NULL) AS graded
  FROM episodes GROUP BY run
) ON run = id;
";

/// The listing, oldest run first.
pub(super) const SELECT: &str =
    "SELECT id, created, environment, models, tasks, planned, sealed, graded FROM listing ORDER BY id";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::schema;
    use super::*;

    /// No list may open what grows with the records.
    #[test]
    fn a_list_reads_nothing_but_the_listing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        drop(schema::open_for_writing(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {SELECT}")).unwrap();
        let steps: Vec<String> = plan.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert_eq!(steps, ["SCAN listing"]);
    }

    #[test]
    fn a_damaged_plan_is_listed_without_what_it_would_say() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        let connection = schema::open_for_writing(&path).unwrap();
        connection.execute("INSERT INTO runs VALUES ('run-1', 'then', 'guess', 'no plan')", []).unwrap();
        let row = connection.query_row(SELECT, [], |row| {
            Ok((row.get::<_, String>(3)?, row.get::<_, u32>(4)?, row.get::<_, Option<u32>>(5)?))
        });
        assert_eq!(row.unwrap(), ("[]".to_owned(), 0, None));
    }
}
