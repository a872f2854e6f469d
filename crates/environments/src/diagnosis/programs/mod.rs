//! Programs: clean code bases, rendered from parts. A skeleton gives the model, a style the names, a domain the words.

use std::collections::BTreeMap;

use envy_core::Seed;
use envy_pycode::mutators::{Located, Project};
use envy_pycode::{Module, PycodeError};
use envy_tabular::Domain;

/// The parts that every skeleton has.
const SHARED: &[(&str, &str)] = &[
    ("src/data.py", include_str!("data.py")),
    ("src/evaluate.py", include_str!("evaluate.py")),
    ("src/train.py", include_str!("train.py")),
];

/// `src/features.py` where levels become columns of their own.
const ONE_HOT: &str = include_str!("features.py");
/// `src/features.py` where levels become shares and ranks.
const FREQUENT: &str = include_str!("features_frequent.py");

/// `src/features.py` where levels become columns by pandas.
const DUMMIES: &str = include_str!("features_dummies.py");

/// A kind of program.
pub(super) struct Skeleton {
    /// Its name.
    pub(super) name: &'static str,
    /// `src/features.py`.
    features: &'static str,
    /// `src/model.py`.
    model: &'static str,
    /// Whether there is a column whose levels have an order.
    pub(super) has_ordered: bool,
    /// Its settings in `config.yaml`, a line each.
    pub(super) settings: &'static [&'static str],
    /// Whether the order of its columns leaves its scores alone; a forest draws columns by their place.
    pub(super) orderless: bool,
    /// What in it is right though it looks suspicious.
    decoys: &'static [Decoy],
}

/// Something right that looks suspicious.
pub(super) struct Decoy {
    /// Its name.
    pub(super) name: &'static str,
    /// The file it stands in.
    file: &'static str,
    /// A piece of its line before names are given.
    line: &'static str,
    /// Why it is right.
    pub(super) why: &'static str,
}

const FINAL_REFIT: Decoy = Decoy {
    name: "final-refit",
    file: "src/train.py",
    line: "features = Features(config).fit(train_rows)",
    why: "the final model may use every training row: it is measured on others",
};
const THRESHOLD: Decoy = Decoy {
    name: "threshold-frozen",
    file: "src/train.py",
    line: "threshold = choose_threshold(labels, oof_scores)",
    why: "the cut is chosen on out-of-fold scores and then kept",
};
const DEDUPE: Decoy = Decoy {
    name: "dedupe-first",
    file: "src/data.py",
    line: "return rows.drop_duplicates(subset=known).reset_index(drop=True)",
    why: "copies go before the split, and no label is looked at",
};
const UNKNOWN: Decoy = Decoy {
    name: "encoder-ignores-unknown",
    file: "src/features.py",
    line: "self.encoder = OneHotEncoder(handle_unknown=\"ignore\", sparse_output=False)",
    why: "a level that was never seen becomes zeros, which is neutral",
};
const CLOSE_FIT: Decoy = Decoy {
    name: "close-fit-forest",
    file: "src/model.py",
    line: "min_samples_leaf=config[\"leaf\"],",
    why: "each tree fits its sample closely and their mean does not",
};
const BALANCED: Decoy = Decoy {
    name: "balanced-weights",
    file: "src/model.py",
    line: "class_weight=\"balanced\")",
    why: "both classes are to weigh the same",
};
const EARLY_STOP: Decoy = Decoy {
    name: "early-stop",
    file: "src/model.py",
    line: "value = roc_auc_score(labels[stop_part], model.predict_proba(matrix[stop_part])[:, 1])",
    why: "the part that decides when to stop is taken from the training rows",
};
const RESAMPLED: Decoy = Decoy {
    name: "resample-inside-fold",
    file: "src/model.py",
    line: "rows = balance(labels, config[\"seed\"])",
    why: "rows are drawn again after the split, from the part that is fitted",
};

