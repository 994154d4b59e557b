//! ARM templates: from the text of a template and its parameters to the resources that would be deployed.
//!
//! A [`Frame`] is one template in one deployment, a [`Context`] is a frame with the loops around a point of it. What
//! cannot be resolved becomes an unknown value or a gap, nothing more; what Azure would refuse becomes a problem.

pub mod eval;
pub mod expr;
pub mod functions;
mod memory;
mod parameters;
mod reference;
mod target;
mod types;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::document::Document;
use crate::input::{Environment, Files, Gap, Problem, Reading};
use crate::json::string::Decoded;
use crate::json::{Kind as JsonKind, Node};
use crate::model::estate::Refusal;
use crate::model::id::Id;
use crate::model::{Instance, Resource, ResourceType, kinds};
use crate::text::{FileId, Place, Span};
use crate::value::{Data, Kind, Object, Part, Unknown, Value, Why};
use eval::{DeploymentScope, Fail, Scope};
use expr::Source;
pub use memory::Memory;
use memory::{Recall, Taken};
use parameters::Arguments;
use target::Target;

/// A template as it would be deployed.
pub struct Deployment {
    pub reading: Reading,
    pub scope: DeploymentScope,
    pub outputs: Vec<(Arc<str>, Value)>,
    pub variables: Vec<(Arc<str>, Value)>,
    /// Every document that took part, the template first.
    pub documents: Vec<Arc<Document>>,
}

/// How much of a template is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What the resources need.
    Resources,
    /// Outputs and unused variables and parameters too, as Azure does.
    Everything,
}

/// Resource loops are not repeated more often; Azure's own limit.
const MAX_COPIES: i64 = 800;
/// Inline deployments are not followed deeper.
const MAX_DEPTH: usize = 64;
/// Linked deployments are not followed deeper.
const MAX_LINKED: usize = 5;
/// Nesting of objects and arrays beyond which a value is unknown.
const MAX_NESTING: u32 = 200;
/// Evaluation steps for one template and all that it deploys.
const MAX_STEPS: u64 = 1_500_000;
/// So many problems are kept; a template with more is broken in one way many times.
const MAX_PROBLEMS: usize = 1_000;

/// Reads a template with a parameter file, or with its defaults.
pub fn read(
    entry: &Arc<Document>,
    parameters: Option<&Arc<Document>>,
    files: &dyn Files,
    environment: &Environment,
    extent: Extent,
) -> Deployment {
    let arguments = parameters.map_or(Arguments::None, Arguments::file);
    Reader::new(entry, &arguments, files).read(arguments, environment, extent)
}

/// As [`read`] with everything, and with what may still hold of earlier readings: each with the resources that it gave.
pub fn read_again(
    entry: &Arc<Document>,
    parameters: Option<&Arc<Document>>,
    files: &dyn Files,
    environment: &Environment,
    earlier: &[(&Memory, &[Resource])],
) -> Deployment {
    let arguments = parameters.map_or(Arguments::None, Arguments::file);
    let mut recalls =
        earlier.iter().map(|(memory, resources)| memory.recall(resources, entry, &arguments, environment));
    let recall = recalls.find_map(|recall| recall);
    Reader { recall, ..Reader::new(entry, &arguments, files) }.read(arguments, environment, Extent::Everything)
}

/// What Azure would refuse a template for, whatever its parameters are.
pub fn refusals(entry: &Arc<Document>, files: &dyn Files, environment: &Environment) -> Vec<Refusal> {
    let arguments = Arguments::Unknown;
    Reader::new(entry, &arguments, files).read(arguments, environment, Extent::Everything).reading.refusals
}

/// What is given for the parameters of a template.
pub enum Given<'a> {
    /// Nothing: its defaults hold.
    Nothing,
    File(&'a Arc<Document>),
    /// Something that is not known.
    Unknown,
}

/// Reads a template that stands inside a Terraform plan, deployed to `scope`.
pub fn read_embedded(
    template: &Arc<Document>,
    given: Given,
    scope: &[Part],
    files: &dyn Files,
    environment: &Environment,
) -> Deployment {
    let arguments = match given {
        Given::Nothing => Arguments::None,
        Given::File(parameters) => Arguments::file(parameters),
        Given::Unknown => Arguments::Unknown,
    };
    let environment = target::environment_of(scope, environment);
    let mut deployment = Reader::new(template, &arguments, files).read(arguments, &environment, Extent::Resources);
    deployment.documents.clear();
    deployment
}

/// Puts back what held before.
struct Evaluated<'r> {
    certain: &'r Cell<bool>,
    before: bool,
}

impl Drop for Evaluated<'_> {
    fn drop(&mut self) {
        self.certain.set(self.before);
    }
}

struct Reader<'f> {
    files: &'f dyn Files,
    documents: RefCell<Vec<Arc<Document>>>,
    refusals: RefCell<Vec<Refusal>>,
    problems: RefCell<Vec<Problem>>,
    seen: RefCell<HashSet<(Place, String)>>,
    gaps: RefCell<Vec<Gap>>,
    links: RefCell<Vec<(Place, FileId)>>,
    steps: Cell<u64>,
    /// What is evaluated at the moment, Azure evaluates too.
    certain: Cell<bool>,
    nesting: Cell<u32>,
    /// The template's own functions that are being evaluated, by the place of their output.
    calls: RefCell<Vec<Place>>,
    /// Every frame entered; frames and their resources hold each other until the end.
    frames: RefCell<Vec<Rc<Frame>>>,
    /// Declared resources by id, over all frames entered so far.
    by_id: RefCell<HashMap<Id, Rc<Declared>>>,
    recall: Option<Recall<'f>>,
    /// The elements of the root's list of resources.
    taken: RefCell<Vec<Taken>>,
    /// Counts what concerns more than the value that is evaluated.
    ripples: Cell<u64>,
    /// What is shared by the resources concerned nothing else.
    is_quiet: Cell<bool>,
}

