//! URIs, as .NET's `Uri` reads, resolves and writes them.

use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Answer, Call, Stop, int, object};
use crate::value::{Data, Value};

/// All but the unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What may not stand in a path or query as it is.
const NOT_IN_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

pub fn uri_component(call: &Call) -> Answer {
    Ok(Value::text(utf8_percent_encode(call.text(0)?, COMPONENT).to_string()))
}

pub fn uri_component_to_string(call: &Call) -> Answer {
    let text = call.text(0)?.replace('+', " ");
    Ok(Value::text(percent_decode_str(&text).decode_utf8_lossy().into_owned()))
}

/// An absolute URI in its parts. `path` begins with a slash; query and fragment have their mark.
struct Uri {
    scheme: String,
    user: String,
    host: String,
    port: Option<u16>,
    path: String,
    query: String,
    fragment: String,
}

impl Uri {
    /// `None` where it is not one that is certain to be read the same way by .NET.
    fn read(text: &str) -> Option<Uri> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        if text.trim() != text || escapes_plain(text) {
            return None;
        }
        if !begins || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) || text.contains('\\') {
            return None;
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
        let colon = host.rfind(':').filter(|colon| !host[*colon..].contains(']'));
        let (host, port) = match colon {
            Some(colon) => (&host[..colon], Some(host[colon + 1..].parse().ok()?)),
            None => (host, None),
        };
        if host.is_empty() && scheme != "file" || host.contains([' ', '%', '<', '>', '"']) {
            return None;
        }
        let default = match &*scheme {
            "http" => Some(80),
            "https" => Some(443),
            "ftp" => Some(21),
            _ => None,
        };
        let (path, query, fragment) = tail(rest);
        Some(Uri {
            user: user.to_owned(),
            host: host.to_lowercase(),
            port: port.filter(|port| Some(*port) != default),
            path: without_dots(&escaped(if path.is_empty() { "/" } else { path })),
            query: escaped(query),
            fragment: escaped(fragment),
            scheme,
        })
    }

    fn write(&self) -> String {
        let user = if self.user.is_empty() { String::new() } else { format!("{}@", self.user) };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let Uri { scheme, host, path, query, fragment, .. } = self;
        format!("{scheme}://{user}{host}{port}{path}{query}{fragment}")
    }
}

/// Whether a code stands for a character that needs none: .NET may put the character in its place.
fn escapes_plain(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let code = text.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        code.is_some_and(|code| code.is_ascii_alphanumeric() || b"-._~".contains(&code))
    })
}

/// Path, query and fragment.
fn tail(text: &str) -> (&str, &str, &str) {
    let (text, fragment) = text.split_at(text.find('#').unwrap_or(text.len()));
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    (path, query, fragment)
}

/// Encodes what may not stand in a URI; a percent sign that begins no code is one of those.
fn escaped(text: &str) -> String {
    let encoded = utf8_percent_encode(text, NOT_IN_URI).to_string();
    let mut escaped = String::with_capacity(encoded.len());
    for (at, c) in encoded.char_indices() {
        escaped.push(c);
        let code = encoded.as_bytes().get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        if c == '%' && !code {
            escaped.push_str("25");
        }
    }
    escaped
}

