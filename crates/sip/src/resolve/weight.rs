//! The order of SRV records (RFC 2782).

use super::Srv;

/// By priority, and within one by chance in the shares of the weights.
pub(super) fn order(mut records: Vec<Srv>, random: &mut dyn FnMut() -> u64) -> Vec<Srv> {
    // Those of weight 0 come first among equals, so that they have a small chance.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let same = records.iter().take_while(|record| record.priority == priority);
        let sum: u64 = same.map(|record| u64::from(record.weight)).sum();
        let drawn = random() % (sum + 1);
        let mut running = 0;
        let at = records.iter().position(|record| {
            running += u64::from(record.weight);
            running >= drawn
        });
        ordered.push(records.remove(at.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.to_owned() }
    }

    #[test]
    fn the_lower_priority_goes_first_whatever_its_weight() {
        let records = vec![srv(20, 100, "b"), srv(10, 0, "a"), srv(30, 0, "c")];
        let ordered = order(records, &mut || u64::MAX);
        assert_eq!(ordered.iter().map(|r| r.target.as_str()).collect::<String>(), "abc");
    }

    #[test]
    fn weights_share_the_first_place() {
        let mut random = Random::new(5);
        let mut first = [0_u32; 3];
        for _ in 0..4000 {
            let records = vec![srv(1, 60, "a"), srv(1, 20, "b"), srv(1, 0, "c")];
            match order(records, &mut || random.next_u64())[0].target.as_str() {
                "a" => first[0] += 1,
                "b" => first[1] += 1,
                _ => first[2] += 1,
            }
        }
        assert!((2800..3150).contains(&first[0]), "{first:?}");
        assert!((850..1150).contains(&first[1]), "{first:?}");
        assert!(first[2] > 0 && first[2] < 150, "{first:?}");
    }
}