/// One template in one deployment.
struct Frame {
    document: Arc<Document>,
    template: u32,
    target: Target,
    arguments: Arguments,
    /// The parent's context, whose parameters and variables its expressions see where its scope is "outer".
    outer: Option<Context>,
    /// `languageVersion` 2.0 or later.
    symbolic: bool,
    /// Tells frames apart.
    number: usize,
    depth: usize,
    linked: usize,
    /// The deployment itself, or one around it, is conditional.
    conditional: bool,
    /// Indexes of the loops around the deployment.
    indexes: Vec<u32>,
    /// The deployment's name.
    name: Value,
    parameters: RefCell<HashMap<String, Memo>>,
    variables: RefCell<HashMap<String, Memo>>,
    /// What `resourceGroup()` and its like return.
    environment: RefCell<HashMap<eval::Environment, Value>>,
    parameter_index: OnceCell<Index>,
    variable_index: OnceCell<Index>,
    /// What the parameter file gives.
    given_index: OnceCell<Index>,
    declared: RefCell<Option<Rc<[Rc<Declared>]>>>,
    declaring: Cell<bool>,
    outputs: OnceCell<Vec<(Arc<str>, Value)>>,
}

/// A value that is evaluated once; while it is, asking for it is a cycle.
enum Memo {
    Running,
    Done(Value),
}

/// A point of a frame: the loops around it, and the arguments where it lies in a function.
#[derive(Clone)]
struct Context {
    frame: Rc<Frame>,
    loops: Rc<Vec<Loop>>,
    /// Parameters of the template's own function that is being evaluated, by folded name.
    locals: Option<Rc<HashMap<String, Value>>>,
    /// In an outer-scope template: its own frame, in which texts that are expressions after the first round are
    /// evaluated again.
    second: Option<Rc<Frame>>,
    /// Inside a function: the first refusal, which is the caller's to report.
    refused: Option<Rc<RefCell<Option<String>>>>,
    in_parameter_default: bool,
}

#[derive(Clone)]
struct Loop {
    name: Option<Arc<str>>,
    index: Value,
    /// `copyIndex()` without a name means this loop.
    answers_unnamed: bool,
    property: bool,
}

/// A resource whose type, name and id are evaluated and whose body is not yet.
struct Declared {
    document: Arc<Document>,
    node: u32,
    symbol: Option<String>,
    /// The index in the loop of this declaration.
    copy: Option<i64>,
    /// All but the body.
    resource: Resource,
    context: Context,
    body: OnceCell<Value>,
    evaluating: Cell<bool>,
    nested: OnceCell<Option<Rc<Frame>>>,
    /// Steps of evaluating the body; `None` where more than its own text counts for it.
    cost: Cell<Option<u64>>,
}

/// The keys of a resource that are not part of its body.
const STRUCTURE: &[&str] = &[
    "type",
    "apiversion",
    "name",
    "scope",
    "condition",
    "copy",
    "dependson",
    "resources",
    "comments",
    "existing",
    "metadata",
];

impl Frame {
    fn new(
        document: Arc<Document>,
        template: Node,
        target: Target,
        arguments: Arguments,
        parent: Option<&Declared>,
    ) -> Frame {
        let version = template.get_ignore_case("languageVersion").and_then(Node::string);
        let above = parent.map(|parent| &parent.context.frame);
        Frame {
            template: template.index(),
            document,
            target,
            arguments,
            outer: None,
            symbolic: version.is_some_and(|version| version.starts_with('2')),
            number: 0,
            depth: above.map_or(0, |above| above.depth + 1),
            linked: above.map_or(0, |above| above.linked),
            conditional: parent.is_some_and(|parent| parent.resource.conditional),
            indexes: parent.and_then(|parent| parent.resource.instance.clone()).unwrap_or_default().indexes,
            name: match parent {
                Some(parent) => parent.resource.name.clone(),
                None => target::unknown_text("deployment name", "deployment().name"),
            },
            parameters: RefCell::default(),
            variables: RefCell::default(),
            environment: RefCell::default(),
            parameter_index: OnceCell::new(),
            variable_index: OnceCell::new(),
            given_index: OnceCell::new(),
            declared: RefCell::default(),
            declaring: Cell::new(false),
            outputs: OnceCell::new(),
        }
    }

    fn template(&self) -> Node<'_> {
        self.document.json().tree.node(self.document.text.as_str(), self.template)
    }

    /// The parameter or variable of that name as the template has it, letter case ignored.
    fn section_member(&self, section: Section, name: &str) -> Option<Node<'_>> {
        let (index, key) = match section {
            Section::Parameters => (&self.parameter_index, "parameters"),
            Section::Variables => (&self.variable_index, "variables"),
        };
        let index = index.get_or_init(|| Index::of(self.template().get_ignore_case(key)));
        Some(self.document.json().tree.node(self.document.text.as_str(), index.get(name)?))
    }
}

