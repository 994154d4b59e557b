//! Places in built files and in their sources, against the vectors and cases of the shared folder.
//!
//! `BACKUPLINT_SHARED` names that folder; without it the tests say that they are skipped, and fail in CI.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use std::path::PathBuf;

use backuplint::document::Document;
use backuplint::input::{self, Format, bicep};
use backuplint::json::Node;
use backuplint::text::Place;
use common::{Folder, shared};

#[test]
fn vectors() {
    let vectors = common::vectors("bicep_map.json");
    if vectors.is_empty() {
        return;
    }
    let mut wrong = Vec::new();
    let mut right = 0;
    for vector in &vectors {
        let folder = Folder::of_vector(vector);
        let built = folder.of("main.json");
        let root = built.root().expect("a template");
        for mapping in vector["expect"]["mappings"].as_array().expect("a list") {
            let pointer = mapping["pointer"].as_str().expect("a pointer");
            let place = built.place(root.pointer_get(pointer).expect("the pointer leads somewhere").span());
            let map = bicep::map(std::slice::from_ref(&built), &[place], &folder);
            let found = map.source(place).map(|written| {
                let document = map.document(written.place.file).expect("its document");
                (document.path.to_string_lossy().into_owned(), written.place.span.start, written.place.span.end)
            });
            let expected = &mapping["bicep"];
            let number = |name: &str| expected[name].as_u64().expect("an offset") as u32;
            let expected =
                (expected["file"].as_str().expect("a file").to_owned(), number("startByte"), number("endByte"));
            match found.as_ref() == Some(&expected) {
                true => right += 1,
                false => wrong.push(format!("{} {pointer}: {found:?} and not {expected:?}", vector["id"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{right} right, but\n{}", wrong.join("\n"));
    assert!(right >= 14);
}

/// Every value of every build of the acceptance cases has its source, unless the case is about that.
#[test]
#[expect(clippy::print_stdout, reason = "the share is worth knowing")]
fn cases() {
    let Some(shared) = shared() else { return };
    let (mut written, mut lost, mut all) = (0, Vec::new(), 0);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(shared.join("cases/bicep"))
        .expect("the cases can be read")
        .map(|case| case.expect("a case").path())
        .collect();
    cases.sort();
    for case in cases {
        let folder = Folder::read(&case);
        for document in folder.documents() {
            let format = input::detect(&document);
            if !matches!(format, Format::BicepTemplate | Format::ArmParameters) {
                continue;
            }
            let mut places = Vec::new();
            leaves(&document, document.root().expect("a template"), "", &mut places);
            let list: Vec<Place> = places.iter().map(|(place, _)| *place).collect();
            let map = bicep::map(std::slice::from_ref(&document), &list, &folder);
            let name = case.file_name().expect("a name").to_string_lossy().into_owned();
            for (place, pointer) in places {
                all += 1;
                match map.source(place) {
                    Some(_) => written += 1,
                    None => lost.push((name.clone(), format!("{name}{pointer}"), map.is_outdated(place))),
                }
            }
        }
    }
    for (_, place, outdated) in &lost {
        println!("{place}{}", if *outdated { " OUTDATED" } else { "" });
    }
    let wrongly: Vec<&String> = lost
        .iter()
        .filter(|(case, _, outdated)| *outdated && !case.starts_with("build-older-than-source"))
        .map(|(_, place, _)| place)
        .collect();
    assert!(wrongly.is_empty(), "said to be older: {wrongly:?}");
    println!("{written} of {all} places");
}

/// A source that is cut off anywhere, as while somebody types, costs places and nothing else.
#[test]
fn sources_that_are_cut_off() {
    let Some(shared) = shared() else { return };
    for case in ["clean-hub-and-spoke", "clean-registry-style-module", "policy-retention-user-function"] {
        let folder = Folder::read(&shared.join("cases/bicep").join(case));
        let source = folder.of("main.bicep").text.as_str().to_owned();
        let built = folder.of("main.json");
        let mut places = Vec::new();
        leaves(&built, built.root().expect("a template"), "", &mut places);
        let list: Vec<Place> = places.iter().map(|(place, _)| *place).collect();
        let whole = bicep::map(std::slice::from_ref(&built), &list, &folder);
        for cut in (0..source.len()).step_by(97).filter(|cut| source.is_char_boundary(*cut)) {
            let map = bicep::map(std::slice::from_ref(&built), &list, &folder.with("main.bicep", &source[..cut]));
            for place in &list {
                let (Some(found), Some(known)) = (map.source(*place), whole.source(*place)) else { continue };
                assert_eq!(found.place.span.start, known.place.span.start, "{case} cut at {cut}");
            }
        }
    }
}

/// The scalars that a person wrote, in one way or another.
fn leaves(document: &Document, node: Node, pointer: &str, places: &mut Vec<(Place, String)>) {
    // What the compiler makes of types, and what it adds.
    const NOT_WRITTEN: &[&str] = &[
        "$schema",
        "contentVersion",
        "languageVersion",
        "metadata",
        "definitions",
        "type",
        "items",
        "nullable",
        "$ref",
        "mode",
        "expressionEvaluationOptions",
        "dependsOn",
        "namespace",
        "additionalProperties",
    ];
    let mut inner = false;
    for member in node.members().filter(|member| !NOT_WRITTEN.contains(&&*member.name())) {
        inner = true;
        leaves(document, member.value, &format!("{pointer}/{}", member.name()), places);
    }
    for (index, item) in node.items().enumerate() {
        inner = true;
        leaves(document, item, &format!("{pointer}/{index}"), places);
    }
    if !inner {
        places.push((document.place(node.span()), pointer.to_owned()));
    }
}
