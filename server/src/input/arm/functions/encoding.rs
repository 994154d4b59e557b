//! Base64, data URIs, and the two functions that turn strings into names: `guid` and `uniqueString`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::{Answer, Call, Stop, json};
use crate::value::Value;

/// The namespace of `guid`, a name-based UUID of version 5.
const GUID_NAMESPACE: Uuid = Uuid::from_u128(0x11fb06fb_712d_4ddd_98c7_e71bbd588830);

pub fn base64(call: &Call) -> Answer {
    Ok(Value::text(STANDARD.encode(call.text(0)?)))
}

pub fn base64_to_string(call: &Call) -> Answer {
    Ok(Value::text(decode(call, call.text(0)?)?))
}

pub fn base64_to_json(call: &Call) -> Answer {
    json::read(call, &decode(call, call.text(0)?)?)
}

fn decode(call: &Call, text: &str) -> Result<String, Stop> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).collect();
    match STANDARD.decode(&text) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        // .NET does not look at the bits that are left over at the end.
        Err(base64::DecodeError::InvalidLastSymbol(..)) => Err(Stop::Unknown),
        Err(_) => call.refuse("cannot read this text as Base64"),
    }
}

pub fn data_uri(call: &Call) -> Answer {
    let value = call.known(0)?;
    let (kind, content) = match value.as_text() {
        Some(text) => ("text/plain", text.to_owned()),
        None => ("application/json", json::written(value, '"')?),
    };
    Ok(Value::text(format!("data:{kind};charset=utf-8;base64,{}", STANDARD.encode(content))))
}

pub fn data_uri_to_string(call: &Call) -> Answer {
    let text = call.text(0)?;
    let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let Some((head, content)) = scheme.and_then(|_| text[5..].split_once(',')) else {
        return call.refuse("takes a text that begins with 'data:'");
    };
    let mut parameters: Vec<&str> = head.split(';').collect();
    let encoded = parameters.last().is_some_and(|last| last.eq_ignore_ascii_case("base64"));
    if encoded {
        parameters.pop();
    }
    // Other character sets, and parameters without a type, are better left alone.
    let plain = |parameter: &&str| parameter.is_empty() || parameter.eq_ignore_ascii_case("charset=utf-8");
    if !parameters.iter().skip(1).all(plain) || !encoded && (parameters.len() > 1 || content.contains('+')) {
        return Err(Stop::Unknown);
    }
    match encoded {
        true => Ok(Value::text(decode(call, content)?)),
        false => Ok(Value::text(percent_encoding::percent_decode_str(content).decode_utf8_lossy().into_owned())),
    }
}

fn joined(call: &Call) -> Result<String, Stop> {
    let texts = (0..call.args.len()).map(|at| call.text(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.join("-"))
}

pub fn guid(call: &Call) -> Answer {
    Ok(Value::text(Uuid::new_v5(&GUID_NAMESPACE, joined(call)?.as_bytes()).hyphenated().to_string()))
}

pub fn unique_string(call: &Call) -> Answer {
    let mut hash = murmur(joined(call)?.as_bytes());
    let mut name = String::with_capacity(13);
    for _ in 0..13 {
        name.push(char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(hash >> 59) as usize]));
        hash <<= 5;
    }
    Ok(Value::text(name))
}

/// The variant of Murmur's 64-bit hash, in two lanes of 32, that Azure uses.
fn murmur(bytes: &[u8]) -> u64 {
    const C1: u32 = 0x239b_961b;
    const C2: u32 = 0xab0e_9789;
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word: u32, byte| word << 8 | u32::from(*byte));
    let (mut h1, mut h2) = (0_u32, 0_u32);
    let blocks = bytes.chunks_exact(8);
    let tail = blocks.remainder();
    for block in blocks {
        h1 ^= word(&block[..4]).wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
        h1 = h1.rotate_left(19).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x561c_cd1b);
        h2 ^= word(&block[4..]).wrapping_mul(C2).rotate_left(17).wrapping_mul(C1);
        h2 = h2.rotate_left(13).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x0bca_a747);
    }
    if !tail.is_empty() {
        h1 ^= word(&tail[..tail.len().min(4)]).wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    }
    if tail.len() > 4 {
        h2 ^= word(&tail[4..]).wrapping_mul(C2).rotate_left(17).wrapping_mul(C1);
    }
    h1 ^= bytes.len() as u32;
    h2 ^= bytes.len() as u32;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    let mixed = [h1, h2].map(|h| {
        let h = (h ^ h >> 16).wrapping_mul(0x85eb_ca6b);
        let h = (h ^ h >> 13).wrapping_mul(0xc2b2_ae35);
        h ^ h >> 16
    });
    h1 = mixed[0].wrapping_add(mixed[1]);
    h2 = mixed[1].wrapping_add(h1);
    u64::from(h2) << 32 | u64::from(h1)
}
