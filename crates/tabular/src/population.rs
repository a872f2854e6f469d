//! Population: one drawn instance of a domain. Its parameters are fixed, its rows are as many as one likes.
//!
//! The same domain, seed and feature count give the same population everywhere; train, second draw, validation and
//! oracle sets are fresh draws from it under seeds of their own.

use envy_core::{Rng, Seed};

use crate::copula::Copula;
use crate::domain::{Choice, Domain, FEATURES_MAX, FEATURES_MIN, Measure};
use crate::families::Zipf;
use crate::field::{Determined, Field, Formula, Kind, Monomial, Role};
use crate::marginal::{Marginal, record};
use crate::rhythm::{self, Window};
use crate::table::{Column, Table};

/// The header of the column that names rows.
pub const ROW_ID: &str = "row_id";
/// The header of the column that says where a row comes from.
pub const SOURCE: &str = "source";
/// The header of the column that says when a row was recorded.
pub const RECORDED_AT: &str = "recorded_at";

/// Concentration of the sources' shares.
const SOURCE_CONCENTRATION: f64 = 5.0;
/// The fewest sources of a population.
const SOURCES_MIN: usize = 4;
/// Rows behind the reference quantiles.
pub const REFERENCE_ROWS: usize = 20_000;
/// The probabilities of the reference quantiles.
pub const REFERENCE_PROBABILITIES: [f64; 9] = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];

/// One drawn instance of a domain.
pub struct Population {
    domain: &'static Domain,
    seed: Seed,
    fields: Vec<Field>,
    measures: Vec<(&'static Measure, Marginal)>,
    categories: Vec<Category>,
    copula: Copula,
    window: Window,
    source_shares: Vec<f64>,
}

/// A category drawn by thresholds on its latent normal, and the columns it determines.
struct Category {
    name: &'static str,
    /// Summed shares, one for each place.
    summed: Vec<f64>,
    /// The code at each place.
    codes: Vec<u32>,
    /// For each determined column, its code by this one's.
    determines: Vec<Vec<u32>>,
}

/// A column's quantiles over clean rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The column's header.
    pub column: String,
    /// The values at [`REFERENCE_PROBABILITIES`].
    pub quantiles: [f64; 9],
}

impl Reference {
    /// The quantiles of every numeric domain column of a clean table; a column without a number has none.
    pub fn of(table: &Table) -> Vec<Self> {
        let mut references = Vec::new();
        for (field, column) in table.fields.iter().zip(&table.columns) {
            let mut values = column.numbers().into_owned();
            values.retain(|value| value.is_finite());
            if values.is_empty() || !field.kind.is_numeric() || !field.role.is_domain() {
                continue;
            }
            values.sort_unstable_by(f64::total_cmp);
            let at = |probability: f64| values[(probability * (values.len() - 1) as f64).round() as usize];
            let quantiles = REFERENCE_PROBABILITIES.map(at);
            references.push(Self { column: field.name.clone(), quantiles });
        }
        references
    }
}

impl Population {
    /// Draws every parameter. `features` is how many numeric features are kept, from [`FEATURES_MIN`] to
    /// [`FEATURES_MAX`] (a number beyond is brought inside); those that the derived column reads are always kept.
    pub fn new(domain: &'static Domain, seed: Seed, features: usize) -> Self {
        let kept = keep(domain, &seed.derive("features"), features.clamp(FEATURES_MIN, FEATURES_MAX));
        let stream = |path: String| seed.derive(&path).rng();
        let measures: Vec<_> = kept
            .into_iter()
            .map(|measure| {
                (measure, Marginal::new(measure, &mut stream(format!("marginal/{}", measure.name))))
            })
            .collect();
        let mut categories = vec![chain(domain, &mut stream("chain".to_owned()))];
        for each in domain.choices {
            categories.push(choice(each, &mut stream(format!("choice/{}", each.name))));
        }
        let mut latents: Vec<(&str, [f64; 2])> =
            measures.iter().map(|(measure, _)| (measure.name, measure.pull)).collect();
        latents.extend(categories.iter().map(|category| (category.name, [0.0; 2])));
        let copula = Copula::new(&seed.derive("copula"), &latents);
        let mut rng = stream("source".to_owned());
        let sources = SOURCES_MIN + rng.below(domain.sources.names.len() - SOURCES_MIN + 1);
        let mut names = domain.sources.names;
        rng.shuffle(&mut names);
        let source_shares = rng.dirichlet(&vec![SOURCE_CONCENTRATION; sources]);
        let fields = fields(domain, &measures, &names[..sources]);
        let window = Window::new(&domain.clock, &seed.derive("window"));
        Self { domain, seed, fields, measures, categories, copula, window, source_shares }
    }