/// A section of a template.
#[derive(Clone, Copy)]
enum Section {
    Parameters,
    Variables,
}

/// The members of an object by name: as [`Node::get_ignore_case`] finds them, but without a walk each time.
struct Index {
    exact: HashMap<String, u32>,
    folded: HashMap<String, u32>,
}

impl Index {
    fn of(object: Option<Node>) -> Index {
        let mut index = Index { exact: HashMap::new(), folded: HashMap::new() };
        for member in object.into_iter().flat_map(Node::members) {
            index.folded.insert(member.name().to_ascii_lowercase(), member.value.index());
            index.exact.insert(member.name().into_owned(), member.value.index());
        }
        index
    }

    /// The index of the member's value among the nodes.
    fn get(&self, name: &str) -> Option<u32> {
        self.exact.get(name).or_else(|| self.folded.get(&name.to_ascii_lowercase())).copied()
    }
}

impl Declared {
    fn node(&self) -> Node<'_> {
        self.document.json().tree.node(self.document.text.as_str(), self.node)
    }

    fn is_deployment(&self) -> bool {
        self.resource.kind.is(kinds::DEPLOYMENT)
    }
}

impl Context {
    /// The frame itself, outside every loop.
    fn of(frame: &Rc<Frame>) -> Context {
        Context {
            frame: frame.clone(),
            loops: Rc::default(),
            locals: None,
            second: None,
            refused: None,
            in_parameter_default: false,
        }
    }

    fn inside(&self, step: Loop) -> Context {
        let mut loops = (*self.loops).clone();
        loops.push(step);
        Context { loops: Rc::new(loops), ..self.clone() }
    }

    /// The context of expressions in the frame's own template: the parent's, where the scope is "outer".
    fn of_expressions(frame: &Rc<Frame>) -> Context {
        match &frame.outer {
            Some(outer) => Context { second: Some(frame.clone()), ..outer.clone() },
            None => Context::of(frame),
        }
    }
}

impl<'f> Reader<'f> {
    fn new(entry: &Arc<Document>, arguments: &Arguments, files: &'f dyn Files) -> Reader<'f> {
        let given = match arguments {
            Arguments::File(document) => Some(document.clone()),
            _ => None,
        };
        Reader {
            files,
            documents: RefCell::new(std::iter::once(entry.clone()).chain(given).collect()),
            refusals: RefCell::default(),
            problems: RefCell::default(),
            seen: RefCell::default(),
            gaps: RefCell::default(),
            links: RefCell::default(),
            steps: Cell::new(0),
            certain: Cell::new(true),
            nesting: Cell::new(0),
            calls: RefCell::default(),
            frames: RefCell::default(),
            by_id: RefCell::default(),
            recall: None,
            taken: RefCell::default(),
            ripples: Cell::new(0),
            is_quiet: Cell::new(true),
        }
    }

    fn read(self, arguments: Arguments, environment: &Environment, extent: Extent) -> Deployment {
        let entry = self.documents.borrow()[0].clone();
        let Some(template) = entry.root() else {
            return Deployment {
                reading: Reading::default(),
                scope: DeploymentScope::ResourceGroup,
                outputs: Vec::new(),
                variables: Vec::new(),
                documents: self.documents.into_inner(),
            };
        };
        let target = Target::root(target::scope_of(template), environment);
        let root = self.enter(Frame::new(entry.clone(), template, target, arguments, None));
        self.deploy(&root, environment, extent)
    }

    fn deploy(self, root: &Rc<Frame>, environment: &Environment, extent: Extent) -> Deployment {
        let mut resources = Vec::new();
        self.collect(root, &mut resources);
        let (mut outputs, mut variables) = (Vec::new(), Vec::new());
        if extent == Extent::Everything {
            for name in self.names(root, "parameters") {
                self.parameter(root, &name);
            }
            variables = self.variables(root);
            outputs = self.outputs(root).to_vec();
        }
        // Bodies last: by now every resource that a reference may mean is declared.
        let declared = resources;
        let resources: Vec<Resource> = declared.iter().map(|declared| self.resource(declared)).collect();
        let is_light = self.steps.get() < MAX_STEPS / 2 && self.is_quiet.get();
        let memory = is_light.then(|| Memory::of(root, environment, self.taken.take(), &declared)).flatten();
        for frame in self.frames.take() {
            frame.declared.take();
        }
        // While somebody types, what is missing in the text is not missing in the template.
        let is_whole = self.documents.borrow().iter().all(|document| document.json().well_formed);
        let refusals = if is_whole { self.refusals.into_inner() } else { Vec::new() };
        Deployment {
            scope: root.target.scope,
            outputs,
            variables,
            reading: Reading {
                resources,
                gaps: self.gaps.into_inner(),
                refusals,
                problems: self.problems.into_inner(),
                links: self.links.into_inner(),
                values: Vec::new(),
                memory,
            },
            documents: self.documents.into_inner(),
        }
    }

    fn enter(&self, frame: Frame) -> Rc<Frame> {
        let frame = Rc::new(Frame { number: self.frames.borrow().len(), ..frame });
        self.frames.borrow_mut().push(frame.clone());
        frame
    }

    /// All resources of a frame and of the deployments in it.
    fn collect(&self, frame: &Rc<Frame>, resources: &mut Vec<Rc<Declared>>) {
        for declared in self.declared(frame).iter() {
            resources.push(declared.clone());
            if declared.is_deployment()
                && !declared.resource.existing
                && let Some(nested) = self.nested(declared)
            {
                self.collect(nested, resources);
            }
        }
    }

    fn names(&self, frame: &Frame, section: &str) -> Vec<String> {
        let section = frame.template().get_ignore_case(section);
        section.into_iter().flat_map(Node::members).map(|member| member.name().into_owned()).collect()
    }

    fn variables(&self, root: &Rc<Frame>) -> Vec<(Arc<str>, Value)> {
        let mut names = self.names(root, "variables");
        let copies = root.section_member(Section::Variables, "copy").filter(|copy| copy.kind() == JsonKind::Array);
        if let Some(copies) = copies {
            names.retain(|name| !name.eq_ignore_ascii_case("copy"));
            names.extend(
                copies
                    .items()
                    .filter_map(|entry| entry.get_ignore_case("name")?.string())
                    .map(|name| name.into_owned()),
            );
        }
        let variables =
            names.iter().map(|name| (name.as_str().into(), self.variable(root, name).unwrap_or_else(Value::null)));
        variables.collect()
    }

    /// Azure would refuse the deployment, or inside of a function its call.
    fn refuse(&self, context: Option<&Context>, place: Place, message: String) {
        if let Some(refused) = context.and_then(|context| context.refused.as_ref()) {
            refused.borrow_mut().get_or_insert(message);
            return;
        }
        self.refuse_value(place, message, false);
    }

    /// Azure would refuse a value; `secret` says that it must not be shown.
    fn refuse_value(&self, place: Place, message: String, secret: bool) {
        self.ripple();
        if !self.certain.get() {
            return self.complain(place, message);
        }
        let mut refusals = self.refusals.borrow_mut();
        if refusals.len() < MAX_PROBLEMS && self.seen.borrow_mut().insert((place, message.clone())) {
            refusals.push(Refusal { place, message, secret });
        }
    }

    /// Says whether what follows is certainly evaluated, until the guard goes: what stands under a condition may not be.
    fn evaluated(&self, certain: bool) -> Evaluated<'_> {
        Evaluated { certain: &self.certain, before: self.certain.replace(certain) }
    }

