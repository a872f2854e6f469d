//! `policy/own-model`: repairs what the solver finds, and brings a model: from the menu on `choose`, its own on `free`.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};
use serde_json::json;

use super::{plan, submit, write_file};
use crate::cleaning::{menu, own_model};

/// The fixed model's settings, from the menu.
const CHOICE: &str = r#"{"model": "random_forest", "n_estimators": 200}"#;

/// A forest of its own, for classes or a number: numbers as they are, categories by the number of their level.
const PROGRAM: &str = r#"import json
import os

import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor


def columns():
    # Where labels belong to units, a schema of their own says what a unit is.
    path = "units_schema.json" if os.path.exists("units_schema.json") else "schema.json"
    with open(path, encoding="utf-8") as file:
        return json.load(file)["columns"]


def encoded(frame):
    parts = {}
    for column in columns():
        name = column["name"]
        if column["role"] not in ("feature", "derived", "dependent"):
            continue
        if column["kind"] in ("number", "integer"):
            parts[name] = pd.to_numeric(frame[name], errors="coerce")
        elif column["kind"] == "category":
            codes = {level: code for code, level in enumerate(column["levels"])}
            parts[name] = frame[name].map(codes).fillna(len(codes))
    return pd.DataFrame(parts)


def train_model(train):
    target = next(column for column in columns() if column["role"] == "target")
    is_number = target["kind"] in ("number", "integer")
    labels = pd.to_numeric(train[target["name"]], errors="coerce") if is_number else train[target["name"]]
    known, labels = train[labels.notna()], labels[labels.notna()]
    features = encoded(known)
    medians = features.median().fillna(0.0)
    if is_number:
        forest = RandomForestRegressor(n_estimators=400, max_features=1 / 3, random_state=0)
    else:
        forest = RandomForestClassifier(n_estimators=400, random_state=0)
    return medians, forest.fit(features.fillna(medians), labels)


def predict(model, features):
    medians, forest = model
    return forest.predict(encoded(features).fillna(medians))
"#;

/// Repairs what the solver finds, and brings a model.
pub(super) struct OwnModel;

impl Policy for OwnModel {
    fn name(&self) -> &'static str {
        "own-model"
    }

    fn doc(&self) -> &'static str {
        "repairs as the reference does and brings a forest, which counts on the tracks `choose` and `free`"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Honest
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let program = plan::plan(brief).map(|(_, plan)| plan::repairing_program(&plan));
        let files = vec![
            write_file("clean.py", program.as_deref().unwrap_or(super::identity::PROGRAM)),
            write_file(menu::MODEL, CHOICE),
            write_file(own_model::MODEL, PROGRAM),
        ];
        policy::fixed(vec![files, vec![submit(json!({}))]])
    }
}
