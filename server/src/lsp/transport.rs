//! The gate: stands between a client's pipes and tower-lsp, so that nothing a client sends can end or stop the server.
//!
//! Three parties, and queues with bounds between them. The *reader*, a thread, takes frames apart, answers what is no
//! message, and judges what the session allows. The *feeder*, a task, hands calls to tower-lsp's service in their order
//! of arrival and runs each in a task of its own behind a fence. The *writer*, a thread, empties the outbox. Whoever
//! learns first that the conversation is over reports an [`Ending`]; then what is in work has a moment to finish, and
//! no longer.
//!
//! What a handler may rely on:
//! - A call starts when all notifications before it have been dealt with, and `initialize` has been answered.
//! - Requests run beside each other and beside later notifications.
//! - A panic costs its own call only: the request is answered with -32603.
//!
//! tower-lsp's own `Server` is not used: it has four slots for handlers, a queue of a hundred messages behind which the
//! client's replies get stuck, polls all handlers in one task, and dies of one panic. Must never know what the server
//! is about, and never write out what a message holds.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use tokio::runtime::{self, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::{ClientSocket, LanguageServer, LspService};
use tower_service::Service;

use crate::check;
use crate::lsp::life::{self, Ending};
use crate::lsp::transport::frame::{Frame, Unframeable};
use crate::lsp::transport::message::Message;
use crate::lsp::transport::outbox::{Outbox, Outgoing};
use crate::lsp::transport::session::{Session, Verdict};

mod frame;
mod message;
mod outbox;
mod session;

/// How many bytes of messages are in work at most; beyond that the client has to wait.
const BUDGET: u32 = 128 << 20;
/// What the smallest message counts, so that there are never too many.
const MIN_COST: u32 = 4 << 10;
/// What an evaluation needs, and what lies below it.
const STACK_BYTES: usize = check::STACK_BYTES + (1 << 20);
/// How long a thread that has nothing to compute is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(1);
/// How long work may go on when the conversation is over.
const GRACE: Duration = Duration::from_millis(700);

/// Serves a client on stdin and stdout until it leaves. The caller must leave `main` with this code at once: handlers
/// may still be running.
pub fn run<S: LanguageServer>(make_service: impl FnOnce() -> (LspService<S>, ClientSocket)) -> ExitCode {
    life::hush_panics();
    let input = BufReader::with_capacity(1 << 16, io::stdin());
    ExitCode::from(converse(input, output(), GRACE, make_service))
}

/// Stdout without the buffer of lines around it, which would cut each message in two.
fn output() -> Box<dyn Write + Send> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    match stdout {
        Ok(stdout) => Box::new(File::from(stdout)),
        Err(_) => Box::new(io::stdout()),
    }
}

/// Serves a client on any pair of pipes and gives the code to exit with.
pub fn converse<S: LanguageServer>(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    grace: Duration,
    make_service: impl FnOnce() -> (LspService<S>, ClientSocket),
) -> u8 {
    let mut runtime = runtime::Builder::new_multi_thread();
    // Handlers compute nothing, so that one thread is enough for them, and two would wake each other for each message.
    // The threads that compute go soon, with the memory that the allocator keeps for each.
    // Their stacks are large enough for every evaluation, so that none has to be made for each; only what is used of them
    // takes memory.
    let runtime = runtime.worker_threads(1).thread_keep_alive(KEEP_ALIVE).thread_stack_size(STACK_BYTES);
    let runtime = runtime.enable_all().build();
    let Ok(runtime) = runtime else {
        life::say("cannot start its threads");
        return 1;
    };
    let (service, socket) = {
        let _context = runtime.enter();
        make_service()
    };
    let (requests, replies) = socket.split();
    let (endings, ended) = std::sync::mpsc::channel();
    let (inbox, calls) = mpsc::unbounded_channel();
    let outbox = Arc::new(Outbox::default());
    let session = Arc::new(Mutex::new(Session::default()));
    let budget = Arc::new(Semaphore::new(BUDGET as usize));

    let feeder = Feeder { session: session.clone(), outbox: outbox.clone(), endings: endings.clone() };
    runtime.spawn(feeder.feed(service, calls));
    runtime.spawn(relay(requests, outbox.clone()));
    let reader = Reader {
        session: session.clone(),
        outbox: outbox.clone(),
        budget: budget.clone(),
        runtime: runtime.handle().clone(),
        inbox,
        replies,
    };
    let report = endings.clone();
    thread::spawn(move || {
        let ending = catch_unwind(AssertUnwindSafe(|| reader.read(input)));
        report.send(ending.unwrap_or(Ending::InputClosed))
    });
    let written = outbox.clone();
    thread::spawn(move || {
        let ending = written.write_to(output).map_or(Ending::OutputClosed, |()| Ending::Flushed);
        endings.send(ending)
    });

    let ending = ended.recv().unwrap_or(Ending::OutputClosed);
    if let Ending::Unframeable(why) = ending {
        life::say(&format!("cannot tell the client's messages apart: {why}"));
    }
    if !matches!(ending, Ending::OutputClosed | Ending::Orphaned) {
        runtime.spawn(async move {
            let _idle = budget.acquire_many(BUDGET).await;
            outbox.close();
        });
        let deadline = Instant::now() + grace;
        while let Ok(next) = ended.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if matches!(next, Ending::Flushed | Ending::OutputClosed) {
                break;
            }
        }
    }
    runtime.shutdown_background();
    match ending {
        Ending::Unframeable(_) => 3,
        _ if lock(&session).was_shut_down() => 0,
        _ => 1,
    }
}

