//! `envy judge`, and the flags that name a judge.

use envy_lab::judge::{Checked, JudgeSettings, Plan, Rate, VOTES_DEFAULT, check, keep};

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Who rules on criteria that nothing else can decide.
#[derive(Clone, Debug, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Judge")]
pub(crate) struct JudgeFlags {
    /// Let this model rule on criteria in prose, as provider/name; without one their points are offered to nobody.
    #[arg(long, value_name = "MODEL")]
    pub(super) judge: Option<String>,
    /// Votes of the judge on each question [default 3].
    #[arg(long, value_name = "N", requires = "judge", value_parser = clap::value_parser!(u32).range(1..=15))]
    pub(super) judge_votes: Option<u32>,
    /// Reach the judge at this server.
    #[arg(long, value_name = "URL", requires = "judge")]
    pub(super) judge_base_url: Option<String>,
}

impl JudgeFlags {
    /// The judge that the flags name, if they name one; whoever is not known to be reliable is told of.
    ///
    /// # Errors
    /// There is no such model, or it has no key.
    pub(crate) fn settings(&self, session: &Session) -> Result<Option<JudgeSettings>, Failure> {
        let Some(model) = self.judge.clone() else { return Ok(None) };
        let votes = self.judge_votes.unwrap_or(VOTES_DEFAULT);
        let judge = JudgeSettings { model, votes, base_url: self.judge_base_url.clone() };
        judge.open(&session.home.store())?;
        match judge.measured(&session.home.store()) {
            Some(checked) if checked.is_admitted() => {}
            Some(_) => output::note(format!("{} was measured and not admitted as a judge", judge.model)),
            None => {
                let how = format!("`envy judge check --judge {}` says what it is worth", judge.model);
                output::note(format!("{} was never measured as a judge; {how}", judge.model));
            }
        }
        Ok(Some(judge))
    }
}

/// Measure language models as judges.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Check(CheckArgs),
}

/// Ask a judge over 200 questions whose answers are known, and admit or reject it.
///
/// It is asked again to see whether it changes its mind, in another order, with longer texts that say no more, and after
/// attempts to make it say yes. What was measured is kept; `envy eval --judge` reads it.
#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// The judge, as provider/name.
    #[arg(long, value_name = "MODEL")]
    judge: String,
    /// Reach it at this server.
    #[arg(long, value_name = "URL")]
    judge_base_url: Option<String>,
    /// Questions under way at once.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Action::Check(args) = &args.action;
    let session = Session::start()?;
    session.stop_on_interrupt();
    let settings =
        JudgeSettings { model: args.judge.clone(), votes: 1, base_url: args.judge_base_url.clone() };
    let judge = settings.open(&session.home.store())?;
    let plan = Plan { concurrency: args.concurrency as usize, ..Plan::STANDARD };
    let checked = session.block_on(check(&judge, plan));
    let path = keep(&session.home.store(), &checked)?;
    output::note(format!("kept in {}", path.display()));
    if args.json {
        output::json(&checked)?;
    } else {
        output::print(&output::table(&["figure", "value"], rows(&checked), 1))?;
    }
    if checked.is_admitted() {
        return Ok(());
    }
    Err(Failure::short(
        format!("{} is not admitted as a judge: {}", checked.judge, checked.rejected.join("; ")),
        "another model may be; the mechanical points stand without one",
    ))
}

fn rows(checked: &Checked) -> Vec<Vec<String>> {
    let rate = |rate: Rate| format!("{:.3} ({} of {})", rate.share(), rate.cases, rate.of);
    let counts = &checked.agreement;
    let mut rows = vec![
        ("questions", counts.asked().to_string()),
        ("not answered", counts.failed.to_string()),
        ("kappa", format!("{:.3}", checked.kappa)),
        ("AC1", format!("{:.3}", checked.ac1)),
        ("sensitivity", format!("{:.3}", checked.sensitivity)),
        ("specificity", format!("{:.3}", checked.specificity)),
        ("flips", rate(checked.flips)),
        ("order swaps", rate(checked.swaps)),
        ("attacks that succeed", rate(checked.injections)),
        ("yes for 100 empty words", format!("{:+.3}", checked.length_slope)),
    ];
    let verdict = if checked.is_admitted() { "admitted" } else { "rejected" };
    rows.push(("verdict", verdict.to_owned()));
    rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}
