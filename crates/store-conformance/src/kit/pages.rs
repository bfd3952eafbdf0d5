//! Reading page by page.

/// More rows than any test writes: a reading that goes on after them goes round in a circle.
const MOST_ROWS: usize = 2_000;

/// All pages one after the other, each of at most `limit` rows, until one is not full.
///
/// `page_after` reads the page that follows a row, or the first one.
pub async fn all_pages<T>(
    limit: u32,
    mut page_after: impl AsyncFnMut(Option<&T>) -> Vec<T>,
) -> Vec<T> {
    let limit = limit as usize;
    let mut all = Vec::new();
    loop {
        let page = page_after(all.last()).await;
        assert!(
            page.len() <= limit,
            "{} rows on a page of {limit}",
            page.len()
        );
        let is_last = page.len() < limit;
        all.extend(page);
        if is_last {
            return all;
        }
        assert!(all.len() < MOST_ROWS, "pages of {limit} without end");
    }
}
