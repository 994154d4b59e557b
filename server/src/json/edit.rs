//! Edits to JSON text.
