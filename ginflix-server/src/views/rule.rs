//! The view rule: pure, so that it can be tested against a model.
