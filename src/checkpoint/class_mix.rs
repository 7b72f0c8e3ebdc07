//! What an image is to show: one class, or something between several.

/// Classes by weight. The network takes the sum of their embeddings, each times its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassMix(Vec<(i64, f64)>);

impl ClassMix {
    /// One class, and nothing else.
    pub fn one(label: i64) -> Self {
        Self(vec![(label, 1.0)])
    }

    /// Labels and their weights, which sum to 1. A label that comes twice counts once with both weights, and one of weight 0
    /// not at all; where one is left, the mix is that class.
    pub fn new(weighted: impl IntoIterator<Item = (i64, f64)>) -> Self {
        let mut mix: Vec<(i64, f64)> = Vec::new();
        for (label, weight) in weighted.into_iter().filter(|(_, weight)| *weight != 0.0) {
            match mix.iter_mut().find(|(other, _)| *other == label) {
                Some((_, sum)) => *sum += weight,
                None => mix.push((label, weight)),
            }
        }
        match mix[..] {
            [(label, _)] => Self::one(label),
            _ => Self(mix),
        }
    }

    /// The labels with their weights.
    pub fn parts(&self) -> &[(i64, f64)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_class_in_the_end_is_that_class() {
        assert_eq!(ClassMix::new([(4, 1.0), (7, 0.0)]), ClassMix::one(4));
        assert_eq!(ClassMix::new([(4, 0.9), (4, 0.1)]), ClassMix::one(4));
        assert_eq!(ClassMix::new([(4, 0.25), (7, 0.5), (4, 0.25)]).parts(), [(4, 0.5), (7, 0.5)]);
    }
}
