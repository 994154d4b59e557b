//! The parts of a template, and the declarations that they are compiled from.

use std::collections::HashMap;
use std::sync::Arc;

use super::compare::{self, Comparison, Local, Names, Verdict, plain_key, property_loops};
use super::{Lost, Search, Side, Want, given, load, loaded};
use crate::bicep::{Declaration, DeclarationKind, Expr, ExprKind, Item, KeyKind, Member};
use crate::document::Document;
use crate::input::Files;
use crate::input::arm::expr::{self as arm, ExprKind as ArmKind};
use crate::json::{Kind, Node, Step};
use crate::text::{FileId, Span};

/// Modules are not followed deeper.
const MAX_MODULES: usize = 32;

const DEPLOYMENT: &str = "microsoft.resources/deployments";

/// Finds what is looked for in a template, and in the modules in it.
pub fn locate(search: &Search, side: Side, template: Node, wants: Vec<Want>, depth: usize) {
    let scope = Scope::new(search, side.source, template);
    if !scope.declares_the_same() {
        search.map.borrow_mut().is_older(side);
    }
    let mut inside: HashMap<u32, Vec<Want>> = HashMap::new();
    for mut want in wants {
        if let Some((resource, steps)) = scope.nested(want.rest()) {
            want.at += steps;
            inside.entry(resource.index()).or_default().push(want);
            continue;
        }
        let found = scope.find(&want);
        search.answer(side, &want, found);
    }
    for (resource, declaration) in &scope.resources {
        let Some(wants) = inside.remove(&resource.index()) else { continue };
        match scope.module(*resource, declaration.declaration) {
            Some((template, module)) if depth < MAX_MODULES => {
                let side = Side { document: side.document, source: &module };
                match module.is_json() {
                    true => loaded::locate(search, side, template, wants),
                    false => locate(search, side, template, wants, depth + 1),
                }
            }
            _ => wants.iter().for_each(|want| search.answer(side, want, Err(Lost::Unknown))),
        }
    }
    inside.values().flatten().for_each(|want| search.answer(side, want, Err(Lost::Unknown)));
}

/// Adds the templates below this one that come from a source.
pub fn of_source<'j>(
    template: Node<'j>,
    own: &Arc<Document>,
    source: FileId,
    files: &dyn Files,
    found: &mut Vec<Node<'j>>,
    depth: usize,
) {
    if own.file == source {
        found.push(template);
    }
    if own.is_json() || depth >= MAX_MODULES {
        return;
    }
    let search = Search::new(files);
    let scope = Scope::new(&search, own, template);
    for (resource, declaration) in &scope.resources {
        if let Some((template, module)) = scope.module(*resource, declaration.declaration) {
            of_source(template, &module, source, files, found, depth + 1);
        }
    }
}

/// A template and its source.
struct Scope<'j, 's, 'f> {
    search: &'s Search<'f>,
    source: &'s Arc<Document>,
    template: Node<'j>,
    names: Names<'s>,
    /// In the order of the template.
    resources: Vec<(Node<'j>, Placed<'s>)>,
}

/// A declared resource or module, with what stands around it.
#[derive(Clone)]
struct Placed<'s> {
    declaration: &'s Declaration,
    /// `parent::child`
    symbol: String,
    /// In lower case.
    kind: String,
    api_version: String,
}

type Answer = Result<(Arc<Document>, Span), Lost>;

