//! Markdown of models and people as HTML that a page can embed.
