//! Own: a user's table in the place of a drawn world. No eta is known, so labels stand in its place and scores are empirical.
//!
//! The field is the part of the table that training never sees: the latest rows where there is a time, whole groups where
//! there are groups, a random part otherwise. It is repeated in whole passes until the checks have rows enough; AUROCs do
//! not change by that, and calibration is read from the first pass alone.

use std::collections::BTreeMap;

use envy_core::{GenerateError, GenerateInput, Seed};
use envy_tabular::population::ROW_ID;
use envy_tabular::{Column, Field, InferOptions, Kind, Role, Table, infer};

use super::candidate::{Base, KNOWN_ROWS};
use super::knobs::Settings;
use super::plan::CHECKED;
use super::world::{ENTITY, MOMENT, Rows};

/// Fewer rows cannot be split into training, test and a field.
const ROWS_MIN: usize = 800;
/// Fewer rows of one class measure nothing.
const CLASS_ROWS_MIN: usize = 80;
/// The shares of the rows that the field, its past and the test take at most; training takes the rest.
const SHARES: [f64; 3] = [0.45, 0.1, 0.1];
/// The field has at least so many rows once it is repeated.
const FIELD_MIN: usize = 5_000;
/// A category over which a rate is computed has levels in this range.
const RATE_LEVELS: (usize, usize) = (3, 400);
/// What a positive class is often called.
const POSITIVE: [&str; 6] = ["1", "true", "yes", "y", "positive", "t"];
/// Where a time that is no date begins, and how far its neighbours lie apart, seconds.
const FIRST_MOMENT: i64 = 1_577_836_800;
const STEP: i64 = 3_600;

/// How the field differs from training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apart {
    Random,
    Later,
    NewGroups,
}

/// A user's table, ready to be split.
pub(super) struct Own {
    rows: Rows,
    groups: Option<Vec<String>>,
    apart: Apart,
    title: String,
    category: Option<String>,
    /// What was understood, a line each, for people.
    pub(super) notes: Vec<String>,
}

fn refuse(what: impl Into<String>, hint: &str) -> GenerateError {
    GenerateError::Input { what: what.into(), hint: hint.to_owned() }
}

impl Own {
    /// Reads the table of an input, if it has one, and fits the settings to it.
    ///
    /// # Errors
    /// It cannot be read or split; the sentence says why.
    pub(super) fn read(
        input: &GenerateInput,
        settings: &mut Settings,
    ) -> Result<Option<Self>, GenerateError> {
        let (Some(source), Some(bytes)) = (&input.spec.table, &input.table) else { return Ok(None) };
        let options = InferOptions {
            target: source.target.clone(),
            header: source.header,
            skip_lines: source.skip_lines,
            bands: 2,
            regression: false,
        };
        let inferred = infer(bytes, &options).map_err(|error| {
            refuse(error.to_string(), "check the file, --target, --no-header and --skip-lines")
        })?;
        let mut notes = inferred.notes;
        let positive = labels(&inferred.table, &mut notes)?;
        let (moments, time) = moments(&inferred.table, source.time.as_deref(), &mut notes)?;
        let groups = source.group.as_deref().map(|name| texts(&inferred.table, name)).transpose()?;
        let skipped: Vec<&str> = time.iter().map(String::as_str).chain(source.group.as_deref()).collect();
        let table = features(&inferred.table, &skipped, moments.as_deref(), groups.as_deref(), &mut notes);
        let category = rate_category(&table);
        let numbers = table.fields.iter().any(|field| field.kind.is_numeric() && field.role == Role::Feature);
        let has = [
            (Part::Time, moments.is_some()),
            (Part::Group, groups.is_some()),
            (Part::Category, category.is_some()),
            (Part::Numbers, numbers),
        ];
        let has: Vec<Part> = has.into_iter().filter(|(_, there)| *there).map(|(part, _)| part).collect();
        settings.leaks = possible(settings, &has, &mut notes)?;
        // Without sampling-bias nothing was sampled otherwise than in the field.
        settings.enriched = false;
        let apart = match (moments.is_some(), groups.is_some()) {
            (_, true) if settings.leaks.contains(&"group-overlap") => Apart::NewGroups,
            (true, _) => Apart::Later,
            _ => Apart::Random,
        };
        notes.push(
            "eta is not known for an own table: every score is empirical, and there is no Bayes bound"
                .to_owned(),
        );
        let eta = positive.iter().map(|positive| f64::from(u8::from(*positive))).collect();
        let moments = moments.unwrap_or_else(|| vec![0; positive.len()]);
        let title = source.name.rsplit_once('.').map_or(source.name.as_str(), |(stem, _)| stem).to_owned();
        Ok(Some(Self { rows: Rows { table, eta, positive, moments }, groups, apart, title, category, notes }))
    }

