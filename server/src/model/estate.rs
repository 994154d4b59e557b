//! Links between resources, and the questions rules ask.