/// A call that the session allows, and its share of the budget.
struct Call {
    request: Request,
    permit: OwnedSemaphorePermit,
}

struct Reader<R> {
    session: Arc<Mutex<Session>>,
    outbox: Arc<Outbox>,
    budget: Arc<Semaphore>,
    runtime: Handle,
    inbox: mpsc::UnboundedSender<Call>,
    replies: R,
}

impl<R: Sink<Response> + Unpin> Reader<R> {
    /// Reads until the conversation is over.
    fn read(mut self, mut input: impl BufRead) -> Ending {
        loop {
            let (message, length) = match frame::read(&mut input) {
                Ok(Frame::Body(body)) => {
                    let length = body.len();
                    (message::decode(body), length)
                }
                Ok(Frame::TooLong) => (Message::Bad(message::too_long()), 0),
                Ok(Frame::End) => return Ending::InputClosed,
                Err(Unframeable(why)) => return Ending::Unframeable(why),
            };
            let request = match message {
                Message::Call(request) => request,
                Message::Reply(response) => {
                    // Past all queues: a handler that waits for a reply must get it, whatever waits for the handler.
                    let _ = self.replies.feed(response).now_or_never();
                    continue;
                }
                Message::Bad(answer) => {
                    self.answer(answer);
                    continue;
                }
            };
            let verdict = lock(&self.session).judge(&request);
            match verdict {
                Verdict::Pass => {
                    let permit = self.admit(length);
                    let _ = self.inbox.send(Call { request, permit });
                }
                Verdict::Drop => {}
                Verdict::Refuse(error) => {
                    self.answer(Response::from_error(request.id().cloned().unwrap_or_default(), error));
                }
                Verdict::Exit => return Ending::Exit,
            }
        }
    }

    fn answer(&self, answer: Response) {
        let permit = self.admit(0);
        let outbox = self.outbox.clone();
        self.runtime.spawn(async move {
            outbox.push(Outgoing::from(&answer)).await;
            drop(permit);
        });
    }

    /// Waits until there is room for a message of this length.
    fn admit(&self, length: usize) -> OwnedSemaphorePermit {
        let cost = u32::try_from(length).unwrap_or(BUDGET).clamp(MIN_COST, BUDGET);
        let permit = self.runtime.block_on(self.budget.clone().acquire_many_owned(cost));
        permit.expect("the budget is never closed")
    }
}

struct Feeder {
    session: Arc<Mutex<Session>>,
    outbox: Arc<Outbox>,
    endings: std::sync::mpsc::Sender<Ending>,
}

