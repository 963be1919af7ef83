//! stasis
