//! The outbox: what waits to be written to the client.
//!
//! Bounded, so that a client which does not read costs it no more than itself: who has something to send waits for
//! room, and diagnostics that newer ones supersede are taken back. Responses are never dropped. Must never know what a
//! message says, save which document diagnostics are about.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Request, Response};

use crate::lsp::transport::frame;

const MAX_MESSAGES: usize = 1024;
const MAX_BYTES: usize = 32 << 20;

/// A message to the client.
pub struct Outgoing {
    frame: Vec<u8>,
    /// Of diagnostics, the document: the next ones for it take the place of these.
    subject: Option<String>,
}

impl From<&Response> for Outgoing {
    fn from(response: &Response) -> Outgoing {
        Outgoing { frame: encode(response), subject: None }
    }
}

impl From<&Request> for Outgoing {
    fn from(request: &Request) -> Outgoing {
        let subject = match (request.method(), request.params()) {
            ("textDocument/publishDiagnostics", Some(params)) => params["uri"].as_str().map(str::to_owned),
            _ => None,
        };
        Outgoing { frame: encode(request), subject }
    }
}

fn encode(message: &impl Serialize) -> Vec<u8> {
    frame::write(&serde_json::to_vec(message).expect("what consists of JSON values is JSON"))
}

/// The queue between those who send and the thread that writes.
#[derive(Default)]
pub struct Outbox {
    queue: Mutex<Queue>,
    filled: Condvar,
    room: Notify,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Outgoing>,
    bytes: usize,
    closed: bool,
}

impl Outbox {
    /// Puts a message in, waiting for room where there is none. After [`close`](Outbox::close) nothing goes in.
    /// Diagnostics must come from one task, in order: those that come later are taken for the newer ones.
    pub async fn push(&self, message: Outgoing) {
        loop {
            let room = self.room.notified(); // Made before the look, so that no wake-up is missed.
            {
                let mut queue = self.lock();
                queue.take_back(&message.subject);
                if queue.closed {
                    return;
                }
                if queue.messages.len() < MAX_MESSAGES && queue.bytes < MAX_BYTES {
                    queue.bytes += message.frame.len();
                    queue.messages.push_back(message);
                    self.filled.notify_one();
                    return;
                }
            }
            room.await;
        }
    }

    /// Lets the writer end once it has written what is here.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
        self.room.notify_waiters();
    }

    /// Writes message after message, until the outbox is closed and empty or the client is gone.
    pub fn write_to(&self, mut output: impl Write) -> io::Result<()> {
        while let Some(message) = self.pop() {
            output.write_all(&message.frame)?;
            output.flush()?;
        }
        Ok(())
    }

    fn pop(&self) -> Option<Outgoing> {
        let is_idle = |queue: &mut Queue| queue.messages.is_empty() && !queue.closed;
        let mut queue = self.filled.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let message = queue.messages.pop_front()?;
        queue.bytes -= message.frame.len();
        self.room.notify_waiters();
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Removes older diagnostics of the same document.
    fn take_back(&mut self, subject: &Option<String>) {
        if subject.is_none() {
            return;
        }
        self.messages.retain(|message| message.subject != *subject);
        self.bytes = self.messages.iter().map(|message| message.frame.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use serde_json::json;
    use tower_lsp::jsonrpc::Id;

    use super::*;

    fn response(id: i64) -> Outgoing {
        Outgoing::from(&Response::from_ok(Id::Number(id), json!(null)))
    }

    fn diagnostics(uri: &str, version: i64) -> Outgoing {
        let params = json!({ "uri": uri, "version": version });
        Outgoing::from(&Request::build("textDocument/publishDiagnostics").params(params).finish())
    }

    /// Pushes and tells whether there was room at once.
    fn push_now(outbox: &Outbox, message: Outgoing) -> bool {
        pin!(outbox.push(message)).poll_once()
    }

    trait PollOnce: Future<Output = ()> {
        fn poll_once(self: std::pin::Pin<&mut Self>) -> bool {
            self.poll(&mut Context::from_waker(Waker::noop())).is_ready()
        }
    }

    impl<F: Future<Output = ()>> PollOnce for F {}

    fn written(outbox: &Outbox) -> String {
        let mut output = Vec::new();
        outbox.close();
        outbox.write_to(&mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn newer_diagnostics_take_the_place_of_older_ones() {
        let outbox = Outbox::default();
        for message in [diagnostics("a", 1), response(7), diagnostics("b", 1), diagnostics("a", 2)] {
            assert!(push_now(&outbox, message));
        }
        let output = written(&outbox);
        let versions: Vec<_> = output.match_indices("\"uri\"").map(|(at, _)| &output[at..at + 21]).collect();
        assert_eq!(versions, [r#""uri":"b","version":1"#, r#""uri":"a","version":2"#]);
        assert!(output.contains("\"id\":7"));
    }

    #[test]
    fn a_full_outbox_makes_wait_and_loses_no_response() {
        let outbox = Outbox::default();
        assert!(push_now(&outbox, diagnostics("a", 1)));
        for id in 1..MAX_MESSAGES as i64 {
            assert!(push_now(&outbox, response(id)));
        }
        let mut waiting = pin!(outbox.push(response(0)));
        assert!(!waiting.as_mut().poll_once());
        assert!(push_now(&outbox, diagnostics("a", 2)), "takes the place of the old ones");
        assert!(outbox.pop().is_some());
        assert!(waiting.poll_once());
        assert_eq!(written(&outbox).matches("result").count(), MAX_MESSAGES - 1);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let outbox = Outbox::default();
        let big = || Outgoing { frame: vec![0; MAX_BYTES / 2], subject: None };
        assert!(push_now(&outbox, big()));
        assert!(push_now(&outbox, big()));
        assert!(!push_now(&outbox, big()));
    }

    #[test]
    fn nothing_goes_in_after_closing() {
        let outbox = Outbox::default();
        outbox.close();
        assert!(push_now(&outbox, response(1)));
        assert_eq!(written(&outbox), "");
    }
}