    /// A split of the table.
    pub(super) fn base(&self, seed: &Seed, settings: &Settings) -> Base {
        let total = self.rows.len();
        let most = [settings.deploy_rows, KNOWN_ROWS, settings.test_rows];
        let [field, known, test] =
            [0, 1, 2].map(|part| most[part].min((SHARES[part] * total as f64) as usize));
        let (mut rest, field) = self.hold_out(field, &mut seed.derive("field").rng());
        seed.derive("split").rng().shuffle(&mut rest);
        let mut take = |count: usize| {
            let mut part = rest.split_off(rest.len() - count.min(rest.len()));
            part.sort_unstable();
            part
        };
        let (known, test) = (take(known), take(test));
        let train = take(settings.train_rows);
        let unique = field.len();
        let passes = FIELD_MIN.max(CHECKED + 1).div_ceil(unique.max(1));
        let field: Vec<usize> = (0..passes).flat_map(|_| field.iter().copied()).collect();
        let mut first = 1;
        let parts = [train, test, field, known].map(|rows| {
            let mut part = self.rows.take(&rows);
            let ids = (first..).take(rows.len()).map(Some).collect();
            part.table.columns[0] = Column::Integer(ids);
            first += rows.len() as i64 + 1_000;
            part
        });
        let numeric = by_strength(&parts[0]);
        let about = [self.title.clone(), "A row is a case of a table from outside.".to_owned()];
        Base { parts, numeric, category: self.category.clone(), about, unique, exact: false }
    }

    /// The rows that training may see, and those of the field.
    fn hold_out(&self, count: usize, rng: &mut envy_core::Rng) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        rng.shuffle(&mut order);
        match (self.apart, &self.groups) {
            (Apart::Later, _) => order.sort_by_key(|row| self.rows.moments[*row]),
            (Apart::NewGroups, Some(groups)) => {
                let mut place = BTreeMap::new();
                for row in &order {
                    let next = place.len();
                    place.entry(&groups[*row]).or_insert(next);
                }
                order.sort_by_key(|row| place[&groups[*row]]);
            }
            _ => {}
        }
        let mut cut = order.len() - count;
        if let (Apart::NewGroups, Some(groups)) = (self.apart, &self.groups) {
            // A group lies on one side only.
            while cut > 0 && groups[order[cut]] == groups[order[cut - 1]] {
                cut -= 1;
            }
        }
        let field = order.split_off(cut);
        (order, field)
    }
}

/// The label of each row.
fn labels(table: &Table, notes: &mut Vec<String>) -> Result<Vec<bool>, GenerateError> {
    let at =
        table.role(Role::Target).ok_or_else(|| refuse("the table has no target", "name it with --target"))?;
    let (field, Column::Category(codes)) = (&table.fields[at], &table.columns[at]) else {
        return Err(refuse("the target is no category", "name a column of two classes with --target"));
    };
    if field.levels.len() != 2 {
        return Err(refuse(
            format!("the target {} has {} classes, leakage needs two", field.name, field.levels.len()),
            "make it a column of two classes",
        ));
    }
    if codes.len() < ROWS_MIN {
        return Err(refuse(
            format!("the table has {} rows with a target, {ROWS_MIN} are needed", codes.len()),
            "take a longer table",
        ));
    }
    let count = |level: u32| codes.iter().filter(|code| **code == Some(level)).count();
    if let Some(level) = (0..2).find(|level| count(*level) < CLASS_ROWS_MIN) {
        return Err(refuse(
            format!(
                "only {} rows are {}, {CLASS_ROWS_MIN} are needed",
                count(level),
                field.levels[level as usize]
            ),
            "take a longer table",
        ));
    }
    let named = field.levels.iter().position(|level| POSITIVE.contains(&level.to_lowercase().as_str()));
    let positive = named.map_or_else(|| u32::from(count(1) <= count(0)), |level| level as u32);
    notes.push(format!("{} counts as positive", field.levels[positive as usize]));
    Ok(codes.iter().map(|code| *code == Some(positive)).collect())
}

fn position(table: &Table, name: &str) -> Result<usize, GenerateError> {
    let known: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
    table.position(name).ok_or_else(|| {
        refuse(
            format!("the table has no column {name}"),
            &envy_core::near::suggestion(name, known.iter().copied()),
        )
    })
}

/// When each row was recorded, and the column that says so.
fn moments(
    table: &Table,
    asked: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<(Option<Vec<i64>>, Option<String>), GenerateError> {
    let at = match asked {
        Some(name) => position(table, name)?,
        None => match table.role(Role::Time) {
            Some(at) => at,
            None => return Ok((None, None)),
        },
    };
    let name = table.fields[at].name.clone();
    let values = table.columns[at].numbers();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(refuse(
            format!("the time {name} is not there on every row"),
            "name another column with --time",
        ));
    }
    notes.push(format!(
        "{name} says when a row was recorded and is called {MOMENT}; the field is what comes last"
    ));
    if matches!(table.columns[at], Column::Time(_)) {
        return Ok((Some(values.iter().map(|value| *value as i64).collect()), Some(name)));
    }
    if !table.fields[at].kind.is_numeric() {
        return Err(refuse(
            format!("the time {name} is neither dates nor numbers"),
            "name another column with --time",
        ));
    }
    let mut steps = values.to_vec();
    steps.sort_unstable_by(f64::total_cmp);
    steps.dedup();
    let rank = |value: &f64| steps.partition_point(|step| step < value) as i64;
    Ok((Some(values.iter().map(|value| FIRST_MOMENT + STEP * rank(value)).collect()), Some(name)))
}

