//! A map as a list, for who does not see the picture: a path is a list, and where it branches each branch is a list in it.

use super::layout::Layout;

/// So deep lists nest; branches of deeper ones stand one after the other.
const DEEPEST: u32 = 12;

/// A piece of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The message with this place in the order of all.
    Message(usize),
    /// A list of this branch begins inside, one of so many.
    Open { branch: usize, of: usize },
    /// It ends.
    Close,
}

/// What is still to be written.
enum Pending {
    Message(usize, u32),
    Branch(usize, u32, usize, usize),
    Close,
}

/// The whole map.
pub(super) fn outline(layout: &Layout) -> Vec<Line> {
    let mut lines = Vec::with_capacity(layout.spots.len());
    let mut pending = Vec::new();
    push(&mut pending, &layout.roots, 0);
    while let Some(next) = pending.pop() {
        match next {
            Pending::Message(index, depth) => {
                lines.push(Line::Message(index));
                let below = layout.children.get(index).map_or(&[][..], Vec::as_slice);
                push(&mut pending, below, depth);
            }
            Pending::Branch(index, depth, branch, of) => {
                lines.push(Line::Open { branch, of });
                pending.push(Pending::Close);
                pending.push(Pending::Message(index, depth));
            }
            Pending::Close => lines.push(Line::Close),
        }
    }
    lines
}

/// The first of these comes out first.
fn push(pending: &mut Vec<Pending>, below: &[usize], depth: u32) {
    let of = below.len();
    for (nth, &index) in below.iter().enumerate().rev() {
        pending.push(if of > 1 && depth < DEEPEST {
            Pending::Branch(index, depth + 1, nth + 1, of)
        } else {
            Pending::Message(index, depth)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{super::layout::tests::nodes, *};

    fn written(parents: &[u32]) -> String {
        let layout = Layout::of(&nodes(parents), None);
        let line = |line: Line| match line {
            Line::Message(index) => format!("{} ", index + 1),
            Line::Open { branch, of } => format!("({branch}/{of}: "),
            Line::Close => ") ".to_owned(),
        };
        outline(&layout).into_iter().map(line).collect()
    }

    #[test]
    fn a_path_is_one_list_and_branches_are_lists_in_it() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[0, 1, 2]), "1 2 3 ");
        assert_eq!(written(&[0, 1, 1, 2]), "1 (1/2: 2 4 ) (2/2: 3 ) ");
        assert_eq!(written(&[0, 0]), "(1/2: 1 ) (2/2: 2 ) ");
    }

    #[test]
    fn lists_nest_so_deep_and_no_deeper() {
        let parents: Vec<u32> = (0..1000).map(|number| number / 2).collect();
        let (mut depth, mut deepest, mut messages) = (0, 0, 0);
        let comb: Vec<u32> = (0..400_u32)
            .map(|number| (number.saturating_sub(1) / 2) * 2 + u32::from(number > 0))
            .collect();
        for parents in [parents, comb] {
            for line in outline(&Layout::of(&nodes(&parents), None)) {
                match line {
                    Line::Message(_) => messages += 1,
                    Line::Open { .. } => depth += 1,
                    Line::Close => depth -= 1,
                }
                deepest = deepest.max(depth);
            }
        }
        assert_eq!((depth, messages), (0, 1400));
        assert!(deepest <= DEEPEST, "{deepest}");
    }
}