    /// What the population is an instance of.
    pub fn domain(&self) -> &'static Domain {
        self.domain
    }

    /// The fields of every draw: `row_id`, `source`, `recorded_at`, categories, measures, the derived column.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// `rows` fresh rows in the order of time, numbered from `first_id`. The same seed gives the same rows.
    pub fn draw(&self, seed: &Seed, rows: usize, first_id: i64) -> Table {
        let moments = self.window.moments(&seed.derive("moments"), rows);
        let sources = self.draw_sources(&mut seed.derive("source").rng(), rows);
        let factors = self.copula.factors(&seed.derive("factors"), rows);
        let latent = |index: usize, name: &str| {
            self.copula.column(index, &factors, &mut seed.derive(&format!("own/{name}")).rng())
        };
        let mut numeric = Vec::with_capacity(self.measures.len());
        for (index, (measure, marginal)) in self.measures.iter().enumerate() {
            let mut values = latent(index, measure.name);
            if let Some(rhythm) = &measure.rhythm {
                rhythm::apply(rhythm, &moments, &sources, &mut values);
            }
            let mut eye = seed.derive(&format!("eye/{}", measure.name)).rng();
            let share = measure.preference.map_or(0.0, |preference| preference.share);
            for value in &mut values {
                *value = record(measure, marginal.value(*value), share > 0.0 && eye.chance(share));
            }
            numeric.push(values);
        }
        let mut columns = vec![
            Column::Integer((0..rows as i64).map(|row| Some(first_id + row)).collect()),
            Column::Category(sources.into_iter().map(Some).collect()),
            Column::Time(moments.into_iter().map(Some).collect()),
        ];
        for (index, category) in self.categories.iter().enumerate() {
            columns.extend(category.columns(&latent(self.measures.len() + index, category.name)));
        }
        let derived = self.derive_column(&numeric, rows);
        for ((measure, _), values) in self.measures.iter().zip(numeric) {
            columns.push(numeric_column(measure.kind, values));
        }
        columns.push(derived);
        Table::new(self.fields.clone(), columns).expect("a draw has the population's fields")
    }

    /// The quantiles of every numeric column over fresh clean rows that belong to no draw.
    pub fn reference(&self) -> Vec<Reference> {
        Reference::of(&self.draw(&self.seed.derive("reference"), REFERENCE_ROWS, 0))
    }

    fn draw_sources(&self, rng: &mut Rng, rows: usize) -> Vec<u32> {
        let summed = summed(&self.source_shares);
        (0..rows).map(|_| place(&summed, rng.uniform()) as u32).collect()
    }

    fn derive_column(&self, numeric: &[Vec<f64>], rows: usize) -> Column {
        let field = &self.fields[self.fields.len() - 1];
        let formula = field.formula.as_ref().expect("the last field is the derived one");
        let find = |name: &str| {
            let found = self.measures.iter().position(|(measure, _)| measure.name == name);
            found.expect("what the derived column reads is kept")
        };
        let inputs: Vec<(&str, &Vec<f64>)> =
            formula.columns().into_iter().map(|name| (name, &numeric[find(name)])).collect();
        let read = |name: &str, row: usize| {
            inputs.iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, values)| values[row])
        };
        numeric_column(field.kind, (0..rows).map(|row| formula.value(|name| read(name, row))).collect())
    }
}

impl Category {
    /// This category's column and those it determines.
    fn columns(&self, latent: &[f64]) -> Vec<Column> {
        let codes: Vec<u32> = latent
            .iter()
            .map(|z| self.codes[place(&self.summed, envy_core::special::normal_cdf(*z))])
            .collect();
        let mut columns = vec![Column::Category(codes.iter().copied().map(Some).collect())];
        for map in &self.determines {
            columns.push(Column::Category(codes.iter().map(|code| Some(map[*code as usize])).collect()));
        }
        columns
    }
}

fn numeric_column(kind: Kind, values: Vec<f64>) -> Column {
    if kind == Kind::Integer {
        Column::Integer(values.into_iter().map(|value| Some(value as i64)).collect())
    } else {
        Column::Number(values)
    }
}

fn summed(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |share: &f64| {
        sum += share;
        sum
    };
    shares.iter().map(add).collect()
}

/// The first place whose summed share exceeds `u`.
fn place(summed: &[f64], u: f64) -> usize {
    summed.partition_point(|sum| *sum <= u).min(summed.len() - 1)
}

