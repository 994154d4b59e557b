//! Terraform addresses and the references of expressions, taken apart.
//!
//! Knows how Terraform writes `module.a["k"].azurerm_x.y[0].id` and nothing of plans.

use std::borrow::Cow;

/// What tells the instances of one block apart: the index of `count` or the key of `for_each`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Key<'a> {
    Int(i64),
    Text(Cow<'a, str>),
}

/// One step of an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    Name(Cow<'a, str>),
    Key(Key<'a>),
}

impl<'a> Step<'a> {
    pub fn name(&self) -> Option<&str> {
        match self {
            Step::Name(name) => Some(name),
            Step::Key(_) => None,
        }
    }
}

/// The steps of an address, or none where it is written in no way that Terraform writes.
pub fn steps<'a>(address: &Cow<'a, str>) -> Option<Vec<Step<'a>>> {
    let text: &str = address;
    let bytes = text.as_bytes();
    let mut steps = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'[' => {
                let (key, end) = key_at(address, at + 1)?;
                steps.push(Step::Key(key));
                at = end;
            }
            b'.' if at > 0 && !matches!(bytes.get(at + 1), None | Some(b'.' | b'[')) => at += 1,
            _ => {
                let end =
                    bytes[at..].iter().position(|byte| matches!(byte, b'.' | b'[')).map_or(bytes.len(), |n| at + n);
                if end == at {
                    return None;
                }
                steps.push(Step::Name(cut(address, at, end)));
                at = end;
            }
        }
    }
    Some(steps)
}

/// The key behind an opening bracket, and where the closing one ends.
fn key_at<'a>(address: &Cow<'a, str>, start: usize) -> Option<(Key<'a>, usize)> {
    let text: &str = address;
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        let end = start + bytes.get(start..)?.iter().position(|&byte| byte == b']')?;
        return Some((Key::Int(text[start..end].parse().ok()?), end + 1));
    }
    let mut end = start + 1;
    let mut escaped = false;
    while *bytes.get(end)? != b'"' {
        escaped |= bytes[end] == b'\\';
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    if bytes.get(end + 1) != Some(&b']') {
        return None;
    }
    let key = match escaped {
        true => Cow::Owned(crate::json::string::decode(text.get(start + 1..end)?).into_owned()),
        false => cut(address, start + 1, end),
    };
    Some((Key::Text(key), end + 2))
}

fn cut<'a>(text: &Cow<'a, str>, start: usize, end: usize) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
    }
}

/// Which configuration block an instance comes from, within its module.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Block<'a> {
    /// A data source.
    pub data: bool,
    pub kind: Cow<'a, str>,
    pub name: Cow<'a, str>,
}

/// What an expression refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject<'a> {
    Resource {
        block: Block<'a>,
        key: Option<Key<'a>>,
    },
    Module {
        name: Cow<'a, str>,
        key: Option<Key<'a>>,
    },
    Variable(Cow<'a, str>),
    EachKey,
    EachValue,
    CountIndex,
    /// Always known while planning: `path.module`, `terraform.workspace`.
    Fixed,
    /// A local value, which plans do not contain, or something not understood.
    Hidden,
}

/// One reference of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference<'a> {
    pub text: Cow<'a, str>,
    pub subject: Subject<'a>,
    /// What follows the subject: attributes and keys.
    pub rest: Vec<Step<'a>>,
}

