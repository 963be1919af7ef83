//! Things with an id in numbered slots: the tick walks slots, commands name ids.

use std::collections::BTreeMap;

/// Where a thing stands in its table while it is there.
pub(super) type Slot = u32;

pub(super) struct Table<Id, T> {
    slots: Vec<Option<Box<T>>>,
    free: Vec<Slot>,
    by_id: BTreeMap<Id, Slot>,
}

impl<Id: Ord + Copy, T> Table<Id, T> {
    pub(super) fn new() -> Table<Id, T> {
        Table { slots: Vec::new(), free: Vec::new(), by_id: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn slot(&self, id: Id) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn insert(&mut self, id: Id, thing: Box<T>) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as Slot
        });
        self.slots[slot as usize] = Some(thing);
        self.by_id.insert(id, slot);
        slot
    }

    pub(super) fn remove(&mut self, id: Id) -> Option<Box<T>> {
        let slot = self.by_id.remove(&id)?;
        self.free.push(slot);
        self.slots[slot as usize].take()
    }

    pub(super) fn at(&self, slot: Slot) -> &T {
        self.slots[slot as usize].as_deref().expect("a slot on a list is taken")
    }

    pub(super) fn at_mut(&mut self, slot: Slot) -> &mut T {
        self.slots[slot as usize].as_deref_mut().expect("a slot on a list is taken")
    }

    pub(super) fn named(&self, id: Id) -> Option<&T> {
        Some(self.at(self.slot(id)?))
    }

    pub(super) fn named_mut(&mut self, id: Id) -> Option<&mut T> {
        let slot = self.slot(id)?;
        Some(self.at_mut(slot))
    }
}
