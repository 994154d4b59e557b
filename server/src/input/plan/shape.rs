//! The table made ready for use: which attribute of which nested block goes to which properties.

use std::sync::{Arc, LazyLock};

use super::table::{Property, ROWS};

/// A row of the table.
pub struct Shaped {
    pub rules: Vec<Rule>,
    /// The rules that need no attribute.
    pub always: Vec<usize>,
    pub top: Level,
}

/// A property of the table with its paths taken apart.
pub struct Rule {
    pub property: &'static Property,
    /// The way to the property.
    pub path: Vec<Segment>,
    /// Both paths for [`crate::model::Resource::attributes`]; with stars where lists are.
    pub names: (Arc<str>, Arc<str>),
    pub has_stars: bool,
    /// Another rule of the row makes the same property.
    pub has_twin: bool,
}

/// A step of a property's path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Segment {
    Name(Arc<str>),
    Index(usize),
    /// The index of the nested block that the attribute stands in.
    Star,
}

/// The attributes of a resource, or of a nested block.
#[derive(Default)]
pub struct Level {
    pub entries: Vec<Entry>,
    /// The entries by a few bytes of their names.
    names: Vec<Vec<u16>>,
}

/// An attribute or a nested block.
pub struct Entry {
    pub name: &'static str,
    pub nesting: Nesting,
    /// The rules of the attribute, or of the block as a whole.
    pub rules: Vec<usize>,
    /// What stands in the block.
    pub inside: Level,
    /// The lists that a list of blocks becomes, and the attribute path to it.
    pub lists: Vec<Vec<Segment>>,
    pub path: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nesting {
    Attribute,
    One,
    List { ordered: bool },
}

/// The rows of the table, in its order.
pub static SHAPES: LazyLock<Vec<Shaped>> = LazyLock::new(|| {
    ROWS.iter()
        .map(|row| {
            let properties = row.properties.iter().flat_map(|list| list.iter());
            let mut shaped = Shaped { rules: Vec::new(), always: Vec::new(), top: Level::default() };
            for property in properties {
                let index = shaped.rules.len();
                let attribute = property.attribute.replace("[?]", "[*]");
                let rule = Rule {
                    property,
                    path: segments(property.arm),
                    names: (property.arm.into(), attribute.into()),
                    has_twin: row
                        .properties
                        .iter()
                        .flat_map(|list| list.iter())
                        .filter(|p| p.arm == property.arm)
                        .count()
                        > 1,
                    has_stars: property.arm.contains('*') || property.attribute.contains(['*', '?']),
                };
                match property.attribute {
                    "" => shaped.always.push(index),
                    attribute => shaped.top.insert(attribute, "", &rule.path, 0, index),
                }
                shaped.rules.push(rule);
            }
            shaped
        })
        .collect()
});

/// A path of properties, taken apart.
pub fn segments(path: &str) -> Vec<Segment> {
    path.split(['.', '[', ']'])
        .filter(|piece| !piece.is_empty())
        .map(|piece| match (piece, piece.parse()) {
            ("*", _) => Segment::Star,
            (_, Ok(index)) => Segment::Index(index),
            (name, Err(_)) => Segment::Name(name.into()),
        })
        .collect()
}

/// How many lists [`Level::names`] has.
const LISTS: usize = 64;

/// Differs for most names of a level, and costs less than a hash.
fn list_of(name: &str) -> usize {
    let bytes = name.as_bytes();
    let at = |index: usize| usize::from(bytes.get(index).copied().unwrap_or(0));
    (bytes.len() + 3 * at(0) + 7 * at(bytes.len() / 2) + 13 * at(bytes.len().saturating_sub(1))) % LISTS
}

impl Level {
    /// The entry of that name.
    pub fn find(&self, name: &str) -> Option<usize> {
        let list = self.names.get(list_of(name))?;
        list.iter().map(|&entry| usize::from(entry)).find(|&entry| self.entries[entry].name == name)
    }

    /// The entry of that name, made if it is not there.
    fn entry(&mut self, name: &'static str, before: &str, nesting: Nesting) -> usize {
        self.find(name).unwrap_or_else(|| {
            let path = [before, name].concat();
            let (rules, lists) = (Vec::new(), Vec::new());
            self.names.resize(LISTS, Vec::new());
            self.names[list_of(name)].push(self.entries.len() as u16);
            self.entries.push(Entry { name, nesting, rules, inside: Level::default(), lists, path });
            self.entries.len() - 1
        })
    }

    fn insert(&mut self, path: &'static str, before: &str, arm: &[Segment], stars: usize, rule: usize) {
        let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
        let (name, nesting) = match step.split_once('[') {
            None => (step, Nesting::Attribute),
            Some((name, "0]")) => (name, Nesting::One),
            Some((name, index)) => (name, Nesting::List { ordered: index == "*]" }),
        };
        let at = self.entry(name, before, nesting);
        let entry = &mut self.entries[at];
        let is_list = matches!(nesting, Nesting::List { .. });
        if is_list {
            let star = arm.iter().enumerate().filter(|(_, segment)| **segment == Segment::Star).nth(stars);
            if let Some((star, _)) = star
                && !entry.lists.iter().any(|list| *list == arm[..star])
            {
                entry.lists.push(arm[..star].to_vec());
            }
        }
        match rest {
            None => entry.rules.push(rule),
            Some(rest) => {
                let index = if is_list { "[*]" } else { "[0]" };
                let before = [&entry.path, index, "."].concat();
                entry.inside.insert(rest, &before, arm, stars + usize::from(is_list), rule);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::plan::table::Only;

    #[test]
    fn the_table_is_sound() {
        let mut types: Vec<&str> = ROWS.iter().map(|row| row.terraform).collect();
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), ROWS.len(), "a type stands in the table twice");
        for (row, shaped) in ROWS.iter().zip(SHAPES.iter()) {
            for rule in &shaped.rules {
                let stars = |path: &str| path.matches(['*', '?']).count();
                let (attribute, arm) = (rule.property.attribute, rule.property.arm);
                assert_eq!(stars(attribute), stars(arm), "{}: {attribute}", row.terraform);
                assert!(stars(attribute) <= 2, "{}: {attribute}", row.terraform);
                for only in rule.property.only {
                    let (Only::Is(path, _) | Only::Set(path) | Only::Unset(path)) = only;
                    assert!(!path.is_empty() && stars(path) == 0, "{}: {path}", row.terraform);
                }
            }
        }
    }
}
