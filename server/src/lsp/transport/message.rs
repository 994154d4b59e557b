//! Messages: the body of a frame as JSON-RPC, or the answer that it deserves instead.
//!
//! Must never know what a method means, nor quote a message: error texts are our own, since a parser's would show what
//! the user's file holds.
//!
//! <https://www.jsonrpc.org/specification>

use memchr::memchr2;
use serde::Deserialize;
use serde_json::Value;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// How deep arrays and objects may lie in each other; parsing and dropping them recurses.
const MAX_DEPTH: usize = 512;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What a client sent.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// A request, or without an id a notification.
    Call(Request),
    /// A client's answer to a request of ours.
    Reply(Response),
    /// No message; this is to be answered.
    Bad(Response),
}

/// Reads the body of a frame.
pub fn decode(body: Vec<u8>) -> Message {
    let value = match parse(body) {
        Ok(value) => value,
        Err(error) => return Message::Bad(Response::from_error(Id::Null, error)),
    };
    if value.is_array() {
        return Message::Bad(Response::from_error(Id::Null, refusal("Batches are no part of LSP")));
    }
    let id = value.get("id").and_then(|id| Id::deserialize(id).ok()).unwrap_or(Id::Null);
    let has_method = value.get("method").is_some();
    if !has_method && (value.get("result").is_some() || value.get("error").is_some()) {
        // A reply that is garbled still is the reply: whoever waits for it must learn that no other will come.
        let reply = serde_json::from_value(value);
        return Message::Reply(reply.unwrap_or_else(|_| Response::from_error(id, Error::invalid_request())));
    }
    match serde_json::from_value::<Request>(value) {
        Ok(request) if has_method && request.id() != Some(&Id::Null) => Message::Call(request),
        // The id is echoed only where it is surely the client's own: without a method it may be one of ours.
        _ => Message::Bad(Response::from_error(if has_method { id } else { Id::Null }, Error::invalid_request())),
    }
}

/// The answer to a message that was too long to be read.
pub fn too_long() -> Response {
    Response::from_error(Id::Null, refusal("The message is over 64 MiB"))
}

/// Takes out of an answer what the framework quotes of a request: parameters and method names.
pub fn without_quotes(response: Response) -> Response {
    match response.error().map(|error| error.code) {
        Some(code @ (ErrorCode::InvalidParams | ErrorCode::MethodNotFound)) => {
            Response::from_error(response.id().clone(), Error::new(code))
        }
        _ => response,
    }
}

fn parse(body: Vec<u8>) -> Result<Value, Error> {
    let mut text = match String::from_utf8(body) {
        Ok(text) => text.into_bytes(),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into_bytes(),
    };
    soften(&mut text)?;
    let mut parser = serde_json::Deserializer::from_slice(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text));
    parser.disable_recursion_limit(); // `soften` has seen to the depth.
    let value = Value::deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    value.map_err(|_| Error::parse_error())
}

/// Rewrites in place what clients do send and `serde_json` refuses: an escaped half of a surrogate pair becomes U+FFFD,
/// one UTF-16 unit for one, so that positions stay true, and a number too big for `f64` becomes `1e308`. Everything else
/// stays as it is, well-formed or not. Refuses text that is nested too deep.
fn soften(text: &mut [u8]) -> Result<(), Error> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = soften_string(text, at + 1);
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let length =
                    text[at..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
                let end = at + length.count();
                soften_number(&mut text[at..end]);
                at = end;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(refusal("The message is nested more than 512 levels deep"));
        }
        at += 1;
    }
    Ok(())
}

/// Softens the string whose content starts at `at` and gives the place after its closing quote.
fn soften_string(text: &mut [u8], mut at: usize) -> usize {
    while let Some(step) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += step;
        if text[at] == b'"' {
            return at + 1;
        }
        match (utf16_escape(text, at), utf16_escape(text, at + 6)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => at += 12,
            (Some(0xD800..0xE000), _) => {
                text[at..at + 6].copy_from_slice(b"\\ufffd");
                at += 6;
            }
            _ => at += 2,
        }
    }
    text.len()
}

