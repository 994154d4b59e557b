//! The `configuration` of a plan: blocks, module calls and what their expressions refer to.
//!
//! Everything here is as the configuration has it: modules once per call and resources once per block, however many
//! instances the plan makes of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::address::{Block, Reference, Subject};
use crate::json::{Kind, Node};

/// All modules of a configuration, the root first.
#[derive(Default)]
pub struct Configuration<'a> {
    pub modules: Vec<Module<'a>>,
    pub resources: Vec<Resource<'a>>,
    /// The configured providers by their key (`azurerm`, `azurerm.prod`, `module.a:azurerm`).
    pub providers: HashMap<Cow<'a, str>, Node<'a>>,
}

/// A module as one call brings it in.
#[derive(Default)]
pub struct Module<'a> {
    pub parent: Option<usize>,
    /// The arguments of the call; none for the root.
    pub arguments: HashMap<Cow<'a, str>, Node<'a>>,
    /// What the call's `for_each` is computed from.
    pub for_each: Option<Node<'a>>,
    pub calls: HashMap<Cow<'a, str>, usize>,
    /// Into [`Configuration::resources`].
    pub resources: HashMap<Block<'a>, usize>,
    pub outputs: Vec<(Cow<'a, str>, Node<'a>)>,
    pub variables: HashMap<Cow<'a, str>, Node<'a>>,
    /// The variables that are sensitive, or are given what is.
    pub secrets: HashSet<Cow<'a, str>>,
}

/// A `resource` or `data` block.
#[derive(Default)]
pub struct Resource<'a> {
    pub provider: Option<Cow<'a, str>>,
    pub for_each: Option<Node<'a>>,
    pub expressions: HashMap<Cow<'a, str>, Node<'a>>,
    /// The attributes and blocks that are computed from sensitive variables.
    pub secrets: HashSet<Cow<'a, str>>,
}

/// What a configuration says of one attribute.
#[derive(Clone, Debug)]
pub enum Expression<'a> {
    /// There is no configuration to ask.
    NotAtHand,
    /// The block that would hold it is visible and does not set it.
    Unset,
    /// It may stand in a dynamic block, which plans leave out, or in one of several blocks in no certain order.
    Hidden,
    /// The expression object.
    Written(Node<'a>),
}

/// A step of an attribute's path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathStep<'p> {
    Attribute(&'p str),
    /// A nested block: its name, which one, whether the provider keeps the order, and how many the plan has.
    Block {
        name: &'p str,
        index: usize,
        ordered: bool,
        count: usize,
    },
}

