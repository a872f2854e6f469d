//! The flags of a label function that somebody writes: a file, or a model that is asked for one.

use std::path::Path;

use envy_core::Knobs;
use envy_lab::LabError;
use envy_lab::author::{self, SOURCE_BYTES_MAX, Tried, Wanted};
use envy_lab::models::{self, ModelSettings};

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// The knob that holds the function.
const KNOB: &str = "dynamics";
/// Its value where a model is to write the function.
const BY_MODEL: &str = "llm";
/// Its value where the function is drawn.
const DRAWN: &str = "drawn";

/// The knob of the fixed model; beside `--dynamics llm` a name with a slash is the model that writes.
const MODEL: &str = "model";

/// Where the model that writes the label function is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Label function")]
pub(crate) struct DynamicsFlags {
    /// Reach the model of `--dynamics llm --model MODEL` at this server.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

impl DynamicsFlags {
    /// Whether anything is said.
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// The knobs of these settings, with the function itself in the place of its author or its file.
    ///
    /// # Errors
    /// A knob cannot be set so, no model is named or wrote a function, or the file cannot be read or used.
    pub(crate) fn knobs(
        &self,
        session: &Session,
        settings: &[(String, String)],
        resolve: impl Fn(&[(String, String)]) -> Result<Knobs, Failure>,
    ) -> Result<Knobs, Failure> {
        let function = settings.iter().find(|(name, value)| name == KNOB && value != DRAWN);
        let Some((_, author)) = function else {
            if self.is_given() {
                return Err(Failure::usage(
                    "--base-url reaches the model that writes a label function, and the function is drawn",
                    "add --dynamics llm --model provider/name, or leave --base-url out",
                ));
            }
            return resolve(settings);
        };
        let mut others: Vec<(String, String)> =
            settings.iter().filter(|(name, _)| name != KNOB).cloned().collect();
        let source = if author == BY_MODEL {
            let place = others.iter().position(|(name, value)| name == MODEL && value.contains('/'));
            let Some(place) = place else {
                return Err(Failure::usage(
                    "--dynamics llm says that a model writes the label function, and none is named",
                    "name it with --model provider/name, or give a function of your own: --dynamics FILE.py",
                ));
            };
            let (_, model) = others.remove(place);
            self.ask(session, &model, &author::wanted(&resolve(&others)?))?
        } else if author.contains('\n') {
            author.clone()
        } else {
            read(Path::new(author), &author::wanted(&resolve(&others)?))?
        };
        others.push((KNOB.to_owned(), source));
        resolve(&others)
    }

    fn ask(&self, session: &Session, name: &str, wanted: &Wanted) -> Result<String, Failure> {
        let reach = ModelSettings { base_url: self.base_url.clone(), ..ModelSettings::default() };
        let sources = reach.sources(&session.home.store())?;
        let model = models::open_plain(name, "write a label function", &sources)?;
        let authored = session.block_on(author::write(model.as_ref(), wanted))?;
        let Tried { nodes, skill } = authored.tried;
        output::note(format!(
            "{name} wrote a label function of {nodes} nodes in {} replies; a small forest reaches {skill:.2} above chance",
            authored.turns
        ));
        Ok(authored.source)
    }
}

/// A function of the user's own.
fn read(file: &Path, wanted: &Wanted) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::from(LabError::file("read", file, &error));
    let length = std::fs::metadata(file).map_err(failed)?.len();
    if length > SOURCE_BYTES_MAX as u64 {
        let what =
            format!("{} has {length} bytes, a label function at most {SOURCE_BYTES_MAX}", file.display());
        return Err(Failure::usage(what, "write a shorter one"));
    }
    let source = std::fs::read_to_string(file).map_err(failed)?;
    author::examine(&source, wanted)
        .map_err(|refusal| Failure::usage(format!("{}: {}", file.display(), refusal.what), refusal.hint))?;
    Ok(source)
}
