//! Snippets in, facts out.