impl Feeder {
    /// Hands call after call to the service, in the order in which they came.
    async fn feed<S: LanguageServer>(self, mut service: LspService<S>, mut calls: mpsc::UnboundedReceiver<Call>) {
        // Each notification closes a channel when it has been dealt with; this is the latest one's.
        let (_, mut settled) = watch::channel(());
        while let Some(Call { mut request, permit }) = calls.recv().await {
            let method = request.method().to_owned();
            let id = request.id().cloned();
            let client = request.params().and_then(|params| params.get("processId")?.as_i64());
            if method == "shutdown" {
                // Some clients send `{}`, over which the framework stumbles.
                request = Request::build("shutdown").id(id.clone().unwrap_or_default()).finish();
            }
            // Here the framework reads the parameters, and takes note of what can be cancelled.
            let call = catch_unwind(AssertUnwindSafe(|| service.call(request)));
            let outcome = outcome(call, id.clone());
            if method == "initialize" {
                let Some(answer) = outcome.await else { continue };
                match answer.is_ok() {
                    true => self.watch_client(client),
                    false => lock(&self.session).initialize_failed(),
                }
                self.outbox.push(Outgoing::from(&answer)).await;
                continue;
            }
            if method == "$/cancelRequest" {
                outcome.await; // At once: what it cancels may be what the others wait for.
                continue;
            }
            let mut turn = settled.clone();
            let settling = id.is_none().then(|| {
                let (settling, next) = watch::channel(());
                settled = next;
                settling
            });
            let outbox = self.outbox.clone();
            tokio::spawn(async move {
                let _ = turn.changed().await;
                let answer = outcome.await;
                drop(settling);
                if let Some(answer) = answer {
                    outbox.push(Outgoing::from(&answer)).await;
                }
                drop(permit);
            });
        }
    }

    fn watch_client(&self, process: Option<i64>) {
        if let Some(process) = process.and_then(|process| i32::try_from(process).ok()) {
            life::watch_client(process, self.endings.clone());
        }
    }
}

/// Runs a call behind a fence: whatever happens in there, a request gets one answer and a notification none.
async fn outcome<E>(
    call: thread::Result<impl Future<Output = Result<Option<Response>, E>>>,
    id: Option<Id>,
) -> Option<Response> {
    let result = match call {
        Ok(call) => AssertUnwindSafe(call).catch_unwind().await,
        Err(panic) => Err(panic),
    };
    let id = id?;
    Some(match result {
        Ok(Ok(Some(response))) => message::without_quotes(response),
        // So much for unknown requests that begin with `$/`.
        Ok(Ok(None) | Err(_)) => Response::from_error(id, Error::method_not_found()),
        Err(_) => Response::from_error(id, Error::internal_error()),
    })
}