fn without_dots(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut kept: Vec<&str> = Vec::new();
    let count = segments.len();
    for (at, segment) in segments.into_iter().enumerate() {
        let last = at + 1 == count;
        match segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

pub fn uri(call: &Call) -> Answer {
    let (base, relative) = (call.text(0)?, call.text(1)?);
    if escapes_plain(relative) {
        return Err(Stop::Unknown);
    }
    let Some(mut base) = Uri::read(base) else {
        // A path alone is a file on some machines; other schemes are better left alone.
        return match base.starts_with('/') || base.contains(':') || base.contains('\\') {
            true => Err(Stop::Unknown),
            false => call.refuse("takes an absolute URI as base"),
        };
    };
    if relative.contains('\\') || relative.trim() != relative || !base.user.is_empty() {
        return Err(Stop::Unknown);
    }
    let scheme = relative.find(':').filter(|colon| !relative[..*colon].contains(['/', '?', '#']));
    let resolved = if scheme.is_some() {
        Uri::read(relative).ok_or(Stop::Unknown)?
    } else if relative.starts_with("//") {
        Uri::read(&format!("{}:{relative}", base.scheme)).ok_or(Stop::Unknown)?
    } else {
        let (path, query, fragment) = tail(relative);
        match path {
            "" if query.is_empty() => {}
            "" => base.query = escaped(query),
            _ => {
                let folder = base.path.rfind('/').map_or("/", |slash| &base.path[..=slash]);
                let path = if path.starts_with('/') { path.to_owned() } else { format!("{folder}{path}") };
                base.path = without_dots(&escaped(&path));
                base.query = escaped(query);
            }
        }
        base.fragment = escaped(fragment);
        base
    };
    if !resolved.host.is_ascii() {
        return Err(Stop::Unknown);
    }
    Ok(Value::text(resolved.write()))
}

pub fn parse_uri(call: &Call) -> Answer {
    let text = call.text(0)?;
    let Some(uri) = Uri::read(text) else {
        return match text.starts_with('/') || text.contains(':') || text.contains('\\') {
            true => Err(Stop::Unknown),
            false => call.refuse("takes an absolute URI"),
        };
    };
    let mut members: Vec<(Arc<str>, Value)> = vec![
        ("scheme".into(), Value::text(uri.scheme)),
        ("host".into(), Value::text(uri.host)),
        ("port".into(), uri.port.map_or_else(Value::null, |port| int(i64::from(port)))),
    ];
    if uri.path != "/" {
        members.push(("path".into(), Value::text(uri.path)));
    }
    if uri.query.len() > 1 {
        members.push(("query".into(), Value::text(uri.query)));
    }
    Ok(object(members))
}

pub fn build_uri(call: &Call) -> Answer {
    let parts = call.object(0)?;
    if parts.open.is_some() {
        return Err(Stop::Unknown);
    }
    let text = |name: &str| match parts.get(name).map(Value::data) {
        None | Some(Data::Null) => Ok(None),
        Some(Data::Text(text)) => Ok(Some(text.to_string())),
        Some(Data::Unknown(_)) => Err(Stop::Unknown),
        Some(_) => call.refuse("takes strings as parts of a URI"),
    };
    let (scheme, host, path, query) = (text("scheme")?, text("host")?, text("path")?, text("query")?);
    let (Some(scheme), Some(host)) = (scheme, host) else {
        return call.refuse("needs a 'scheme' and a 'host'");
    };
    let port = match parts.get("port").map(Value::data) {
        None | Some(Data::Null) => String::new(),
        Some(Data::Int(port)) if (0..=65_535).contains(port) => format!(":{port}"),
        Some(Data::Int(_) | Data::Unknown(_)) => return Err(Stop::Unknown),
        Some(_) => return call.refuse("takes an integer as 'port'"),
    };
    let path = path.unwrap_or_default();
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let query = query.unwrap_or_default();
    let query = if query.is_empty() || query.starts_with('?') { query } else { format!("?{query}") };
    // Capitals, ports that go without saying and signs that would have to be encoded are not seen on the engine.
    let plain = |part: &str, signs: &str| {
        part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || signs.contains(c))
    };
    let tail = |part: &str, signs: &str| plain(&part.to_ascii_lowercase(), signs);
    let implied = matches!((&*scheme, &*port), ("http", ":80") | ("https", ":443") | ("ftp", ":21"));
    if !plain(&scheme, "+-.") || !plain(&host, "-._[]:") || host.is_empty() || implied {
        return Err(Stop::Unknown);
    }
    if !tail(&path, "/ -._~!$&'()*+,;=:@") || !tail(&query, "?/-._~!$&'()*+,;=:@") {
        return Err(Stop::Unknown);
    }
    Ok(Value::text(format!("{scheme}://{host}{port}{path}{query}")))
}
