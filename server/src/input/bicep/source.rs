//! Which file a built file comes from.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::bicep::DeclarationKind;
use crate::document::Document;
use crate::input::Files;
use crate::json::Node;

/// So many folders up a source is looked for by its name.
const MAX_UP: usize = 6;
/// So many folders up it may have another name, where it is the only one.
const MAX_UP_BY_KIN: usize = 2;
/// More files of one folder are not compared.
const MAX_COMPARED: usize = 16;

/// The `.bicep` of a template: of the same name beside it, else one that declares much the same beside it or further up.
pub fn of_template(built: &Document, template: Node, files: &dyn Files) -> Option<Arc<Document>> {
    let stem = built.path.file_stem()?.to_str()?;
    let folders = built.path.parent()?.ancestors().take(MAX_UP);
    for (up, folder) in folders.enumerate() {
        let named = files.document(&folder.join(format!("{stem}.bicep"))).ok();
        if let Some(named) = named.filter(|named| up == 0 || is_kin(template, named)) {
            return Some(named);
        }
        if up <= MAX_UP_BY_KIN
            && let Some(kin) = only_kin(template, folder, files)
        {
            return Some(kin);
        }
    }
    None
}

/// The `.bicepparam` of a parameter file, by name, beside it or further up.
pub fn of_parameters(built: &Document, file: Node, files: &dyn Files) -> Option<Arc<Document>> {
    let stem = built.path.file_stem()?.to_str()?;
    let names = [stem, stem.strip_suffix(".parameters").unwrap_or(stem)];
    let given = file.get_ignore_case("parameters")?;
    for (up, folder) in built.path.parent()?.ancestors().take(MAX_UP).enumerate() {
        for name in names {
            let Ok(source) = files.document(&folder.join(format!("{name}.bicepparam"))) else { continue };
            let declarations = &source.bicep().declarations;
            let gives = |name: &str| declarations.iter().any(|declaration| declaration.is_named(name));
            let extends = declarations.iter().any(|declaration| declaration.kind == DeclarationKind::Extends);
            if up == 0 || given.members().all(|member| extends || gives(&member.name())) {
                return Some(source);
            }
        }
    }
    None
}

fn only_kin(template: Node, folder: &Path, files: &dyn Files) -> Option<Arc<Document>> {
    let paths = files.sources(folder);
    let documents = paths.iter().take(MAX_COMPARED).filter_map(|path| files.document(path).ok());
    let mut kin = documents.filter(|document| is_kin(template, document));
    kin.next().filter(|_| kin.next().is_none())
}

/// Whether a template and a source declare much the same: half of all parameters, outputs and types of resources, and
/// half of the types alone, as many templates have parameters of the same names.
fn is_kin(template: Node, source: &Document) -> bool {
    let (mut built_names, mut built_types): (HashSet<String>, HashSet<String>) = Default::default();
    for (section, mark) in [("parameters", "p"), ("outputs", "o")] {
        let members = template.get_ignore_case(section).into_iter().flat_map(Node::members);
        built_names.extend(members.map(|member| format!("{mark} {}", member.name())));
    }
    let resources = template.get_ignore_case("resources").into_iter();
    let resources = resources.flat_map(|list| list.items().chain(list.members().map(|member| member.value)));
    let kinds = resources.filter_map(|resource| resource.get_ignore_case("type")?.string());
    built_types.extend(kinds.map(|kind| kind.to_lowercase()));

    let (mut names, mut types): (HashSet<String>, HashSet<String>) = Default::default();
    for declaration in source.bicep().all() {
        let Some(name) = &declaration.name else { continue };
        match declaration.kind {
            DeclarationKind::Parameter => drop(names.insert(format!("p {}", name.text))),
            DeclarationKind::Output => drop(names.insert(format!("o {}", name.text))),
            DeclarationKind::Module => drop(types.insert("microsoft.resources/deployments".to_owned())),
            DeclarationKind::Resource { .. } => {
                let kind = declaration.target.as_ref().and_then(|target| target.text()?.split('@').next());
                // A nested one is written without the type of its parent.
                let full = kind.filter(|kind| kind.contains('/') && kind.contains('.'));
                types.extend(full.map(str::to_lowercase));
            }
            _ => {}
        }
    }
    let overlap = |a: &HashSet<String>, b: &HashSet<String>| (a.intersection(b).count(), a.union(b).count());
    let (same_types, all_types) = overlap(&built_types, &types);
    let (same_names, all_names) = overlap(&built_names, &names);
    let same = same_types + same_names;
    same > 0 && 2 * same_types >= all_types && 2 * same >= all_types + all_names
}