const INNER_SPLIT: Decoy = Decoy {
    name: "inner-split",
    file: "src/model.py",
    line: "value = roc_auc_score(labels[keep_part], model.predict_proba(matrix[keep_part])[:, 1])",
    why: "the part that decides how many vote is taken from the training rows",
};
const EARLY_STOP_BOOSTING: Decoy = Decoy {
    name: "early-stop-boosting",
    file: "src/model.py",
    line: "n_iter_no_change=config[\"patience\"],",
    why: "rounds stop by a part of the training rows",
};
const BALANCED_SURFACE: Decoy = Decoy {
    name: "balanced-surface",
    file: "src/model.py",
    line: "LogisticRegression(C=config[\"strength\"], max_iter=200, class_weight=\"balanced\"),",
    why: "with more products than rows, a strong penalty is right",
};
const TAILS: Decoy = Decoy {
    name: "tails-clipped",
    file: "src/features.py",
    line: "self.low = filled.quantile(self.tail)",
    why: "the tails are those of the rows given to fit, and README.md says that gross errors occur",
};

const STACKED: Decoy = Decoy {
    name: "stacked-final-fit",
    file: "src/model.py",
    line: "fitted = [model.fit(matrix, labels) for model in first]",
    why: "the first models may be fitted to every row they are given: their weights were learned out of fold",
};

/// Every skeleton.
pub(super) const SKELETONS: &[&Skeleton] = &[
    &Skeleton {
        name: "scorecard",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, BALANCED],
    },
    &Skeleton {
        name: "neighbours",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_neighbours.py"),
        settings: &["neighbours: 25"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN],
    },
    &Skeleton {
        name: "forest",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_forest.py"),
        settings: &["trees: 30", "leaf: 5"],
        orderless: false,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, CLOSE_FIT],
    },
    &Skeleton {
        name: "descent",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_descent.py"),
        settings: &["epochs: 200", "rate: 0.5", "penalty: 0.001", "patience: 20"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, EARLY_STOP],
    },
    &Skeleton {
        name: "resampled",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_resampled.py"),
        settings: &["strength: 1.0"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, RESAMPLED],
    },
    &Skeleton {
        name: "surface",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_surface.py"),
        settings: &["degree: 2", "strength: 0.01"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, BALANCED_SURFACE],
    },
    &Skeleton {
        name: "boosted",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_boosted.py"),
        settings: &["rounds: 60", "rate: 0.15", "patience: 8"],
        orderless: false,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, EARLY_STOP_BOOSTING],
    },
    &Skeleton {
        name: "searched",
        features: ONE_HOT,
        has_ordered: false,
        model: include_str!("model_searched.py"),
        settings: &["choices: [1, 15, 25, 41]"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, UNKNOWN, INNER_SPLIT],
    },
    &Skeleton {
        name: "frequent",
        features: FREQUENT,
        has_ordered: true,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0", "ordered: {\"grade\": [\"low\", \"medium\", \"high\", \"top\"]}"],
        orderless: true,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, BALANCED, TAILS],
    },
    &Skeleton {
        name: "stacked",
        features: DUMMIES,
        has_ordered: false,
        model: include_str!("model_stacked.py"),
        settings: &["trees: 15", "parts: 4"],
        orderless: false,
        decoys: &[FINAL_REFIT, THRESHOLD, DEDUPE, TAILS, STACKED],
    },
];

/// Words of the parts and what each style calls them; the first style leaves them as they are.
const STYLES: &[(&str, &[(&str, &str)])] = &[
    ("plain", &[]),
    (
        "short",
        &[
            ("train_rows", "df_train"),
            ("holdout_rows", "df_test"),
            ("fit_part", "tr"),
            ("check_part", "va"),
            ("oof_scores", "oof"),
            ("fitted_scores", "p_train"),
            ("holdout_scores", "p_test"),
            ("labels", "y"),
            ("matrix", "x"),
            ("pulled", "num"),
            ("filled", "raw"),
            ("scaled", "z"),
            ("coded", "cat"),
            ("splitter", "cv"),
            ("threshold", "thr"),
        ],
    ),
    (
        "long",
        &[
            ("train_rows", "training_frame"),
            ("holdout_rows", "holdout_frame"),
            ("fit_part", "fitting_positions"),
            ("check_part", "checking_positions"),
            ("oof_scores", "out_of_fold_scores"),
            ("fitted_scores", "training_scores"),
            ("labels", "target_values"),
            ("matrix", "design_matrix"),
            ("pulled", "clipped_numbers"),
            ("filled", "filled_numbers"),
            ("scaled", "scaled_numbers"),
            ("coded", "category_columns"),
            ("column", "position_of_one"),
            ("threshold", "decision_cut"),
        ],
    ),
];

