//! ari-model