    /// Something is wrong with the files that need not stop the deployment.
    fn complain(&self, place: Place, message: String) {
        self.ripple();
        let problem = Problem { place, message };
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MAX_PROBLEMS && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    fn gap(&self, place: Place, reason: impl Into<String>) {
        self.ripple();
        let gap = Gap { place, reason: reason.into() };
        let mut gaps = self.gaps.borrow_mut();
        if gaps.len() < MAX_PROBLEMS && !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }

    fn spend(&self, steps: u64) -> bool {
        let before = self.steps.get();
        self.steps.set(before + steps);
        if before <= MAX_STEPS && before + steps > MAX_STEPS {
            let entry = self.documents.borrow()[0].place(Span::new(0, 0));
            self.gap(entry, format!("more than {MAX_STEPS} steps of evaluation"));
        }
        before + steps <= MAX_STEPS
    }
}

/// Values of JSON in a context.
impl Reader<'_> {
    /// What Azure makes of the JSON: strings may be expressions, `copy` in an object is a loop.
    fn value(&self, context: &Context, document: &Arc<Document>, node: Node) -> Value {
        let place = document.place(node.span());
        if self.nesting.get() >= MAX_NESTING {
            self.gap(place, format!("not evaluated: nested deeper than {MAX_NESTING} levels"));
            return Value::unknown(Why::TooLarge).computed_at(place, &[]);
        }
        if !self.spend(1) {
            return Value::unknown(Why::TooLarge).computed_at(place, &[]);
        }
        match node.kind() {
            JsonKind::String => self.string(context, document, node),
            JsonKind::Array => {
                self.nesting.set(self.nesting.get() + 1);
                let items = node.items().map(|item| self.value(context, document, item)).collect();
                self.nesting.set(self.nesting.get() - 1);
                Value::array(items).written_at(place)
            }
            JsonKind::Object => {
                self.nesting.set(self.nesting.get() + 1);
                let object = self.object(context, document, node, &[]);
                self.nesting.set(self.nesting.get() - 1);
                object.written_at(place)
            }
            _ => scalar(node).written_at(place),
        }
    }

    fn object(&self, context: &Context, document: &Arc<Document>, node: Node, without: &[&str]) -> Value {
        let mut members: Vec<(Arc<str>, Value)> = Vec::with_capacity(node.len());
        // Where the text is damaged, what is absent may only be unreadable.
        let mut open = document.json().is_damaged(node.span()).then(|| Arc::new(Unknown::new(Why::Broken)));
        for member in node.members() {
            let name = member.name();
            if without.iter().any(|other| name.eq_ignore_ascii_case(other)) {
                continue;
            }
            if name.eq_ignore_ascii_case("copy") && is_property_loop(member.value) {
                self.property_loops(context, document, member.value, &mut members);
                continue;
            }
            let name: Arc<str> = match name.starts_with('[') {
                true => match self.string(context, document, member.key).data() {
                    Data::Text(name) => name.clone(),
                    Data::Unknown(unknown) => {
                        open = Some(unknown.clone());
                        continue;
                    }
                    _ => name.into(),
                },
                false => name.into(),
            };
            let value = self.value(context, document, member.value);
            insert(&mut members, name, value);
        }
        Value::new(Data::Object(Arc::new(Object { members, open })))
    }

