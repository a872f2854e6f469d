//! Rows that were sent again, or that are no records, or whose cells slipped.

use std::collections::BTreeSet;

use envy_tabular::repair::comparable;
use envy_tabular::{Fix, Kind, Parsed, Repair, Role, text};

use super::Case;

/// So many equal rows are no chance...
const COUNT_MIN: usize = 3;
/// ...if they are also this share of the source's rows.
const SHARE_MIN: f64 = 0.02;

/// What the line of a sum begins with.
const TOTALS: [&str; 4] = ["Total", "Subtotal", "Sum", "Grand total"];

/// Leaves out lines that repeat the header or hold totals.
pub(super) fn furniture(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(first) = (0..fields.len()).find(|field| fields[*field].role.is_domain()) else { return };
    let name = &fields[first].name;
    let mut found = Vec::new();
    for source in &case.sources {
        let cells: Vec<&str> = source.lines.iter().map(|line| case.cell(*line, first).trim()).collect();
        let is_mark = |mark: &&str| {
            fields[first].code(mark).is_none()
                && cells.iter().filter(|cell| *cell == mark).count() >= COUNT_MIN
        };
        let marks: Vec<String> =
            TOTALS.iter().copied().chain([name.as_str()]).filter(is_mark).map(str::to_owned).collect();
        if !marks.is_empty() {
            found.push(Repair::new(&source.name, &[name], Fix::Discard { marks }));
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// Moves lines back whose cells all stand one column too far right.
pub(super) fn shifted(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(end) = fields.iter().rposition(|field| field.role.is_domain() && field.formula.is_some()) else {
        return;
    };
    let block: Vec<usize> = (0..=end).filter(|field| fields[*field].role.is_domain()).collect();
    let [first, second, .., last] = block[..] else { return };
    let mut found = Vec::new();
    for source in &case.sources {
        let slipped = |line: &&usize| {
            text::is_missing(case.cell(**line, first))
                && matches!(text::parse(&fields[first], case.cell(**line, second)), Parsed::Value(_))
        };
        let count = source.lines.iter().filter(slipped).count();
        if count >= COUNT_MIN && count as f64 >= SHARE_MIN * source.lines.len() as f64 {
            let names: Vec<&str> = block.iter().map(|field| fields[*field].name.as_str()).collect();
            found.push(Repair::new(&source.name, &names, Fix::Unshift));
            if let Some(formula) = fields[last].formula.clone() {
                found.push(Repair::new(&source.name, &[&fields[last].name], Fix::Fill { formula }));
            }
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// Finds sources that keep older versions, which differ in one number and in time: the last recorded one stands.
pub(super) fn versions(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(time) = fields.iter().position(|f| f.role == Role::Time && f.kind == Kind::Time) else { return };
    let related = |name: &str| {
        fields.iter().any(|other| {
            other.formula.as_ref().is_some_and(|f| f.columns().contains(&name) || other.name == name)
        })
    };
    let differing = (0..fields.len()).filter(|field| {
        let field = &fields[*field];
        field.role.is_domain() && field.kind.is_numeric() && !related(&field.name)
    });
    let mut found: Vec<(usize, Repair)> = Vec::new();
    for column in differing {
        let compared: Vec<usize> = (0..fields.len())
            .filter(|field| *field != column && !matches!(fields[*field].role, Role::Id | Role::Time))
            .collect();
        for source in &case.sources {
            let key = |line: &usize| -> Vec<String> {
                compared.iter().map(|field| comparable(case.cell(*line, *field))).collect()
            };
            let distinct: BTreeSet<Vec<String>> = source.lines.iter().map(key).collect();
            let repeated = source.lines.len() - distinct.len();
            if repeated >= COUNT_MIN && repeated as f64 >= SHARE_MIN * source.lines.len() as f64 {
                let names: Vec<&str> =
                    compared.iter().chain([&time]).map(|field| fields[*field].name.as_str()).collect();
                found.push((repeated, Repair::new(&source.name, &names, Fix::Supersede)));
            }
        }
    }
    found.sort_by_key(|(repeated, _)| std::cmp::Reverse(*repeated));
    let mut done: BTreeSet<String> = BTreeSet::new();
    for (_, repair) in found {
        if done.insert(repair.sources.concat()) {
            case.accept(repair);
        }
    }
}

/// Finds sources whose rows repeat in everything but id and time.
pub(super) fn duplicates(case: &mut Case) {
    let fields = &case.sight.fields;
    let compared: Vec<usize> =
        (0..fields.len()).filter(|field| !matches!(fields[*field].role, Role::Id | Role::Time)).collect();
    let mut found = Vec::new();
    for source in &case.sources {
        let key = |line: &usize| -> Vec<String> {
            compared.iter().map(|field| comparable(case.cell(*line, *field))).collect()
        };
        let distinct: BTreeSet<Vec<String>> = source.lines.iter().map(key).collect();
        let repeated = source.lines.len() - distinct.len();
        if repeated >= COUNT_MIN && repeated as f64 >= SHARE_MIN * source.lines.len() as f64 {
            found.push(source.name.clone());
        }
    }
    let columns: Vec<&str> = compared.iter().map(|field| fields[*field].name.as_str()).collect();
    for source in found {
        case.accept(Repair::new(&source, &columns, Fix::Dedupe));
    }
}
