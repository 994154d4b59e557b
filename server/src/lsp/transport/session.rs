//! The life of a session: what may be said before `initialize`, between, and after `shutdown`.
//!
//! Knows four method names and must never know more. It judges messages as they are read, before anything waits, so
//! that `exit` takes effect whatever the handlers are doing.
//!
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#lifeCycleMessages>

use tower_lsp::jsonrpc::{Error, ErrorCode, Request};

/// The state of the session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Session {
    /// `initialize` has not come yet, or has failed.
    #[default]
    Waiting,
    /// `initialize` has come. Until it is answered the messages behind it are held back, not refused.
    Open,
    /// `shutdown` has come.
    Closing,
}

/// What becomes of a message.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Pass,
    Drop,
    Refuse(Error),
    Exit,
}

impl Session {
    /// Takes note of a message and says what becomes of it.
    pub fn judge(&mut self, call: &Request) -> Verdict {
        let is_request = call.id().is_some();
        match (*self, call.method(), is_request) {
            (_, "exit", false) => Verdict::Exit,
            (_, "exit", true) => Verdict::Refuse(Error::invalid_request()),
            // As notifications these two mean nothing, yet tower-lsp would act on them.
            (_, "initialize" | "shutdown", false) => Verdict::Drop,
            (Session::Waiting, "initialize", true) => {
                *self = Session::Open;
                Verdict::Pass
            }
            (Session::Waiting, _, true) => Verdict::Refuse(not_initialized()),
            (Session::Open, "initialize", true) => Verdict::Refuse(Error::invalid_request()),
            (Session::Open, "shutdown", true) => {
                *self = Session::Closing;
                Verdict::Pass
            }
            (Session::Open, _, _) => Verdict::Pass,
            (Session::Closing, _, true) => Verdict::Refuse(Error::invalid_request()),
            (Session::Waiting | Session::Closing, _, false) => Verdict::Drop,
        }
    }

    /// Takes note that `initialize` was answered with an error, so that the client may try again.
    pub fn initialize_failed(&mut self) {
        *self = Session::Waiting;
    }

    /// Whether the client has said that it is done, so that the end is no accident.
    pub fn was_shut_down(self) -> bool {
        self == Session::Closing
    }
}

fn not_initialized() -> Error {
    Error { code: ErrorCode::ServerError(-32002), message: "Server not initialized".into(), data: None }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// A word is a notification, with a `?` it is a request, and `!` is a failed `initialize`.
    fn check(story: &str, expected: Expect) {
        let mut session = Session::default();
        let mut verdicts = Vec::new();
        for word in story.split_whitespace() {
            if word == "!" {
                session.initialize_failed();
                continue;
            }
            let call = match word.strip_suffix('?') {
                Some(method) => Request::build(method.to_owned()).id(1).finish(),
                None => Request::build(word.to_owned()).finish(),
            };
            verdicts.push(match session.judge(&call) {
                Verdict::Pass => "pass".to_owned(),
                Verdict::Drop => "drop".to_owned(),
                Verdict::Refuse(error) => error.code.code().to_string(),
                Verdict::Exit => format!("exit {}", if session.was_shut_down() { 0 } else { 1 }),
            });
        }
        expected.assert_eq(&verdicts.join(" "));
    }

    #[test]
    fn a_whole_life() {
        check("initialize? initialized hover? didOpen shutdown? exit", expect!["pass pass pass pass pass exit 0"]);
        check("initialize? didOpen hover? shutdown? exit", expect!["pass pass pass pass exit 0"]);
    }

    #[test]
    fn before_initialize() {
        check("hover? didOpen shutdown? initialize hover? exit", expect!["-32002 drop -32002 drop -32002 exit 1"]);
    }

    #[test]
    fn initialize_comes_once() {
        check("initialize? initialize? initialize hover? exit", expect!["pass -32600 drop pass exit 1"]);
        check("initialize? ! hover? initialize? hover?", expect!["pass -32002 pass pass"]);
    }

    #[test]
    fn after_shutdown() {
        check(
            "initialize? shutdown shutdown? hover? didOpen shutdown? initialize? exit? exit",
            expect!["pass drop pass -32600 drop -32600 -32600 -32600 exit 0"],
        );
    }
}
