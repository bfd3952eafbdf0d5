//! The picture of the layers in the documentation: drawn from the table, so that it shows what the table allows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layers::{LAYERS, Layer};
use super::{Finding, SourceFile};

/// Where it is.
pub const FILE: &str = "docs/src/images/layers.svg";

const BOX: (usize, usize) = (112, 52);
const GAP: usize = 14;
const ROW: usize = 132;
const MARGIN: usize = 40;

/// Whether the picture that is there is the one that the table gives.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let drawn = files.iter().find(|file| file.path == FILE);
    let is_fresh = drawn.is_some_and(|file| file.text.as_deref() == Some(&*svg(LAYERS)));
    let advice = "is not what the table of layers gives: run `cargo xtask layers`";
    (!is_fresh)
        .then(|| Finding::new(FILE, advice))
        .into_iter()
        .collect()
}

/// The picture of the table in the code.
pub fn of_the_table() -> String {
    svg(LAYERS)
}

/// How many layers are below a crate.
fn rank(layers: &[Layer], name: &str) -> usize {
    let below = layers.iter().filter(|layer| layer.name == name);
    let below = below.flat_map(|layer| layer.may_use);
    below
        .map(|used| rank(layers, used) + 1)
        .max()
        .unwrap_or_default()
}

/// Whether a crate reaches another one through others.
fn reaches(layers: &[Layer], from: &str, to: &str) -> bool {
    let own = layers.iter().filter(|layer| layer.name == from);
    let mut used = own.flat_map(|layer| layer.may_use);
    used.any(|used| *used == to || reaches(layers, used, to))
}

/// The edges that no chain of others implies.
fn edges<'a>(layers: &'a [Layer], layer: &'a Layer) -> impl Iterator<Item = &'static str> + 'a {
    layer.may_use.iter().copied().filter(move |to| {
        let mut others = layer.may_use.iter().filter(move |other| *other != to);
        !others.any(|other| reaches(layers, other, to))
    })
}

/// A crate that uses nothing of the workspace and that nothing uses is in no layer of the picture.
fn stands_alone(layers: &[Layer], layer: &Layer) -> bool {
    let all = || layers.iter().flat_map(|one| one.may_use);
    layer.may_use.is_empty() && !all().any(|used| *used == layer.name)
}

fn svg(layers: &[Layer]) -> String {
    let mut rows: BTreeMap<usize, Vec<&Layer>> = BTreeMap::new();
    for layer in layers.iter().filter(|layer| !stands_alone(layers, layer)) {
        rows.entry(rank(layers, layer.name))
            .or_default()
            .push(layer);
    }
    let widest = rows.values().map(Vec::len).max().unwrap_or(1);
    let width = widest * (BOX.0 + GAP) - GAP + 2 * MARGIN;
    let height = rows.len() * ROW + 2 * MARGIN;

    // The middle of each box, from the left, and its upper edge.
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (from_top, row) in rows.values().rev().enumerate() {
        let own = row.len() * (BOX.0 + GAP) - GAP;
        for (number, layer) in row.iter().enumerate() {
            let left = (width - own) / 2 + number * (BOX.0 + GAP);
            places.insert(layer.name, (left + BOX.0 / 2, MARGIN + from_top * ROW));
        }
    }
    let (mut lines, mut boxes) = (String::new(), String::new());
    for layer in layers {
        let Some(&(x, y)) = places.get(layer.name) else {
            continue;
        };
        for to in edges(layers, layer).filter_map(|to| places.get(to)) {
            let bottom = y + BOX.1;
            put(
                &mut lines,
                format_args!(
                    "  <path d=\"M{x} {bottom} L{} {}\" marker-end=\"url(#uses)\"/>",
                    to.0,
                    to.1 - 3
                ),
            );
        }
        for to in layer.tests_may_use.iter().filter_map(|to| places.get(to)) {
            let (middle, above) = (usize::midpoint(x, to.0), y.min(to.1).saturating_sub(44));
            put(
                &mut lines,
                format_args!(
                    "  <path d=\"M{x} {y} Q{middle} {above} {} {}\" stroke-dasharray=\"5 4\" marker-end=\"url(#uses)\"/>",
                    to.0,
                    to.1 - 3,
                ),
            );
        }
        named(&mut boxes, layer.name, (x, y));
    }
    let note = height - MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif\">\n\
         <title id=\"title\">The layers of Parlor: what each crate may use</title>\n\
         <!-- `cargo xtask layers` draws it from xtask/src/tidy/layers.rs. -->\n\
         <defs><marker id=\"uses\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\">\
         <path d=\"M0 0 10 5 0 10z\" fill=\"#46566b\"/></marker></defs>\n\
         <rect x=\"2\" y=\"2\" width=\"{}\" height=\"{}\" rx=\"14\" fill=\"#f6f8fa\" stroke=\"#c3ccd6\" stroke-width=\"2\"/>\n\
         <g stroke=\"#46566b\" stroke-width=\"1.6\" fill=\"none\">\n{lines}</g>\n\
         <g text-anchor=\"middle\" font-size=\"14\" fill=\"#1f2a37\">\n{boxes}</g>\n\
         <text x=\"{}\" y=\"{note}\" text-anchor=\"middle\" font-size=\"13\" fill=\"#46566b\">\
         An arrow points at what is used; what it uses in turn may be used too. Dashed: by tests only.</text>\n\
         </svg>\n",
        width - 4,
        height - 4,
        width / 2,
    )
}