impl<'j, 's, 'f> Scope<'j, 's, 'f> {
    fn new(search: &'s Search<'f>, source: &'s Arc<Document>, template: Node<'j>) -> Scope<'j, 's, 'f> {
        let parsed = source.bicep();
        let names = Names::new(parsed, template);
        let mut scope = Scope { search, source, template, names, resources: Vec::new() };
        let mut placed = Vec::new();
        for declaration in &parsed.declarations {
            place(declaration, None, &mut placed);
        }
        scope.resources = scope.pair(placed);
        scope
    }

    /// Which resource of the template is which declaration.
    fn pair(&self, placed: Vec<Placed<'s>>) -> Vec<(Node<'j>, Placed<'s>)> {
        let Some(resources) = self.template.get_ignore_case("resources") else { return Vec::new() };
        if resources.kind() == Kind::Object {
            let by_symbol: HashMap<&str, &Placed> = placed.iter().map(|one| (one.symbol.as_str(), one)).collect();
            let pairs = resources.members().filter_map(|member| {
                by_symbol.get(&*member.name()).map(|placed| (member.value, Placed::clone(placed)))
            });
            return pairs.collect();
        }
        let mut by_kind: HashMap<String, Vec<&Placed>> = HashMap::new();
        for one in placed.iter().filter(|one| one.declaration.kind != DeclarationKind::Resource { existing: true }) {
            by_kind.entry(one.kind.clone()).or_default().push(one);
        }
        let mut built: HashMap<String, Vec<Node<'j>>> = HashMap::new();
        for resource in resources.items() {
            let kind = resource.get_ignore_case("type").and_then(Node::string).unwrap_or_default().to_lowercase();
            built.entry(kind).or_default().push(resource);
        }
        let mut pairs = Vec::new();
        for (kind, built) in built {
            let Some(declared) = by_kind.remove(&kind) else { continue };
            pairs.extend(self.pair_of_kind(&built, declared));
        }
        pairs.sort_by_key(|(resource, _)| resource.index());
        pairs
    }

    /// By symbol where the template tells it, then by name, and what is left in order.
    fn pair_of_kind(&self, built: &[Node<'j>], declared: Vec<&Placed<'s>>) -> Vec<(Node<'j>, Placed<'s>)> {
        let mut pairs = Vec::new();
        let mut left = declared;
        let mut open: Vec<Node> = Vec::new();
        for resource in built {
            let symbol = symbol_of(*resource);
            match symbol.and_then(|symbol| left.iter().position(|one| one.symbol == symbol)) {
                Some(position) => pairs.push((*resource, left.remove(position).clone())),
                None => open.push(*resource),
            }
        }
        for least in [Verdict::Same, Verdict::Unsure] {
            open.retain(|resource| {
                let fits = |one: &&Placed<'s>| self.name_verdict(*resource, one.declaration) <= least;
                let same_version = |one: &&Placed<'s>| {
                    let version = resource.get_ignore_case("apiVersion").and_then(Node::string);
                    version.is_some_and(|version| one.api_version.eq_ignore_ascii_case(&version))
                };
                let mut candidates: Vec<usize> = (0..left.len()).filter(|index| fits(&left[*index])).collect();
                if candidates.len() > 1 {
                    let exact: Vec<usize> =
                        candidates.iter().copied().filter(|index| same_version(&left[*index])).collect();
                    candidates = if exact.is_empty() { candidates } else { exact };
                }
                match candidates[..] {
                    [only] => {
                        pairs.push((*resource, left.remove(only).clone()));
                        false
                    }
                    _ => true,
                }
            });
        }
        // What cannot be told apart is written in the same order.
        if open.len() == left.len() {
            pairs.extend(open.into_iter().zip(left.into_iter().cloned()));
        }
        pairs
    }

    /// Whether template and source have the same parameters, outputs and as many resources; they always do after a build.
    fn declares_the_same(&self) -> bool {
        let parsed = self.source.bicep();
        if !parsed.errors.is_empty() {
            return true;
        }
        let section = |name: &str| self.template.get_ignore_case(name).into_iter().flat_map(Node::members);
        let is_parameter = |name: &str| {
            self.names.symbols.get(name).is_some_and(|declared| declared.kind == DeclarationKind::Parameter)
        };
        let parameters = self.names.symbols.values().filter(|declared| declared.kind == DeclarationKind::Parameter);
        let resources = self.template.get_ignore_case("resources");
        let by_symbol = resources.is_some_and(|resources| resources.kind() == Kind::Object);
        let declared = parsed.all().into_iter().filter(|declared| match declared.kind {
            DeclarationKind::Resource { existing } => by_symbol || !existing,
            DeclarationKind::Module => true,
            _ => false,
        });
        section("parameters").all(|member| is_parameter(&member.name()))
            && section("parameters").count() == parameters.count()
            && section("outputs").all(|member| self.names.outputs.contains_key(&*member.name()))
            && section("outputs").count() == self.names.outputs.len()
            && resources.map_or(0, Node::len) == declared.count()
            && resources.map_or(0, Node::len) == self.resources.len()
    }

    fn comparison(&self, locals: Vec<Local<'s>>) -> Comparison<'_, 's> {
        Comparison::new(&self.names, locals)
    }

    fn name_verdict(&self, resource: Node, declaration: &'s Declaration) -> Verdict {
        let Some(name) = resource.get_ignore_case("name") else { return Verdict::Unsure };
        let mut locals = Vec::new();
        declaration.repeated().into_iter().for_each(|looped| compare::enter_loop(looped, &mut locals));
        let Some(own) = declaration.body().and_then(|body| body.get("name")) else {
            let is_module = declaration.kind == DeclarationKind::Module;
            return if is_module { Verdict::Differs } else { Verdict::Unsure };
        };
        self.compare_name(name, own, locals)
    }

    /// The name is the one that is written, or ends in it behind those of its parents.
    fn compare_name(&self, name: Node, own: &'s Expr, locals: Vec<Local<'s>>) -> Verdict {
        let whole = self.comparison(locals.clone()).value(name, own);
        if whole == Verdict::Same {
            return whole;
        }
        let Some(decoded) = name.decoded() else { return whole };
        match arm::read(decoded.text()) {
            arm::Source::Literal(text) => match own.text() {
                Some(own) if text.ends_with(&format!("/{own}")) => Verdict::Same,
                _ => whole,
            },
            arm::Source::Expression(compiled) => match &compiled.kind {
                ArmKind::Call { namespace: None, name, args } if name.text.eq_ignore_ascii_case("format") => {
                    let format = args.first().and_then(|format| match &format.kind {
                        ArmKind::String(format) => Some(format.clone()),
                        _ => None,
                    });
                    let of_parents = format.is_some_and(|format| {
                        format.starts_with("{0}/") && format.split('/').all(|part| part.starts_with('{'))
                    });
                    match args.last() {
                        Some(last) if of_parents => self.comparison(locals).part(last, own, &decoded),
                        _ => whole,
                    }
                }
                _ => whole,
            },
            arm::Source::Bad(_) => whole,
        }
    }

    /// The resource whose own template the steps lead into, and how many they are.
    fn nested(&self, steps: &[Step]) -> Option<(Node<'j>, usize)> {
        let [section, resource, properties, template, _, ..] = steps else { return None };
        if !is(section, "resources") || !is(properties, "properties") || !is(template, "template") {
            return None;
        }
        let resource = child(child(self.template, section)?, resource)?;
        let declared = self.placed(resource)?;
        (declared.declaration.kind == DeclarationKind::Module).then_some((resource, 4))
    }

    fn placed(&self, resource: Node) -> Option<&Placed<'s>> {
        let position = self.resources.binary_search_by_key(&resource.index(), |(own, _)| own.index()).ok()?;
        Some(&self.resources[position].1)
    }

    /// A module's template and its source.
    fn module(&self, resource: Node<'j>, declaration: &Declaration) -> Option<(Node<'j>, Arc<Document>)> {
        if declaration.kind != DeclarationKind::Module {
            return None;
        }
        let template = resource.get_ignore_case("properties")?.get_ignore_case("template")?;
        let module = load(self.source, declaration.target.as_ref()?.text()?, self.search.files)?;
        Some((template, module))
    }

    fn here(&self, span: Span) -> Answer {
        Ok((self.source.clone(), span))
    }

    fn find(&self, want: &Want) -> Answer {
        let steps = want.rest();
        let Some((section, rest)) = steps.split_first() else { return Err(Lost::Unknown) };
        let node = child(self.template, section).ok_or(Lost::Unknown)?;
        let symbol = |name: &Step, kind: fn(&DeclarationKind) -> bool| {
            let name = name_of(name).ok_or(Lost::Unknown)?;
            let declaration = self.names.symbols.get(name).filter(|declaration| kind(&declaration.kind));
            declaration.copied().ok_or(Lost::Outdated)
        };
        match (name_of(section).unwrap_or_default(), rest) {
            ("parameters", [name, rest @ ..]) => {
                let node = child(node, name).ok_or(Lost::Unknown)?;
                self.parameter(want, node, symbol(name, |kind| *kind == DeclarationKind::Parameter)?, rest)
            }
            ("variables", [name, rest @ ..]) => self.variable(want, node, name, rest),
            ("outputs", [name, rest @ ..]) => {
                let node = child(node, name).ok_or(Lost::Unknown)?;
                let name = name_of(name).ok_or(Lost::Unknown)?;
                let output = self.names.outputs.get(name).ok_or(Lost::Outdated)?;
                let value = output.value.as_ref().ok_or(Lost::Unknown)?;
                match rest {
                    [] => self.here(output.own),
                    [step, rest @ ..] if is(step, "value") => {
                        self.descend(want, child(node, step).ok_or(Lost::Unknown)?, rest, value, Vec::new())
                    }
                    [step, rest @ ..] if is(step, "copy") => {
                        self.repeated(want, child(node, step).ok_or(Lost::Unknown)?, rest, value, Vec::new())
                    }
                    _ => Err(Lost::Unknown),
                }
            }
            ("definitions", [name]) => {
                let declaration = symbol(name, |kind| *kind == DeclarationKind::Type)?;
                self.here(declaration.value.as_ref().ok_or(Lost::Unknown)?.span)
            }
            ("functions", [space, members, name, rest @ ..]) if is(members, "members") => {
                let member = child(node, space).and_then(|space| child(child(space, members)?, name));
                self.function(want, member.ok_or(Lost::Unknown)?, name, rest)
            }
            ("resources", [name, rest @ ..]) => {
                let resource = child(node, name).ok_or(Lost::Unknown)?;
                let declared = self.placed(resource).ok_or(Lost::Outdated)?;
                self.resource(want, resource, declared, rest)
            }
            _ => Err(Lost::Unknown),
        }
    }

    fn parameter(&self, want: &Want, node: Node<'j>, declared: &'s Declaration, rest: &[Step]) -> Answer {
        const DECORATORS: &[(&str, &str)] = &[
            ("minValue", "minValue"),
            ("maxValue", "maxValue"),
            ("minLength", "minLength"),
            ("maxLength", "maxLength"),
            ("allowedValues", "allowed"),
        ];
        let decorator = |name: &str| {
            let (_, decorator) = DECORATORS.iter().find(|(built, _)| *built == name)?;
            declared.decorator(decorator)
        };
        match rest {
            [] => {
                // What is said of the parameter as a whole is about its constraints.
                let kept = DECORATORS.iter().all(|(built, written)| {
                    match (node.get_ignore_case(built), declared.decorator(written)) {
                        (Some(value), Some(expr)) => self.comparison(Vec::new()).value(value, expr) != Verdict::Differs,
                        (None, Some(_)) => false,
                        // A union of literals in the type says the same as a list.
                        (Some(_), None) => *built == "allowedValues",
                        (None, None) => true,
                    }
                });
                let same = kept && node.get_ignore_case("defaultValue").is_some() == declared.value.is_some();
                if same { self.here(declared.own) } else { Err(Lost::Outdated) }
            }
            [step, rest @ ..] if is(step, "defaultValue") => {
                let default = declared.value.as_ref().ok_or(Lost::Outdated)?;
                self.descend(want, child(node, step).ok_or(Lost::Unknown)?, rest, default, Vec::new())
            }
            [step, rest @ ..] => match decorator(name_of(step).unwrap_or_default()) {
                Some(expr) => self.descend(want, child(node, step).ok_or(Lost::Unknown)?, rest, expr, Vec::new()),
                None => Err(Lost::Unknown),
            },
        }
    }

    fn variable(&self, want: &Want, variables: Node<'j>, name: &Step, rest: &[Step]) -> Answer {
        let mut node = child(variables, name).ok_or(Lost::Unknown)?;
        let mut name = name_of(name).ok_or(Lost::Unknown)?.to_owned();
        if let (Some(loops), [Step::Index(index), rest @ ..]) = (property_loops(node).filter(|_| name == "copy"), rest)
        {
            node = loops.items().nth(*index).ok_or(Lost::Unknown)?;
            name = node.get_ignore_case("name").and_then(Node::string).ok_or(Lost::Unknown)?.into_owned();
            let declared = self.names.symbols.get(name.as_str()).ok_or(Lost::Outdated)?;
            let value = declared.value.as_ref().ok_or(Lost::Unknown)?;
            return self.repeated(want, node, rest, value, Vec::new());
        }
        if name.starts_with("$fxv#") {
            return loaded::variable(self.search, self.source, node, rest, want.place.span);
        }
        let declared = self.names.symbols.get(name.as_str());
        if let Some(declared) = declared.filter(|declared| declared.kind == DeclarationKind::Variable) {
            return self.descend(want, node, rest, declared.value.as_ref().ok_or(Lost::Unknown)?, Vec::new());
        }
        self.imported(&name, &|scope, declared| {
            let value = declared.value.as_ref().filter(|_| declared.kind == DeclarationKind::Variable);
            scope.descend(want, node, rest, value.ok_or(Lost::Unknown)?, Vec::new())
        })
    }

    fn function(&self, want: &Want, member: Node<'j>, name: &Step, rest: &[Step]) -> Answer {
        let name = name_of(name).ok_or(Lost::Unknown)?;
        fn inside<'s>(
            scope: &Scope<'_, 's, '_>,
            want: &Want,
            member: Node,
            declared: &'s Declaration,
            rest: &[Step],
        ) -> Answer {
            let DeclarationKind::Function { parameters } = &declared.kind else { return Err(Lost::Unknown) };
            match rest {
                [output, value, rest @ ..] if is(output, "output") && is(value, "value") => {
                    let node = child(member, output).and_then(|output| child(output, value)).ok_or(Lost::Unknown)?;
                    let locals = parameters.iter().map(|name| Local::Parameter(name)).collect();
                    scope.descend(want, node, rest, declared.value.as_ref().ok_or(Lost::Unknown)?, locals)
                }
                _ => scope.here(declared.own),
            }
        }
        match self.names.symbols.get(name) {
            Some(declared) => inside(self, want, member, declared, rest),
            None => self.imported(name, &|scope, declared| inside(scope, want, member, declared, rest)),
        }
    }

    /// Looks in what is imported, and in what that imports, for a declaration of a name; `_1.name` may be any of them.
    fn imported(&self, name: &str, then: &dyn for<'a> Fn(&Scope<'j, 'a, 'f>, &'a Declaration) -> Answer) -> Answer {
        if let Some((file, position)) = given::imported(self.source, name, self.search) {
            let scope = Scope::new_import(self.search, &file, self.template);
            let answer = then(&scope, &file.bicep().declarations[position]);
            if matches!(answer, Err(Lost::Outdated)) {
                self.search.blamed.replace(Some(file.clone()));
            }
            return answer;
        }
        let name = name.strip_prefix('_').and_then(|rest| rest.split_once('.')).map_or(name, |(_, name)| name);
        let mut answer = Err(Lost::Unknown);
        let mut queue = vec![self.source.clone()];
        let mut next = 0;
        while let Some(file) = queue.get(next).filter(|_| next < MAX_MODULES).cloned() {
            next += 1;
            for import in &file.bicep().declarations {
                if !matches!(import.kind, DeclarationKind::Import { .. }) {
                    continue;
                }
                let Some(path) = import.target.as_ref().and_then(Expr::text) else { continue };
                let Some(there) = load(&file, path, self.search.files) else { continue };
                if queue.iter().any(|known| known.file == there.file) {
                    continue;
                }
                if let Some(declared) = there.bicep().declarations.iter().find(|one| one.is_named(name)) {
                    let scope = Scope::new_import(self.search, &there, self.template);
                    match then(&scope, declared) {
                        Ok(found) => return Ok(found),
                        Err(lost) => answer = Err(lost),
                    }
                }
                queue.push(there);
            }
        }
        answer
    }

    /// A file whose declarations are compiled into the template of another.
    fn new_import(search: &'s Search<'f>, source: &'s Arc<Document>, template: Node<'j>) -> Scope<'j, 's, 'f> {
        let names = Names::new(source.bicep(), template);
        Scope { search, source, template, names, resources: Vec::new() }
    }
}

