//! The numbers of lists: those that were written, and not only the first one, as the parser says it.

/// The numbers of the lists that are open.
#[derive(Debug, Default)]
pub struct Numbering {
    open: Vec<Option<Numbers>>,
}

#[derive(Debug, Clone, Copy)]
struct Numbers {
    first: u64,
    /// What a browser counts for the next item.
    next: u64,
    is_first: bool,
}

impl Numbering {
    /// A list begins; with a number, if it is a numbered one.
    pub fn open(&mut self, first: Option<u64>) {
        self.open.push(first.map(|first| Numbers {
            first,
            next: first,
            is_first: true,
        }));
    }

    pub fn close(&mut self) {
        self.open.pop();
    }

    /// The number of an item by its source, if it is another one than a browser would count. An item that repeats the
    /// first number is counted: `1.` before every item is a way to write a list.
    pub fn item(&mut self, source: &str) -> Option<u64> {
        let numbers = self.open.last_mut()?.as_mut()?;
        let digits = source
            .split(|character: char| !character.is_ascii_digit())
            .next();
        let written = digits.and_then(|digits| digits.parse().ok());
        let counted = numbers.next;
        let repeats = !numbers.is_first && written == Some(numbers.first);
        numbers.is_first = false;
        let number = written.filter(|_| !repeats).unwrap_or(counted);
        numbers.next = number.saturating_add(1);
        (number != counted).then_some(number)
    }
}
