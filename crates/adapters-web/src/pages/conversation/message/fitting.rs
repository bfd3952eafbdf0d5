//! As many articles as a page has room for, by the bytes that are sent.

use std::time::Duration;

use parlor_application::ports::MessageView;

use super::{Articles, MessageFragment, MessageItem};
use crate::{
    frame::Frame,
    markdown::{Options, RenderedMarkdown, Renderer},
    page_size::{PAGE_HTML, written},
    text_content::TextContent,
};

/// The most bytes of an article that stands alone, as in a stream: a page has room for it and for what surrounds it.
const ALONE: usize = PAGE_HTML - (64 << 10);
/// Steps in which the shown beginning of a message is chosen. It depends on that beginning alone, so that an answer that grows beyond
/// it is shown as it was.
const STEP: usize = 16 << 10;

impl Articles {
    /// The newest of these that have room in so many bytes, within one allowance of time for highlighting. One is there at least; where
    /// it has no room, a beginning of it.
    pub fn newest(&self, frame: &Frame, views: &[MessageView], room: usize) -> Vec<MessageItem> {
        let mut renderer = Renderer::new(self.options.clone());
        let mut items = Vec::new();
        let mut left = room;
        for view in views.iter().rev() {
            let html = if view.message.status().is_writing() {
                self.growing(view.message.content.as_str())
            } else {
                renderer.render(view.message.content.as_str())
            };
            let mut item = self.item(view, html);
            if items.is_empty() {
                item = self.fitted(frame, view, item, room.min(ALONE));
            }
            let Some(less) = left.checked_sub(bytes(frame, &item)) else {
                if items.is_empty() {
                    items.push(item);
                }
                break;
            };
            left = less;
            items.push(item);
        }
        items.reverse();
        items
    }

    /// One that may still grow.
    pub fn one(&self, frame: &Frame, view: &MessageView) -> MessageItem {
        let text = view.message.content.as_str();
        let html = if view.message.status().is_writing() {
            self.growing(text)
        } else {
            Renderer::new(self.options.clone()).render(text)
        };
        self.fitted(frame, view, self.item(view, html), ALONE)
    }

    /// The HTML of a text of which more is to come, or that is cut.
    fn growing(&self, text: &str) -> RenderedMarkdown {
        let options = Options {
            growing: true,
            // What grows is rendered again and again.
            highlighting: Duration::from_millis(10),
            ..self.options.clone()
        };
        Renderer::new(options).render(text)
    }

    /// The article if it has room in so many bytes; else without the copy of its source, and if that is not enough, only its
    /// beginning.
    fn fitted(
        &self,
        frame: &Frame,
        view: &MessageView,
        mut item: MessageItem,
        room: usize,
    ) -> MessageItem {
        if bytes(frame, &item) <= room {
            return item;
        }
        item.is_long = true;
        item.source = TextContent::default();
        if bytes(frame, &item) <= room {
            return item;
        }
        item.is_cut = true;
        if let Some(reasoning) = &mut item.reasoning {
            reasoning.cut(room / 4);
        }
        let text = view.message.content.as_str();
        let beginning = |steps: usize| {
            let end = text.floor_char_boundary(steps * STEP);
            self.growing(text.get(..end).unwrap_or(text))
        };
        item.html = beginning(0);
        let (mut fits, mut is_too_long) = (0, text.len().div_ceil(STEP) + 1);
        while is_too_long - fits > 1 {
            let middle = fits.midpoint(is_too_long);
            let shorter = std::mem::replace(&mut item.html, beginning(middle));
            if bytes(frame, &item) <= room {
                fits = middle;
            } else {
                is_too_long = middle;
                item.html = shorter;
            }
        }
        item
    }
}

/// How many bytes the article is sent in.
fn bytes(frame: &Frame, message: &MessageItem) -> usize {
    written(&MessageFragment { frame, message })
}