/// A crate's box, with its name in one line or in two.
fn named(boxes: &mut String, name: &str, (x, y): (usize, usize)) {
    let name = name.strip_prefix("parlor-").unwrap_or(name);
    let fill = match name {
        "domain" => "#fbe7c6",
        "application" => "#dbe9f6",
        "app" => "#ece4f2",
        _ => "#e3ecdf",
    };
    let left = x - BOX.0 / 2;
    put(
        boxes,
        format_args!(
            "  <rect x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{fill}\" stroke=\"#46566b\"/>",
            BOX.0, BOX.1,
        ),
    );
    match name.split_once('-') {
        Some((first, second)) => {
            put(
                boxes,
                format_args!("  <text x=\"{x}\" y=\"{}\">{first}-</text>", y + 22),
            );
            put(
                boxes,
                format_args!(
                    "  <text x=\"{x}\" y=\"{}\" font-weight=\"600\">{second}</text>",
                    y + 41
                ),
            );
        }
        None => put(
            boxes,
            format_args!(
                "  <text x=\"{x}\" y=\"{}\" font-weight=\"600\">{name}</text>",
                y + 31
            ),
        ),
    }
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::super::testing::file;
    use super::*;

    const TABLE: &[Layer] = &[
        Layer {
            name: "parlor-domain",
            may_use: &[],
            tests_may_use: &[],
        },
        Layer {
            name: "parlor-application",
            may_use: &["parlor-domain"],
            tests_may_use: &[],
        },
        Layer {
            name: "parlor-app",
            may_use: &["parlor-application", "parlor-domain"],
            tests_may_use: &["parlor-domain"],
        },
        Layer {
            name: "xtask",
            may_use: &[],
            tests_may_use: &[],
        },
    ];

    #[test]
    fn every_crate_of_a_layer_is_in_the_picture_and_no_other() {
        let picture = svg(TABLE);
        for name in [">domain<", ">application<", ">app<"] {
            assert!(picture.contains(name), "{name}");
        }
        assert!(!picture.contains("xtask<"));
    }

    #[test]
    fn an_edge_that_others_imply_is_not_drawn_and_one_of_tests_is_dashed() {
        let picture = svg(TABLE);
        assert_eq!(picture.matches("marker-end").count(), 3);
        assert_eq!(picture.matches("stroke-dasharray").count(), 1);
    }

    #[test]
    fn a_picture_that_is_stale_or_not_there_is_a_finding() {
        assert_eq!(check(&[]).len(), 1);
        assert_eq!(check(&[file(FILE, "<svg/>")]).len(), 1);
        assert!(check(&[file(FILE, &of_the_table())]).is_empty());
    }
}
