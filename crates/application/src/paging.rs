//! Pages of lists: keyset, never by offset, never with a total.

/// How many items a page may have: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u32);

/// The number is not from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has from 1 to {} items", PageSize::MAX)]
pub struct InvalidPageSize;

impl PageSize {
    /// The most items of a page.
    pub const MAX: u32 = 100;
    /// The items of a page where a client does not say.
    pub const DEFAULT: Self = Self(50);

    /// A page size.
    pub const fn new(items: u32) -> Result<Self, InvalidPageSize> {
        if items >= 1 && items <= Self::MAX {
            Ok(Self(items))
        } else {
            Err(InvalidPageSize)
        }
    }

    /// The number of items.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// One more than the page has: reading so many tells whether there is a next page.
    pub const fn and_one(self) -> u32 {
        self.0 + 1
    }
}

/// A page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items.
    pub items: Vec<T>,
    /// After which place the next page begins; none when this is the last.
    pub next: Option<C>,
}

impl<T, C> Default for Page<T, C> {
    /// The only page of an empty list.
    fn default() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }
}

impl<T, C> Page<T, C> {
    /// The page out of [`PageSize::and_one`] items that were read.
    pub fn cut(mut items: Vec<T>, size: PageSize, cursor_of: impl FnOnce(&T) -> C) -> Self {
        let size = size.get() as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = if more {
            items.last().map(cursor_of)
        } else {
            None
        };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_from_1_to_100_items() {
        assert_eq!(PageSize::new(0), Err(InvalidPageSize));
        assert_eq!(PageSize::new(101), Err(InvalidPageSize));
        assert_eq!(PageSize::new(100).unwrap().and_one(), 101);
    }

    #[test]
    fn only_a_page_with_something_after_it_has_a_next_one() {
        let size = PageSize::new(2).unwrap();
        assert_eq!(
            Page::cut(vec![1, 2, 3], size, |item| *item),
            Page {
                items: vec![1, 2],
                next: Some(2)
            }
        );
        assert_eq!(
            Page::cut(vec![1, 2], size, |item| *item),
            Page {
                items: vec![1, 2],
                next: None
            }
        );
        assert_eq!(
            Page::cut(Vec::<i32>::new(), size, |item| *item),
            Page {
                items: vec![],
                next: None
            }
        );
    }
}
