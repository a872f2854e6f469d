//! Toolbox: the tools that one environment offers, by name, with the schemas that its agents see.

use envy_core::near::suggestion;
use envy_core::{Tool, ToolSchema};
use serde_json::Value;

use crate::error::RolloutError;
use crate::program;
use crate::tools::{self, SUBMIT_ANSWER};

/// The tools on offer, in the environment's order; shared by all episodes of the environment.
pub struct Toolbox {
    tools: Vec<&'static dyn Tool>,
    schemas: Vec<ToolSchema>,
}

impl Toolbox {
    /// The tools called `names`; `submission` replaces the parameters of `submit_answer`.
    ///
    /// # Errors
    /// There is no tool of one of the names.
    pub fn new(names: &[&str], submission: &Value) -> Result<Self, RolloutError> {
        let known: Vec<ToolSchema> = tools::ALL.iter().map(|tool| tool.schema()).collect();
        let mut toolbox = Self { tools: Vec::new(), schemas: Vec::new() };
        for name in names {
            let index = known.iter().position(|schema| schema.name == *name);
            let index = index.ok_or_else(|| RolloutError::UnknownTool {
                name: (*name).to_owned(),
                hint: suggestion(name, known.iter().map(|schema| schema.name.as_str())),
            })?;
            let mut schema = known[index].clone();
            if schema.name == SUBMIT_ANSWER {
                schema.parameters = submission.clone();
            }
            toolbox.tools.push(tools::ALL[index]);
            toolbox.schemas.push(schema);
        }
        Ok(toolbox)
    }

    /// The same tools where slow training work is part of the task: runs may take longer.
    #[must_use]
    pub fn slow(&self) -> Self {
        let mut schemas = self.schemas.clone();
        for schema in &mut schemas {
            if let Some(timeout) = schema.parameters.pointer_mut("/properties/timeout") {
                program::slow_timeout(timeout);
            }
        }
        Self { tools: self.tools.clone(), schemas }
    }

    /// What the model is offered.
    pub fn schemas(&self) -> &[ToolSchema] {
        &self.schemas
    }

    /// The tool called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<(&'static dyn Tool, &ToolSchema)> {
        let index = self.schemas.iter().position(|schema| schema.name == name)?;
        Some((self.tools[index], &self.schemas[index]))
    }

    /// What an agent reads that called a tool which is not on offer.
    pub(crate) fn unknown(&self, name: &str) -> String {
        let names: Vec<&str> = self.schemas.iter().map(|schema| schema.name.as_str()).collect();
        format!("there is no tool \"{name}\"; the tools are {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_environments_schema_replaces_the_submission() {
        let submission = json!({"type": "object", "properties": {"code": {"type": "string"}}});
        let toolbox = Toolbox::new(&["read_file", SUBMIT_ANSWER], &submission).unwrap();
        assert_eq!(toolbox.schemas().len(), 2);
        assert_eq!(toolbox.find(SUBMIT_ANSWER).unwrap().1.parameters, submission);
        assert!(toolbox.find("bash_exec").is_none());
        assert!(toolbox.unknown("bash").contains("read_file, submit_answer"));
    }

    #[test]
    fn slow_work_may_ask_for_more_time() {
        let toolbox = Toolbox::new(&["run_python", SUBMIT_ANSWER], &json!({"type": "object"})).unwrap();
        let maximum = |toolbox: &Toolbox| {
            toolbox.find("run_python").unwrap().1.parameters["properties"]["timeout"]["maximum"].as_f64()
        };
        assert_eq!((maximum(&toolbox), maximum(&toolbox.slow())), (Some(600.0), Some(900.0)));
        assert_eq!(toolbox.slow().schemas()[1], toolbox.schemas()[1]);
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest() {
        let error = Toolbox::new(&["reed_file"], &Value::Null).err().unwrap();
        assert!(error.to_string().contains("did you mean \"read_file\"?"), "{error}");
    }
}
