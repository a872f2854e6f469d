//! The page that the agent finds beside the code: what the program is to do.

use envy_tabular::Domain;

use super::world::Form;

const README: &str = include_str!("readme.md");

/// What the page says of one form of rows.
struct Words {
    predicts: &'static str,
    label: &'static str,
    checked: &'static str,
    figures: &'static str,
    groups: &'static str,
    scores: &'static str,
}

const FIGURES: &str = "`auc`, `average_precision`, `recall`, `macro_f1`";
const GROUPS: &str = "- Rows of one `batch` belong together: they are alike beyond what the columns say, and new rows come from new batches.
- Every fold has the classes in nearly the same shares.";
const SCORES: &str = "- Scores are probabilities. `auc` and `average_precision` are of the scores, `recall` and `macro_f1` of the decisions;
  `macro_f1` is the mean over both classes.
- The decision is 1 from the cut on that has the best F1 on the out-of-fold scores.";

const LABELS: Words = Words {
    predicts: "The program predicts `label`, which is 0 or 1.",
    label: "label",
    checked: "distinct training row",
    figures: FIGURES,
    groups: GROUPS,
    scores: SCORES,
};

const TIMED: Words = Words {
    checked: "distinct training row but the sixth part that is earliest, which no earlier rows could score",
    groups: "- `day` is written day/month/year. Every holdout row is later than the training rows; how common the label 1 is moves
  with the season and slowly beside it. A label is known the day after.
- What stands in later rows, labels included, has no part in the score of an earlier one. Batches are not kept together.",
    ..LABELS
};

const AMOUNTS: Words = Words {
    predicts: "The program predicts `amount`, which is large from the value on that `config.yaml` names.",
    label: "amount",
    figures: "`auc`, `average_precision`, `recall`, `macro_f1`, `mean_error`",
    groups: "- Rows of one `batch` belong together: they are alike beyond what the columns say, and new rows come from new batches.
- Every fold has nearly the same share of large amounts. One training amount in a hundred may be a gross error.",
    scores: "- Scores are amounts, in the unit of the column. `auc` and `average_precision` say how well the scores tell large amounts,
  `recall` and `macro_f1` how well the decisions do; `macro_f1` is the mean over both; `mean_error` is the mean distance
  of score and amount.
- The decision is 1 where the score is large.",
    ..LABELS
};

/// `README.md` of a task.
pub(super) fn readme(domain: &Domain, form: Form) -> Vec<u8> {
    let words = match form {
        Form::Plain | Form::Graded => &LABELS,
        Form::Timed => &TIMED,
        Form::Amounts => &AMOUNTS,
    };
    let parts = [
        ("{{title}}", domain.title),
        ("{{doc}}", domain.doc),
        ("{{predicts}}", words.predicts),
        ("{{label}}", words.label),
        ("{{checked}}", words.checked),
        ("{{figures}}", words.figures),
        ("{{groups}}", words.groups),
        ("{{scores}}", words.scores),
    ];
    parts.iter().fold(README.to_owned(), |page, (place, text)| page.replace(place, text)).into_bytes()
}