/// Brings what the server itself has to say to the outbox.
async fn relay(mut requests: impl Stream<Item = Request> + Unpin, outbox: Arc<Outbox>) {
    while let Some(request) = requests.next().await {
        outbox.push(Outgoing::from(&request)).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, PipeReader, PipeWriter};
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::{Value, json};
    use tower_lsp::Client;
    use tower_lsp::jsonrpc::Result;
    use tower_lsp::ls_types::request::GotoImplementationParams;
    use tower_lsp::ls_types::*;

    use super::*;

    /// More than any test takes, so that only a hang runs into it.
    const PATIENCE: Duration = Duration::from_secs(60);

    struct TestServer {
        client: Client,
        changes: AtomicU32,
    }

    impl LanguageServer for TestServer {
        async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
            tokio::task::yield_now().await;
            match params.locale.as_deref() {
                Some("bad") => Err(Error::new(tower_lsp::jsonrpc::ErrorCode::ServerError(-1))),
                _ => Ok(InitializeResult::default()),
            }
        }

        async fn shutdown(&self) -> Result<()> {
            Ok(())
        }

        /// Multiplies instead of adding, so that order shows.
        async fn did_change(&self, params: DidChangeTextDocumentParams) {
            let before = self.changes.load(Ordering::SeqCst);
            tokio::task::yield_now().await;
            assert_ne!(params.text_document.version, -1, "a planted panic");
            let after = before.wrapping_mul(31).wrapping_add(params.text_document.version as u32);
            self.changes.store(after, Ordering::SeqCst);
        }

        /// Tells the changes so far.
        async fn hover(&self, _: HoverParams) -> Result<Option<Hover>> {
            let changes = self.changes.load(Ordering::SeqCst).to_string();
            Ok(Some(Hover { contents: HoverContents::Scalar(MarkedString::String(changes)), range: None }))
        }

        async fn goto_definition(&self, _: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
            panic!("a planted panic")
        }

        async fn goto_implementation(&self, _: GotoImplementationParams) -> Result<Option<GotoDefinitionResponse>> {
            loop {
                thread::park();
            }
        }

        async fn did_change_configuration(&self, _: DidChangeConfigurationParams) {
            let _ = self.client.configuration(Vec::new()).await;
        }
    }

    fn make_service() -> (LspService<TestServer>, ClientSocket) {
        LspService::new(|client| TestServer { client, changes: AtomicU32::new(0) })
    }

    fn frame(message: &Value) -> Vec<u8> {
        frame::write(message.to_string().as_bytes())
    }

    fn request(id: i64, method: &str, params: Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }

    fn notification(method: &str, params: Value) -> Value {
        json!({ "jsonrpc": "2.0", "method": method, "params": params })
    }

    fn initialize(id: i64) -> Value {
        request(id, "initialize", json!({ "capabilities": {} }))
    }

    fn at_start(id: i64, method: &str) -> Value {
        request(
            id,
            method,
            json!({ "textDocument": { "uri": "file:///a" }, "position": { "line": 0, "character": 0 } }),
        )
    }

    fn change(version: i32) -> Value {
        let params = json!({ "textDocument": { "uri": "file:///a", "version": version }, "contentChanges": [] });
        notification("textDocument/didChange", params)
    }

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Sends all at once, closes the input, and gives the exit code and the answers, each as id and code or result.
    fn script(messages: &[Value]) -> (u8, Vec<String>) {
        let input = Cursor::new(messages.iter().flat_map(frame).collect::<Vec<_>>());
        let output = Output::default();
        let code = converse(input, output.clone(), PATIENCE, make_service);
        let written = lock(&output.0).clone();
        let mut written = written.as_slice();
        let mut answers = Vec::new();
        while let Ok(Frame::Body(body)) = frame::read(&mut written) {
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let outcome = answer["error"].get("code").unwrap_or(&answer["result"]);
            answers.push(format!("{}: {outcome}", answer["id"]));
        }
        answers.sort();
        (code, answers)
    }

    /// A client that talks back.
    struct Dialogue {
        to_server: PipeWriter,
        from_server: BufReader<PipeReader>,
        server: thread::JoinHandle<u8>,
    }

    impl Dialogue {
        fn begin() -> Dialogue {
            let (input, to_server) = io::pipe().unwrap();
            let (from_server, output) = io::pipe().unwrap();
            let server = thread::spawn(move || converse(BufReader::new(input), output, PATIENCE, make_service));
            Dialogue { to_server, from_server: BufReader::new(from_server), server }
        }

        fn send(&mut self, message: &Value) {
            self.to_server.write_all(&frame(message)).unwrap();
        }

        fn receive(&mut self) -> Value {
            match frame::read(&mut self.from_server) {
                Ok(Frame::Body(body)) => serde_json::from_slice(&body).unwrap(),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_session_ends_well_only_after_shutdown() {
        let shutdown = request(2, "shutdown", json!({}));
        let exit = notification("exit", Value::Null);
        let opened = "1: {\"capabilities\":{}}".to_owned();
        let closed = "2: null".to_owned();
        assert_eq!(script(&[]), (1, vec![]));
        assert_eq!(script(std::slice::from_ref(&exit)), (1, vec![]));
        assert_eq!(script(&[initialize(1)]), (1, vec![opened.clone()]));
        assert_eq!(script(&[initialize(1), exit.clone()]), (1, vec![opened.clone()]));
        assert_eq!(script(&[initialize(1), shutdown.clone()]), (0, vec![opened.clone(), closed.clone()]));
        assert_eq!(script(&[initialize(1), shutdown, exit]), (0, vec![opened, closed]));
    }

    #[test]
    fn every_request_gets_one_answer() {
        let (_, answers) = script(&[
            at_start(1, "textDocument/hover"),
            initialize(2),
            initialize(3),
            request(4, "no/such", json!(7)),
            request(5, "$/noSuch", Value::Null),
            request(6, "textDocument/hover", json!("x")),
            notification("no/such", Value::Null),
            json!({ "jsonrpc": "2.0", "id": 7, "result": 1 }),
            json!([]),
            at_start(8, "textDocument/hover"),
        ]);
        let initialized = "2: {\"capabilities\":{}}";
        let hovered = "8: {\"contents\":\"0\"}";
        assert_eq!(
            answers,
            ["1: -32002", initialized, "3: -32600", "4: -32601", "5: -32601", "6: -32602", hovered, "null: -32600"]
        );
    }

    #[test]
    fn notifications_take_effect_in_order_and_before_later_requests() {
        let mut messages = vec![initialize(0)];
        let mut states = vec![0u32];
        for id in 1..=300u32 {
            messages.push(change(id as i32));
            messages.push(at_start(id.into(), "textDocument/hover"));
            states.push(states[states.len() - 1].wrapping_mul(31).wrapping_add(id));
        }
        let answers = script(&messages).1;
        assert_eq!(answers.len(), 301);
        for answer in answers.iter().filter(|answer| !answer.starts_with("0:")) {
            // A request may see changes that came after it, but never lack one that came before.
            let (id, told) = answer.split_once(": {\"contents\":\"").unwrap();
            let told: u32 = told.trim_end_matches("\"}").parse().unwrap();
            let seen = states.iter().position(|&state| state == told).unwrap();
            assert!(seen >= id.parse().unwrap(), "{answer} tells of {seen} changes");
        }
    }

    #[test]
    fn a_client_may_write_much_before_it_reads() {
        let mut dialogue = Dialogue::begin();
        dialogue.send(&initialize(0));
        for id in 1..=3000 {
            dialogue.send(&at_start(id, "textDocument/hover"));
        }
        let mut ids: Vec<_> = (0..=3000).map(|_| dialogue.receive()["id"].as_i64().unwrap()).collect();
        ids.sort();
        assert!(ids.into_iter().eq(0..=3000));
    }

    #[test]
    fn a_panic_costs_its_own_call_only() {
        let (_, answers) = script(&[
            initialize(1),
            at_start(2, "textDocument/definition"),
            change(-1),
            change(5),
            at_start(3, "textDocument/hover"),
        ]);
        assert_eq!(answers, ["1: {\"capabilities\":{}}", "2: -32603", "3: {\"contents\":\"5\"}"]);
    }

    #[test]
    fn initialize_can_be_tried_again() {
        let mut dialogue = Dialogue::begin();
        dialogue.send(&request(1, "initialize", json!({ "capabilities": {}, "locale": "bad" })));
        assert_eq!(dialogue.receive()["error"]["code"], -1);
        dialogue.send(&request(2, "initialize", json!(null)));
        assert_eq!(dialogue.receive()["error"]["code"], -32602);
        dialogue.send(&initialize(3));
        assert!(dialogue.receive()["result"].is_object());
    }

    #[test]
    fn handlers_that_wait_for_the_client_do_not_keep_its_replies_away() {
        let mut dialogue = Dialogue::begin();
        dialogue.send(&initialize(1));
        dialogue.receive();
        for _ in 0..200 {
            dialogue.send(&notification("workspace/didChangeConfiguration", json!({ "settings": null })));
        }
        dialogue.send(&at_start(2, "textDocument/hover"));
        for _ in 0..200 {
            let asked = dialogue.receive();
            assert_eq!(asked["method"], "workspace/configuration");
            dialogue.send(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": [] }));
        }
        assert_eq!(dialogue.receive()["id"], 2);
        drop(dialogue.to_server);
        assert_eq!(dialogue.server.join().unwrap(), 1);
    }

    #[test]
    fn the_end_waits_for_no_handler() {
        let stuck = |id| at_start(id, "textDocument/implementation");
        let messages = [initialize(1), stuck(2), stuck(3), stuck(4), request(5, "shutdown", Value::Null)];
        let input = Cursor::new(messages.iter().flat_map(frame).collect::<Vec<_>>());
        assert_eq!(converse(input, io::sink(), Duration::from_millis(10), make_service), 0);
    }

    #[test]
    fn a_client_that_is_gone_or_talks_noise_ends_the_conversation() {
        struct Closed;

        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let (input, mut still_open) = io::pipe().unwrap();
        still_open.write_all(&frame(&initialize(1))).unwrap();
        assert_eq!(converse(BufReader::new(input), Closed, PATIENCE, make_service), 1);
        assert_eq!(converse(&b"hello there\r\n"[..], io::sink(), PATIENCE, make_service), 3);
    }
}