    /// `"copy": [{name, count, input}]` in an object: each entry makes the property `name`, an array.
    fn property_loops(
        &self,
        context: &Context,
        document: &Arc<Document>,
        loops: Node,
        members: &mut Vec<(Arc<str>, Value)>,
    ) {
        for entry in loops.items() {
            let place = document.place(entry.span());
            let Some(name) = entry.get_ignore_case("name").and_then(Node::string) else {
                self.refuse(Some(context), place, "a copy loop needs a name".to_owned());
                continue;
            };
            if context.loops.iter().any(|step| step.property) {
                self.refuse(Some(context), place, "a property loop cannot stand inside another one".to_owned());
            }
            let value = self.repeated(context, document, entry, Some(&name), false);
            insert(members, name.into(), value);
        }
    }

    /// The array that a loop over `input` makes.
    fn repeated(
        &self,
        context: &Context,
        document: &Arc<Document>,
        entry: Node,
        name: Option<&str>,
        answers_unnamed: bool,
    ) -> Value {
        let place = document.place(entry.span());
        let Some(input) = entry.get_ignore_case("input") else {
            self.refuse(Some(context), place, "a copy loop needs an input".to_owned());
            return Value::unknown(Why::BadExpression).written_at(place);
        };
        let count = match self.count(context, document, entry) {
            Ok(count) => count,
            Err(unknown) => {
                return Value::new(Data::Unknown(Arc::new(Unknown::new(unknown.why.clone()).of_kind(Kind::Array))))
                    .computed_at(place, &[]);
            }
        };
        let step = |index: i64| Loop {
            name: name.map(Into::into),
            index: Value::new(Data::Int(index)),
            answers_unnamed,
            property: true,
        };
        let items = (0..count).map(|index| self.value(&context.inside(step(index)), document, input)).collect();
        Value::array(items).written_at(document.place(input.span()))
    }

    /// How often a loop runs, at most [`MAX_COPIES`] times.
    fn count(&self, context: &Context, document: &Arc<Document>, entry: Node) -> Result<i64, Arc<Unknown>> {
        let Some(node) = entry.get_ignore_case("count") else {
            self.refuse(Some(context), document.place(entry.span()), "a copy loop needs a count".to_owned());
            return Err(Arc::new(Unknown::new(Why::BadExpression)));
        };
        let place = document.place(node.span());
        let count = self.value(context, document, node);
        match count.data() {
            Data::Int(count @ 0..=MAX_COPIES) => Ok(*count),
            Data::Unknown(unknown) => Err(unknown.clone()),
            Data::Int(count) if *count > MAX_COPIES => {
                let message = format!("a copy loop may run at most {MAX_COPIES} times");
                self.refuse(Some(context), place, message);
                self.gap(place, format!("a copy loop of more than {MAX_COPIES} copies"));
                Err(Arc::new(Unknown::new(Why::TooLarge)))
            }
            _ => {
                self.refuse(
                    Some(context),
                    place,
                    "the count of a copy loop must be a whole number, 0 or more".to_owned(),
                );
                Err(Arc::new(Unknown::new(Why::BadExpression)))
            }
        }
    }

    /// A string of the template: a literal, or the value of the expression in it.
    fn string(&self, context: &Context, document: &Arc<Document>, node: Node) -> Value {
        let place = document.place(node.span());
        let Some(decoded) = node.decoded() else { return Value::unknown(Why::Broken).written_at(place) };
        let value = self.text(
            context,
            Site { reader: self, context, document, decoded: Some(&decoded), place },
            decoded.text(),
        );
        match &context.second {
            Some(frame) if value.as_text().is_some_and(|text| text.starts_with('[')) => {
                let text = value.as_text().unwrap_or_default();
                let context = Context { refused: context.refused.clone(), ..Context::of(frame) };
                self.text(&context, Site { reader: self, context: &context, document, decoded: None, place }, text)
            }
            _ => value,
        }
    }

    fn text(&self, context: &Context, site: Site, text: &str) -> Value {
        match expr::read(text) {
            Source::Literal(text) => Value::text(text.as_ref()).written_at(site.place),
            Source::Bad(errors) => {
                match errors.first() {
                    // One that is only too long is not read; the engine takes longer ones than it is documented to.
                    Some(error) if error.too_large => {
                        self.gap(site.place(error.span.clone()), format!("not evaluated: {}", error.message));
                    }
                    Some(error) => self.refuse(Some(context), site.place(error.span.clone()), error.message.clone()),
                    None => {}
                }
                eval::unreadable(&errors).computed_at(site.place, &[])
            }
            Source::Expression(expr) => match eval::evaluate(&expr, &site) {
                Ok(value) | Err(Fail::Unknown(value)) => value,
                Err(Fail::Error { message, span, certain: false }) => {
                    self.complain(site.place(span), message);
                    Value::unknown(Why::BadExpression).computed_at(site.place, &[])
                }
                Err(Fail::Error { message, span, .. }) => {
                    self.refuse(Some(context), site.place(span), message);
                    Value::unknown(Why::BadExpression).computed_at(site.place, &[])
                }
            },
        }
    }
}