/// The UTF-16 unit that a `\uXXXX` at this place stands for.
fn utf16_escape(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

fn soften_number(number: &mut [u8]) {
    let value = str::from_utf8(number).ok().and_then(|number| number.parse::<f64>().ok());
    if !value.is_some_and(f64::is_infinite) {
        return;
    }
    let digits = usize::from(number[0] == b'-');
    number[digits..].fill(b' '); // What is too big has five digits at least: 1e309.
    number[digits..digits + 5].copy_from_slice(b"1e308");
}

fn refusal(message: &'static str) -> Error {
    Error { code: ErrorCode::InvalidRequest, message: message.into(), data: None }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(body: impl Into<Vec<u8>>, expected: Expect) {
        let shown = match decode(body.into()) {
            Message::Call(request) => format!("call {}", serde_json::to_string(&request).unwrap()),
            Message::Reply(response) => format!("reply {}", serde_json::to_string(&response).unwrap()),
            Message::Bad(response) => format!("bad {}", serde_json::to_string(&response).unwrap()),
        };
        expected.assert_eq(&shown);
    }

    fn check_params(params: &str, expected: Value) {
        let body = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{params}}}"#);
        let Message::Call(request) = decode(body.into()) else { panic!("{params}") };
        assert_eq!(request.params(), Some(&expected));
    }

    #[test]
    fn calls_and_replies() {
        check(
            r#"{"jsonrpc":"2.0","id":"a","method":"m","params":{}}"#,
            expect![[r#"call {"jsonrpc":"2.0","method":"m","params":{},"id":"a"}"#]],
        );
        check("\u{feff}{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", expect![[r#"call {"jsonrpc":"2.0","method":"m"}"#]]);
        check(
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m","method":"n","x":1}"#,
            expect![[r#"call {"jsonrpc":"2.0","method":"n","id":2}"#]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            expect![[r#"reply {"jsonrpc":"2.0","result":null,"id":1}"#]],
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"error":"no object"}"#,
            expect![[r#"reply {"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":1}"#]],
        );
    }

    #[track_caller]
    fn check_bad(body: &str, id: Id, code: ErrorCode) {
        let Message::Bad(answer) = decode(body.into()) else { panic!("{body}") };
        assert_eq!((answer.id(), answer.error().unwrap().code), (&id, code), "{body}");
    }

    #[test]
    fn unreadable_bodies() {
        for body in ["", " ", "{", "{]", "nonsense", r#"{"jsonrpc":"2.0","id":1,"method":"m"} x"#, "\"\\", "-", "1e"] {
            check_bad(body, Id::Null, ErrorCode::ParseError);
        }
    }

    #[test]
    fn json_that_is_no_message() {
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#;
        for body in ["null", "1", "\"x\"", "[]", "{}", batch, r#"{"jsonrpc":"2.0","id":5}"#] {
            check_bad(body, Id::Null, ErrorCode::InvalidRequest);
        }
        for id in ["null", "1.5", "18446744073709551616", "{}", "[]", "true"] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#);
            check_bad(&body, Id::Null, ErrorCode::InvalidRequest);
        }
        for rest in [r#""method":"m""#, r#""jsonrpc":"1.0","method":"m""#, r#""jsonrpc":"2.0","method":7"#] {
            check_bad(&format!(r#"{{"id":5,{rest}}}"#), Id::Number(5), ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_DEPTH).into()).is_ok());
        for depth in [MAX_DEPTH + 1, 1_000_000] {
            assert_eq!(parse(nested(depth).into()).unwrap_err().code, ErrorCode::InvalidRequest);
        }
        assert!(parse(format!("\"{}\"", "[".repeat(1000)).into()).is_ok());
    }

    #[test]
    fn half_surrogates_become_one_replacement_each() {
        check_params(
            r#"["x\ud800y", "\udc00\uD800", "\ud83d\ude00"]"#,
            json!(["x\u{fffd}y", "\u{fffd}\u{fffd}", "😀"]),
        );
        check_params(
            r#"["\ud800\ud83d\ude00", "\\ud800", "\\\ud800"]"#,
            json!(["\u{fffd}😀", "\\ud800", "\\\u{fffd}"]),
        );
        assert!(parse(br#""\ud80""#.to_vec()).is_err());
    }

    #[test]
    fn huge_numbers_saturate() {
        check_params("[1e400,-1e400,1e-400,0.5]", json!([1e308, -1e308, 0.0, 0.5]));
        check_params(&format!("[{}, \"1e400\"]", "9".repeat(400)), json!([1e308, "1e400"]));
    }

    #[test]
    fn bytes_that_are_no_utf8_become_replacements() {
        check(
            b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\xc3(\"}".to_vec(),
            expect![[r#"call {"jsonrpc":"2.0","method":"��("}"#]],
        );
    }

    #[test]
    fn answers_quote_nothing() {
        let quoting = Response::from_error(Id::Number(1), Error::invalid_params("invalid type: string \"hunter2\""));
        assert!(!format!("{:?}", without_quotes(quoting)).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_answer(bytes: Vec<u8>) {
            decode(bytes);
        }

        #[test]
        fn any_escapes_leave_a_string_that_parses(text in r#"([a"\\\[]|\\u[dD][89abcd-fAB][0-9a-f]{2}|\\["\\n]|é|😀){0,20}"#) {
            let mut softened = text.clone().into_bytes();
            soften(&mut softened).unwrap();
            prop_assert!(str::from_utf8(&softened).is_ok());
            prop_assert_eq!(softened.len(), text.len());
        }

        #[test]
        fn what_serde_accepts_is_left_alone(text: String, number: f64) {
            prop_assume!(number.is_finite());
            let body = json!({ "a": [text, number, { "b": null }] }).to_string().into_bytes();
            let mut softened = body.clone();
            soften(&mut softened).unwrap();
            prop_assert_eq!(softened, body);
        }
    }
}
