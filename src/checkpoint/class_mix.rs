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

    /// The sum of a table's rows for each image, times their weights.
    pub fn rows(table: &[f32], width: usize, classes: &[Self]) -> Vec<f32> {
        let row = |mix: &Self| {
            let element = |column: usize| {
                let parts =
                    mix.0.iter().map(|(label, weight)| weight * f64::from(table[*label as usize * width + column]));
                parts.sum::<f64>() as f32
            };
            (0..width).map(element).collect::<Vec<f32>>()
        };
        classes.iter().flat_map(row).collect()
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
    fn the_rows_of_a_mix_are_summed_by_weight() {
        let table = [0.0, 2.0, 4.0, 8.0, -1.0, 0.5];
        let mixes = [ClassMix::new([(0, 0.25), (1, 0.75)]), ClassMix::one(2)];
        assert_eq!(ClassMix::rows(&table, 2, &mixes), [3.0, 6.5, -1.0, 0.5]);
    }

    #[test]
    fn what_is_one_class_in_the_end_is_that_class() {
        assert_eq!(ClassMix::new([(4, 1.0), (7, 0.0)]), ClassMix::one(4));
        assert_eq!(ClassMix::new([(4, 0.9), (4, 0.1)]), ClassMix::one(4));
        assert_eq!(ClassMix::new([(4, 0.25), (7, 0.5), (4, 0.25)]).parts(), [(4, 0.5), (7, 0.5)]);
    }
}