/// Inside of declarations.
impl<'j, 's> Scope<'j, 's, '_> {
    fn resource(&self, want: &Want, node: Node<'j>, placed: &Placed<'s>, steps: &[Step]) -> Answer {
        let declared = placed.declaration;
        let body = declared.body().ok_or(Lost::Unknown)?;
        let mut locals = Vec::new();
        declared.repeated().into_iter().for_each(|looped| compare::enter_loop(looped, &mut locals));
        let Some((step, rest)) = steps.split_first() else { return self.here(declared.own) };
        let inner = child(node, step).ok_or(Lost::Unknown)?;
        let is_module = declared.kind == DeclarationKind::Module;
        match name_of(step).unwrap_or_default() {
            "type" | "apiVersion" => match &declared.target {
                Some(target) if !is_module => {
                    let built = node.get_ignore_case("type").and_then(Node::string).unwrap_or_default();
                    let version = node.get_ignore_case("apiVersion").and_then(Node::string).unwrap_or_default();
                    let same = placed.kind == built.to_lowercase() && placed.api_version.eq_ignore_ascii_case(&version);
                    if same { self.here(target.span) } else { Err(Lost::Outdated) }
                }
                _ => self.here(declared.own),
            },
            "copy" => {
                let Some(ExprKind::For { over, .. }) = declared.repeated().map(|looped| &looped.kind) else {
                    return Err(Lost::Outdated);
                };
                match rest {
                    [part] if is(part, "name") => match &declared.name {
                        Some(symbol) if inner.get("name").and_then(Node::string).as_deref() == Some(&symbol.text) => {
                            self.here(symbol.span)
                        }
                        _ => Err(Lost::Outdated),
                    },
                    [part, ..] if is(part, "count") => self.count(want, child(inner, part), over, Vec::new()),
                    _ => self.here(declared.own),
                }
            }
            "condition" => match declared.condition() {
                Some(condition) => self.descend(want, inner, rest, condition, locals),
                None => Err(Lost::Outdated),
            },
            "name" => match body.get("name") {
                Some(own) => match self.compare_name(inner, own, locals) {
                    Verdict::Differs => Err(Lost::Outdated),
                    Verdict::Same | Verdict::Unsure => self.here(own.span),
                },
                None => self.here(declared.own),
            },
            "properties" if is_module => self.module_properties(want, inner, declared, body, rest, locals),
            key @ ("resourceGroup" | "subscriptionId" | "scope") if body.get(key).is_none() || is_module => {
                let scope = body.get("scope").ok_or(Lost::Outdated)?;
                self.scope(want, key, inner, scope, locals)
            }
            // The compiler's own.
            "location" if is_module => self.here(declared.own),
            "dependsOn" => Err(Lost::Unknown),
            "existing" => self.here(declared.own),
            key => match body.get(&plain_key(key)) {
                Some(value) => self.descend(want, inner, rest, value, locals),
                None if is_open(body) => Err(Lost::Unknown),
                None => Err(Lost::Outdated),
            },
        }
    }

    fn module_properties(
        &self,
        want: &Want,
        properties: Node<'j>,
        declared: &'s Declaration,
        body: &'s Expr,
        steps: &[Step],
        locals: Vec<Local<'s>>,
    ) -> Answer {
        let [section, name, rest @ ..] = steps else { return self.here(declared.own) };
        if !is(section, "parameters") {
            return self.here(declared.own);
        }
        let params = body.get("params").ok_or(Lost::Outdated)?;
        let value = match name_of(name).and_then(|name| params.get(name)) {
            Some(value) => value,
            None if is_open(params) || !matches!(params.kind, ExprKind::Object(_)) => return Err(Lost::Unknown),
            None => return Err(Lost::Outdated),
        };
        let entry = child(properties, section).and_then(|section| child(section, name)).ok_or(Lost::Unknown)?;
        match rest {
            [step, rest @ ..] if is(step, "value") => {
                self.descend(want, child(entry, step).ok_or(Lost::Unknown)?, rest, value, locals)
            }
            [step, Step::Index(index), rest @ ..] if is(step, "copy") => {
                let loops = child(entry, step).and_then(|loops| loops.items().nth(*index));
                self.repeated(want, loops.ok_or(Lost::Unknown)?, rest, value, locals)
            }
            _ => self.here(value.span),
        }
    }

    /// `scope: resourceGroup('subscription', 'group')`
    fn scope(&self, want: &Want, key: &str, node: Node<'j>, scope: &'s Expr, locals: Vec<Local<'s>>) -> Answer {
        let ExprKind::Call { base: None, name, args } = &scope.kind else { return self.here(scope.span) };
        let arg = match (name.text.as_str(), key, &args[..]) {
            ("resourceGroup", "resourceGroup", [.., group]) => group,
            ("resourceGroup", "subscriptionId", [subscription, _]) => subscription,
            ("subscription", "subscriptionId", [subscription]) => subscription,
            _ => return self.here(scope.span),
        };
        self.descend(want, node, &[], arg, locals)
    }

    /// A `copy` entry: what steps into it lead to.
    fn repeated(
        &self,
        want: &Want,
        entry: Node<'j>,
        steps: &[Step],
        looped: &'s Expr,
        mut locals: Vec<Local<'s>>,
    ) -> Answer {
        let ExprKind::For { over, body, .. } = &looped.kind else { return Err(Lost::Outdated) };
        match steps {
            [] => match self.comparison(locals).repeated(entry, looped) {
                Verdict::Differs => Err(Lost::Outdated),
                Verdict::Same | Verdict::Unsure => self.here(looped.span),
            },
            [step, ..] if is(step, "count") => self.count(want, child(entry, step), over, locals),
            [step, rest @ ..] if is(step, "input") => {
                compare::enter_loop(looped, &mut locals);
                self.descend(want, child(entry, step).ok_or(Lost::Unknown)?, rest, body, locals)
            }
            _ => self.here(looped.span),
        }
    }

    fn count(&self, want: &Want, count: Option<Node<'j>>, over: &'s Expr, locals: Vec<Local<'s>>) -> Answer {
        let mut comparison = self.comparison(locals);
        match comparison.count(count.ok_or(Lost::Unknown)?, over) {
            Verdict::Differs => Err(Lost::Outdated),
            Verdict::Same | Verdict::Unsure => {
                self.here(piece(&comparison.pairs, want.place.span).unwrap_or(over.span))
            }
        }
    }

    /// Goes down by steps in both trees and compares what is there.
    fn descend(
        &self,
        want: &Want,
        node: Node<'j>,
        steps: &[Step],
        expr: &'s Expr,
        mut locals: Vec<Local<'s>>,
    ) -> Answer {
        let Some((step, rest)) = steps.split_first() else { return self.settle(want, node, expr, locals) };
        let inner = child(node, step).ok_or(Lost::Unknown)?;
        let local = |name: &str| locals.iter().any(|local| local.is(name));
        let expr = self.names.meaning(expr, &local);
        if let (Some(loops), [Step::Index(index), rest @ ..]) =
            (property_loops(inner).filter(|_| is(step, "copy")), rest)
        {
            let entry = loops.items().nth(*index).ok_or(Lost::Unknown)?;
            let name = entry.get_ignore_case("name").and_then(Node::string).unwrap_or_default();
            return match expr.property(&name) {
                Some((key, _)) if rest.first().is_some_and(|step| is(step, "name")) => self.here(key.span),
                Some((_, looped)) => self.repeated(want, entry, rest, looped, locals),
                None if is_open(expr) => Err(Lost::Unknown),
                None => Err(Lost::Outdated),
            };
        }
        let value = match (step, &expr.kind) {
            (Step::Name(name), ExprKind::Object(_)) => match expr.get(&plain_key(name)) {
                Some(value) => value,
                None if is_open(expr) => return Err(Lost::Unknown),
                None => return Err(Lost::Outdated),
            },
            (Step::Index(_), ExprKind::Array(items)) if items.iter().any(|item| matches!(item, Item::Spread(_))) => {
                return Err(Lost::Unknown);
            }
            (Step::Index(index), ExprKind::Array(items)) => match items.get(*index) {
                Some(Item::Value(value)) => value,
                _ => return Err(Lost::Outdated),
            },
            _ => return Err(Lost::Unknown),
        };
        if let ExprKind::For { .. } = value.kind {
            compare::enter_loop(value, &mut locals);
        }
        self.descend(want, inner, rest, value, locals)
    }

    /// The place itself, if it says what the template says.
    fn settle(&self, want: &Want, node: Node<'j>, expr: &'s Expr, locals: Vec<Local<'s>>) -> Answer {
        let mut comparison = self.comparison(locals);
        let is_expression = node.string().is_some_and(|text| matches!(arm::read(&text), arm::Source::Expression(_)));
        match comparison.value(node, expr) {
            Verdict::Differs => Err(Lost::Outdated),
            Verdict::Unsure if !is_expression => Err(Lost::Unknown),
            Verdict::Same | Verdict::Unsure if want.place.span == node.span() => self.here(expr.span),
            Verdict::Same | Verdict::Unsure if node.kind() == Kind::String => {
                self.here(piece(&comparison.pairs, want.place.span).unwrap_or(expr.span))
            }
            Verdict::Same | Verdict::Unsure => Err(Lost::Unknown),
        }
    }
}

