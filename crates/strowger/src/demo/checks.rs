//! What must have happened for the demonstration to count as passed.

use core::fmt;

macro_rules! checks {
    ($($name:ident = $title:literal),* $(,)?) => {
        /// One thing that must be so.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Check {
            $( #[doc = $title] $name, )*
        }

        impl Check {
            /// All, in the order of the story.
            pub const ALL: &[Check] = &[$( Check::$name ),*];

            /// What is claimed.
            pub const fn title(self) -> &'static str {
                match self { $( Check::$name => $title, )* }
            }
        }
    };
}

checks! {
    Registered = "both phones registered by digest",
    Announced = "the call reached the application",
    Answered = "the application answered it",
    PromptHeard = "Ada heard the prompt",
    DigitRead = "the application read her digit",
    DigitSpoken = "Ada heard it spoken back",
    GraceAnswered = "Grace rang and answered",
    Bridged = "both channels met in a bridge",
    GraceHearsAda = "Grace heard Ada's tone",
    AdaHearsGrace = "Ada heard Grace's tone",
    NoEcho = "neither heard her own",
    Recorded = "the recording fetched over ARI has both",
    OnDisk = "the file on disk is the same",
    Goodbye = "both heard the goodbye",
    HungUp = "both calls ended with BYE",
    AudioWhole = "no audio packet was lost",
    NothingLeft = "no channel and no bridge is left",
    Stopped = "the server stopped cleanly",
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is so; what was measured.
    Held(String),
    /// It is not.
    Failed {
        /// What was expected.
        expected: String,
        /// What came instead.
        came: String,
    },
    /// The story did not get so far.
    NotReached,
}

/// Why the story ended early: this check did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub check: Check,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub came: String,
}

impl Failure {
    /// This was expected, that came.
    pub fn new(check: Check, expected: impl fmt::Display, came: impl fmt::Display) -> Failure {
        Failure { check, expected: expected.to_string(), came: came.to_string() }
    }
}

/// All checks with their outcomes, [`Outcome::NotReached`] at first.
#[derive(Debug, Clone)]
pub struct Checks(Vec<(Check, Outcome)>);

impl Default for Checks {
    fn default() -> Checks {
        Checks(Check::ALL.iter().map(|check| (*check, Outcome::NotReached)).collect())
    }
}

impl Checks {
    /// Notes an outcome. A check that failed once stays failed.
    pub fn note(&mut self, check: Check, outcome: Outcome) {
        for (each, there) in &mut self.0 {
            if *each == check && !matches!(there, Outcome::Failed { .. }) {
                *there = outcome.clone();
            }
        }
    }

    /// Each with its outcome.
    pub fn iter(&self) -> impl Iterator<Item = (Check, &Outcome)> {
        self.0.iter().map(|(check, outcome)| (*check, outcome))
    }

    /// How many hold.
    pub fn held(&self) -> usize {
        self.0.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Held(_))).count()
    }

    /// Whether every one holds.
    pub fn all_held(&self) -> bool {
        self.held() == self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_story_told_to_its_end_counts() {
        let mut checks = Checks::default();
        assert!(!checks.all_held());
        for check in Check::ALL {
            checks.note(*check, Outcome::Held(String::new()));
        }
        assert!(checks.all_held());
    }

    #[test]
    fn what_failed_stays_failed() {
        let mut checks = Checks::default();
        checks.note(Check::Bridged, Outcome::Failed { expected: "two".into(), came: "one".into() });
        for check in Check::ALL {
            checks.note(*check, Outcome::Held(String::new()));
        }
        assert_eq!(checks.held(), Check::ALL.len() - 1);
    }
}
