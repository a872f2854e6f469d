//! Every operator alone, at every level of evidence: it shows in what the agent sees, and the reference takes it back.

use envy_core::Brief;
use envy_tabular::corruptions::{ALL, Corruption};
use envy_tabular::{Evidence, Fairness, Visible};

use super::*;
use crate::cleaning::brief::{self, About};
use crate::cleaning::candidate::{Drawn, Ground};
use crate::cleaning::facts::Facts;
use crate::cleaning::knobs::Settings;
use crate::cleaning::notes::{self, Told};

/// The least repair F1 of the reference where the notes name an exactly repairable fault.
const TOLD_MIN: f64 = 0.9;
/// The same where only the comparison of the sources shows it.
const SHOWN_MIN: f64 = 0.8;
/// What an estimate cannot bring back to the last digit without a note: the size of an offset and of a drift, and a
/// shift by rows where the labels alone tell.
const ESTIMATED: [&str; 2] = ["N12", "N13"];

const DOMAIN: &str = "clinic-vitals";

/// One operator on the given draw of one world.
fn corrupted(ground: &Ground, settings: &Settings, operator: &dyn Corruption) -> Option<Drawn> {
    let settings = Settings { operators: vec![operator.info().code.to_owned()], ..settings.clone() };
    ground.recipe(&Seed::named("levels"), &settings, 0).ok().map(|(_, drawn)| drawn)
}

fn visible(drawn: &Drawn, level: Told) -> Brief {
    let about = About {
        title: "a table",
        doc: "rows",
        fields: &drawn.truth.golden().fields,
        references: &[],
        begins: drawn.begins(),
    };
    let facts = Facts {
        classes: 4,
        model: "rf200".to_owned(),
        tau: 0.85,
        certified: true,
        serve: false,
        id: "row_id".to_owned(),
        source: "source".to_owned(),
        target: "y".to_owned(),
        shape: "table".to_owned(),
    };
    let seed = Seed::named("levels");
    let lines = notes::notes(&seed, &drawn.ledger, &about, level);
    brief::brief(&seed, &about, drawn.export.clone(), &lines, &facts)
}

#[test]
fn every_operator_shows_and_is_taken_back_at_every_level_of_evidence() {
    let pairs = [("domain", DOMAIN), ("faults", "1"), ("corrupt", "0.25"), ("num-cols", "8")];
    let knobs = Knobs::resolve("cleaning", knobs::KNOBS, pairs).unwrap();
    let settings = Settings::new(&knobs);
    let ground = Ground::draw(&Seed::named("levels"), &settings).unwrap();
    let (mut short, mut seen) = (Vec::new(), 0);
    for operator in ALL.iter().filter(|operator| operator.info().class != Fairness::Lost) {
        let info = operator.info();
        let Some(drawn) = corrupted(&ground, &settings, *operator) else { continue };
        seen += 1;
        for name in Told::NAMES {
            let level = Told::named(name).unwrap();
            let brief = visible(&drawn, level);
            let text = |path: &str| String::from_utf8(brief.file(path).unwrap().to_vec()).unwrap();
            let texts = [text(files::README), text(files::CHANGES)];
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let fields = &drawn.truth.golden().fields;
            let sight = Visible::new(drawn.truth.dirty(), fields, &texts).unwrap();
            let event = &drawn.ledger.events[0];
            let holds =
                |evidence: &&Evidence| (evidence.is_shown() || evidence.is_told()) && evidence.holds(&sight);
            let told = event.evidence.iter().filter(|evidence| evidence.is_told()).filter(holds).count();
            assert_eq!(told > 0, level == Told::Explicit, "{} is told only where it may be", info.code);
            assert!(event.evidence.iter().any(|evidence| holds(&evidence)), "{} shows, {name}", info.code);
            if level == Told::Hinted {
                // To the reference a hint is no more than silence.
                continue;
            }
            let plan = solve(&Sight::new(&brief).unwrap());
            let repaired = drawn.truth.account(plan.apply(drawn.truth.dirty()).unwrap());
            let score = drawn.truth.score(&repaired);
            let least = match (info.class, level, ESTIMATED.contains(&info.code)) {
                (Fairness::Exact, Told::Explicit, _) => TOLD_MIN,
                (Fairness::Exact, _, false) => SHOWN_MIN,
                _ => 0.0,
            };
            if score.repair.f1() < least || score.damage() > 0.02 {
                short.push(format!("{} {name}: {:.3} {:.4}", info.code, score.repair.f1(), score.damage()));
            }
        }
    }
    assert!(seen > 30, "{seen} operators find a hold");
    assert!(short.is_empty(), "{short:#?}");
}
