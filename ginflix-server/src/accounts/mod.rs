//! Accounts: who may log in, and what stands for them afterwards.

pub mod password;
pub mod secret;