/// Whether a child's type names its parent's too.
fn is_full_type(kind: &str, parent: &str) -> bool {
    kind.len() > parent.len()
        && kind.as_bytes()[parent.len()] == b'/'
        && kind[..].to_ascii_lowercase().starts_with(parent)
}

/// Whether a member called `copy` is a loop and not data.
fn is_property_loop(node: Node) -> bool {
    node.kind() == JsonKind::Array
        && !node.is_empty()
        && node
            .items()
            .all(|entry| entry.get_ignore_case("count").is_some() && entry.get_ignore_case("input").is_some())
}

/// Adds a member; one of the same spelling is replaced, as the last one counts.
fn insert(members: &mut Vec<(Arc<str>, Value)>, name: Arc<str>, value: Value) {
    match members.iter_mut().find(|(other, _)| *other == name) {
        Some((_, old)) => *old = value,
        None => members.push((name, value)),
    }
}

/// A JSON number, bool or null.
fn scalar(node: Node) -> Value {
    match node.kind() {
        JsonKind::Null => Value::null(),
        JsonKind::Bool => Value::new(Data::Bool(node.as_bool().unwrap_or_default())),
        JsonKind::Number => match (node.as_i64(), node.as_f64()) {
            (Some(int), _) => Value::new(Data::Int(int)),
            (None, Some(float)) if float.is_finite() => Value::new(Data::Float(float)),
            _ => Value::unknown(Why::TooLarge),
        },
        _ => Value::unknown(Why::Broken),
    }
}

/// JSON as it stands: nothing in it is an expression.
fn literal(document: &Document, node: Node) -> Value {
    let place = document.place(node.span());
    let value = match node.kind() {
        JsonKind::String => {
            node.string().map_or_else(|| Value::unknown(Why::Broken), |text| Value::text(text.as_ref()))
        }
        JsonKind::Array => Value::array(node.items().map(|item| literal(document, item)).collect()),
        JsonKind::Object => {
            let mut members = Vec::with_capacity(node.len());
            for member in node.members() {
                insert(&mut members, member.name().into(), literal(document, member.value));
            }
            Value::object(members)
        }
        _ => scalar(node),
    };
    value.written_at(place)
}

