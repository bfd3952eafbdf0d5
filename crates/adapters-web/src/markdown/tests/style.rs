//! The stylesheet knows every class, and its colours can be read.

use std::collections::BTreeMap;

use super::allow_list::CLASSES;

const STYLESHEET: &str = include_str!("../../../assets/highlight.css");

#[test]
fn every_class_of_the_highlighter_has_a_rule() {
    let classes = CLASSES.iter().flat_map(|(_, classes)| classes.iter());
    for class in classes.filter(|class| class.starts_with("hl-")) {
        assert!(STYLESHEET.contains(&format!("\n.{class} {{")), "{class}");
    }
}

/// The colours of the light theme and of the dark one.
fn themes() -> Vec<BTreeMap<&'static str, &'static str>> {
    let themes = STYLESHEET.split(":root {").skip(1).map(|rest| {
        let variables = rest.split_once('}').unwrap().0;
        let variables = variables
            .split(';')
            .filter_map(|line| line.split_once(": "));
        variables
            .map(|(name, colour)| (name.trim(), colour))
            .collect()
    });
    themes.collect()
}

/// WCAG 2.2, "relative luminance".
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let digits = colour.get(at..at + 2).unwrap();
        let value = f64::from(u8::from_str_radix(digits, 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn every_colour_has_contrast_in_the_light_and_in_the_dark() {
    let themes = themes();
    assert_eq!(themes.len(), 2);
    for theme in themes {
        for (name, colour) in &theme {
            if name.ends_with("-background") || name.ends_with("-border") {
                continue;
            }
            let background = match *name {
                "--code-muted" => theme["--code-header-background"],
                _ => theme["--code-background"],
            };
            let (one, other) = (luminance(colour), luminance(background));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{name} has {contrast:.2}");
        }
    }
}
