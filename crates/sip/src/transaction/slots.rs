//! A table whose keys are never used again.

/// Values by key; a key that is dead finds nothing, also when its place has been taken.
#[derive(Debug)]
pub(super) struct Slots<T> {
    list: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    pub(super) fn new() -> Self {
        Slots { list: Vec::new(), free: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len() - self.free.len()
    }

    /// The key that the next [`Slots::insert`] returns.
    pub(super) fn next_key(&self) -> u64 {
        match self.free.last() {
            Some(&index) => key(index, self.list[index as usize].0),
            None => key(u32::try_from(self.list.len()).expect("limits are far below 2^32"), 0),
        }
    }

    pub(super) fn insert(&mut self, value: T) -> u64 {
        let key = self.next_key();
        match self.free.pop() {
            Some(index) => self.list[index as usize].1 = Some(value),
            None => self.list.push((0, Some(value))),
        }
        key
    }

    pub(super) fn find(&self, key: u64) -> Option<&T> {
        let (generation, value) = self.list.get(index(key))?;
        if *generation == (key >> 32) as u32 { value.as_ref() } else { None }
    }

    pub(super) fn find_mut(&mut self, key: u64) -> Option<&mut T> {
        let (generation, value) = self.list.get_mut(index(key))?;
        if *generation == (key >> 32) as u32 { value.as_mut() } else { None }
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<T> {
        self.find(key)?;
        let slot = &mut self.list[index(key)];
        slot.0 = slot.0.wrapping_add(1);
        self.free.push(index(key) as u32);
        slot.1.take()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        let live = self.list.iter().enumerate().filter(|(_, (_, value))| value.is_some());
        live.map(|(index, (generation, _))| key(index as u32, *generation))
    }
}

fn key(index: u32, generation: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(index)
}

fn index(key: u64) -> usize {
    (key & 0xffff_ffff) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_key_finds_nothing_after_reuse() {
        let mut slots = Slots::new();
        let a = slots.insert('a');
        assert_eq!(slots.remove(a), Some('a'));
        let b = slots.insert('b');
        assert_ne!(a, b);
        assert_eq!((slots.find(a), slots.find(b), slots.len()), (None, Some(&'b'), 1));
        assert_eq!(slots.remove(a), None);
    }
}
