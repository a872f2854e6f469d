//! Programs: clean code bases, rendered from parts. A skeleton gives the model, a style the names, a domain the words.

mod decoys;
mod layout;

use std::collections::BTreeMap;

use envy_core::Seed;
use envy_pycode::mutators::{Located, Project};
use envy_pycode::{Module, PycodeError};
use envy_tabular::Domain;

use super::world::Form;
use decoys::{
    BALANCED, BALANCED_SURFACE, CHOSEN_INSIDE, CLOSE_FIT, DEDUPE, Decoy, EARLY_STOP, EARLY_STOP_BOOSTING,
    FINAL_REFIT, FORWARD_FOLDS, GROUP_FOLDS, INNER_FOLDS, INNER_SPLIT, RATES_OF_THE_FOLD, RESAMPLED,
    SCALED_AND_BACK, STACKED, TAILS, THRESHOLD, UNKNOWN, WINDOW_BEHIND,
};

/// `src/data.py`, `src/evaluate.py` and `src/train.py`.
struct Frame([&'static str; 3]);

/// Of rows that belong to groups.
const PLAIN: Frame = Frame([include_str!("data.py"), include_str!("evaluate.py"), include_str!("train.py")]);
/// Of rows over time.
const TIMED: Frame =
    Frame([include_str!("data_timed.py"), include_str!("evaluate.py"), include_str!("train_timed.py")]);
/// Of amounts.
const AMOUNTS: Frame =
    Frame([include_str!("data.py"), include_str!("evaluate_amounts.py"), include_str!("train_amounts.py")]);

/// `src/features.py` where levels become columns of their own.
const ONE_HOT: &str = include_str!("features.py");
/// `src/features.py` where levels become shares and ranks.
const FREQUENT: &str = include_str!("features_frequent.py");

/// `src/features.py` where levels become rates of the label.
const RATES: &str = include_str!("features_rates.py");
/// `src/features.py` where the season has a part.
const SEASONS: &str = include_str!("features_timed.py");

/// `src/features.py` where levels become columns by pandas.
const DUMMIES: &str = include_str!("features_dummies.py");

/// A kind of program.
pub(super) struct Skeleton {
    /// Its name.
    pub(super) name: &'static str,
    /// The files around features and model.
    frame: Frame,
    /// `src/features.py`.
    features: &'static str,
    /// `src/model.py`.
    model: &'static str,
    /// What its rows have beside what all have.
    pub(super) form: Form,
    /// Its settings in `config.yaml`, a line each.
    pub(super) settings: &'static [&'static str],
    /// Whether the order of its columns leaves its scores alone; a forest draws columns by their place.
    pub(super) orderless: bool,
    /// What in it is right though it looks suspicious.
    decoys: &'static [Decoy],
}

/// Every skeleton.
pub(super) const SKELETONS: &[&Skeleton] = &[
    &Skeleton {
        name: "scorecard",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, BALANCED, TAILS],
    },
    &Skeleton {
        name: "neighbours",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_neighbours.py"),
        settings: &["neighbours: 25"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, TAILS],
    },
    &Skeleton {
        name: "forest",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_forest.py"),
        settings: &["trees: 30", "leaf: 5"],
        orderless: false,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, CLOSE_FIT, TAILS],
    },
    &Skeleton {
        name: "descent",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_descent.py"),
        settings: &["epochs: 200", "rate: 0.5", "penalty: 0.001", "patience: 20"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, EARLY_STOP, TAILS],
    },
    &Skeleton {
        name: "resampled",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_resampled.py"),
        settings: &["strength: 1.0"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, RESAMPLED, TAILS],
    },
    &Skeleton {
        name: "surface",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_surface.py"),
        settings: &["degree: 2", "strength: 0.01"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, BALANCED_SURFACE, TAILS],
    },
    &Skeleton {
        name: "boosted",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_boosted.py"),
        settings: &["rounds: 60", "rate: 0.15", "patience: 8"],
        orderless: false,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, EARLY_STOP_BOOSTING, TAILS],
    },
    &Skeleton {
        name: "searched",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_searched.py"),
        settings: &["choices: [1, 15, 25, 41]"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, INNER_SPLIT, TAILS],
    },
    &Skeleton {
        name: "frequent",
        frame: PLAIN,
        features: FREQUENT,
        form: Form::Graded,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0", "ordered: {\"grade\": [\"low\", \"medium\", \"high\", \"top\"]}"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, BALANCED, TAILS],
    },
    &Skeleton {
        name: "stacked",
        frame: PLAIN,
        features: DUMMIES,
        form: Form::Plain,
        model: include_str!("model_stacked.py"),
        settings: &["trees: 15", "parts: 4"],
        orderless: false,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, TAILS, STACKED],
    },
    &Skeleton {
        name: "timed",
        frame: TIMED,
        features: SEASONS,
        form: Form::Timed,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0", "window: 30"],
        orderless: true,
        decoys: &[FINAL_REFIT, FORWARD_FOLDS, WINDOW_BEHIND, DEDUPE, UNKNOWN, BALANCED, TAILS],
    },
    &Skeleton {
        name: "amounts",
        frame: AMOUNTS,
        features: ONE_HOT,
        form: Form::Amounts,
        model: include_str!("model_amounts.py"),
        settings: &["penalty: 0.001"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, DEDUPE, UNKNOWN, TAILS, SCALED_AND_BACK],
    },
    &Skeleton {
        name: "rated",
        frame: PLAIN,
        features: RATES,
        form: Form::Plain,
        model: include_str!("model_scorecard.py"),
        settings: &["strength: 1.0", "weight: 8"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, BALANCED, RATES_OF_THE_FOLD, TAILS],
    },
    &Skeleton {
        name: "selected",
        frame: PLAIN,
        features: FREQUENT,
        form: Form::Graded,
        model: include_str!("model_selected.py"),
        settings: &[
            "degree: 3",
            "kept: 20",
            "strength: 0.1",
            "ordered: {\"grade\": [\"low\", \"medium\", \"high\", \"top\"]}",
        ],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, TAILS, CHOSEN_INSIDE],
    },
    &Skeleton {
        name: "blended",
        frame: PLAIN,
        features: ONE_HOT,
        form: Form::Plain,
        model: include_str!("model_blended.py"),
        settings: &["strength: 1.0", "neighbours: 25", "parts: 4"],
        orderless: true,
        decoys: &[FINAL_REFIT, GROUP_FOLDS, THRESHOLD, DEDUPE, UNKNOWN, INNER_FOLDS, TAILS],
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

/// Renders a program over so many files, 2 to 8.
///
/// # Errors
/// A part is no Python: a bug of ours.
pub(super) fn render(
    skeleton: &'static Skeleton,
    style: usize,
    domain: &Domain,
    files: usize,
) -> Result<Program, PycodeError> {
    let names: BTreeMap<&str, &str> = STYLES[style].1.iter().copied().collect();
    let thing = thing(domain);
    let part = |text: &str| {
        renamed(&text.replace("{{things}}", &format!("{thing}s")).replace("{{thing}}", &thing), &names)
    };
    let mut project = Project::new();
    for (path, text) in ["src/data.py", "src/evaluate.py", "src/train.py"].into_iter().zip(skeleton.frame.0) {
        project.insert(path.to_owned(), Module::parse(part(text))?);
    }
    project.insert("src/features.py".to_owned(), Module::parse(part(skeleton.features))?);
    project.insert("src/model.py".to_owned(), Module::parse(part(skeleton.model))?);
    project.insert("src/__init__.py".to_owned(), Module::parse("")?);
    let project = layout::lay(&project, files)?;
    let located = |decoy: &'static Decoy| {
        let line = renamed(decoy.line, &names);
        // Its own file first; in another layout it stands elsewhere.
        let own = project.get_key_value(decoy.file).into_iter();
        let (file, module, start) = own
            .chain(&project)
            .find_map(|(file, module)| Some((file, module, module.text().find(&line)?)))?;
        Some((decoy, Located { file: file.clone(), span: module.span(start..start + line.len()) }))
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

    /// Every skeleton in one style.
    fn rendered(style: usize) -> Vec<(&'static Skeleton, Program)> {
        let one = |skeleton: &&'static Skeleton| {
            (*skeleton, render(skeleton, style, domains::ALL[style], 5).unwrap())
        };
        SKELETONS.iter().map(one).collect()
    }

    #[test]
    fn every_mutator_goes_in_and_comes_out_of_a_program_in_every_style_and_none_holds_it_before() {
        let texts =
            |project: &Project| project.values().map(|module| module.text().to_owned()).collect::<Vec<_>>();
        for style in 0..STYLE_COUNT {
            let programs = rendered(style);
            for mutator in mutators::ALL {
                let mut fits = 0;
                for (skeleton, Program { project: clean, .. }) in &programs {
                    let found = mutator.undo(clean).unwrap();
                    assert!(found.is_none(), "{} is in the clean {} {style}", mutator.code, skeleton.name);
                    let Some(mutant) = mutator.apply(clean).unwrap() else { continue };
                    let back = mutator.undo(&mutant.project).unwrap().expect(mutator.code);
                    assert_eq!(texts(&back.project), texts(clean), "{}", mutator.code);
                    fits += 1;
                }
                assert!(fits > 0, "{} fits no program in style {style}", mutator.code);
            }
        }
    }

    #[test]
    fn every_program_holds_its_decoys_and_every_mutator_has_some_beside_it() {
        let programs = rendered(0);
        for (skeleton, program) in &programs {
            assert_eq!(program.decoys.len(), skeleton.decoys.len(), "{}", skeleton.name);
        }
        let mut missing = Vec::new();
        for mutator in mutators::ALL {
            let fitting =
                programs.iter().filter(|(_, program)| mutator.apply(&program.project).unwrap().is_some());
            let held: Vec<&str> =
                fitting.flat_map(|(skeleton, _)| skeleton.decoys.iter().map(|decoy| decoy.name)).collect();
            assert!(mutator.decoys.len() >= 2, "{}", mutator.code);
            for name in mutator.decoys {
                missing.extend((!held.contains(name)).then(|| format!("{}: {name}", mutator.code)));
            }
        }
        assert!(missing.is_empty(), "decoys that stand in no program of their mutator: {missing:?}");
    }
}