/// How many styles there are.
pub(super) const STYLE_COUNT: usize = STYLES.len();

/// A clean program and what in it only looks wrong.
pub(super) struct Program {
    /// The modules.
    pub(super) project: Project,
    /// The decoys that a task keeps count of, by name, each with its place.
    pub(super) decoys: Vec<(&'static Decoy, Located)>,
}

/// Renders a program.
///
/// # Errors
/// A part is no Python: a bug of ours.
pub(super) fn render(
    skeleton: &'static Skeleton,
    style: usize,
    domain: &Domain,
) -> Result<Program, PycodeError> {
    let names: BTreeMap<&str, &str> = STYLES[style].1.iter().copied().collect();
    let thing = thing(domain);
    let part = |text: &str| {
        renamed(&text.replace("{{things}}", &format!("{thing}s")).replace("{{thing}}", &thing), &names)
    };
    let mut project = Project::new();
    for (path, text) in SHARED {
        project.insert((*path).to_owned(), Module::parse(part(text))?);
    }
    project.insert("src/features.py".to_owned(), Module::parse(part(skeleton.features))?);
    project.insert("src/model.py".to_owned(), Module::parse(part(skeleton.model))?);
    project.insert("src/__init__.py".to_owned(), Module::parse("")?);
    let located = |decoy: &'static Decoy| {
        let module = &project[decoy.file];
        let line = renamed(decoy.line, &names);
        let start = module.text().find(&line)?;
        let span = module.span(start..start + line.len());
        Some((decoy, Located { file: decoy.file.to_owned(), span }))
    };
    let decoys = skeleton.decoys.iter().filter_map(located).collect();
    Ok(Program { project, decoys })
}

/// What one row of a domain is called in the code: the last word of its name.
fn thing(domain: &Domain) -> String {
    let last = domain.name.rsplit('-').next().unwrap_or("row");
    last.strip_suffix('s').unwrap_or(last).to_owned()
}

/// The text with whole words replaced.
fn renamed(text: &str, names: &BTreeMap<&str, &str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for char in text.chars().chain(std::iter::once('\0')) {
        if char.is_alphanumeric() || char == '_' {
            word.push(char);
            continue;
        }
        out.push_str(names.get(word.as_str()).copied().unwrap_or(&word));
        word.clear();
        if char != '\0' {
            out.push(char);
        }
    }
    out
}

/// The skeleton called `name`.
pub(super) fn find(name: &str) -> Option<&'static Skeleton> {
    SKELETONS.iter().find(|skeleton| skeleton.name == name).copied()
}

/// A skeleton and a style drawn from a seed.
pub(super) fn draw(seed: &Seed) -> (&'static Skeleton, usize) {
    let mut rng = seed.derive("program").rng();
    (SKELETONS[rng.below(SKELETONS.len())], rng.below(STYLE_COUNT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use envy_pycode::mutators;
    use envy_tabular::domains;

    #[test]
    fn every_program_is_python_and_holds_its_decoys_and_no_error() {
        for skeleton in SKELETONS {
            for style in 0..STYLE_COUNT {
                let program = render(skeleton, style, domains::ALL[style]).unwrap();
                assert_eq!(program.decoys.len(), skeleton.decoys.len(), "{} {style}", skeleton.name);
                for mutator in mutators::ALL {
                    let found = mutator.undo(&program.project).unwrap();
                    assert!(
                        found.is_none(),
                        "{} is found in the clean {} {style}",
                        mutator.code,
                        skeleton.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_mutator_fits_a_program_in_every_style_and_comes_out_again() {
        let texts =
            |project: &Project| project.values().map(|module| module.text().to_owned()).collect::<Vec<_>>();
        for mutator in mutators::ALL {
            for style in 0..STYLE_COUNT {
                let mut fits = 0;
                for skeleton in SKELETONS {
                    let clean = render(skeleton, style, domains::ALL[0]).unwrap().project;
                    let Some(mutant) = mutator.apply(&clean).unwrap() else { continue };
                    let back = mutator.undo(&mutant.project).unwrap().expect(mutator.code);
                    assert_eq!(texts(&back.project), texts(&clean), "{}", mutator.code);
                    fits += 1;
                }
                assert!(fits > 0, "{} fits no program in style {style}", mutator.code);
            }
        }
    }
}