fn texts(table: &Table, name: &str) -> Result<Vec<String>, GenerateError> {
    let at = position(table, name)?;
    Ok((0..table.rows()).map(|row| table.text(row, at).into_owned()).collect())
}

/// The columns as this environment has them: an id, the time and the group under its own names, then the rest.
fn features(
    table: &Table,
    skipped: &[&str],
    moments: Option<&[i64]>,
    groups: Option<&[String]>,
    notes: &mut Vec<String>,
) -> Table {
    let mut made = Table::default();
    let mut push = |field: Field, column: Column| made.push(field, column).expect("columns of one table fit");
    let ids = (1..=table.rows() as i64).map(Some).collect();
    push(Field::new(ROW_ID, Kind::Integer, Role::Id), Column::Integer(ids));
    if let Some(moments) = moments {
        let field = Field {
            doc: "When the row was recorded.".to_owned(),
            ..Field::new(MOMENT, Kind::Time, Role::Time)
        };
        push(field, Column::Time(moments.iter().copied().map(Some).collect()));
    }
    if let Some(groups) = groups {
        notes.push(format!("the group is called {ENTITY}"));
        let doc = "Whom the row belongs to; there may be several rows of one.".to_owned();
        let field = Field { doc, ..Field::new(ENTITY, Kind::Text, Role::Feature) };
        push(field, Column::Text(groups.iter().cloned().map(Some).collect()));
    }
    let taken = [ROW_ID, MOMENT, ENTITY, super::files::TARGET];
    for (field, column) in table.fields.iter().zip(&table.columns) {
        let is_feature =
            !matches!(field.role, Role::Target | Role::Id) && !skipped.contains(&field.name.as_str());
        if !is_feature {
            continue;
        }
        let mut field = Field { role: Role::Feature, ..field.clone() };
        if taken.contains(&field.name.as_str()) {
            field.name.push_str("_2");
        }
        if field.doc.is_empty() {
            "Known when the row is recorded.".clone_into(&mut field.doc);
        }
        push(field, column.clone());
    }
    made
}

/// The category of the most levels.
fn rate_category(table: &Table) -> Option<String> {
    let fits = |field: &&Field| {
        field.kind == Kind::Category && (RATE_LEVELS.0..=RATE_LEVELS.1).contains(&field.levels.len())
    };
    table.fields.iter().filter(fits).max_by_key(|field| field.levels.len()).map(|field| field.name.clone())
}

/// What a table may have that some leaks need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Time,
    Group,
    Category,
    Numbers,
}

/// The leaks that can be planted; the others are named in a note.
fn possible(
    settings: &Settings,
    has: &[Part],
    notes: &mut Vec<String>,
) -> Result<Vec<&'static str>, GenerateError> {
    let needs = |leak: &str| match leak {
        "future-window" | "backfilled-field" | "temporal-shuffle" if !has.contains(&Part::Time) => {
            Some("--time")
        }
        "backfilled-field" if !has.contains(&Part::Numbers) => Some("a numeric column"),
        "group-overlap" if !has.contains(&Part::Group) => Some("--group"),
        "full-data-rate" if !has.contains(&Part::Category) => Some("a category of three levels or more"),
        "sampling-bias" => Some("a known share of the field, which a table of one's own does not have"),
        _ => None,
    };
    let mut leaks = Vec::new();
    for leak in super::operators::NAMES {
        // The field of a table with a time comes later, that of one with groups has others: both are leaks of the split.
        let by_split = match *leak {
            "temporal-shuffle" => has.contains(&Part::Time),
            "group-overlap" => has.contains(&Part::Group) && !has.contains(&Part::Time),
            _ => false,
        };
        match needs(leak) {
            Some(what) if settings.leaks.contains(leak) => {
                notes.push(format!("{leak} is left out: it needs {what}"));
            }
            None if settings.leaks.contains(leak) || by_split => leaks.push(*leak),
            _ => {}
        }
    }
    if leaks.is_empty() {
        return Err(refuse("none of the leaks can be planted into this table", "choose others with --leaks"));
    }
    Ok(leaks)
}

/// The numeric columns, the strongest first.
fn by_strength(train: &Rows) -> Vec<String> {
    let mut ranked: Vec<(f64, String)> = train
        .table
        .fields
        .iter()
        .zip(&train.table.columns)
        .filter(|(field, _)| field.kind.is_numeric() && field.role == Role::Feature)
        .map(|(field, column)| (super::baseline::strength(train, &column.numbers()), field.name.clone()))
        .collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranked.into_iter().map(|(_, name)| name).collect()
}