impl<'a> Configuration<'a> {
    /// Reads the object under `configuration`.
    pub fn new(node: Node<'a>) -> Configuration<'a> {
        let mut configuration = Configuration::default();
        configuration.modules.push(Module::default());
        let mut open: Vec<(Node<'a>, usize)> = Vec::new();
        for member in node.members() {
            match &*member.name() {
                "provider_config" => {
                    configuration.providers = member.value.members().map(|m| (m.name(), m.value)).collect();
                }
                "root_module" => open.push((member.value, 0)),
                _ => {}
            }
        }
        while let Some((module, index)) = open.pop() {
            for member in module.members() {
                match &*member.name() {
                    "resources" => {
                        for (block, resource) in member.value.items().filter_map(resource) {
                            configuration.modules[index].resources.insert(block, configuration.resources.len());
                            configuration.resources.push(resource);
                        }
                    }
                    "outputs" => {
                        let expression = |m: crate::json::Member<'a>| Some((m.name(), m.value.get("expression")?));
                        configuration.modules[index].outputs = member.value.members().filter_map(expression).collect();
                    }
                    "variables" => {
                        let variables = member.value.members().map(|m| (m.name(), m.value)).collect();
                        configuration.modules[index].variables = variables;
                    }
                    "module_calls" => {
                        for call in member.value.members() {
                            let mut called = Module { parent: Some(index), ..Module::default() };
                            let mut content = None;
                            for part in call.value.members() {
                                match &*part.name() {
                                    "expressions" => {
                                        called.arguments = part.value.members().map(|m| (m.name(), m.value)).collect();
                                    }
                                    "for_each_expression" => called.for_each = Some(part.value),
                                    "module" => content = Some(part.value),
                                    _ => {}
                                }
                            }
                            let child = configuration.modules.len();
                            configuration.modules.push(called);
                            configuration.modules[index].calls.insert(call.name(), child);
                            open.extend(content.map(|content| (content, child)));
                        }
                    }
                    _ => {}
                }
            }
        }
        configuration.find_secrets();
        configuration
    }

    /// Follows sensitive variables into the modules and to the attributes that use them.
    fn find_secrets(&mut self) {
        // A module comes behind the one that calls it.
        for index in 0..self.modules.len() {
            let module = &self.modules[index];
            let above = module.parent.map(|parent| &self.modules[parent].secrets);
            let given = module
                .arguments
                .iter()
                .filter(|(_, argument)| above.is_some_and(|above| !above.is_empty() && uses(**argument, above)));
            let declared = module
                .variables
                .iter()
                .filter(|(_, variable)| variable.get("sensitive").and_then(Node::as_bool) == Some(true));
            let secrets: HashSet<Cow<'a, str>> = given.chain(declared).map(|(name, _)| name.clone()).collect();
            if secrets.is_empty() {
                continue;
            }
            for &resource in self.modules[index].resources.values() {
                let resource = &mut self.resources[resource];
                let used = resource.expressions.iter().filter(|(_, expression)| uses(**expression, &secrets));
                resource.secrets = used.map(|(name, _)| name.clone()).collect();
            }
            self.modules[index].secrets = secrets;
        }
    }

    /// The block of a module, as an index into [`Configuration::resources`].
    pub fn resource(&self, module: Option<usize>, block: &Block<'a>) -> Option<usize> {
        self.modules.get(module?)?.resources.get(block).copied()
    }
}

fn resource<'a>(node: Node<'a>) -> Option<(Block<'a>, Resource<'a>)> {
    let (mut kind, mut name, mut data) = (None, None, false);
    let mut resource = Resource::default();
    for member in node.members() {
        match &*member.name() {
            "mode" => data = member.value.string().as_deref() == Some("data"),
            "type" => kind = member.value.string(),
            "name" => name = member.value.string(),
            "provider_config_key" => resource.provider = member.value.string(),
            "for_each_expression" => resource.for_each = Some(member.value),
            "expressions" => resource.expressions = member.value.members().map(|m| (m.name(), m.value)).collect(),
            _ => {}
        }
    }
    Some((Block { data, kind: kind?, name: name? }, resource))
}

impl<'a> Resource<'a> {
    /// What is said of an attribute.
    pub fn expression(&self, path: &[PathStep]) -> Expression<'a> {
        let Some((first, rest)) = path.split_first() else { return Expression::Hidden };
        let (name, block) = match first {
            PathStep::Attribute(name) => (*name, false),
            PathStep::Block { name, .. } => (*name, true),
        };
        match self.expressions.get(name) {
            None if block => Expression::Hidden,
            None => Expression::Unset,
            Some(&node) if block => within(node, *first, rest),
            Some(&node) => Expression::Written(node),
        }
    }
}

/// Follows a path through the blocks of an expression.
fn within<'a>(node: Node<'a>, step: PathStep, rest: &[PathStep]) -> Expression<'a> {
    let PathStep::Block { index, ordered, count, .. } = step else { return Expression::Written(node) };
    let block = match node.kind() {
        // A block that can stand only once is an object; an attribute of block type is one expression.
        Kind::Object if is_expression(node) => return Expression::Written(node),
        Kind::Object => node,
        Kind::Array => {
            let written = node.len();
            match node.items().nth(index) {
                Some(block) if written == count && (ordered || count == 1) => block,
                _ => return Expression::Hidden,
            }
        }
        _ => return Expression::Hidden,
    };
    match rest.split_first() {
        None => Expression::Written(block),
        Some((PathStep::Attribute(name), _)) => block.get(name).map_or(Expression::Unset, Expression::Written),
        Some((next @ PathStep::Block { name, .. }, rest)) => match block.get(name) {
            Some(node) => within(node, *next, rest),
            None => Expression::Hidden,
        },
    }
}

/// Whether an object under `expressions` is an expression and not the attributes of a block.
fn is_expression(node: Node) -> bool {
    node.is_empty() || node.get("references").is_some() || node.get("constant_value").is_some()
}

/// Whether an expression, or one in a block, refers to one of these variables.
fn uses(expression: Node, secrets: &HashSet<Cow<str>>) -> bool {
    let mut open = vec![expression];
    while let Some(node) = open.pop() {
        let refers = |text: Cow<str>| match Reference::new(text).subject {
            Subject::Variable(name) => secrets.contains(&name),
            _ => false,
        };
        if references(node).any(refers) {
            return true;
        }
        match node.kind() {
            Kind::Array => open.extend(node.items()),
            Kind::Object if node.get("constant_value").is_none() => {
                open.extend(node.members().filter(|member| member.name() != "references").map(|member| member.value));
            }
            _ => {}
        }
    }
    false
}

/// The texts under `references` of an expression.
pub fn references<'a>(expression: Node<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    expression.get("references").into_iter().flat_map(|list| list.items()).filter_map(Node::string)
}