/// The measures that are kept, in the domain's order.
fn keep(domain: &'static Domain, seed: &Seed, count: usize) -> Vec<&'static Measure> {
    let needed = |measure: &&Measure| {
        domain.derived.terms.iter().flat_map(|(_, powers)| *powers).any(|(name, _)| *name == measure.name)
    };
    let mut kept: Vec<usize> =
        (0..domain.measures.len()).filter(|index| needed(&&domain.measures[*index])).collect();
    let mut others: Vec<usize> = (0..domain.measures.len()).filter(|index| !kept.contains(index)).collect();
    seed.rng().shuffle(&mut others);
    others.truncate(count.saturating_sub(kept.len()));
    kept.extend(others);
    kept.sort_unstable();
    kept.into_iter().map(|index| &domain.measures[index]).collect()
}

fn choice(choice: &'static Choice, rng: &mut Rng) -> Category {
    let shares = Zipf::shares(rng.between(choice.zipf.0, choice.zipf.1), choice.levels.len());
    let mut codes: Vec<u32> = (0..choice.levels.len() as u32).collect();
    if !choice.ordered {
        rng.shuffle(&mut codes);
    }
    Category { name: choice.name, summed: summed(&shares), codes, determines: Vec::new() }
}

fn chain(domain: &'static Domain, rng: &mut Rng) -> Category {
    let chain = &domain.chain;
    let shares = Zipf::shares(rng.between(chain.zipf.0, chain.zipf.1), chain.rows.len());
    let mut codes: Vec<u32> = (0..chain.rows.len() as u32).collect();
    rng.shuffle(&mut codes);
    let determines = (1..chain.names.len()).map(|column| chain_codes(domain, column)).collect();
    Category { name: chain.names[0], summed: summed(&shares), codes, determines }
}

/// The levels of a column of the chain, in the order of first mention.
fn chain_levels(domain: &'static Domain, column: usize) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    for row in domain.chain.rows {
        if !levels.iter().any(|known| known == row[column]) {
            levels.push(row[column].to_owned());
        }
    }
    levels
}

/// The code of a column of the chain by the code of its first.
fn chain_codes(domain: &'static Domain, column: usize) -> Vec<u32> {
    let levels = chain_levels(domain, column);
    let code = |level: &str| levels.iter().position(|known| known == level).unwrap_or(0) as u32;
    domain.chain.rows.iter().map(|row| code(row[column])).collect()
}

fn fields(
    domain: &'static Domain,
    measures: &[(&'static Measure, Marginal)],
    sources: &[&str],
) -> Vec<Field> {
    let plain =
        |name: &str, kind, role, doc: &str| Field { doc: doc.to_owned(), ..Field::new(name, kind, role) };
    let owned = |levels: &[&str]| levels.iter().map(|level| (*level).to_owned()).collect();
    let mut source = plain(SOURCE, Kind::Category, Role::Source, domain.sources.doc);
    source.levels = owned(sources);
    let mut fields = vec![
        plain(ROW_ID, Kind::Integer, Role::Id, "Number of the record, given once and never again."),
        source,
        plain(RECORDED_AT, Kind::Time, Role::Time, domain.clock.doc),
    ];
    for (column, (name, doc)) in domain.chain.names.iter().zip(domain.chain.docs).enumerate() {
        let role = if column == 0 { Role::Feature } else { Role::Dependent };
        let mut field = plain(name, Kind::Category, role, doc);
        field.levels = chain_levels(domain, column);
        let by = domain.chain.names[0].to_owned();
        field.determined = (column > 0).then(|| Determined { by, codes: chain_codes(domain, column) });
        fields.push(field);
    }
    for choice in domain.choices {
        let mut field = plain(choice.name, Kind::Category, Role::Feature, choice.doc);
        field.levels = owned(choice.levels);
        fields.push(field);
    }
    for (measure, _) in measures {
        let mut field = plain(measure.name, measure.kind, Role::Feature, measure.doc);
        measure.unit.clone_into(&mut field.unit);
        field.range = Some(measure.legal);
        field.decimals = Some(measure.decimals);
        field.units = measure.units.iter().map(|unit| unit.owned()).collect();
        fields.push(field);
    }
    fields.push(derived_field(domain));
    fields
}

fn derived_field(domain: &'static Domain) -> Field {
    let derived = &domain.derived;
    let kind = if derived.decimals == 0 { Kind::Integer } else { Kind::Number };
    let terms = derived.terms.iter().map(|(coefficient, powers)| Monomial {
        coefficient: *coefficient,
        powers: powers.iter().map(|(name, power)| ((*name).to_owned(), *power)).collect(),
    });
    Field {
        unit: derived.unit.to_owned(),
        range: Some(derived.legal),
        decimals: Some(derived.decimals),
        units: derived.units.iter().map(|unit| unit.owned()).collect(),
        formula: Some(Formula { terms: terms.collect(), decimals: derived.decimals }),
        doc: derived.doc.to_owned(),
        ..Field::new(derived.name, kind, Role::Derived)
    }
}
