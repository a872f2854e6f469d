//! `template-name`: whose interface this is, and where it is documented.
//!
//! Its row in `names.rs` says which prefixes of a model's name lead here, where its server is and which variable
//! holds its key.

use envy_core::Reply;
use serde_json::Value;

use super::{Address, Ask, Dialect, OpenAiChat, Unreadable};

/// The dialect; it differs from the chat completions of others in its path alone.
pub(super) struct Template;

impl Dialect for Template {
    fn name(&self) -> &'static str {
        "template-name"
    }

    fn address(&self, model: &str, key: &str, stream: bool) -> Address {
        Address { path: "v1/chat".to_owned(), ..OpenAiChat.address(model, key, stream) }
    }

    fn body(&self, ask: &Ask<'_>) -> Value {
        OpenAiChat.body(ask)
    }

    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable> {
        OpenAiChat.fold(whole, event)
    }

    fn read(&self, body: Value) -> Result<Reply, Unreadable> {
        OpenAiChat.read(body)
    }
}
