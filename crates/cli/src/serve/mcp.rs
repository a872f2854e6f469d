//! MCP: an agent of any make plays an episode through the Model Context Protocol, one episode for each session.
//!
//! The tools are the episode's, the task is a prompt and a resource. The agent reads that it submitted and nothing
//! more: the verdict is the host's, in the log and in the store.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProgressToken, Prompt, PromptMessage,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, Role, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::house::House;
use super::seat::{Answer, Asked, Leaving, Refusal, Seat};
use crate::fail::Failure;

/// The name of the one prompt.
const PROMPT: &str = "task";

/// The address of the one resource.
const RESOURCE: &str = "envy://task";

/// How often a call that goes on says so.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// What an agent is told when it connects.
const INSTRUCTIONS: &str = "One task for an agent, played through these tools. Read the prompt \"task\" (or the \
     resource envy://task) first. The first valid submission ends the episode.";

/// One session of an agent.
pub(crate) struct Agent {
    house: Arc<House>,
    task: usize,
    seat: Arc<Mutex<Seat>>,
}

impl Agent {
    /// A session on the next task; nothing is started before the first call.
    ///
    /// # Errors
    /// Every seat is taken.
    pub(crate) fn arrive(house: &Arc<House>) -> Result<Self, std::io::Error> {
        let seat = Seat::take(house, Leaving::Grade).ok_or_else(|| {
            let most = house.seats_max();
            std::io::Error::other(format!("all {most} sessions of this server are taken; try again later"))
        })?;
        Ok(Self { house: Arc::clone(house), task: house.next_task(), seat: Arc::new(Mutex::new(seat)) })
    }

    /// The task's words for the agent: what a system prompt and the first message would say.
    fn words(&self) -> Result<String, ErrorData> {
        let (system, user) = self
            .house
            .venue
            .prompt(self.task)
            .map_err(|_| ErrorData::internal_error("the task cannot be read", None))?;
        Ok(format!("{system}\n\n{user}"))
    }

    /// Plays a call to its end, whether or not the client still waits for it.
    async fn play(&self, name: String, arguments: Value) -> Result<Answer, Refusal> {
        let (seat, task) = (Arc::clone(&self.seat), self.task);
        let playing = tokio::spawn(async move {
            let mut seat = seat.lock().await;
            if !seat.is_playing() && seat.episode().is_none() {
                seat.reset(Asked { index: Some(task), ..Asked::default() })?;
            }
            seat.call(&name, arguments).await
        });
        match playing.await {
            Ok(answer) => answer,
            Err(_) => Err(Refusal::NotNow("the server failed; its log says why".to_owned())),
        }
    }
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let offered =
            ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        ServerConfig::new(offered)
            .with_server_info(Implementation::new("envy", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    /// Those with sessions: an episode is a session's, and the newest version has none over HTTP.
    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        const WITH_SESSIONS: &[ProtocolVersion] = &[
            ProtocolVersion::V_2024_11_05,
            ProtocolVersion::V_2025_03_26,
            ProtocolVersion::V_2025_06_18,
            ProtocolVersion::V_2025_11_25,
        ];
        Cow::Borrowed(WITH_SESSIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.house.venue.tools().iter().map(|tool| {
            let schema = tool.parameters.as_object().cloned().unwrap_or_default();
            Tool::new(tool.name.clone(), tool.description.clone(), Arc::new(schema))
        });
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        if !self.house.venue.tools().iter().any(|tool| tool.name == name) {
            return Err(ErrorData::invalid_params(format!("there is no tool \"{name}\""), None));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let playing = self.play(name, arguments);
        let answer = match context.meta.get_progress_token() {
            Some(token) => with_progress(&context.peer, token, playing).await,
            None => playing.await,
        };
        let result = match answer {
            Ok(Answer { called, .. }) if !called.is_error => {
                CallToolResult::success(vec![ContentBlock::text(called.text)])
            }
            Ok(Answer { called, .. }) => CallToolResult::error(vec![ContentBlock::text(called.text)]),
            Err(Refusal::Invalid(why) | Refusal::NotNow(why)) => {
                CallToolResult::error(vec![ContentBlock::text(why)])
            }
        };
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompt = Prompt::new(PROMPT, Some("The task and the rules of the episode."), None);
        Ok(ListPromptsResult::with_all_items(vec![prompt]))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name != PROMPT {
            let known = format!("there is no prompt \"{}\"; the one there is is \"{PROMPT}\"", request.name);
            return Err(ErrorData::invalid_params(known, None));
        }
        let message = PromptMessage::new_text(Role::User, self.words()?);
        Ok(GetPromptResult::new(vec![message]).into())
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = Resource::new(RESOURCE, PROMPT)
            .with_description("The task and the rules of the episode.")
            .with_mime_type("text/markdown");
        Ok(ListResourcesResult::with_all_items(vec![resource]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if request.uri != RESOURCE {
            let known = format!("there is no resource {}; the one there is is {RESOURCE}", request.uri);
            return Err(ErrorData::resource_not_found(known, Some(json!({"uri": request.uri}))));
        }
        let contents = ResourceContents::text(self.words()?, RESOURCE).with_mime_type("text/markdown");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

/// Awaits a call and tells the client now and then that it goes on.
async fn with_progress<T>(
    peer: &Peer<RoleServer>,
    token: ProgressToken,
    playing: impl Future<Output = T>,
) -> T {
    let mut playing = std::pin::pin!(playing);
    let mut ticks = 0.0;
    loop {
        if let Ok(answer) = tokio::time::timeout(PROGRESS_EVERY, &mut playing).await {
            return answer;
        }
        ticks += 1.0;
        let said = ProgressNotificationParam::new(token.clone(), ticks);
        // A client that no longer listens loses nothing: the call goes on.
        let _ = peer.notify_progress(said).await;
    }
}

/// Plays one session over stdin and stdout, until the client closes stdin or the house stops.
///
/// # Errors
/// The client's handshake makes no sense.
pub(crate) async fn over_stdio(house: &Arc<House>) -> Result<(), Failure> {
    let agent = Agent::arrive(house).map_err(|error| Failure::io("open a session", &error))?;
    let serving = agent.serve(rmcp::transport::stdio());
    let service = tokio::select! {
        service = serving => service.map_err(|error| {
            Failure::short(format!("the MCP handshake failed: {error}"), "an MCP client starts this command")
        })?,
        () = house.stopped() => return Ok(()),
    };
    let stop = service.cancellation_token();
    let waiting = service.waiting();
    tokio::pin!(waiting);
    tokio::select! {
        _ = &mut waiting => {}
        () = house.stopped() => {
            stop.cancel();
            // Whatever it ended with, the session is over.
            let _ = waiting.await;
        }
    }
    Ok(())
}

/// Sessions over streamable HTTP. `own_host_only` refuses requests that name another host than this machine.
pub(crate) fn over_http(
    house: &Arc<House>,
    own_host_only: bool,
) -> StreamableHttpService<Agent, LocalSessionManager> {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(house.idle);
    let mut config = StreamableHttpServerConfig::default();
    if !own_host_only {
        config = config.disable_allowed_hosts();
    }
    let house = Arc::clone(house);
    StreamableHttpService::new(move || Agent::arrive(&house), Arc::new(sessions), config)
}
