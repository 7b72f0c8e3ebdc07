//! How far two arrays are apart.

/// The largest absolute difference of two elements.
pub fn largest_difference(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len(), "as many elements");
    let differences = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    // f64::max would pass over NaN.
    differences.fold(0.0, |largest, d| if d <= largest { largest } else { d })
}

/// The norm of the difference over the norm of what was expected.
pub fn relative_l2(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len(), "as many elements");
    let squares = |terms: &mut dyn Iterator<Item = f64>| terms.map(|term| term * term).sum::<f64>();
    let difference = squares(&mut found.iter().zip(expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    (difference / squares(&mut expected.iter().map(|b| f64::from(*b)))).sqrt()
}

/// How far `found` is from `expected`, as a share of `expected`.
pub fn relative(found: f64, expected: f64) -> f64 {
    (found / expected - 1.0).abs()
}