impl<'a> Reference<'a> {
    pub fn new(text: Cow<'a, str>) -> Reference<'a> {
        let (subject, rest) = steps(&text).and_then(subject).unwrap_or((Subject::Hidden, Vec::new()));
        Reference { text, subject, rest }
    }

    /// The attribute directly behind the subject; none where the list of references lost it.
    pub fn attribute(&self) -> Option<&str> {
        self.rest.first().and_then(Step::name)
    }
}

fn subject<'a>(steps: Vec<Step<'a>>) -> Option<(Subject<'a>, Vec<Step<'a>>)> {
    let mut steps = steps.into_iter().peekable();
    let name = |steps: &mut std::iter::Peekable<std::vec::IntoIter<Step<'a>>>| match steps.next() {
        Some(Step::Name(name)) => Some(name),
        _ => None,
    };
    let first = name(&mut steps)?;
    let key = |steps: &mut std::iter::Peekable<std::vec::IntoIter<Step<'a>>>| {
        steps.next_if(|step| matches!(step, Step::Key(_))).and_then(|step| match step {
            Step::Key(key) => Some(key),
            Step::Name(_) => None,
        })
    };
    let subject = match &*first {
        "var" => Subject::Variable(name(&mut steps)?),
        "each" => match &*name(&mut steps)? {
            "key" => Subject::EachKey,
            "value" => Subject::EachValue,
            _ => Subject::Hidden,
        },
        "count" => Subject::CountIndex,
        "path" | "terraform" => Subject::Fixed,
        "local" | "self" | "ephemeral" => Subject::Hidden,
        "module" => {
            let name = name(&mut steps)?;
            Subject::Module { name, key: key(&mut steps) }
        }
        data => {
            let data = data == "data";
            let kind = if data { name(&mut steps)? } else { first.clone() };
            let name = name(&mut steps)?;
            Subject::Resource { block: Block { data, kind, name }, key: key(&mut steps) }
        }
    };
    Some((subject, steps.collect()))
}

/// The references of an expression without the prefixes that Terraform lists behind each of them.
pub fn references<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Vec<Reference<'a>> {
    let mut whole: Vec<Reference<'a>> = Vec::new();
    let mut shortest = 0;
    for text in texts {
        if let Some(last) = whole.last()
            && text.len() < shortest
            && is_prefix(&text, &last.text)
        {
            shortest = text.len();
            continue;
        }
        shortest = text.len();
        whole.push(Reference::new(text));
    }
    whole
}

fn is_prefix(short: &str, long: &str) -> bool {
    long.strip_prefix(short).is_some_and(|rest| rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(text: &str) -> Reference<'_> {
        Reference::new(Cow::Borrowed(text))
    }

    #[test]
    fn addresses_are_taken_apart() {
        let vm = reference(r#"azurerm_linux_virtual_machine.vm["a.b[\"0\"]"].id"#);
        let block = Block { data: false, kind: "azurerm_linux_virtual_machine".into(), name: "vm".into() };
        assert_eq!(vm.subject, Subject::Resource { block, key: Some(Key::Text("a.b[\"0\"]".into())) });
        assert_eq!(vm.attribute(), Some("id"));

        let group = reference("data.azurerm_resource_group.irp[2].name");
        let block = Block { data: true, kind: "azurerm_resource_group".into(), name: "irp".into() };
        assert_eq!(group.subject, Subject::Resource { block, key: Some(Key::Int(2)) });

        assert_eq!(reference("module.a[0].id").subject, Subject::Module { name: "a".into(), key: Some(Key::Int(0)) });
        assert_eq!(reference("each.value.size").subject, Subject::EachValue);
        assert_eq!(reference("local.big").subject, Subject::Hidden);
        for odd in ["", ".", "a", "a[", "a[x]", "a[\"", "module", "a..b", "data.x"] {
            assert_eq!(reference(odd).subject, Subject::Hidden, "{odd}");
        }
    }

    #[test]
    fn prefixes_are_left_out() {
        let whole = |texts: &[&'static str]| -> Vec<String> {
            references(texts.iter().map(|&text| Cow::Borrowed(text))).iter().map(|r| r.text.to_string()).collect()
        };
        assert_eq!(whole(&["x.a[\"k\"].id", "x.a[\"k\"]", "x.a", "each.key"]), ["x.a[\"k\"].id", "each.key"]);
        assert_eq!(whole(&["x.a.id", "x.a", "x.a", "each.key"]), ["x.a.id", "x.a", "each.key"]);
        assert_eq!(whole(&["count.index", "count.index"]), ["count.index", "count.index"]);
        assert_eq!(whole(&["x.a.id", "x.ab"]), ["x.a.id", "x.ab"]);
    }
}
