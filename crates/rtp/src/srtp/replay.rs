//! Which packets have come already (RFC 3711 §3.3.2).

/// How far back it is known.
pub(super) const SIZE: u64 = 128;

/// The highest index that came, and which of those below it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    highest: Option<u64>,
    /// Bit n stands for the index n below the highest.
    seen: u128,
}

impl Window {
    pub(super) fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether a packet of that index may be new.
    pub(super) fn admits(&self, index: u64) -> bool {
        match self.highest {
            None => true,
            Some(highest) if index > highest => true,
            Some(highest) => highest - index < SIZE && self.seen >> (highest - index) & 1 == 0,
        }
    }

    /// Notes one that proved genuine.
    pub(super) fn note(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                let below = highest - index;
                if below < SIZE {
                    self.seen |= 1 << below;
                }
            }
            Some(highest) => {
                let step = index - highest;
                self.seen = if step < SIZE { self.seen << step | 1 } else { 1 };
                self.highest = Some(index);
            }
            None => (self.highest, self.seen) = (Some(index), 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_is_admitted_once_and_only_while_it_is_in_the_window() {
        let mut window = Window::default();
        for index in [500, 498, 499, 501, 620] {
            assert!(window.admits(index), "{index}");
            window.note(index);
            assert!(!window.admits(index), "{index}");
        }
        assert!(window.admits(493) && !window.admits(492), "128 are kept");
        window.note(5_000);
        assert!(!window.admits(620) && window.admits(4_999));
    }
}