/// Declaring resources: types, names, ids, conditions and loops.
impl Reader<'_> {
    /// The resources that a frame declares itself, loops laid open. Empty while they are being declared.
    fn declared(&self, frame: &Rc<Frame>) -> Rc<[Rc<Declared>]> {
        if let Some(declared) = &*frame.declared.borrow() {
            return declared.clone();
        }
        if frame.declaring.replace(true) {
            return Rc::default();
        }
        let context = Context::of_expressions(frame);
        if frame.document.json().is_damaged(frame.template().span()) {
            self.gap(frame.document.place(frame.template().span()), "a template that is not well-formed JSON");
        }
        let mut declared = Vec::new();
        if let Some(resources) = frame.template().get_ignore_case("resources") {
            match resources.kind() {
                JsonKind::Object => {
                    for member in resources.members() {
                        self.take(frame, &context, member.value, Some(&member.name()), &mut declared);
                    }
                }
                JsonKind::Array => {
                    for node in resources.items() {
                        self.take(frame, &context, node, None, &mut declared);
                    }
                }
                _ => self.gap(frame.document.place(resources.span()), "the list of resources cannot be read"),
            }
        }
        let mut by_id = self.by_id.borrow_mut();
        for resource in &declared {
            by_id.entry(resource.resource.id.clone()).or_insert_with(|| resource.clone());
        }
        let declared: Rc<[Rc<Declared>]> = declared.into();
        *frame.declared.borrow_mut() = Some(declared.clone());
        declared
    }

    /// An element of the list of resources: as it was the last time, or declared anew.
    fn take(
        &self,
        frame: &Rc<Frame>,
        context: &Context,
        node: Node,
        symbol: Option<&str>,
        declared: &mut Vec<Rc<Declared>>,
    ) {
        let (first, start) = (declared.len(), self.now());
        match self.recalled(frame, node, symbol) {
            Some(recalled) => declared.extend(recalled),
            None => self.declare(frame, context, node, symbol, None, declared),
        }
        if frame.number == 0 {
            let cost = self.cost(start);
            let taken = Taken { span: node.span(), node: node.index(), declared: declared[first..].to_vec(), cost };
            self.taken.borrow_mut().push(taken);
        }
    }

    fn declare(
        &self,
        frame: &Rc<Frame>,
        context: &Context,
        node: Node,
        symbol: Option<&str>,
        parent: Option<&Rc<Declared>>,
        declared: &mut Vec<Rc<Declared>>,
    ) {
        if node.kind() != JsonKind::Object {
            return self.gap(frame.document.place(node.span()), "a resource that cannot be read");
        }
        let Some(copy) = node.get_ignore_case("copy").filter(|copy| copy.kind() == JsonKind::Object) else {
            return self.declare_one(frame, context, node, symbol, None, parent, false, declared);
        };
        let name: Option<Arc<str>> =
            copy.get_ignore_case("name").and_then(Node::string).map(|name| name.as_ref().into());
        let step = |index: Value| Loop { name: name.clone(), index, answers_unnamed: true, property: false };
        match self.count(context, &frame.document, copy) {
            Ok(count) => {
                for index in 0..count {
                    let context = context.inside(step(Value::new(Data::Int(index))));
                    self.declare_one(frame, &context, node, symbol, Some(index), parent, false, declared);
                }
            }
            Err(unknown) if matches!(unknown.why, Why::BadExpression) => {
                self.gap(frame.document.place(copy.span()), "a copy loop whose count cannot be evaluated");
            }
            Err(unknown) => {
                // One stands for all: what is certain for an unknown index holds for each.
                let identity = format!("copyindex('{}')", name.as_deref().unwrap_or_default());
                let bounds = Unknown { min: Some(0), ..Unknown::new(unknown.why.clone()) };
                let index = Value::new(Data::Unknown(Arc::new(bounds.of_kind(Kind::Int).identified(identity))));
                let conditional = unknown.min.is_none_or(|min| min < 1);
                self.declare_one(
                    frame,
                    &context.inside(step(index)),
                    node,
                    symbol,
                    None,
                    parent,
                    conditional,
                    declared,
                );
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the steps of one declaration, split from the loop around it")]
    fn declare_one(
        &self,
        frame: &Rc<Frame>,
        context: &Context,
        node: Node,
        symbol: Option<&str>,
        copy: Option<i64>,
        parent: Option<&Rc<Declared>>,
        maybe_no_copy: bool,
        declared: &mut Vec<Rc<Declared>>,
    ) {
        let document = &frame.document;
        let children = node.get_ignore_case("resources").filter(|children| !children.is_empty());
        let condition = node.get_ignore_case("condition").map(|condition| self.value(context, document, condition));
        let (deployed, conditional) = match condition.as_ref().map(|condition| (condition.data(), condition)) {
            None => (true, false),
            Some((Data::Bool(condition), _)) => (*condition, false),
            Some((Data::Text(text), _)) => (!text.eq_ignore_ascii_case("false"), false),
            Some(_) => (true, true),
        };
        if !deployed && children.is_none() {
            return;
        }
        let _evaluated = self.evaluated(deployed && !conditional && !frame.conditional && !maybe_no_copy);
        let Some(kind) = node.get_ignore_case("type").and_then(Node::string) else {
            return self.gap(document.place(node.span()), "a resource without a type");
        };
        if kind.starts_with('[') {
            return self.gap(document.place(node.span()), "a resource whose type is an expression");
        }
        // A child in its parent has a short type and name, or both in full.
        let parent = parent.filter(|parent| !is_full_type(&kind, parent.resource.kind.folded()));
        let kind = match parent {
            Some(parent) => format!("{}/{kind}", parent.resource.kind.written()),
            None => kind.into_owned(),
        };
        let name_node = node.get_ignore_case("name");
        let name = match name_node {
            Some(name) => self.value(context, document, name),
            None => Value::text("").computed_at(document.place(node.span()), &[]),
        };
        let own_name = name.clone();
        let name = match parent {
            Some(parent) => target::joined(&parent.resource.name, name),
            None => name,
        };
        let existing = node.get_ignore_case("existing").and_then(Node::as_bool).unwrap_or(false);
        let scope_value = node.get_ignore_case("scope").map(|scope| self.value(context, document, scope));
        // What is no text at all is told apart by its place, which other elements move.
        if [Some(&name), scope_value.as_ref()].into_iter().flatten().any(|text| text.parts().is_none()) {
            self.ripple();
        }
        let placed = frame.target.place(&kind, &name, scope_value.as_ref(), || {
            let indexes = context.loops.iter().map(|step| step.index.as_int());
            format!(
                "name {:?} in {} {:?}",
                own_name.origin().map(|origin| origin.at),
                frame.number,
                indexes.collect::<Vec<_>>()
            )
        });
        let placed = match ResourceType::new(&placed.kind).is(kinds::DEPLOYMENT) && scope_value.is_none() {
            // A deployment lies in what it deploys into.
            true => {
                let into = self.target_of(frame, context, document, node, frame.target.scope);
                into.place(&kind, &name, None, || "deployment".to_owned())
            }
            false => placed,
        };
        let older_form = (!placed.kind.eq_ignore_ascii_case(&kind)).then(|| (kind.as_str().into(), name.clone()));
        let segments = name.as_text().map(|name| name.split('/').count());
        if segments.is_some_and(|segments| segments != kind.split('/').count() - 1) && older_form.is_none() && !existing
        {
            let message = "the name has another number of segments than the type";
            self.refuse(Some(context), document.place(name_node.unwrap_or(node).span()), message.to_owned());
        }
        let api_version = node.get_ignore_case("apiVersion").map(|version| self.value(context, document, version));
        let mut indexes = frame.indexes.clone();
        indexes.extend(
            context.loops.iter().filter(|step| !step.property).map(|step| step.index.as_int().unwrap_or(0) as u32),
        );
        let resource = Resource {
            kind: ResourceType::new(&placed.kind),
            older_form,
            api_version: api_version.and_then(|version| version.as_text().map(Into::into)),
            name: placed.name,
            id: Id::of_parts(&placed.id),
            body: Value::null(),
            place: document.place(node.span()),
            scope: Id::of_parts(&placed.scope),
            scope_value: if placed.extension { scope_value } else { frame.target.written_group.clone() },
            conditional: conditional || frame.conditional || maybe_no_copy,
            existing,
            address: None,
            instance: (!indexes.is_empty()).then_some(Instance { indexes }),
            attributes: Vec::new(),
        };
        let resource = Rc::new(Declared {
            document: document.clone(),
            node: node.index(),
            symbol: symbol.map(str::to_owned),
            copy,
            resource,
            context: context.clone(),
            body: OnceCell::new(),
            evaluating: Cell::new(false),
            nested: OnceCell::new(),
            cost: Cell::new(Some(0)),
        });
        if deployed {
            declared.push(resource.clone());
        }
        // A false condition on the parent does not take its children away.
        match children {
            Some(children) if children.kind() == JsonKind::Array => {
                for child in children.items() {
                    self.declare(frame, context, child, None, Some(&resource), declared);
                }
            }
            Some(children) if children.kind() == JsonKind::Object => {
                for child in children.members() {
                    self.declare(frame, context, child.value, Some(&child.name()), Some(&resource), declared);
                }
            }
            _ => {}
        }
    }

    /// The location of the group that a nested deployment goes to, where that group is declared here.
    fn group_location(&self, frame: &Frame) -> Option<Value> {
        if frame.target.is_root() {
            return None;
        }
        let group = self.by_id.borrow().get(&Id::of_parts(&frame.target.base()))?.clone();
        let resource = &group.resource;
        if resource.conditional || resource.existing || !resource.kind.is(kinds::RESOURCE_GROUP) {
            return None;
        }
        self.body(&group).get("location")
    }

    /// The body of a resource; unknown while it is being evaluated.
    fn body(&self, declared: &Declared) -> Value {
        if let Some(body) = declared.body.get() {
            return body.clone();
        }
        let place = declared.resource.place;
        let _evaluated = self.evaluated(!declared.resource.conditional);
        let start = self.now();
        if declared.evaluating.replace(true) {
            return Value::unknown(Why::Runtime("reference".into())).written_at(place);
        }
        let body = match declared.resource.existing {
            true => Value::unknown(Why::Runtime("reference".into())),
            false => {
                let deployment: &[&str] = if declared.is_deployment() { &["properties"] } else { &[] };
                let without: Vec<&str> = STRUCTURE.iter().chain(deployment).copied().collect();
                self.object(&declared.context, &declared.document, declared.node(), &without)
            }
        };
        declared.evaluating.set(false);
        declared.cost.set(self.cost(start));
        declared.body.get_or_init(|| body.written_at(place)).clone()
    }

    fn resource(&self, declared: &Declared) -> Resource {
        Resource { body: self.body(declared), ..declared.resource.clone() }
    }
}

/// One string of a template, as the evaluator sees what is around it.
struct Site<'a> {
    reader: &'a Reader<'a>,
    context: &'a Context,
    document: &'a Arc<Document>,
    /// The string; `None` where the text is not written anywhere as it stands.
    decoded: Option<&'a Decoded<'a>>,
    /// The whole string.
    place: Place,
}

impl Scope for Site<'_> {
    fn place(&self, range: Range<u32>) -> Place {
        match self.decoded {
            Some(decoded) => self.document.place(decoded.raw_span(range.start as usize..range.end as usize)),
            None => self.place,
        }
    }

    fn parameter(&self, name: &str) -> Option<Result<Value, Fail>> {
        if let Some(locals) = &self.context.locals {
            return locals.get(&name.to_lowercase()).cloned().map(Ok);
        }
        self.reader.parameter(&self.context.frame, name).map(Ok)
    }

    fn variable(&self, name: &str) -> Option<Result<Value, Fail>> {
        self.reader.variable(&self.context.frame, name).map(Ok)
    }

    fn call(&self, namespace: &str, name: &str, args: Vec<Value>) -> Option<Result<Value, Fail>> {
        self.reader.call(self.context, namespace, name, args)
    }

    fn copy_index(&self, loop_name: Option<&str>) -> Option<Value> {
        let mut loops = self.context.loops.iter().rev();
        let found = match loop_name {
            Some(name) => loops.find(|step| step.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name))),
            None => loops.find(|step| step.answers_unnamed),
        };
        found.map(|step| step.index.clone())
    }

    fn deployment_scope(&self) -> DeploymentScope {
        self.context.frame.target.scope
    }

    fn environment(&self, what: eval::Environment) -> Value {
        let frame = &self.context.frame;
        if what == eval::Environment::ResourceGroup
            && let Some(location) = self.reader.group_location(frame)
        {
            return frame.target.environment(what, frame, Some(location));
        }
        let mut known = frame.environment.borrow_mut();
        known.entry(what).or_insert_with(|| frame.target.environment(what, frame, None)).clone()
    }

    fn reference(&self, args: &[Value], full: bool, _span: Range<u32>) -> Result<Value, Fail> {
        Ok(self.reader.reference(&self.context.frame, args, full))
    }

    fn references(&self, symbol: &str, full: bool, _span: Range<u32>) -> Result<Value, Fail> {
        Ok(self.reader.references(&self.context.frame, symbol, full))
    }

    fn resource_info(&self, symbol: &str) -> Option<Result<Value, Fail>> {
        self.reader.resource_info(&self.context.frame, symbol).map(Ok)
    }

    fn language_version_2(&self) -> bool {
        self.context.frame.symbolic
    }

    fn in_parameter_default(&self) -> bool {
        self.context.in_parameter_default
    }

    fn spend(&self, steps: u32) -> Result<(), Fail> {
        match self.reader.spend(steps.into()) {
            true => Ok(()),
            false => Err(Fail::Unknown(Value::unknown(Why::TooLarge).computed_at(self.place, &[]))),
        }
    }
}
