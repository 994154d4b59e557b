//! Frames: a header block and a body, as the base protocol lays them out.
//!
//! Sees bytes only and must never know what is in a body. Liberal where a client may be sloppy without being
//! ambiguous (case, blanks, bare `\n`, unknown headers), strict where a guess could go wrong. Memory grows with the
//! bytes that have come, never with what a header promises.
//!
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol>

use std::io::{self, BufRead, Read};

/// The longest header block; real ones have some fifty bytes.
const MAX_HEADER: u64 = 8 << 10;
/// The longest body that is taken in.
const MAX_BODY: u64 = 64 << 20;
/// The longest body that is believed and skipped. What claims more is noise, and waiting for its end would be for ever.
const MAX_SKIPPED: u64 = 1 << 30;

/// What the next frame turned out to be.
#[derive(Debug, PartialEq)]
pub enum Frame {
    Body(Vec<u8>),
    /// A body over the limit; it was read and dropped, and the next frame can be read.
    TooLong,
    /// The input is over, between two frames or within one.
    End,
}

/// Why nothing after this point can be told apart. Never holds text of the input.
#[derive(Debug, PartialEq)]
pub struct Unframeable(pub &'static str);

/// Reads the next frame.
pub fn read(input: &mut impl BufRead) -> Result<Frame, Unframeable> {
    let Some(length) = read_header(input)? else { return Ok(Frame::End) };
    let mut rest = input.take(length);
    if length > MAX_BODY {
        let skipped = io::copy(&mut rest, &mut io::sink());
        return Ok(if skipped.is_ok_and(|skipped| skipped == length) { Frame::TooLong } else { Frame::End });
    }
    let mut body = Vec::new();
    let complete = rest.read_to_end(&mut body).is_ok() && rest.limit() == 0;
    Ok(if complete { Frame::Body(body) } else { Frame::End })
}

/// Puts the header before a body.
pub fn write(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Reads a header block and gives the length of the body, or nothing where the input ends.
fn read_header(input: &mut impl BufRead) -> Result<Option<u64>, Unframeable> {
    let mut block = input.take(MAX_HEADER);
    let mut begun = false;
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = block.read_until(b'\n', &mut line);
        if read.is_err() || !line.ends_with(b"\n") {
            return if block.limit() == 0 { Err(Unframeable("the header block is over 8 KiB")) } else { Ok(None) };
        }
        let line = String::from_utf8_lossy(line.trim_ascii_end());
        if line.is_empty() && !begun {
            continue; // Some clients end a body with a line end.
        }
        if line.is_empty() {
            return length.map(Some).ok_or(Unframeable("a header block has no Content-Length"));
        }
        begun = true;
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(Unframeable("a header line is malformed"));
        }
        if !name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        let value = value.trim_ascii();
        let value = value.parse().ok().filter(|&bytes| bytes <= MAX_SKIPPED && !value.starts_with('+'));
        let value = value.ok_or(Unframeable("a Content-Length is no number of bytes up to 1 GiB"))?;
        if length.replace(value).is_some_and(|other| other != value) {
            return Err(Unframeable("two Content-Length headers disagree"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(mut input: &[u8]) -> Vec<Result<Frame, Unframeable>> {
        let mut frames = Vec::new();
        loop {
            frames.push(read(&mut input));
            if !matches!(frames.last(), Some(Ok(Frame::Body(_) | Frame::TooLong))) {
                return frames;
            }
        }
    }

    #[track_caller]
    fn check_body(input: &str, body: &str) {
        assert_eq!(frames(input.as_bytes()), [Ok(Frame::Body(body.into())), Ok(Frame::End)]);
    }

    #[track_caller]
    fn check_unframeable(input: &str, why: &str) {
        match frames(input.as_bytes()).as_slice() {
            [Err(Unframeable(reason))] => assert!(reason.contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sloppy_headers_are_understood() {
        check_body("Content-Length: 2\r\n\r\n{}", "{}");
        check_body("content-LENGTH:2  \r\n\r\n{}", "{}");
        check_body("Content-Type: a/b; charset=utf8\r\nX-Other: a: b\r\nContent-Length: 2\r\n\r\n{}", "{}");
        check_body("Content-Length: 2\n\n{}", "{}");
        check_body("\r\n\r\nContent-Length: 02\r\nContent-Length: 2\r\n\r\n{}", "{}");
        check_body("Content-Length: 0\r\n\r\n", "");
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        check_unframeable("Content-Type: x/y\r\n\r\n{}", "no Content-Length");
        check_unframeable("hello there\r\nContent-Length: 2\r\n\r\n{}", "malformed");
        check_unframeable("\"}Content-Length: 2\r\n\r\n{}", "malformed");
        check_unframeable(": 2\r\n\r\n{}", "malformed");
        for length in ["", "abc", "-5", "+2", "2 2", "0x2", "1073741825", "1000000000000000000", "18446744073709551616"]
        {
            check_unframeable(&format!("Content-Length: {length}\r\n\r\n{{}}"), "no number");
        }
        check_unframeable("Content-Length: 10\r\nContent-Length: 2\r\n\r\n{}", "disagree");
        check_unframeable(&"X".repeat(1 << 20), "8 KiB");
        check_unframeable(&"X: y\r\n".repeat(1 << 20), "8 KiB");
    }

    #[test]
    fn an_input_that_ends_within_a_frame_is_over() {
        for cut in ["", "\r\n", "Content-", "Content-Length: 2\r\n", "Content-Length: 2\r\n\r\n{"] {
            assert_eq!(frames(cut.as_bytes()), [Ok(Frame::End)], "{cut:?}");
        }
    }

    #[test]
    fn a_promised_length_takes_no_memory() {
        let mut input = &b"Content-Length: 67108864\r\n\r\nfew"[..];
        let length = read_header(&mut input);
        let mut body = Vec::new();
        assert_eq!(length, Ok(Some(MAX_BODY)));
        assert_eq!(input.take(MAX_BODY).read_to_end(&mut body).ok(), Some(3));
        assert!(body.capacity() < 1024);
    }

    #[test]
    fn a_body_over_the_limit_is_skipped() {
        let long = MAX_BODY + 1;
        let head = format!("Content-Length: {long}\r\n\r\n");
        let mut input = io::BufReader::new(
            head.as_bytes().chain(io::repeat(b'x').take(long)).chain(&b"Content-Length: 2\r\n\r\n{}"[..]),
        );
        assert_eq!(read(&mut input), Ok(Frame::TooLong));
        assert_eq!(read(&mut input), Ok(Frame::Body(b"{}".to_vec())));
        assert_eq!(read(&mut input), Ok(Frame::End));
    }

    proptest! {
        #[test]
        fn any_bytes_end_somehow(bytes: Vec<u8>) {
            frames(&bytes);
        }

        #[test]
        fn what_is_written_is_read(bodies: Vec<Vec<u8>>) {
            let input: Vec<u8> = bodies.iter().flat_map(|body| write(body)).collect();
            let mut expected: Vec<_> = bodies.into_iter().map(|body| Ok(Frame::Body(body))).collect();
            expected.push(Ok(Frame::End));
            prop_assert_eq!(frames(&input), expected);
        }
    }
}
