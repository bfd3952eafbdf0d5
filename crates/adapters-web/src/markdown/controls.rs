//! Characters that one does not see, or that make others appear where they do not stand.

/// Whether code that has this character would look like other code: bidirectional controls, which reorder what follows
/// ("trojan source", CVE-2021-42574), and everything without a width or a shape of its own.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        // Bidirectional marks, embeddings, overrides and isolates.
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        // Without width: spaces, joiners, byte-order marks, soft hyphens, invisible operators.
        | '\u{00AD}' | '\u{034F}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        // Letters that are drawn as nothing.
        | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}'
        // What ends a line for some and not for others.
        | '\u{0085}' | '\u{2028}' | '\u{2029}'
        // Musical controls, tags, and variation selectors that no emoji needs.
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether this character joins what was written last to an emoji: that is no trick, and a label would take it apart.
pub fn joins_emojis(before: &str, character: char) -> bool {
    let is_emoji =
        |last| matches!(last, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{FE0F}');
    character == '\u{200D}' && before.chars().next_back().is_some_and(is_emoji)
}