/// The piece of an expression that a span of the template means, quotes or not.
fn piece(pairs: &[(Span, Span)], wanted: Span) -> Option<Span> {
    let covering = pairs.iter().filter(|(built, _)| built.covers(wanted) && built.len() <= wanted.len() + 2);
    covering.min_by_key(|(built, _)| built.len()).map(|(_, written)| *written)
}

/// Adds a declaration and those inside of it, children first.
fn place<'s>(declaration: &'s Declaration, parent: Option<&Placed<'s>>, placed: &mut Vec<Placed<'s>>) {
    let (kind, api_version) = match declaration.kind {
        DeclarationKind::Module => (DEPLOYMENT.to_owned(), String::new()),
        DeclarationKind::Resource { .. } => {
            let written = declaration.target.as_ref().and_then(Expr::text).unwrap_or_default();
            let (kind, version) = written.split_once('@').unwrap_or((written, ""));
            let kind = match parent {
                Some(parent) => format!("{}/{kind}", parent.kind),
                None => kind.to_owned(),
            };
            let inherited = parent.map_or("", |parent| &parent.api_version);
            (kind.to_lowercase(), if version.is_empty() { inherited } else { version }.to_owned())
        }
        _ => return,
    };
    let Some(name) = &declaration.name else { return };
    let symbol = match parent {
        Some(parent) => format!("{}::{}", parent.symbol, name.text),
        None => name.text.clone(),
    };
    let own = Placed { declaration, symbol, kind, api_version };
    declaration.children().for_each(|child| place(child, Some(&own), placed));
    placed.push(own);
}

