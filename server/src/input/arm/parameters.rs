//! Parameters, variables, functions and outputs of a template.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::eval::Fail;
use super::types::Type;
use super::{Context, Frame, Index, Memo, Reader, Section, is_property_loop, literal};
use crate::document::Document;
use crate::json::{Kind as JsonKind, Node};
use crate::text::Place;
use crate::value::{Unknown, Value, Why};

/// Where the values of a template's parameters come from.
pub(super) enum Arguments {
    /// Nothing is given: defaults hold.
    None,
    /// A parameter file: its values are literals.
    File(Arc<Document>),
    /// The `parameters` of a deployment, evaluated in the context around it.
    Passed { context: Context, document: Arc<Document>, node: u32 },
    /// They are given by something that is not at hand.
    Unknown,
}

/// What a source says of one parameter.
enum Given {
    Nothing,
    Value(Value),
    /// A value that is not known.
    Something,
}

impl Arguments {
    pub fn file(document: &Arc<Document>) -> Arguments {
        Arguments::File(document.clone())
    }
}

impl Reader<'_> {
    /// The value of a parameter, unknown where nothing gives one. `None`: it is not declared.
    pub(super) fn parameter(&self, frame: &Rc<Frame>, name: &str) -> Option<Value> {
        let folded = name.to_lowercase();
        match frame.parameters.borrow().get(&folded) {
            Some(Memo::Done(value)) => return Some(value.clone()),
            Some(Memo::Running) => {}
            None => {}
        }
        let declaration = frame.section_member(Section::Parameters, name)?;
        let place = frame.document.place(declaration.span());
        if matches!(frame.parameters.borrow().get(&folded), Some(Memo::Running)) {
            self.refuse(
                None,
                place,
                "the default values of these parameters refer to each other in a circle".to_owned(),
            );
            return Some(Value::unknown(Why::BadExpression).computed_at(place, &[]));
        }
        frame.parameters.borrow_mut().insert(folded.clone(), Memo::Running);
        let value = self.shared(|| self.parameter_value(frame, &folded, declaration, place));
        frame.parameters.borrow_mut().insert(folded, Memo::Done(value.clone()));
        Some(value)
    }

    /// Evaluates what resources share: whoever asks first would else be taken for the only one that it concerns.
    fn shared(&self, evaluate: impl FnOnce() -> Value) -> Value {
        let start = self.now();
        let value = evaluate();
        if self.cost(start).is_none() {
            self.is_quiet.set(false);
        }
        value
    }

    fn parameter_value(&self, frame: &Rc<Frame>, folded: &str, declaration: Node, place: Place) -> Value {
        let _evaluated = self.evaluated(!frame.conditional);
        let read = |node: Node| self.value(&Context::of(frame), &frame.document, node);
        let declared = Type::of(frame.template(), declaration, &read);
        let value = match self.given(frame, folded) {
            Given::Value(value) if !value.is_null() || declared.is_nullable() => value,
            Given::Something => declared.unset(unset(frame, folded)).built_at(place, &[]),
            _ => match declaration.get_ignore_case("defaultValue") {
                Some(default) => {
                    let context = Context { in_parameter_default: true, ..Context::of(frame) };
                    self.value(&context, &frame.document, default)
                }
                None if declared.is_nullable() => Value::null().computed_at(place, &[]),
                None => declared.unset(unset(frame, folded)).built_at(place, &[]),
            },
        };
        let value = declared.marked(value);
        declared.check(&value, &mut |part, message| {
            if let Some(origin) = part.origin().or(value.origin()) {
                self.refuse_value(origin.at, message, part.is_tainted() || value.is_secret());
            }
        });
        value
    }

    fn given(&self, frame: &Rc<Frame>, folded: &str) -> Given {
        match &frame.arguments {
            Arguments::None => Given::Nothing,
            Arguments::Unknown => Given::Something,
            Arguments::File(document) => {
                let parameters = || document.root().and_then(|root| root.get_ignore_case("parameters"));
                let entry = frame.given_index.get_or_init(|| Index::of(parameters())).get(folded);
                match entry {
                    Some(entry) => from_file(document, document.json().tree.node(document.text.as_str(), entry)),
                    None => Given::Nothing,
                }
            }
            Arguments::Passed { context, document, node } => {
                let node = document.json().tree.node(document.text.as_str(), *node);
                if node.kind() == JsonKind::String {
                    let all = self.value(context, document, node);
                    return match (all.is_unknown(), all.get(folded)) {
                        (true, _) => Given::Value(Value::unknown(Why::NotAtHand)),
                        (false, Some(entry)) => entry.get("value").map_or(Given::Nothing, Given::Value),
                        (false, None) => Given::Nothing,
                    };
                }
                let Some(entry) = node.get_ignore_case(folded) else { return Given::Nothing };
                if entry.kind() != JsonKind::Object {
                    let value = self.value(context, document, entry);
                    return value.get("value").map_or(Given::Nothing, Given::Value);
                }
                if entry.get_ignore_case("reference").is_some() {
                    return Given::Value(
                        Value::unknown(Why::KeyVault).secret().computed_at(document.place(entry.span()), &[]),
                    );
                }
                match entry.get_ignore_case("value") {
                    Some(value) => Given::Value(self.value(context, document, value)),
                    // A loop that makes the property `value`.
                    None => self.value(context, document, entry).get("value").map_or(Given::Nothing, Given::Value),
                }
            }
        }
    }

    /// The value of a variable. `None`: there is none of that name.
    pub(super) fn variable(&self, frame: &Rc<Frame>, name: &str) -> Option<Value> {
        let folded = name.to_lowercase();
        if let Some(Memo::Done(value)) = frame.variables.borrow().get(&folded) {
            return Some(value.clone());
        }
        let copies = frame.section_member(Section::Variables, "copy").filter(|copies| is_property_loop(*copies));
        let copy = copies.and_then(|copies| {
            copies.items().find(|entry| {
                let own = entry.get_ignore_case("name").and_then(Node::string);
                own.is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
        });
        let node = match copy {
            Some(entry) => entry,
            None => frame
                .section_member(Section::Variables, name)
                .filter(|node| Some(node.index()) != copies.map(Node::index))?,
        };
        let place = frame.document.place(node.span());
        if matches!(frame.variables.borrow().get(&folded), Some(Memo::Running)) {
            self.refuse(None, place, "these variables refer to each other in a circle".to_owned());
            return Some(Value::unknown(Why::BadExpression).computed_at(place, &[]));
        }
        frame.variables.borrow_mut().insert(folded.clone(), Memo::Running);
        let _evaluated = self.evaluated(!frame.conditional);
        let context = Context::of(frame);
        let value = self.shared(|| match copy {
            Some(entry) => self.repeated(&context, &frame.document, entry, Some(name), false),
            None => self.value(&context, &frame.document, node),
        });
        frame.variables.borrow_mut().insert(folded, Memo::Done(value.clone()));
        Some(value)
    }

    /// Calls a function of the template. `None`: there is none of that name.
    pub(super) fn call(
        &self,
        caller: &Context,
        namespace: &str,
        name: &str,
        args: Vec<Value>,
    ) -> Option<Result<Value, Fail>> {
        let frame = &caller.frame;
        let functions = frame.template().get_ignore_case("functions")?;
        let of_namespace = functions.items().filter(|entry| {
            let own = entry.get_ignore_case("namespace").and_then(Node::string);
            own.is_some_and(|own| own.eq_ignore_ascii_case(namespace))
        });
        let function =
            of_namespace.filter_map(|entry| entry.get_ignore_case("members")?.get_ignore_case(name)).next()?;
        let refuse = |message: &str| Some(Err(Fail::Error { message: message.to_owned(), span: 0..0, certain: true }));
        let declared: Vec<Node> = function.get_ignore_case("parameters").into_iter().flat_map(Node::items).collect();
        let read = |node: Node| self.value(&Context::of(frame), &frame.document, node);
        let types: Vec<Type> = declared.iter().map(|parameter| Type::of(frame.template(), *parameter, &read)).collect();
        let least = types.iter().filter(|declared| !declared.is_nullable()).count();
        if args.len() > declared.len() || args.len() < least {
            return refuse("the function takes another number of arguments");
        }
        let mut locals = HashMap::new();
        let mut args = args.into_iter();
        for (parameter, declared) in declared.iter().zip(&types) {
            let Some(name) = parameter.get_ignore_case("name").and_then(Node::string) else { continue };
            let value = args.next().unwrap_or_else(Value::null);
            if !declared.accepts(&value) {
                return refuse("an argument does not have the type that the function declares");
            }
            locals.insert(name.to_lowercase(), value);
        }
        let output = function.get_ignore_case("output")?.get_ignore_case("value")?;
        let refused = Rc::new(RefCell::new(None));
        let context = Context { locals: Some(Rc::new(locals)), refused: Some(refused.clone()), ..Context::of(frame) };
        let place = frame.document.place(output.span());
        if self.calls.borrow().contains(&place) {
            return refuse("the function calls itself");
        }
        self.calls.borrow_mut().push(place);
        let value = self.value(&context, &frame.document, output);
        self.calls.borrow_mut().pop();
        match refused.take() {
            Some(message) => Some(Err(Fail::Error { message, span: 0..0, certain: true })),
            None => Some(Ok(value)),
        }
    }

    /// The outputs of a frame; those under a false condition are left out, those made by a loop are lists.
    pub(super) fn outputs<'c>(&self, frame: &'c Rc<Frame>) -> &'c [(Arc<str>, Value)] {
        if let Some(outputs) = frame.outputs.get() {
            return outputs;
        }
        let context = Context::of_expressions(frame);
        let document = &frame.document;
        let mut outputs = Vec::new();
        for member in frame.template().get_ignore_case("outputs").into_iter().flat_map(Node::members) {
            let output = member.value;
            let _evaluated = self.evaluated(!frame.conditional);
            let condition =
                output.get_ignore_case("condition").map(|condition| self.value(&context, document, condition));
            if condition.as_ref().is_some_and(|condition| condition.as_bool() == Some(false)) {
                continue;
            }
            let is_certain = condition.as_ref().is_none_or(|condition| condition.as_bool().is_some());
            let _evaluated = self.evaluated(is_certain && !frame.conditional);
            let value = match (output.get_ignore_case("copy"), output.get_ignore_case("value")) {
                (Some(copy), _) => self.repeated(&context, document, copy, None, true),
                (None, Some(value)) => self.value(&context, document, value),
                (None, None) => continue,
            };
            let value = match condition {
                Some(condition) if condition.as_bool().is_none() => {
                    Value::unknown(Why::Choice).computed_at(document.place(output.span()), &[])
                }
                _ => value,
            };
            let read = |node: Node| self.value(&context, document, node);
            outputs.push((member.name().into(), Type::of(frame.template(), output, &read).marked(value)));
        }
        frame.outputs.get_or_init(|| outputs)
    }
}

/// What a parameter file says of a parameter.
fn from_file(document: &Document, entry: Node) -> Given {
    let unknown = |why: Why| Value::unknown(why).computed_at(document.place(entry.span()), &[]);
    if entry.get_ignore_case("reference").is_some() {
        return Given::Value(unknown(Why::KeyVault).secret());
    }
    if entry.get_ignore_case("expression").is_some() {
        return Given::Value(unknown(Why::Environment("external inputs".into())));
    }
    match entry.get_ignore_case("value") {
        Some(value) => Given::Value(literal(document, value)),
        None => Given::Nothing,
    }
}

/// A parameter that nobody gives a value.
fn unset(frame: &Frame, folded: &str) -> Unknown {
    Unknown::new(Why::NoParameterValue(folded.into())).identified(match frame.target.is_root() {
        true => format!("parameters('{folded}')"),
        false => format!("parameters('{folded}') of {}", frame.number),
    })
}