/// The symbol that a resource of a list tells: by its loop, or by the name that a module without a name is given.
fn symbol_of(resource: Node) -> Option<String> {
    if let Some(name) = resource.get_ignore_case("copy").and_then(|copy| copy.get_ignore_case("name")?.string()) {
        return Some(name.into_owned());
    }
    let name = resource.get_ignore_case("name")?.string()?;
    let arm::Source::Expression(compiled) = arm::read(&name) else { return None };
    let ArmKind::Call { args, .. } = &compiled.kind else { return None };
    match &args.last()?.kind {
        ArmKind::Call { name, args, .. } if name.text.eq_ignore_ascii_case("uniqueString") => match &args[..] {
            [arm::Expr { kind: ArmKind::String(symbol), .. }, of] if matches!(&of.kind, ArmKind::Property { name, .. } if &*name.text == "name") => {
                Some(symbol.to_string())
            }
            _ => None,
        },
        _ => None,
    }
}

/// An object that may have more properties than those whose names are written.
fn is_open(object: &Expr) -> bool {
    match &object.kind {
        ExprKind::Object(members) => members.iter().any(|member| match member {
            Member::Property { key, .. } => matches!(key.kind, KeyKind::Computed(_)),
            Member::Spread(_) => true,
            Member::Resource(_) => false,
        }),
        _ => false,
    }
}

fn is(step: &Step, name: &str) -> bool {
    matches!(step, Step::Name(own) if own.eq_ignore_ascii_case(name))
}

fn name_of(step: &Step) -> Option<&str> {
    match step {
        Step::Name(name) => Some(name),
        Step::Index(_) => None,
    }
}

pub fn child<'j>(node: Node<'j>, step: &Step) -> Option<Node<'j>> {
    match step {
        Step::Name(name) => node.get(name),
        Step::Index(index) => node.items().nth(*index),
    }
}
